/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_strangers.c - while strangers storm the relay's door, a page still reaches who is on duty.
 *
 * One province; each test is one kind of storm and one page through it.  How long the page took, and what the
 * storm cost the relay, is printed; the limits are wide, since the attackers share the machine with the attacked. */
/* link: PkgConfig::OPENSSL */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tb_cmocka.h"
#include "world.h"
#include "world_storm.h"

enum {
    RINGS_MS = 30000,
    MEMORY_KIB = 256 * 1024,
    LINES_A_MINUTE = 100,
    LINES_AT_ONCE = 10,
    PROCESSES = 1
};

static struct world w;
static char relay_log[WORLD_PATH + 16];
static long long began_ms;

static int open_province(void **state)
{
    (void)state;
    /* Sanitizers keep what was freed; the relay does not. */
    assert_int_equal(setenv("ASAN_OPTIONS", "quarantine_size_mb=4", 1), 0);
    world_open(&w);
    (void)snprintf(relay_log, sizeof relay_log, "%s/relay.log", w.dir);
    began_ms = now_ms();
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void page_passes(const char *through)
{
    char id[PAGE_ID];
    long long start = now_ms();

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", RINGS_MS);
    long long took_ms = now_ms() - start;
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", RINGS_MS);
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
    print_message("      %s: report to ring %lld ms, both command lines with it\n", through,
                  took_ms);
}

static int storm_wait_then; /* ms: it goes on so long at least */

static void page_through(enum storm_kind kind, long tries, const char *name)
{
    int lines = storm_lines(relay_log, NULL);
    double cpu = storm_cpu_seconds(w.relay.pid);
    long long start = now_ms();
    struct storm s = storm_begin(kind, (int)strtol(w.port, NULL, 10), PROCESSES);

    storm_wait(&s, tries);
    page_passes(name);
    while (now_ms() - start < storm_wait_then)
        pause_ms(20);
    long made = *s.tries;
    storm_end(&s);
    double seconds = (double)(now_ms() - start) / 1000;
    lines = storm_lines(relay_log, NULL) - lines;
    print_message("      %ld connections in %.1f s: %.1f s of the relay's processor, %ld MiB, %d "
                  "lines of log\n",
                  made, seconds, storm_cpu_seconds(w.relay.pid) - cpu,
                  storm_memory_kib(w.relay.pid) / 1024, lines);
    assert_true(storm_memory_kib(w.relay.pid) < MEMORY_KIB);
    /* Two sources of lines, ten in twenty seconds each. */
    assert_true(lines <= 2 * LINES_AT_ONCE * (1 + (int)seconds / 20));
    assert_true(proc_alive(&w.relay));
}

/* --- A44, A45 */

static void a_page_passes_a_flood_of_silent_connections(void **state)
{
    (void)state;
    page_through(STORM_SILENCE, 2000, "silence");
}

/* As many as the relay has descriptors, and more: those who are inside stay, and it does not spin. */
static void a_page_passes_when_descriptors_have_run_out(void **state)
{
    struct rlimit few = { 100, 100 }, before;
    long long start = now_ms();

    (void)state;
    assert_int_equal(prlimit(w.relay.pid, RLIMIT_NOFILE, NULL, &before), 0);
    few.rlim_max = before.rlim_max;
    assert_int_equal(prlimit(w.relay.pid, RLIMIT_NOFILE, &few, NULL), 0);
    storm_wait_then = 6000; /* refused all the while */
    page_through(STORM_SILENCE, 400, "no descriptors");
    storm_wait_then = 0;
    double windows = 1 + (double)(now_ms() - start) / 20000;
    assert_true(storm_lines(relay_log, ">accept ") <= LINES_AT_ONCE * windows);
    assert_int_equal(prlimit(w.relay.pid, RLIMIT_NOFILE, &before, NULL), 0);
}

/* --- A44, A47 */

static void a_page_passes_half_open_handshakes(void **state)
{
    (void)state;
    page_through(STORM_HALF_TLS, 400, "half handshakes");
}

static void a_page_passes_a_flood_of_handshakes(void **state)
{
    (void)state;
    page_through(STORM_HANDSHAKES, 150, "handshakes");
}

static void a_page_passes_whoever_changes_keys_without_end(void **state)
{
    (void)state;
    page_through(STORM_KEYS, 2, "TLS keys");
}

/* --- A41, A42, A43, A44 */

static void a_page_passes_slow_strangers(void **state)
{
    (void)state;
    page_through(STORM_SLOW, 60, "slow requests and frames");
}

static void a_page_passes_headers_without_end(void **state)
{
    (void)state;
    page_through(STORM_HEADERS, 60, "endless headers");
}

static void a_page_passes_frames_of_every_wrong_kind(void **state)
{
    (void)state;
    page_through(STORM_FRAMES, 60, "wrong frames");
}

static void a_page_passes_a_flood_of_pings(void **state)
{
    (void)state;
    page_through(STORM_PINGS, 3, "pings");
}

/* --- who comes back in the middle of it */

static void a_device_that_was_away_gets_in_through_the_storm(void **state)
{
    (void)state;
    world_stop_agent(&w, "binh");
    struct storm s = storm_begin(STORM_HALF_TLS, (int)strtol(w.port, NULL, 10), PROCESSES);
    storm_wait(&s, 400);
    long long start = now_ms();
    world_start_agent(&w, "binh");
    world_wait_online(&w, "binh");
    print_message("      back after %lld ms\n", now_ms() - start);
    storm_end(&s);
}

static void a_minute_of_it_has_few_lines_of_log(void **state)
{
    int lines = storm_lines(relay_log, NULL);
    double minutes = (double)(now_ms() - began_ms) / 60000;

    (void)state;
    print_message("      %d lines in %.1f minutes\n", lines, minutes);
    assert_true(lines < LINES_A_MINUTE * (1 + (int)minutes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_passes_a_flood_of_silent_connections),
        cmocka_unit_test(a_page_passes_when_descriptors_have_run_out),
        cmocka_unit_test(a_page_passes_half_open_handshakes),
        cmocka_unit_test(a_page_passes_a_flood_of_handshakes),
        cmocka_unit_test(a_page_passes_whoever_changes_keys_without_end),
        cmocka_unit_test(a_page_passes_slow_strangers),
        cmocka_unit_test(a_page_passes_headers_without_end),
        cmocka_unit_test(a_page_passes_frames_of_every_wrong_kind),
        cmocka_unit_test(a_page_passes_a_flood_of_pings),
        cmocka_unit_test(a_device_that_was_away_gets_in_through_the_storm),
        cmocka_unit_test(a_minute_of_it_has_few_lines_of_log),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
