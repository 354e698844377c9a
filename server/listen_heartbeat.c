/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listen_heartbeat.c - trucban-relay listen-heartbeat: silent while the relay lives, loud when it does not.
 *
 * For a second machine, under its service manager.  Whatever is not exactly a heartbeat does not count. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "server/admin.h"
#include "server/clock.h"
#include "server/heartbeat.h"
#include "server/say.h"

/* A bound socket, or -1 and errno. */
static int open_socket(const char *address, int port)
{
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    bool is_four = inet_pton(AF_INET, address, &four.sin_addr) == 1;

    if (!is_four && inet_pton(AF_INET6, address, &six.sin6_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    TB_CLEANUP(tb_closep)
    int fd = socket(is_four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || (is_four ? bind(fd, (struct sockaddr *)&four, sizeof four)
                           : bind(fd, (struct sockaddr *)&six, sizeof six)) != 0)
        return -1;
    int done = fd;
    fd = -1;
    return done;
}

/* One datagram, if there is one.  True: a heartbeat. */
static bool take(int fd, struct tb_id *ret_relay_id)
{
    uint8_t datagram[HEARTBEAT_TEXT_MAX + 1]; /* longer ones are cut, and then too long */
    ssize_t n = recv(fd, datagram, sizeof datagram, MSG_DONTWAIT);

    return n > 0 && heartbeat_parse(tb_view_of(datagram, (size_t)n), ret_relay_id) == TB_OK;
}

/* False: none came in time. */
static bool wait_for_one(int fd, int within_s, struct tb_id *ret_relay_id)
{
    int64_t until_ms = clock_boot_ms() + (int64_t)within_s * 1000;
    struct pollfd ready = { .fd = fd, .events = POLLIN };

    for (int64_t left_ms; (left_ms = until_ms - clock_boot_ms()) > 0;)
        if (poll(&ready, 1, (int)left_ms) > 0 && take(fd, ret_relay_id))
            return true;
    return false;
}

int admin_listen_heartbeat(const struct admin_options *o)
{
    char hex[2 * TB_ID_BYTES + 1];
    struct tb_id id, heard = { { 0 } };
    bool first = true;

    if (o->n_files > 0 || !o->address || o->port <= 0 || o->within_s <= 0) {
        say_error(_("listen-heartbeat needs --address ADDRESS, --port N and --within SECONDS"));
        return EXIT_USAGE;
    }
    TB_CLEANUP(tb_closep) int fd = open_socket(o->address, o->port);
    if (fd < 0) {
        say_error(_("cannot listen on %s port %d: %s"), o->address, o->port, strerror(errno));
        return EXIT_FAILED;
    }
    while (wait_for_one(fd, o->within_s, &id)) {
        if (!first && memcmp(id.b, heard.b, sizeof id.b) == 0)
            continue;
        first = false;
        heard = id;
        tb_hex(id.b, sizeof id.b, hex);
        (void)printf(_("relay %s is heard\n"), hex);
        (void)fflush(stdout);
    }
    say_error(_("NO HEARTBEAT for %d seconds: the relay or the way to it is down; look at once"),
              o->within_s);
    return EXIT_FAILED;
}
