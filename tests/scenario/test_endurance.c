/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_endurance.c - what must not wear off: descriptors after storms of connections and refusals, peers that are gone
 * when they are answered, a backup that is taken while everybody reports, and memory after all of it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"
#include "world_front.h"
#include "world_look.h"
#include "world_memory.h"
#include "world_raw.h"

enum { WAIT_MS = 30000, ROUNDS = 6, ROUNDS_LONG = 400 };

static struct world w;

static int open_province(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static int rounds(void)
{
    return getenv("TRUCBAN_LONG") ? ROUNDS_LONG : ROUNDS;
}

/* ---- descriptors (A76) */

/* -1: only root may look into a program that hides its memory. */
static int descriptors(pid_t pid)
{
    char path[40];
    int n = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    if (!d)
        return -1;
    while (readdir(d))
        n++;
    (void)closedir(d);
    return n;
}

static void back_to(pid_t pid, int before, const char *who)
{
    int now = before;

    for (long long end = now_ms() + WAIT_MS; (now = descriptors(pid)) > before; pause_ms(100))
        if (now_ms() > end)
            fail_msg("%s has %d descriptors, before the storm it had %d", who, now, before);
    print_message("%s: %d descriptors before, %d after\n", who, before, now);
}

/* Strangers who go away at every stage. */
static void a_stranger(int stage)
{
    static const char upgrade[] = FRONT_UPGRADE("/", FRONT_TRUCBAN_1, "websocket");
    struct raw r = raw_connect((int)strtol(w.port, NULL, 10));
    struct raw_tls tls = { .alpn = "http/1.1" };

    if (stage > 0 && raw_tls(&r, &tls) && stage > 1 && raw_request(&r, upgrade) == 101 && stage > 2)
        (void)raw_send_frame(
            &r, &(struct raw_frame){
                    .first = 0x82, .announced = 5, .p = "\x0a\x03\x08\x01\x10", .n = 5 });
    raw_close(&r); /* whatever comes back finds nobody */
}

/* A frontend that is refused, and one that is killed while it is served. */
static void a_frontend(const char *name)
{
    char program[2 * WORLD_PATH];
    char *argv[] = { program, (char[]){ "--home" }, world_person(&w, name)->home,
                     (char[]){ "watch" }, NULL };
    int ready = -1;

    world_expect_code(&w, 1, name, "show", "ffffffffffffffff", NULL);
    (void)snprintf(program, sizeof program, "%s/trucban", w.bin);
    struct proc p = proc_launch(argv, "/dev/null", &ready);
    pause_ms(40);
    proc_kill(&p);
    (void)close(ready);
}

static void asks_and_goes_away(int port)
{
    struct raw r = raw_connect(port);

    (void)raw_send(&r, "GET /metrics HTTP/1.0\r\n\r\n", 25);
    raw_close(&r);
}

/* A76, A77 */
static void a_storm_of_connections_and_refusals_leaves_no_descriptor_behind(void **state)
{
    pid_t relay = w.relay.pid, an = world_person(&w, "an")->agent.pid;

    (void)state;
    a_stranger(3);
    a_frontend("an");
    pause_ms(500);
    int of_relay = descriptors(relay), of_an = descriptors(an);
    for (int i = 0; i < rounds(); i++) {
        for (int stage = 0; stage < 4; stage++)
            a_stranger(stage);
        asks_and_goes_away((int)strtol(w.metrics_port, NULL, 10));
        if (i % 2 == 0)
            a_frontend("an");
    }
    back_to(relay, of_relay, "relay");
    back_to(an, of_an, "agent");
    assert_true(proc_alive(&w.relay));
    assert_true(proc_alive(&world_person(&w, "an")->agent));
}

/* A76 */
static void a_relay_that_comes_and_goes_leaves_no_descriptor_behind_in_an_agent(void **state)
{
    pid_t an = world_person(&w, "an")->agent.pid;
    int before = descriptors(an);

    (void)state;
    for (int i = 0; i < (getenv("TRUCBAN_LONG") ? 50 : 2); i++) {
        proc_kill(&w.relay);
        pause_ms(300);
        world_start_relay(&w);
        world_wait_online(&w, "an");
    }
    back_to(an, before, "agent");
}

/* ---- SIGPIPE (A77) */

static void expect_ignored(pid_t pid)
{
    char text[4096];
    size_t n = memory_proc_file(pid, "status", text, sizeof text - 1);

    text[n] = 0;
    const char *at = strstr(text, "SigIgn:");
    assert_non_null(at);
    assert_true(strtoull(at + 7, NULL, 16) & 1ULL << (SIGPIPE - 1));
}

/* A77 */
static void who_answers_into_a_closed_pipe_lives_on(void **state)
{
    (void)state;
    expect_ignored(w.relay.pid);
    expect_ignored(world_person(&w, "an")->agent.pid);
}

/* ---- a disk that fails, in the real process (A72) */

static void until_it_stops(char ret[static 8][PAGE_ID], size_t *ret_n)
{
    int status = 0;

    for (*ret_n = 0; waitpid(w.relay.pid, &status, WNOHANG) == 0; (*ret_n)++) {
        struct look_reported page;
        assert_true(*ret_n < 8);
        (void)look_report(&w, NULL, 0, &page); /* taken, or kept and sent later */
        (void)snprintf(ret[*ret_n], PAGE_ID, "%s", page.id);
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 74);
    w.relay.pid = -1;
}

/* A72 */
static void a_relay_whose_disk_fails_stops_and_loses_nothing(void **state)
{
    static const char *const faults[] = { "sync 9", "write 40" };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char id[8][PAGE_ID];
        size_t n = 0;
        proc_stop(&w.relay);
        (void)setenv("TRUCBAN_FAULT", faults[i], 1);
        world_relay = "tests/faulty_relay";
        world_start_relay(&w);
        (void)unsetenv("TRUCBAN_FAULT");
        world_relay = "trucban-relay";
        until_it_stops(id, &n);
        world_start_relay(&w);
        look_wait_online(&w, WAIT_MS);
        for (size_t k = 0; k < n; k++) {
            world_wait_state(&w, "an", id[k], "ringing", WAIT_MS);
            world_expect_code(&w, 0, "an", "accept", id[k], NULL);
            world_wait_state(&w, "so-y-te", id[k], "accepted", WAIT_MS);
            assert_int_equal(look_rows(&w, "an", id[k]), 1);
        }
        print_message("%s: stopped, %zu reports came through\n", faults[i], n);
    }
}

/* ---- a backup under load */

static pid_t begin_load(int pages)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid)
        return pid;
    for (int i = 0; i < pages; i++) {
        char id[PAGE_ID];
        world_report(&w, "so-y-te", 2, id);
        world_expect_code(&w, 0, "an", "accept", id, NULL);
    }
    _exit(0);
}

static void path_in(const char *name, char ret[static 2 * WORLD_PATH])
{
    assert_true(snprintf(ret, 2 * WORLD_PATH, "%s/%s", w.dir, name) < 2 * WORLD_PATH);
}

static void restore(const char *backup)
{
    char dir[2 * WORLD_PATH], old[2 * WORLD_PATH];

    path_in("relay", dir);
    path_in("relay.old", old);
    proc_kill(&w.relay);
    assert_int_equal(rename(dir, old), 0);
    free(world_tool(&w, "trucban-relay", "restore", "--state", dir, "--in", backup,
                    "--passphrase-file", w.pass, NULL));
    free(world_tool(&w, "trucban-relay", "check", "--state", dir, NULL));
    world_start_relay(&w);
    look_wait_online(&w, WAIT_MS);
}

static void a_backup_that_is_taken_under_load_is_whole_and_a_new_era_begins(void **state)
{
    char dir[2 * WORLD_PATH], backup[2 * WORLD_PATH], before[PAGE_ID], after[PAGE_ID],
        again[PAGE_ID];
    int status = 0;

    (void)state;
    path_in("relay", dir);
    path_in("backup", backup);
    world_report(&w, "so-y-te", 2, before);
    world_wait_state(&w, "an", before, "ringing", WAIT_MS);
    pid_t load = begin_load(getenv("TRUCBAN_LONG") ? 100 : 3);
    free(world_tool(&w, "trucban-relay", "backup", "--state", dir, "--out", backup,
                    "--passphrase-file", w.pass, NULL));
    assert_int_equal(waitpid(load, &status, 0), load);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    world_report(&w, "so-y-te", 2, after); /* the backup does not know it */
    world_expect_code(&w, 0, "an", "accept", after, NULL);
    world_wait_state(&w, "so-y-te", after, "accepted", WAIT_MS);
    restore(backup);
    assert_string_equal(world_owner(&w, "so-y-te", after), "an");
    world_expect_code(&w, 0, "an", "accept", before, NULL);
    world_wait_state(&w, "so-y-te", before, "accepted", WAIT_MS);
    world_report(&w, "so-y-te", 2, again);
    world_wait_state(&w, "an", again, "ringing", WAIT_MS);
    world_expect_code(&w, 0, "an", "accept", again, NULL);
    world_wait_state(&w, "so-y-te", again, "accepted", WAIT_MS);
    assert_int_equal(look_rows(&w, "an", after), 1);
}

/* ---- memory */

enum { GROWTH_KIB = 8192 };

static long resident(pid_t pid, const char *what)
{
    char text[4096];
    size_t n = memory_proc_file(pid, "status", text, sizeof text - 1);

    text[n] = 0;
    const char *at = strstr(text, what);
    assert_non_null(at);
    return strtol(at + strlen(what), NULL, 10);
}

static long own_at_first;

static void an_agent_that_was_just_started(void **state)
{
    (void)state;
    own_at_first = resident(world_person(&w, "an")->agent.pid, "RssAnon:");
}

/* Goal: an agent has at most 20 MiB resident; what libraries it shares counts.  With sanitizers it has far more. */
static void an_agent_has_not_grown(void **state)
{
    pid_t an = world_person(&w, "an")->agent.pid;
    long own = resident(an, "RssAnon:");

    (void)state;
    print_message("agent: %ld KiB resident, of which %ld its own; %ld at first\n",
                  resident(an, "VmRSS:"), own, own_at_first);
#ifndef __SANITIZE_ADDRESS__
    assert_true(own - own_at_first < GROWTH_KIB);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_agent_that_was_just_started),
        cmocka_unit_test(a_storm_of_connections_and_refusals_leaves_no_descriptor_behind),
        cmocka_unit_test(a_relay_that_comes_and_goes_leaves_no_descriptor_behind_in_an_agent),
        cmocka_unit_test(who_answers_into_a_closed_pipe_lives_on),
        cmocka_unit_test(a_relay_whose_disk_fails_stops_and_loses_nothing),
        cmocka_unit_test(a_backup_that_is_taken_under_load_is_whole_and_a_new_era_begins),
        cmocka_unit_test(an_agent_has_not_grown),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
