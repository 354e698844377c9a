/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_unreadable.c - a device that lost its sessions: it says so, still counts as
 * not reached, and gets the page again in a new session; and what the relay holds
 * of a page: nothing of its words, on disk, in its log, its figures, its memory. */
/* link: PkgConfig::SQLITE */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"
#include "world.h"

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

/* Every session of the profile is gone, as after a damaged disk; its keys are still there. */
static void lose_sessions(const char *name)
{
    char path[2 * WORLD_PATH];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof path, "%s/core.db", world_person(&w, name)->home);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM record WHERE n = 0", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool device_says(const json_t *page, const char *account, const char *key)
{
    size_t i;
    json_t *device;

    json_array_foreach(
        json_object_get(page, "devices"), i,
        device) if (strcmp(json_string_value(json_object_get(device, "account")), account) ==
                    0) return json_is_true(json_object_get(device, key));
    return false;
}

static void what_a_device_cannot_read_is_wrapped_again_and_then_read(void **state)
{
    char id[PAGE_ID];
    (void)state;

    /* A first page, so that both ends are deep in a session. */
    world_report(&w, "so-y-te", 2, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
    world_wait_state(&w, "so-y-te", id, "resolved", 3000);

    world_stop_agent(&w, "an");
    lose_sessions("an");
    world_start_agent(&w, "an");
    world_wait_online(&w, "an");
    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 5000);
    for (long long end = now_ms() + 10000;; pause_ms(50)) {
        json_t *an = world_page(&w, "an", id), *clerk = world_page(&w, "so-y-te", id);
        bool done =
            json_is_true(json_object_get(an, "readable")) && device_says(clerk, "an", "rewrapped");
        json_decref(an);
        json_decref(clerk);
        if (done)
            break;
        assert_true(now_ms() < end);
    }
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 3000);
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
}

/* Everything writable that the process has, which is what a core dump would hold; read in place, because
 * a sanitizer's shadow makes a real dump endless (its mappings are the only ones above 1 GiB). */
static bool region_holds(int mem, unsigned long from, unsigned long to, const char *bytes)
{
    size_t n = to - from;
    char *copy = n <= 1UL << 30 ? malloc(n) : NULL;
    ssize_t got = copy ? pread(mem, copy, n, (off_t)from) : -1;
    bool holds = got > 0 && memmem(copy, (size_t)got, bytes, strlen(bytes));

    free(copy);
    return holds;
}

/* Does the memory of the relay hold these bytes?  Needs root; *ret_could says whether it could look. */
static bool memory_holds(const char *bytes, bool *ret_could)
{
    char path[64], line[512];
    bool holds = false;

    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)w.relay.pid);
    TB_CLEANUP(tb_closep) int mem = open(path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)w.relay.pid);
    FILE *maps = fopen(path, "re");
    *ret_could = mem >= 0 && maps;
    while (*ret_could && !holds && fgets(line, sizeof line, maps)) {
        unsigned long from = 0, to = 0;
        char how[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, how) == 3 && how[0] == 'r' && how[1] == 'w')
            holds = region_holds(mem, from, to, bytes);
    }
    if (maps)
        (void)fclose(maps);
    return holds;
}

static void the_relay_holds_nothing_of_the_words(void **state)
{
    static const char *const secret[] = { "chim-báo-bão", "Máy chủ bệnh viện", "Hồ sơ bệnh án",
                                          "lý-do-kín" };
    char id[PAGE_ID], path[2 * WORLD_PATH];
    bool could = false;
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    world_expect_code(&w, 0, "an", "decline", id, "--reason", "lý-do-kín", NULL);
    world_wait_state(&w, "binh", id, "ringing", 3000);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 3000);

    json_t *binh = world_page(&w, "binh", id);
    assert_non_null(strstr(json_string_value(json_object_get(binh, "text")), secret[0]));
    json_decref(binh);
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/relay", w.dir);
        assert_false(world_dir_holds(path, secret[i]));
        (void)snprintf(path, sizeof path, "%s/relay.log", w.dir);
        assert_false(world_file_holds(path, secret[i]));
        char *metrics = world_metrics(&w);
        assert_non_null(strstr(metrics, "trucban"));
        assert_null(strstr(metrics, secret[i]));
        free(metrics);
    }
    /* The search finds what is there: the clear account name. */
    bool finds = memory_holds("so-y-te", &could);
    if (!could) {
        print_message("memory of the relay: skipped, needs root\n");
        skip();
    }
    assert_true(finds);
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++)
        assert_false(memory_holds(secret[i], &could));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_device_cannot_read_is_wrapped_again_and_then_read),
        cmocka_unit_test(the_relay_holds_nothing_of_the_words),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
