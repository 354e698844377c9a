/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launch.c - an order is a page's id, "-" for none or "+" for sound; to all but that the answer is one letter and
 * the order again; see launch.h. */
#define _GNU_SOURCE
#include "client/agent/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/agent/log.h"
#include "client/agent/sound_wake.h"
#include "client/api/dial.h"

enum { ORDER_MAX = 16 /* hex digits of an id */, ORDER_ROOM = ORDER_MAX + 1, SOUND_S = 10 };

enum said {
    SAID_STARTED = 's',
    SAID_RUNS = 'r',
    SAID_NO_PROGRAM = 'p',
    SAID_NO_DISPLAY = 'd',
    SAID_FAILED = 'f',
};

struct launch {
    int fd;
    guint source;
};

/* ---- the other process */

struct window {
    const char *home;
    GPid pid; /* that we started and that still runs; 0: none */
};

static bool has_display(void)
{
    const char *wayland = g_getenv("WAYLAND_DISPLAY"), *x = g_getenv("DISPLAY");
    return (wayland && *wayland) || (x && *x);
}

/* Runs between fork and exec: it must not die with our terminal. */
static void leave_session(gpointer user)
{
    (void)user;
    (void)setsid();
}

/* A window that runs takes the order and the new one ends; the child we keep an eye on is one that had no bus
 * to be found by. */
static enum said start(struct window *w, char *page)
{
    g_autofree char *program = tba_program("trucban-desktop");
    g_autofree char *home = g_strdup(w->home);
    char with_home[] = "--home", with_page[] = "--page";
    char *argv[] = { program, with_home, home, page ? with_page : NULL, page, NULL };

    if (!program)
        return SAID_NO_PROGRAM;
    if (!has_display())
        return SAID_NO_DISPLAY;
    if (w->pid)
        return SAID_RUNS;
    if (g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, leave_session, NULL, &w->pid,
                      NULL))
        return SAID_STARTED;
    w->pid = 0;
    return SAID_FAILED;
}

/* From somebody who may not be himself any more. */
static bool is_order(const char *order, size_t n)
{
    return strcmp(order, "-") == 0 || (n == ORDER_MAX && strspn(order, "0123456789abcdef") == n);
}

static void bury(struct window *w)
{
    for (pid_t pid = 1; pid > 0;) {
        pid = waitpid(-1, NULL, WNOHANG);
        w->pid = pid == w->pid ? 0 : w->pid;
    }
}

/* In a process of its own: libpulse may wait for a server that hangs. */
static void start_sound(void)
{
    if (fork() != 0)
        return;
    (void)alarm(SOUND_S);
    sound_wake();
    _exit(0);
}

static void on_child(int signal)
{
    (void)signal; /* only so that recv() ends */
}

static void obey(int fd, const char *home)
{
    const struct sigaction child = { .sa_handler = on_child };
    struct window w = { .home = home };

    (void)sigaction(SIGCHLD, &child, NULL);
    for (;;) {
        char order[ORDER_ROOM + 1] = "", said[ORDER_ROOM + 2];
        ssize_t n = recv(fd, order, ORDER_ROOM, 0);

        if (n == 0 || (n < 0 && errno != EINTR))
            return;
        bury(&w);
        if (n == 1 && order[0] == '+')
            start_sound();
        if (n < 0 || !is_order(order, (size_t)n))
            continue;
        said[0] = (char)start(&w, order[0] == '-' ? NULL : order);
        memcpy(said + 1, order, (size_t)n);
        if (send(fd, said, (size_t)n + 1, MSG_NOSIGNAL) < 0)
            return;
    }
}

/* Whoever waits for the end of the agent's output must not wait for us. */
static void let_go(int fd, bool detached)
{
    int null = detached ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;

    for (int i = 0; null >= 0 && i < 3; i++)
        (void)dup2(null, i);
    if (fd > 3)
        (void)close_range(3, (unsigned)fd - 1, 0);
    (void)close_range((unsigned)fd + 1, ~0U, 0);
}

/* ---- the agent */

static void log_said(enum said said, const char *page)
{
    switch (said) {
    case SAID_STARTED:
        log_line(LOG_NOTICE, "window: started for page=%s", page);
        return;
    case SAID_RUNS:
        log_line(LOG_NOTICE, "window: the one that was started runs, and no bus reaches it");
        return;
    case SAID_NO_PROGRAM:
    case SAID_NO_DISPLAY:
        log_line(LOG_NOTICE, "no window: %s",
                 said == SAID_NO_DISPLAY ? "there is no display" : "not installed");
        return;
    case SAID_FAILED:
        break;
    }
    log_line(LOG_WARNING, "window: cannot be started");
}

static gboolean on_said(gint fd, GIOCondition what, gpointer user)
{
    struct launch *l = user;
    char said[ORDER_ROOM + 2] = "";
    ssize_t n = recv(fd, said, sizeof said - 1, MSG_DONTWAIT);

    (void)what;
    if (n > 0) {
        log_said((enum said)said[0], said + 1);
        return G_SOURCE_CONTINUE;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    log_line(LOG_WARNING, "window: what starts it has ended");
    l->source = 0;
    return G_SOURCE_REMOVE;
}

struct launch *launch_new(const char *home, bool detached)
{
    int end[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end) != 0)
        return NULL;
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_NAME, "trucban-launch");
        let_go(end[1], detached);
        obey(end[1], home);
        _exit(0);
    }
    (void)close(end[1]);
    if (pid < 0) {
        (void)close(end[0]);
        return NULL;
    }
    struct launch *l = g_new0(struct launch, 1);
    *l = (struct launch){ .fd = end[0] };
    l->source = g_unix_fd_add(l->fd, G_IO_IN | G_IO_HUP, on_said, l);
    return l;
}

void launch_free(struct launch *l)
{
    if (!l)
        return;
    if (l->source)
        g_source_remove(l->source);
    (void)close(l->fd);
    g_free(l);
}

void launch_sound(struct launch *l)
{
    (void)send(l->fd, "+", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void launch_window(struct launch *l, const char *page)
{
    const char *order = page ? page : "-";

    if (!l || send(l->fd, order, strlen(order), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_line(LOG_WARNING, "window: cannot be started: %s",
                 l ? g_strerror(errno) : "nothing is there to start it");
}
