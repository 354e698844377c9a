/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer.c - a timerfd that the main loop watches; see timer.h. */
#include "client/agent/timer.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct boot_timer {
    int fd;
    guint source;
    void (*fire)(void *user);
    void *user;
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t = { 0 };

    (void)clock_gettime(clock, &t); /* cannot fail for these clocks */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t boot_now_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

int64_t wall_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer user)
{
    struct boot_timer *t = user;
    uint64_t times;

    (void)condition;
    if (read(fd, &times, sizeof times) == (ssize_t)sizeof times)
        t->fire(t->user);
    return G_SOURCE_CONTINUE;
}

struct boot_timer *boot_timer_new(void (*fire)(void *user), void *user)
{
    int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct boot_timer *t = g_new0(struct boot_timer, 1);
    *t = (struct boot_timer){ .fd = fd, .fire = fire, .user = user };
    t->source = g_unix_fd_add(fd, G_IO_IN, on_readable, t);
    return t;
}

void boot_timer_set(struct boot_timer *t, int64_t boot_ms)
{
    int64_t at = boot_ms < 1 ? 1 : boot_ms; /* zero would disarm */
    struct itimerspec when = { 0 };

    if (boot_ms != INT64_MAX)
        when.it_value =
            (struct timespec){ .tv_sec = at / 1000, .tv_nsec = (long)(at % 1000) * 1000000 };
    (void)timerfd_settime(t->fd, TFD_TIMER_ABSTIME, &when, NULL); /* arguments are in range */
}

void boot_timer_free(struct boot_timer *t)
{
    if (!t)
        return;
    g_source_remove(t->source);
    (void)close(t->fd);
    g_free(t);
}
