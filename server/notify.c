/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.c - sd_notify(3) in one sendto(2), not connected: the manager may make its socket anew. */
#include "server/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify_fd = -1; /* for the life of the process */

void notify_open(void)
{
    if (getenv("NOTIFY_SOCKET") && notify_fd < 0)
        notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    size_t n = path ? strlen(path) : 0;

    if (notify_fd < 0 || n == 0 || n >= sizeof at.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(at.sun_path, path, n);
    if (path[0] == '@')
        at.sun_path[0] = '\0'; /* the abstract namespace */
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    ssize_t sent =
        sendto(notify_fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&at, size);
    (void)sent; /* the manager will notice the silence */
}

static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    char *end = NULL;

    if (!text)
        return -1;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    return errno != 0 || end == text || *end != '\0' || n < 0 ? -1 : n;
}

int64_t notify_watchdog_ms(void)
{
    int64_t pid = number_of("WATCHDOG_PID");
    int64_t us = number_of("WATCHDOG_USEC");

    if (us <= 0 || (pid >= 0 && pid != getpid()))
        return 0;
    return us / 1000;
}
