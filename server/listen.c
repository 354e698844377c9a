/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listen.c - accept(2) in small helpings; a rest when descriptors run out. */
#define _GNU_SOURCE /* accept4 */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "server/log.h"

enum {
    BACKLOG = 4096,       /* a restart brings everybody back within seconds */
    ACCEPT_PER_TURN = 32, /* a flood must leave time for who is connected */
    REST_MS = 200,        /* after "too many open files" */
    MOST_HANDLES = 2,
};

struct listener {
    uv_poll_t poll;
    uv_timer_t rest;
    unsigned handles; /* not closed yet */
    int fd, port;
    listen_accept_fn *on_accept;
    void *user;
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_rested(uv_timer_t *timer)
{
    struct listener *l = timer->data;

    (void)uv_poll_start(&l->poll, UV_READABLE, on_readable); /* it was running before */
}

/* The backlog holds who comes meanwhile; a level-triggered poll would spin here. */
static void rest(struct listener *l, int error)
{
    static struct log_rate rate;

    log_rated(&rate, LOG_WARN, "accept", "error=%d pause_ms=%d", error, REST_MS);
    (void)uv_poll_stop(&l->poll);
    (void)uv_timer_start(&l->rest, on_rested, REST_MS, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct listener *l = poll->data;
    struct sockaddr_storage from = { 0 };

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPT_PER_TURN; i++) {
        socklen_t n = sizeof from;
        int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            int on = 1;

            /* Without it a short answer waits for the receipt of the one before; no harm if it fails. */
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            l->on_accept(l->user, fd, (struct sockaddr *)&from);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            rest(l, errno);
        if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

static socklen_t fill_address(const char *text, int port, struct sockaddr_storage *ret)
{
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(ret, &four, sizeof four);
        return sizeof four;
    }
    if (inet_pton(AF_INET6, text, &six.sin6_addr) != 1)
        return 0;
    memcpy(ret, &six, sizeof six);
    return sizeof six;
}

static int bound_port(int fd)
{
    struct sockaddr_storage at = { 0 };
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    socklen_t n = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        return -1;
    memcpy(&four, &at, sizeof four);
    memcpy(&six, &at, sizeof six);
    return ntohs(at.ss_family == AF_INET ? four.sin_port : six.sin6_port);
}

/* A listening socket, or -1 and errno. */
static int open_socket(const struct listen_options *o, int *ret_port)
{
    struct sockaddr_storage at = { 0 };
    socklen_t n = fill_address(o->address, o->port, &at);
    int on = 1, off = 0;

    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    TB_CLEANUP(tb_closep)
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* A restart must not wait for old connections to be forgotten. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return -1;
    if (at.ss_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, BACKLOG) != 0)
        return -1;
    *ret_port = bound_port(fd);
    int done = fd;
    fd = -1;
    return done;
}

tb_result listen_open(struct uv_loop_s *loop, const struct listen_options *o, struct listener **ret,
                      int *ret_errno)
{
    struct listener *l = calloc(1, sizeof *l);

    if (!l)
        return TB_E_NOMEM;
    l->fd = open_socket(o, &l->port);
    if (l->fd < 0) {
        *ret_errno = errno;
        free(l);
        return TB_E_IO;
    }
    l->on_accept = o->on_accept;
    l->user = o->user;
    if (uv_poll_init(loop, &l->poll, l->fd) != 0) {
        (void)close(l->fd);
        free(l);
        return TB_E_NOMEM;
    }
    (void)uv_timer_init(loop, &l->rest); /* never fails */
    l->poll.data = l->rest.data = l;
    l->handles = MOST_HANDLES;
    (void)uv_poll_start(&l->poll, UV_READABLE, on_readable); /* fails only for a closing handle */
    *ret = l;
    return TB_OK;
}

int listen_port(const struct listener *l)
{
    return l->port;
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *l = handle->data;

    if (--l->handles == 0)
        free(l);
}

void listen_close(struct listener *l)
{
    (void)uv_poll_stop(&l->poll);
    (void)close(l->fd);
    uv_close((uv_handle_t *)&l->poll, on_closed);
    uv_close((uv_handle_t *)&l->rest, on_closed);
}
