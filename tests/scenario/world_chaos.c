/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_chaos.c - see world_chaos.h. */
#define _GNU_SOURCE
#include "world_chaos.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"

static struct proc proxy = { -1 };
static struct sockaddr_un control = { .sun_family = AF_UNIX };

void chaos_start(struct world *w)
{
    char path[2 * WORLD_PATH], log[2 * WORLD_PATH], ready[16];
    char *argv[] = { path, control.sun_path, w->port, w->inner, NULL };

    (void)snprintf(path, sizeof path, "%s/tests/chaosproxy", w->bin);
    (void)snprintf(log, sizeof log, "%s/chaos.log", w->dir);
    int n = snprintf(control.sun_path, sizeof control.sun_path, "%s/chaos", w->dir);
    assert_true(n > 0 && (size_t)n < sizeof control.sun_path);
    proxy = proc_start(argv, log, ready, sizeof ready, 10000);
}

void chaos_stop(void)
{
    if (proxy.pid > 0)
        proc_kill(&proxy);
}

static void say(const char *command, char *ret, size_t size)
{
    TB_CLEANUP(tb_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&control, sizeof control), 0);
    assert_int_equal(write(fd, command, strlen(command)), (ssize_t)strlen(command));
    ssize_t n = read(fd, ret, size - 1);
    assert_true(n > 0);
    ret[n] = '\0';
}

void chaos(const char *command)
{
    char said[64];

    say(command, said, sizeof said);
    assert_string_equal(said, "ok\n");
}

struct chaos_stats chaos_stats(void)
{
    struct chaos_stats s = { 0 };
    char said[128];

    say("stats", said, sizeof said);
    assert_int_equal(
        sscanf(said, "open %u up %llu down %llu taken %u", &s.open, &s.up, &s.down, &s.taken), 4);
    return s;
}
