/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_agent_bus.c - the agent's socket: who may come, what is refused, and that it
 * works without any bus.  Profiles are empty: no relay is needed here. */
/* link: PkgConfig::JANSSON */
#define _GNU_SOURCE
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"
#include "world_proc.h"

enum { READY_MS = 20000, RUN_S = 60, PATH = 300, BUS_PEERS = 64 /* of client/agent/bus.h */ };

struct night {
    char dir[PATH], home[PATH + 8], socket[PATH + 20], agent[PATH], cli[PATH];
};

static int setup(void **state)
{
    struct night *n = calloc(1, sizeof *n);
    const char *bin = getenv("TRUCBAN_BIN");

    assert_non_null(n);
    assert_non_null(bin);
    (void)snprintf(n->dir, sizeof n->dir, "/tmp/trucban-bus-XXXXXX");
    assert_non_null(mkdtemp(n->dir));
    (void)snprintf(n->home, sizeof n->home, "%s/home", n->dir);
    (void)snprintf(n->socket, sizeof n->socket, "%s/agent.sock", n->home);
    (void)snprintf(n->agent, sizeof n->agent, "%s/trucban-agent", bin);
    (void)snprintf(n->cli, sizeof n->cli, "%s/trucban", bin);
    (void)unsetenv("DBUS_SESSION_BUS_ADDRESS");
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    (void)setenv("XDG_RUNTIME_DIR", n->dir, 1);
    (void)setenv("PULSE_SERVER", "unix:/nonexistent", 1);
    (void)setenv("TRUCBAN_HOME", n->home, 1);
    (void)setenv("LANGUAGE", "en", 1);
    *state = n;
    return 0;
}

static int teardown(void **state)
{
    struct night *n = *state;
    char command[2 * PATH];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", n->dir);
    assert_int_equal(system(command), 0);
    free(n);
    return 0;
}

static struct proc start(struct night *n)
{
    char ready[PATH], log[2 * PATH];
    char *argv[] = { n->agent, (char[]){ "--foreground" }, (char[]){ "--ready-fd" },
                     (char[]){ "3" }, NULL };

    (void)snprintf(log, sizeof log, "%s/agent.log", n->dir);
    struct proc p = proc_start(argv, log, ready, sizeof ready, READY_MS);
    assert_string_equal(ready, n->socket);
    return p;
}

static json_t *status_of(struct night *n)
{
    char *argv[] = { n->cli, (char[]){ "--json" }, (char[]){ "status" }, NULL };
    struct run r = proc_run(argv, NULL, RUN_S);

    if (r.code != 0)
        fail_msg("status: %d: %s", r.code, r.err);
    json_t *j = json_loads(r.out, 0, NULL);
    assert_non_null(j);
    run_done(&r);
    return j;
}

static void expect(json_t *j, const char *key, const char *text)
{
    assert_string_equal(json_string_value(json_object_get(j, key)), text);
}

static int mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (int)(st.st_mode & 07777);
}

static void an_agent_serves_without_any_bus_or_sound_and_says_so(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    json_t *s = status_of(n);

    expect(s, "stage", "none");
    expect(s, "online", "offline");
    expect(s, "notifications", "none");
    expect(s, "bell", "none");
    expect(s, "home", n->home);
    assert_int_equal(json_integer_value(json_object_get(s, "rings")), 0);
    assert_int_equal(json_array_size(json_object_get(s, "ringing")), 0);
    json_decref(s);
    assert_int_equal(mode_of(n->home), 0700);
    assert_int_equal(mode_of(n->socket) & 077, 0);
    proc_stop(&agent);
    assert_int_equal(access(n->socket, F_OK), -1);
}

static int dial(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0 && strlen(path) < sizeof at.sun_path);
    memcpy(at.sun_path, path, strlen(path));
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* What the agent answers to a line of the D-Bus handshake. */
static void handshake(const char *path, const char *line, char *ret, size_t size)
{
    TB_CLEANUP(tb_closep) int fd = dial(path);
    ssize_t n;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "\0", 1), 1);
    assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
    n = read(fd, ret, size - 1);
    ret[n > 0 ? n : 0] = '\0';
}

static void only_the_mechanism_that_proves_the_user_is_offered(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    char answer[200];

    handshake(n->socket, "AUTH ANONYMOUS\r\n", answer, sizeof answer);
    assert_null(strstr(answer, "OK"));
    assert_null(strstr(answer, "ANONYMOUS"));
    handshake(n->socket, "AUTH DBUS_COOKIE_SHA1 30\r\n", answer, sizeof answer);
    assert_null(strstr(answer, "OK"));
    assert_null(strstr(answer, "DATA"));
    assert_null(strstr(answer, "COOKIE"));
    proc_stop(&agent);
}

/* In a child of another user: 0 if the agent refused, 1 if it let it in, 2 if there was no way to it. */
static int try_as_another(const char *path)
{
    char answer[200];

    if (setgid(65534) != 0 || setuid(65534) != 0)
        return 3;
    int fd = dial(path);
    if (fd < 0)
        return 2;
    if (write(fd, "\0AUTH EXTERNAL 3635353334\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", 54) < 0)
        return 0;
    ssize_t got = read(fd, answer, sizeof answer - 1);
    answer[got > 0 ? got : 0] = '\0';
    return strstr(answer, "OK") ? 1 : 0;
}

static int as_another(const char *path)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(try_as_another(path));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void another_user_finds_no_way_in_even_if_the_folder_is_open(void **state)
{
    struct night *n = *state;

    if (geteuid() != 0)
        skip();
    struct proc agent = start(n);
    assert_int_equal(chmod(n->dir, 0755), 0);
    assert_int_equal(as_another(n->socket), 2);
    assert_int_equal(chmod(n->home, 0755), 0);
    assert_int_equal(chmod(n->socket, 0666), 0);
    assert_int_equal(as_another(n->socket), 0);
    proc_stop(&agent);
}

static void a_second_agent_is_refused_and_does_no_harm(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    char *argv[] = { n->agent, (char[]){ "--foreground" }, NULL };
    char *detached[] = { n->agent, NULL };

    struct run r = proc_run(argv, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "another agent serves this profile"));
    run_done(&r);
    r = proc_run(detached, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "another agent serves this profile"));
    run_done(&r);
    json_decref(status_of(n));
    proc_stop(&agent);
}

static void a_socket_left_over_by_a_crash_is_replaced(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);

    proc_kill(&agent);
    assert_int_equal(access(n->socket, F_OK), 0);
    agent = start(n);
    json_decref(status_of(n));
    proc_stop(&agent);
}

static void a_home_too_long_for_a_socket_is_an_error_not_another_profile(void **state)
{
    struct night *n = *state;
    char home[2 * PATH] = "", name[100];
    char *argv[] = { n->agent, (char[]){ "--foreground" }, (char[]){ "--home" }, home, NULL };
    char *cli[] = { n->cli, (char[]){ "--home" }, home, (char[]){ "status" }, NULL };

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)snprintf(home, sizeof home, "%s/%s", n->dir, name);
    (void)unsetenv("XDG_RUNTIME_DIR");
    struct run r = proc_run(argv, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "107"));
    run_done(&r);
    r = proc_run(cli, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "107"));
    run_done(&r);
    assert_int_equal(access(home, F_OK), -1);
}

static void the_command_line_starts_the_agent_where_there_is_none(void **state)
{
    struct night *n = *state;
    char *argv[] = { n->cli, (char[]){ "status" }, NULL };
    struct run r = proc_run(argv, NULL, RUN_S);

    assert_int_equal(r.code, 1); /* no profile yet, and asking for one makes none */
    run_done(&r);
    struct proc agent = start(n);
    proc_stop(&agent);
    json_t *s = status_of(n);
    pid_t pid = (pid_t)json_integer_value(json_object_get(s, "pid"));

    json_decref(s);
    assert_true(pid > 1);
    s = status_of(n);
    assert_int_equal(json_integer_value(json_object_get(s, "pid")), pid);
    json_decref(s);
    assert_int_equal(getsid(pid), pid); /* it outlives the terminal */
    assert_int_equal(kill(pid, SIGTERM), 0);
    for (long long end = now_ms() + READY_MS; access(n->socket, F_OK) == 0; pause_ms(20))
        assert_true(now_ms() < end);
}

static void a_frontend_that_is_killed_does_no_harm(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    char *argv[] = { n->cli, (char[]){ "--json" }, (char[]){ "watch" }, NULL };

    for (int i = 0; i < 10; i++) {
        struct proc watch = proc_start(argv, NULL, NULL, 0, 0);
        pause_ms(i * 10); /* at any point of its start */
        proc_kill(&watch);
    }
    json_decref(status_of(n));
    proc_stop(&agent);
}

static void silent_strangers_do_not_keep_frontends_out(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    int fd[100];

    for (size_t i = 0; i < 100; i++)
        fd[i] = dial(n->socket);
    json_decref(status_of(n));
    for (size_t i = 0; i < 100; i++)
        tb_closep(&fd[i]);
    json_decref(status_of(n));
    proc_stop(&agent);
}

/* A frontend that has logged in and asks nothing; -1 if the agent hung up. */
static int log_in(const char *path)
{
    char hello[200], answer[200], uid[16], hex[40] = "";
    int fd = dial(path);

    (void)snprintf(uid, sizeof uid, "%u", (unsigned)geteuid());
    for (size_t i = 0; uid[i]; i++)
        (void)snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", (unsigned)uid[i]);
    hello[0] = '\0';
    int n = 1 + snprintf(hello + 1, sizeof hello - 1, "AUTH EXTERNAL %s\r\n", hex);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, hello, (size_t)n), n);
    ssize_t got = read(fd, answer, sizeof answer - 1);
    assert_true(got > 2 && memcmp(answer, "OK", 2) == 0);
    assert_int_equal(write(fd, "BEGIN\r\n", 7), 7);
    struct timeval soon = { .tv_usec = 200000 };
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), 0);
    if (read(fd, answer, 1) != 0)
        return fd; /* nothing to read, and nobody hung up */
    (void)close(fd);
    return -1;
}

static void frontends_without_number_are_turned_away_and_places_come_free(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    int fd[BUS_PEERS];

    for (size_t i = 0; i < BUS_PEERS; i++)
        assert_true((fd[i] = log_in(n->socket)) >= 0);
    assert_int_equal(log_in(n->socket), -1);
    for (size_t i = 0; i < BUS_PEERS; i++)
        (void)close(fd[i]);
    json_decref(status_of(n));
    proc_stop(&agent);
}

static void an_empty_profile_says_what_to_do(void **state)
{
    struct night *n = *state;
    struct proc agent = start(n);
    char *whoami[] = { n->cli, (char[]){ "whoami" }, NULL };
    char *page[] = { n->cli,
                     (char[]){ "page" },
                     (char[]){ "--class" },
                     (char[]){ "1" },
                     (char[]){ "--title" },
                     (char[]){ "x" },
                     NULL };
    char *later[] = { n->cli, (char[]){ "incident" }, (char[]){ "list" }, NULL };
    char *wrong[] = { n->cli, (char[]){ "sing" }, NULL };

    struct run r = proc_run(whoami, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "trucban enroll"));
    run_done(&r);
    r = proc_run(page, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    run_done(&r);
    r = proc_run(later, NULL, RUN_S);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "not available in this version"));
    run_done(&r);
    r = proc_run(wrong, NULL, RUN_S);
    assert_int_equal(r.code, 2);
    run_done(&r);
    proc_stop(&agent);
}

static void a_report_needs_the_word_that_it_holds_no_state_secret(void **state)
{
    struct night *n = *state;
    char *argv[] = { n->cli,
                     (char[]){ "report" },
                     (char[]){ "--kind" },
                     (char[]){ "ATT-06" },
                     (char[]){ "--class" },
                     (char[]){ "1" },
                     (char[]){ "--title" },
                     (char[]){ "x" },
                     NULL };
    struct run r = proc_run(argv, NULL, RUN_S);

    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, "--no-state-secrets"));
    run_done(&r);
    assert_int_equal(access(n->home, F_OK), -1); /* not even an agent was started */
}

static void vietnamese_is_spoken_even_in_the_c_locale(void **state)
{
    struct night *n = *state;
    char *argv[] = { n->cli, (char[]){ "incident" }, NULL };

    (void)setenv("LC_ALL", "C", 1);
    (void)unsetenv("LANGUAGE");
    struct run r = proc_run(argv, NULL, RUN_S);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "chưa có trong phiên bản này"));
    run_done(&r);
}

#define NIGHT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NIGHT(an_agent_serves_without_any_bus_or_sound_and_says_so),
        NIGHT(only_the_mechanism_that_proves_the_user_is_offered),
        NIGHT(another_user_finds_no_way_in_even_if_the_folder_is_open),
        NIGHT(a_second_agent_is_refused_and_does_no_harm),
        NIGHT(a_socket_left_over_by_a_crash_is_replaced),
        NIGHT(a_home_too_long_for_a_socket_is_an_error_not_another_profile),
        NIGHT(the_command_line_starts_the_agent_where_there_is_none),
        NIGHT(a_frontend_that_is_killed_does_no_harm),
        NIGHT(silent_strangers_do_not_keep_frontends_out),
        NIGHT(frontends_without_number_are_turned_away_and_places_come_free),
        NIGHT(an_empty_profile_says_what_to_do),
        NIGHT(a_report_needs_the_word_that_it_holds_no_state_secret),
        NIGHT(vietnamese_is_spoken_even_in_the_c_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
