/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_crash.c - devices that are killed between any two steps, and stores that fail at any step. */
/* link: tb_server PkgConfig::SQLITE */
/* wrap: clock_gettime sqlite3_step */
#include "core_world.h"

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

static struct tb_id report_stubbornly(struct town *t, struct node *so)
{
    const struct tbc_report r = {
        .kind = "ATT-06", .title = "Bền", .page_class = 2, .no_state_secret = true
    };
    struct tb_id page;

    for (int i = 0; i < 5; i++) {
        town_inside = true;
        tb_result how = tbc_report(so->core, &r, &page, NULL);
        town_inside = false;
        if (how == TB_OK)
            return page;
        town_pass(t, 1000);
    }
    fail_msg("the report never went through");
    return page;
}

static void accept_stubbornly(struct town *t, struct node *an, const struct tb_id *page)
{
    for (int i = 0; i < 5; i++) {
        town_inside = true;
        tb_result how = town_answer(an, page, TB_ACT_ACCEPT, NULL);
        town_inside = false;
        if (how == TB_OK)
            return;
        town_pass(t, 1000);
    }
    fail_msg("the accept never went through");
}

static size_t rows(struct node *n)
{
    static struct tbc_page list[8];
    struct tbc_listing got;

    assert_int_equal(tbc_pages(n->core, &(struct tbc_query){ 0 }, list, 8, &got), TB_OK);
    return got.n;
}

/* The whole story; what is checked must hold whatever happened on the way. */
static void story(struct town *t)
{
    struct node *so = town_node(t, "so-y-te"), *an = town_node(t, "an"),
                *binh = town_node(t, "binh");
    struct tb_id id = report_stubbornly(t, so);

    town_pass(t, 20000);
    assert_true(town_rings(an, &id, TBC_RING_PAGE) >= 1);
    assert_true(town_page(an, &id).readable);
    accept_stubbornly(t, an, &id);
    town_pass(t, 35000);
    assert_string_equal(town_page(so, &id).owner, "an");
    assert_string_equal(town_page(an, &id).owner, "an");
    assert_string_equal(town_page(binh, &id).owner, "an");
    assert_int_equal(rows(an), 1);
    assert_int_equal(rows(binh), 1);
    struct tbc_page_full full;
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    for (size_t i = 0; i < full.n_devices; i++)
        assert_true(full.device[i].capsule_ok_ms > 0);
    tbc_page_full_done(&full);
    struct tbc_status s;
    tbc_status(so->core, &s);
    assert_int_equal(s.outbox, 0);
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
        story(&t);
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
        story(&t);
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
