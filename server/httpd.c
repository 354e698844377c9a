/* SPDX-License-Identifier: GPL-3.0-or-later */
/* httpd.c - one request, one answer, close.  HTTP/1.0, so that nothing needs framing.
 *
 * At most CLIENTS_MOST at one time, REQUEST_MOST bytes and CLIENT_MS for each. */
#include "server/httpd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "server/listen.h"

enum {
    CLIENTS_MOST = 8,
    REQUEST_MOST = 2048, /* a scraper sends some headers */
    CLIENT_MS = 2000,
    CLIENT_HANDLES = 2,
};

struct client;

struct httpd {
    struct listener *listener;
    uv_loop_t *loop;
    httpd_answer_fn *answer;
    void *user;
    struct client *clients[CLIENTS_MOST];
    bool closing;
};

struct client {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    unsigned handles;
    struct httpd *httpd;
    char request[REQUEST_MOST + 1];
    size_t n;
    struct tb_buf head, body;
    bool answered;
};

static void free_if_empty(struct httpd *h)
{
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        if (h->clients[i])
            return;
    if (h->closing)
        free(h);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct httpd *h = c->httpd;

    if (--c->handles > 0)
        return;
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        if (h->clients[i] == c)
            h->clients[i] = NULL;
    tb_buf_done(&c->head);
    tb_buf_done(&c->body);
    free(c);
    free_if_empty(h);
}

static void drop(struct client *c)
{
    if (uv_is_closing((uv_handle_t *)&c->tcp))
        return;
    uv_close((uv_handle_t *)&c->tcp, on_client_closed);
    uv_close((uv_handle_t *)&c->timer, on_client_closed);
}

static void on_late(uv_timer_t *timer)
{
    drop(timer->data);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    drop(write->data);
}

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 404:
        return "Not Found";
    case 503:
        return "Service Unavailable";
    default:
        return "Bad Request";
    }
}

static void send_answer(struct client *c, int status)
{
    char head[256];

    c->answered = true;
    int n = snprintf(head, sizeof head,
                     "HTTP/1.0 %d %s\r\nContent-Type: text/plain; version=0.0.4\r\n"
                     "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                     status, reason_of(status), c->body.n);
    tb_put(&c->head, head, (size_t)n); /* all parts are short and ours */
    if (tb_buf_check(&c->head) != TB_OK || tb_buf_check(&c->body) != TB_OK) {
        drop(c);
        return;
    }
    uv_buf_t parts[] = {
        uv_buf_init((char *)c->head.p, (unsigned)c->head.n),
        uv_buf_init((char *)c->body.p, (unsigned)c->body.n),
    };
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, parts, 2, on_written) != 0)
        drop(c);
}

/* "GET /path HTTP/1.1": the rest of the request does not matter. */
static void handle_request(struct client *c)
{
    char *path = c->request + strlen("GET ");
    size_t n = strcspn(path, " \r\n");

    if (strncmp(c->request, "GET ", strlen("GET ")) != 0 || path[n] != ' ') {
        send_answer(c, 400);
        return;
    }
    path[n] = '\0';
    send_answer(c, c->httpd->answer(c->httpd->user, path, &c->body));
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct client *c = handle->data;

    (void)suggested;
    *ret = uv_buf_init(c->request + c->n, (unsigned)(REQUEST_MOST - c->n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *c = stream->data;

    (void)buf;
    if (n < 0) {
        drop(c); /* gone, or a request that is too long */
        return;
    }
    c->n += (size_t)n;
    c->request[c->n] = '\0';
    if (c->answered || !strstr(c->request, "\r\n\r\n"))
        return;
    (void)uv_read_stop(stream);
    handle_request(c);
}

static void on_accept(void *user, int fd, const struct sockaddr *from)
{
    struct httpd *h = user;
    struct client **place = NULL;

    (void)from;
    for (size_t i = 0; i < CLIENTS_MOST && !place; i++)
        if (!h->clients[i])
            place = &h->clients[i];
    struct client *c = place ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        (void)close(fd);
        return;
    }
    c->httpd = h;
    c->tcp.data = c->timer.data = c->write.data = c;
    (void)uv_tcp_init(h->loop, &c->tcp); /* without flags these two cannot fail */
    (void)uv_timer_init(h->loop, &c->timer);
    c->handles = CLIENT_HANDLES;
    *place = c;
    if (uv_tcp_open(&c->tcp, fd) != 0) {
        (void)close(fd);
        drop(c);
        return;
    }
    (void)uv_timer_start(&c->timer, on_late, CLIENT_MS, 0);
    if (uv_read_start((uv_stream_t *)&c->tcp, on_room, on_read) != 0)
        drop(c);
}

tb_result httpd_open(struct uv_loop_s *loop, const struct httpd_options *o, struct httpd **ret,
                     int *ret_errno)
{
    struct httpd *h = calloc(1, sizeof *h);

    if (!h)
        return TB_E_NOMEM;
    h->loop = loop;
    h->answer = o->answer;
    h->user = o->user;
    const struct listen_options listen = {
        .address = o->address,
        .port = o->port,
        .on_accept = on_accept,
        .user = h,
    };
    tb_result r = listen_open(loop, &listen, &h->listener, ret_errno);
    if (r != TB_OK) {
        free(h);
        return r;
    }
    *ret = h;
    return TB_OK;
}

int httpd_port(const struct httpd *h)
{
    return listen_port(h->listener);
}

void httpd_close(struct httpd *h)
{
    listen_close(h->listener);
    h->closing = true;
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        if (h->clients[i])
            drop(h->clients[i]);
    free_if_empty(h);
}
