/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_crash.c - devices that are killed between any two steps, and stores that fail at any step. */
/* link: tb_server PkgConfig::SQLITE */
/* wrap: clock_gettime sqlite3_step */
#include "core_story.h"

#include <sqlite3.h>

/* ---- a store that fails once, at its n-th step, in one node */

static long fail_after = -1;

int __real_sqlite3_step(sqlite3_stmt *st);
int __wrap_sqlite3_step(sqlite3_stmt *st);
int __wrap_sqlite3_step(sqlite3_stmt *st)
{
    if (fail_after > 0 && town_inside && --fail_after == 0)
        return SQLITE_IOERR;
    return __real_sqlite3_step(st);
}

static void a_store_that_fails_at_any_step_loses_nothing(void **state)
{
    bool failed = true;

    (void)state;
    for (long n = 1; failed; n += n < 40 ? 3 : 37) {
        struct town t;
        town_open(&t);
        for (size_t i = 0; i < t.n; i++)
            t.node[i].faulty = strcmp(t.node[i].account, "binh") != 0;
        fail_after = n;
        (void)story(&t);
        failed = fail_after == 0;
        if (getenv("TOWN_LOG"))
            fprintf(stderr, "n=%ld failed=%d\n", n, failed);
        fail_after = -1;
        town_close(&t);
    }
}

/* ---- killed between two steps */

static struct node *victim;
static int kill_at;

static void maybe_kill(struct town *t)
{
    (void)t;
    if (kill_at > 0 && --kill_at == 0) {
        town_kill(victim);
        town_hang_up(victim);
        town_revive(victim);
    }
}

static void kill_everywhere(const char *account)
{
    bool killed = true;

    for (int n = 1; killed; n += n < 12 ? 1 : 5) {
        struct town t;
        town_open(&t);
        victim = town_node(&t, account);
        kill_at = n;
        t.between = maybe_kill;
        (void)story(&t);
        killed = kill_at == 0;
        if (getenv("TOWN_LOG"))
            fprintf(stderr, "k=%d killed=%d\n", n, killed);
        kill_at = 0;
        town_close(&t);
        if (n > 120)
            break;
    }
}

static void a_sender_killed_between_any_two_steps_still_sends_once(void **state)
{
    (void)state;
    kill_everywhere("so-y-te");
}

static void a_responder_killed_between_any_two_steps_still_answers_once(void **state)
{
    (void)state;
    kill_everywhere("an");
}

static void a_relay_that_restarts_in_the_middle_goes_on(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Máy chủ khởi động lại", 2);
    town_run(&t);
    town_stop_relay(&t);
    town_pass(&t, 3000);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_start_relay(&t);
    town_pass(&t, 40000);
    assert_string_equal(town_page(so, &id).owner, "an");
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_fails_at_any_step_loses_nothing),
        cmocka_unit_test(a_sender_killed_between_any_two_steps_still_sends_once),
        cmocka_unit_test(a_responder_killed_between_any_two_steps_still_answers_once),
        cmocka_unit_test(a_relay_that_restarts_in_the_middle_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
