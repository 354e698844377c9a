/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_relay_heartbeat.c - a second place hears that the relay lives, and hears it fall silent. */
/* link: PkgConfig::OPENSSL */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world_front.h"

static struct front the;
static int port;

/* A UDP port that nobody has now. */
static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    (void)close(fd);
    return ntohs(at.sin_port);
}

static int set_up(void **state)
{
    char more[128];

    (void)state;
    front_open(&the);
    port = free_port();
    assert_int_equal(setenv("WATCHDOG_USEC", "600000", 1), 0); /* cycles of 200 ms */
    (void)snprintf(more, sizeof more, "[heartbeat]\naddress = 127.0.0.1\nport = %d\nevery-s = 1\n",
                   port);
    front_restart_with(&the, more);
    assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    front_close(&the);
    return 0;
}

static struct proc start_listener(const char *log)
{
    char number[16];
    char listen[] = "listen-heartbeat", address[] = "--address", at[] = "127.0.0.1", p[] = "--port",
         within[] = "--within", seconds[] = "3";

    (void)snprintf(number, sizeof number, "%d", port);
    char *argv[] = { the.program, listen, address, at, p, number, within, seconds, NULL };
    return proc_start(argv, log, NULL, 0, 0);
}

static bool file_says(const char *path, const char *words)
{
    char text[4096];
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;

    if (f)
        (void)fclose(f);
    text[n] = '\0';
    return strstr(text, words) != NULL;
}

/* The exit status, once it ended by itself. */
static int wait_for_end(struct proc *p, int wait_ms)
{
    long long until = now_ms() + wait_ms;
    int status = 0;

    while (waitpid(p->pid, &status, WNOHANG) == 0) {
        assert_true(now_ms() < until);
        pause_ms(20);
    }
    p->pid = -1;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_second_place_hears_the_relay_and_its_silence(void **state)
{
    char log[128];

    (void)state;
    (void)snprintf(log, sizeof log, "%s/listener.log", the.dir);
    struct proc listener = start_listener(log);
    long long until = now_ms() + 10000;
    while (!file_says(log, "is heard")) {
        assert_true(now_ms() < until);
        pause_ms(20);
    }
    pause_ms(4000); /* longer than --within: only further heartbeats keep it quiet */
    assert_true(proc_alive(&listener));
    assert_false(file_says(log, "NO HEARTBEAT"));
    proc_freeze(&the.relay);
    assert_int_equal(wait_for_end(&listener, 8000), 1);
    assert_true(file_says(log, "NO HEARTBEAT for 3 seconds"));
    proc_thaw(&the.relay);
}

static void datagrams_that_are_no_heartbeat_do_not_count(void **state)
{
    char log[128];
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = 0;
    long long until = now_ms() + 10000;

    (void)state;
    (void)snprintf(log, sizeof log, "%s/noise.log", the.dir);
    proc_freeze(&the.relay);
    struct proc listener = start_listener(log);
    while (waitpid(listener.pid, &status, WNOHANG) == 0) {
        assert_true(now_ms() < until);
        (void)sendto(fd, "trucban-heartbeat 1 hello", 25, 0, (struct sockaddr *)&at, sizeof at);
        pause_ms(100);
    }
    (void)close(fd);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_true(file_says(log, "NO HEARTBEAT"));
    proc_thaw(&the.relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_place_hears_the_relay_and_its_silence),
        cmocka_unit_test(datagrams_that_are_no_heartbeat_do_not_count),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
