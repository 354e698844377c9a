/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_page.c - the night of a page, between real cores and a real relay in one process. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_world.h"

static void a_report_wakes_the_first_tier_and_an_accept_stops_it(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Mã độc tống tiền", 1);
    town_run(&t);

    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_string_equal(an->ring[an->n_rings - 1].title, "Mã độc tống tiền");
    assert_int_equal(binh->n_rings, 0);
    struct tbc_page p = town_page(an, &id);
    assert_int_equal(p.state, TBC_PAGE_RINGING);
    assert_true(p.readable && p.mine_to_answer && p.is_report);
    assert_string_equal(p.sender, "so-y-te");
    assert_int_equal(p.sender_trust.level, 2);
    p = town_page(binh, &id);
    assert_false(p.readable);
    assert_string_equal(p.title, "");
    p = town_page(so, &id);
    assert_true(p.relayed_ms > 0);

    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(an->n_quiet, 1);
    p = town_page(so, &id);
    assert_int_equal(p.state, TBC_PAGE_ACCEPTED);
    assert_string_equal(p.owner, "an");
    assert_string_equal(p.owner_name, "Người an");
    assert_int_equal(p.eta_min, 10);
    town_pass(&t, 300000);
    assert_int_equal(binh->n_rings, 0);
    assert_int_equal(so->n_rings, 0);

    assert_int_equal(town_answer(an, &id, TB_ACT_RESOLVE, "xong"), TB_OK);
    town_run(&t);
    assert_int_equal(town_page(so, &id).state, TBC_PAGE_RESOLVED);
    assert_int_equal(town_page(binh, &id).state, TBC_PAGE_RESOLVED);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_wakes_the_first_tier_and_an_accept_stops_it),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
