/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_freshness.c - a device that was appointed signs by itself that the roster is the newest. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_freshness.h"

static void without_a_grant_nothing_is_signed(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    assert_int_equal(signer_of(chi), TBC_SIGNER_NONE);
    town_sleep_but(&t, chi);
    town_freshness_key(chi, NULL);
    assert_int_equal(signer_of(chi), TBC_SIGNER_ASKED);
    town_pass(&t, 2 * HOUR);
    assert_int_equal(town_signed(&t, chi), 0);
    town_close(&t);
}

static void an_appointed_agent_signs_at_once_and_then_daily(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_sleep_but(&t, chi);
    town_appoint(&t, chi);
    town_pass(&t, 6 * MINUTE);
    int64_t first = town_signed(&t, chi);
    assert_true(first >= town_now - 6 * MINUTE && first <= town_now);
    assert_int_equal(signer_of(chi), TBC_SIGNER_READY);
    town_suspend(&t, 18 * HOUR);
    town_pass(&t, 1 * HOUR);
    assert_int_equal(town_signed(&t, chi), first);
    town_pass(&t, 1 * HOUR + 6 * MINUTE);
    int64_t second = town_signed(&t, chi);
    assert_true(second >= first + 20 * HOUR && second < first + 20 * HOUR + 12 * MINUTE);
    /* Everybody has it, and the roster is fresh. */
    struct node *an = town_node(&t, "an");
    town_revive(an);
    town_pass(&t, 2000);
    assert_int_equal(tb_roster_fresh_ms(an->core->roster), second);
    town_close(&t);
}

static void a_changed_roster_is_signed_after_an_hour_not_at_once(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_appoint(&t, chi);
    town_pass(&t, 6 * MINUTE);
    int64_t first = town_signed(&t, chi);
    town_policy(&t, "truc-hai", "an;chi");
    town_sleep_but(&t, chi);
    town_pass(&t, 40 * MINUTE);
    assert_int_equal(town_signed(&t, chi), first);
    town_pass(&t, 26 * MINUTE);
    assert_true(town_signed(&t, chi) >= first + HOUR);
    assert_int_equal(town_said_size(&t, chi), tb_roster_size(t.p.roster));
    town_close(&t);
}

static void while_the_roster_is_in_doubt_nothing_is_signed(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_sleep_but(&t, chi);
    town_freshness_key(chi, NULL);
    struct tb_hash other = tb_roster_head(chi->core->roster);
    other.b[0] ^= 1;
    town_show_head(chi, tb_roster_size(chi->core->roster), &other);
    town_appoint(&t, chi);
    town_pass(&t, 2 * HOUR);
    assert_int_equal(town_signed(&t, chi), 0);
    assert_int_equal(signer_of(chi), TBC_SIGNER_ALARM);
    tbc_status(chi->core, &s);
    assert_true(s.roster_alarm);
    town_close(&t);
}

static void clocks_that_differ_are_told_and_sign_nothing(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_sleep_but(&t, chi);
    struct lie lie = { .relay_ahead_ms = 6 * MINUTE };
    town_lie(chi, &lie);
    town_pass(&t, 1 * MINUTE);
    town_appoint(&t, chi);
    town_pass(&t, 2 * HOUR);
    assert_int_equal(town_signed(&t, chi), 0);
    assert_int_equal(signer_of(chi), TBC_SIGNER_CLOCK);
    /* A relay that is a little behind decides the date: no statement is from its future. */
    lie.relay_ahead_ms = -2 * MINUTE;
    town_pass(&t, 11 * MINUTE);
    int64_t at = town_signed(&t, chi);
    assert_true(at > 0 && at <= town_now - 2 * MINUTE);
    town_close(&t);
}

static void a_clock_that_is_set_back_makes_no_storm(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_sleep_but(&t, chi);
    struct lie lie = { 0 };
    town_lie(chi, &lie);
    town_appoint(&t, chi);
    town_pass(&t, 6 * MINUTE);
    int64_t first = town_signed(&t, chi);
    assert_true(first > 0);
    assert_int_equal(lie.answers, 1);
    /* The whole building was set back, the relay too. */
    town_wall_off = lie.relay_ahead_ms = -48 * HOUR;
    town_suspend(&t, 22 * HOUR);
    town_pass(&t, 1 * HOUR);
    assert_int_equal(lie.answers, 1);
    assert_int_equal(signer_of(chi), TBC_SIGNER_CLOCK);
    town_wall_off = lie.relay_ahead_ms = 0;
    town_pass(&t, 11 * MINUTE);
    assert_int_equal(lie.answers, 2);
    assert_true(town_signed(&t, chi) > first);
    town_close(&t);
}

static void a_relay_that_refuses_is_asked_again_later_not_at_once(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_sleep_but(&t, chi);
    struct lie lie = { .refuses = true };
    town_lie(chi, &lie);
    town_appoint(&t, chi);
    town_pass(&t, 2 * HOUR);
    assert_true(lie.answers >= 6 && lie.answers <= 13);
    town_close(&t);
}

static void a_restart_signs_no_second_time_and_keeps_the_key(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf before = { 0 }, after = { 0 };
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_appoint(&t, chi);
    town_pass(&t, 6 * MINUTE);
    int64_t first = town_signed(&t, chi);
    assert_true(first > 0);
    town_freshness_key(chi, &before);
    for (int i = 0; i < 3; i++) {
        town_kill(chi);
        town_hang_up(chi);
        town_revive(chi);
        town_pass(&t, 2 * MINUTE);
    }
    assert_int_equal(town_signed(&t, chi), first);
    town_freshness_key(chi, &after);
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.p, after.p, before.n);
    town_close(&t);
}

static void an_ended_grant_signs_no_more_and_says_so(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi");
    town_sleep_but(&t, chi);
    town_appoint_until(&t, chi, town_now + 2 * HOUR);
    town_pass(&t, 6 * MINUTE);
    int64_t first = town_signed(&t, chi);
    assert_true(first > 0);
    town_suspend(&t, 22 * HOUR);
    town_pass(&t, 10 * MINUTE);
    assert_int_equal(town_signed(&t, chi), first);
    assert_int_equal(signer_of(chi), TBC_SIGNER_ENDED);
    town_close(&t);
}

static void everybody_sees_who_signed_and_when(void **state)
{
    struct tbc_witness w[4];
    struct town t;
    size_t n = 0;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi"), *an = town_node(&t, "an");
    town_appoint(&t, chi);
    town_pass(&t, 6 * MINUTE);
    assert_int_equal(tbc_witnesses(chi->core, w, 4, &n), TB_OK);
    assert_int_equal(n, 1);
    assert_string_equal(w[0].holder, "chi/may-truc");
    assert_true(w[0].here);
    assert_int_equal(w[0].signed_ms, town_signed(&t, chi));
    assert_int_equal(tbc_witnesses(an->core, w, 4, &n), TB_OK);
    assert_int_equal(n, 1);
    assert_false(w[0].here);
    assert_int_equal(w[0].signed_ms, town_signed(&t, chi));
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_grant_nothing_is_signed),
        cmocka_unit_test(an_appointed_agent_signs_at_once_and_then_daily),
        cmocka_unit_test(a_changed_roster_is_signed_after_an_hour_not_at_once),
        cmocka_unit_test(while_the_roster_is_in_doubt_nothing_is_signed),
        cmocka_unit_test(clocks_that_differ_are_told_and_sign_nothing),
        cmocka_unit_test(a_clock_that_is_set_back_makes_no_storm),
        cmocka_unit_test(a_relay_that_refuses_is_asked_again_later_not_at_once),
        cmocka_unit_test(a_restart_signs_no_second_time_and_keeps_the_key),
        cmocka_unit_test(an_ended_grant_signs_no_more_and_says_so),
        cmocka_unit_test(everybody_sees_who_signed_and_when),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
