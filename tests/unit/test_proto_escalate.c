/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_escalate.c - the nights that a page can have, told by facts and times. */
#include "tb_cmocka.h"

#include "proto/escalate.h"

enum { SEC = 1000, MIN = 60 * SEC };
enum { T1 = 1 << 1, T2 = 1 << 2, T3 = 1 << 3, ALL = T1 | T2 | T3 };
#define NEVER INT64_MAX

/* Tier 1 waits 5 minutes, tier 2 ten, tier 3 fifteen. */
static const struct esc_policy severe = {
    .tiers = 3,
    .wait_ms = { 5 * MIN, 10 * MIN, 15 * MIN },
    .repeat_ms = 2 * MIN,
    .loops = true,
};
static const struct esc_policy ordinary = {
    .tiers = 3,
    .wait_ms = { 5 * MIN, 10 * MIN, 15 * MIN },
    .repeat_ms = 2 * MIN,
};
static const struct esc_facts everybody = { .live = ALL, .readable = ALL };

/* One night: the page, its policy, and what the last call to escalate_run() said. */
struct night {
    struct escalation e;
    const struct esc_policy *p;
    struct esc_facts f;
    struct esc_step step[ESC_STEPS_MAX];
    size_t n;
};

static struct night night_of(const struct esc_policy *p)
{
    return (struct night){ .p = p, .f = everybody };
}

static void at(struct night *n, int64_t now_ms)
{
    struct escalation before;
    struct esc_step again[ESC_STEPS_MAX];

    n->n = escalate_run(&n->e, n->p, &n->f, now_ms, n->step);
    before = n->e;
    assert_int_equal(escalate_run(&n->e, n->p, &n->f, now_ms, again), 0);
    assert_memory_equal(&before, &n->e, sizeof before);
}

/* "1 2 -3 N": released, released, skipped, nobody. */
static void said(const struct night *n, const char *want)
{
    char got[4 * ESC_STEPS_MAX + 1] = "";
    size_t len = 0;

    for (size_t i = 0; i < n->n; i++) {
        const struct esc_step *s = &n->step[i];
        assert_int_equal(s->round, n->e.round);
        assert_int_equal(s->loop, n->e.loop);
        if (i)
            got[len++] = ' ';
        if (s->kind == ESC_SKIP)
            got[len++] = '-';
        got[len++] = s->kind == ESC_NOBODY ? 'N' : (char)('0' + s->tier);
    }
    got[len] = '\0';
    assert_string_equal(got, want);
}

static void the_first_tier_is_released_at_once(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 100);
    said(&n, "1");
    assert_int_equal(n.e.state, ESC_RINGING);
    assert_int_equal(n.e.round, 1);
    assert_int_equal(n.e.loop, 0);
    assert_int_equal(n.e.due_ms, 100 + 5 * MIN);
}

/* The table of the plan's night: An sleeps, Binh sleeps, Chi sleeps, and again. */
static void each_tier_has_its_wait_and_not_a_millisecond_less(void **state)
{
    static const struct {
        int64_t at_ms;
        const char *want;
        int64_t due_ms;
    } table[] = {
        { 0, "1", 5 * MIN },         { 5 * MIN - 1, "", 5 * MIN },
        { 5 * MIN, "2", 15 * MIN },  { 15 * MIN - 1, "", 15 * MIN },
        { 15 * MIN, "3", 30 * MIN }, { 30 * MIN - 1, "", 30 * MIN },
    };
    struct night n = night_of(&severe);
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        at(&n, table[i].at_ms);
        said(&n, table[i].want);
        assert_int_equal(n.e.due_ms, table[i].due_ms);
    }
}

static void a_wait_counts_from_the_release_and_not_from_the_plan(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    at(&n, 60 * MIN); /* the relay was down: overdue fires once, at once */
    said(&n, "2");
    assert_int_equal(n.e.due_ms, 70 * MIN);
}

static void a_severe_page_loops_and_its_round_grows(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    at(&n, 5 * MIN);
    at(&n, 15 * MIN);
    n.n = escalate_run(&n.e, n.p, &n.f, 30 * MIN, n.step);
    assert_int_equal(n.n, 2);
    assert_int_equal(n.step[0].kind, ESC_NOBODY);
    assert_int_equal(n.step[0].tier, 0);
    assert_int_equal(n.step[0].round, 1);
    assert_int_equal(n.step[0].loop, 0);
    assert_int_equal(n.step[1].kind, ESC_RELEASE);
    assert_int_equal(n.step[1].round, 2);
    assert_int_equal(n.step[1].loop, 1);
    assert_int_equal(n.e.state, ESC_RINGING);
    assert_int_equal(n.e.due_ms, 35 * MIN);
}

static void an_ordinary_page_says_nobody_once_and_can_still_be_accepted(void **state)
{
    struct night n = night_of(&ordinary);
    (void)state;

    at(&n, 0);
    at(&n, 5 * MIN);
    at(&n, 15 * MIN);
    at(&n, 30 * MIN);
    said(&n, "N");
    assert_int_equal(n.e.state, ESC_EXHAUSTED);
    assert_int_equal(n.e.due_ms, NEVER);
    at(&n, 300 * MIN);
    said(&n, "");
    assert_int_equal(escalate_accept(&n.e, 1), TB_OK);
    assert_int_equal(n.e.state, ESC_ACCEPTED);
}

static void an_accepted_page_never_escalates(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = T2 | T3;
    at(&n, 0);
    assert_int_equal(escalate_accept(&n.e, 1), TB_OK);
    assert_int_equal(n.e.due_ms, NEVER);
    n.f.live = ALL;
    at(&n, 1000 * MIN);
    said(&n, "");
}

static void a_resolved_page_never_escalates(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = T2 | T3;
    at(&n, 0);
    assert_int_equal(escalate_resolve(&n.e), TB_OK);
    assert_int_equal(n.e.due_ms, NEVER);
    n.f.live = ALL;
    at(&n, 1000 * MIN);
    said(&n, "");
    assert_int_equal(escalate_resolve(&n.e), TB_E_CONFLICT);
    assert_int_equal(escalate_accept(&n.e, 1), TB_E_CONFLICT);
}

static void an_accepted_page_can_be_resolved(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    assert_int_equal(escalate_accept(&n.e, 1), TB_OK);
    assert_int_equal(escalate_resolve(&n.e), TB_OK);
    assert_int_equal(n.e.state, ESC_RESOLVED);
}

static void the_second_accept_is_told_that_it_came_second(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    assert_int_equal(escalate_accept(&n.e, 1), TB_OK);
    assert_int_equal(escalate_accept(&n.e, 1), TB_E_CONFLICT);
}

static void an_accept_of_an_older_round_stops_nothing(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    at(&n, 5 * MIN);
    at(&n, 15 * MIN);
    (void)escalate_run(&n.e, n.p, &n.f, 30 * MIN, n.step);
    assert_int_equal(escalate_accept(&n.e, 1), TB_E_STALE);
    assert_int_equal(n.e.state, ESC_RINGING);
    assert_int_equal(n.e.due_ms, 35 * MIN);
    assert_int_equal(escalate_accept(&n.e, 2), TB_OK);
}

static void an_accept_of_a_round_that_never_was_is_refused(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    assert_int_equal(escalate_accept(&n.e, 0), TB_E_RANGE);
    at(&n, 0);
    assert_int_equal(escalate_accept(&n.e, 2), TB_E_RANGE);
    assert_int_equal(n.e.state, ESC_RINGING);
}

static void an_empty_tier_is_skipped_at_once(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = T2 | T3;
    at(&n, 0);
    said(&n, "-1 2");
    assert_int_equal(n.e.due_ms, 10 * MIN);
}

static void a_skipped_tier_that_comes_alive_is_released_late_and_delays_nobody(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = T2 | T3;
    at(&n, 0);
    n.f.live = ALL;
    at(&n, 3 * MIN);
    said(&n, "1");
    assert_int_equal(n.e.due_ms, 10 * MIN);
    n.f.live = T2 | T3;
    at(&n, 4 * MIN);
    n.f.live = ALL;
    at(&n, 5 * MIN);
    said(&n, ""); /* once is enough */
    at(&n, 10 * MIN);
    said(&n, "3");
}

static void a_tier_whose_turn_has_not_come_is_not_released_by_coming_alive(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = T1;
    at(&n, 0);
    n.f.live = ALL;
    at(&n, 1 * MIN);
    said(&n, "");
}

static void an_exhausted_page_still_reaches_who_comes_alive(void **state)
{
    struct night n = night_of(&ordinary);
    (void)state;

    n.f.live = 0;
    at(&n, 0);
    said(&n, "-1 -2 -3 N");
    assert_int_equal(n.e.state, ESC_EXHAUSTED);
    n.f.live = T2;
    at(&n, 50 * MIN);
    said(&n, "2");
    assert_int_equal(n.e.state, ESC_EXHAUSTED);
    assert_int_equal(escalate_accept(&n.e, 1), TB_OK);
}

static void a_severe_page_with_nobody_there_loops_at_its_pace(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = 0;
    at(&n, 0);
    said(&n, "-1 -2 -3 N");
    assert_int_equal(n.e.state, ESC_RINGING);
    assert_int_equal(n.e.due_ms, 2 * MIN);
    at(&n, 2 * MIN - 1);
    said(&n, "");
    at(&n, 2 * MIN);
    said(&n, "-1 -2 -3 N");
    assert_int_equal(n.e.round, 2);
    assert_int_equal(n.e.due_ms, 4 * MIN);
}

static void who_comes_alive_between_two_loops_is_released_at_once(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = 0;
    at(&n, 0);
    n.f.live = T1;
    at(&n, 1 * MIN);
    said(&n, "1");
    assert_int_equal(n.e.due_ms, 2 * MIN);
    assert_int_equal(escalate_accept(&n.e, 1), TB_OK);
}

static void a_loop_that_took_longer_than_repeat_begins_again_at_once(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = T3;
    at(&n, 0);
    said(&n, "-1 -2 3");
    n.n = escalate_run(&n.e, n.p, &n.f, 15 * MIN, n.step);
    assert_int_equal(n.n, 4); /* nobody, and the new loop */
    assert_int_equal(n.e.round, 2);
    assert_int_equal(n.e.loop_began_ms, 15 * MIN);
}

static void a_tier_in_which_everybody_declined_does_not_hold_up_the_next(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    n.f.declined = T1;
    at(&n, 1 * MIN);
    said(&n, "2");
    assert_int_equal(n.e.due_ms, 11 * MIN);
}

static void when_all_tiers_declined_the_next_loop_keeps_its_pace(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    n.f.declined = ALL;
    at(&n, 10 * SEC);
    said(&n, "2 3 N");
    assert_int_equal(n.e.due_ms, 2 * MIN);
    /* Still the declines of round 1: they say nothing about round 2. */
    at(&n, 2 * MIN);
    said(&n, "1");
    assert_int_equal(n.e.round, 2);
    assert_int_equal(n.e.due_ms, 7 * MIN);
}

static void a_decline_in_a_later_round_counts_too(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = n.f.readable = 0;
    at(&n, 0);
    n.f = everybody;
    at(&n, 2 * MIN);
    said(&n, "1");
    assert_int_equal(n.e.round, 2);
    n.f.declined = T1;
    at(&n, 2 * MIN + 1);
    said(&n, "2");
}

static void a_decline_at_the_instant_of_the_first_release_counts(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    n.f.declined = T1;
    at(&n, 0);
    said(&n, "2");
}

static void a_decline_in_an_earlier_tier_changes_nothing(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    at(&n, 5 * MIN);
    n.f.declined = T1;
    at(&n, 6 * MIN);
    said(&n, "");
    assert_int_equal(n.e.due_ms, 15 * MIN);
}

static void a_tier_that_cannot_read_is_released_and_does_not_hold_up_the_next(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.readable = T2 | T3;
    at(&n, 0);
    said(&n, "1 2"); /* it rings from the header */
    assert_int_equal(n.e.due_ms, 10 * MIN);
}

static void a_tier_that_turns_out_unreadable_lets_the_next_one_go(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    n.f.readable = T2 | T3;
    at(&n, 1 * SEC);
    said(&n, "2");
}

static void when_nobody_can_read_all_tiers_ring_and_nobody_is_said(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.readable = 0;
    at(&n, 0);
    said(&n, "1 2 3 N");
    assert_int_equal(n.e.due_ms, 2 * MIN);
}

static void a_device_that_went_silent_after_the_release_keeps_its_wait(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, 0);
    n.f.live = n.f.readable = T2 | T3;
    at(&n, 1 * MIN);
    said(&n, "");
    assert_int_equal(n.e.due_ms, 5 * MIN);
}

static void a_page_without_a_pace_does_not_spin(void **state)
{
    static const struct esc_policy hasty = { .tiers = 1, .loops = true };
    struct night n = night_of(&hasty);
    (void)state;

    n.n = escalate_run(&n.e, n.p, &n.f, 0, n.step);
    assert_int_equal(n.n, 2);
    assert_true(n.e.due_ms > 0);
}

static void times_at_the_end_of_time_do_not_wrap(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    at(&n, INT64_MAX - 10);
    said(&n, "1");
    assert_true(n.e.due_ms >= INT64_MAX - 10);
    assert_true(n.e.due_ms < INT64_MAX);
}

static void the_last_round_ends_the_looping_and_not_the_page(void **state)
{
    struct night n = night_of(&severe);
    (void)state;

    n.f.live = 0;
    at(&n, 0);
    n.e.round = TB_ROUNDS_MAX - 1;
    at(&n, 2 * MIN);
    said(&n, "-1 -2 -3 N");
    assert_int_equal(n.e.round, TB_ROUNDS_MAX);
    assert_int_equal(n.e.state, ESC_EXHAUSTED);
    assert_int_equal(escalate_accept(&n.e, TB_ROUNDS_MAX), TB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_tier_is_released_at_once),
        cmocka_unit_test(each_tier_has_its_wait_and_not_a_millisecond_less),
        cmocka_unit_test(a_wait_counts_from_the_release_and_not_from_the_plan),
        cmocka_unit_test(a_severe_page_loops_and_its_round_grows),
        cmocka_unit_test(an_ordinary_page_says_nobody_once_and_can_still_be_accepted),
        cmocka_unit_test(an_accepted_page_never_escalates),
        cmocka_unit_test(a_resolved_page_never_escalates),
        cmocka_unit_test(an_accepted_page_can_be_resolved),
        cmocka_unit_test(the_second_accept_is_told_that_it_came_second),
        cmocka_unit_test(an_accept_of_an_older_round_stops_nothing),
        cmocka_unit_test(an_accept_of_a_round_that_never_was_is_refused),
        cmocka_unit_test(an_empty_tier_is_skipped_at_once),
        cmocka_unit_test(a_skipped_tier_that_comes_alive_is_released_late_and_delays_nobody),
        cmocka_unit_test(a_tier_whose_turn_has_not_come_is_not_released_by_coming_alive),
        cmocka_unit_test(an_exhausted_page_still_reaches_who_comes_alive),
        cmocka_unit_test(a_severe_page_with_nobody_there_loops_at_its_pace),
        cmocka_unit_test(who_comes_alive_between_two_loops_is_released_at_once),
        cmocka_unit_test(a_loop_that_took_longer_than_repeat_begins_again_at_once),
        cmocka_unit_test(a_tier_in_which_everybody_declined_does_not_hold_up_the_next),
        cmocka_unit_test(when_all_tiers_declined_the_next_loop_keeps_its_pace),
        cmocka_unit_test(a_decline_in_a_later_round_counts_too),
        cmocka_unit_test(a_decline_at_the_instant_of_the_first_release_counts),
        cmocka_unit_test(a_decline_in_an_earlier_tier_changes_nothing),
        cmocka_unit_test(a_tier_that_cannot_read_is_released_and_does_not_hold_up_the_next),
        cmocka_unit_test(a_tier_that_turns_out_unreadable_lets_the_next_one_go),
        cmocka_unit_test(when_nobody_can_read_all_tiers_ring_and_nobody_is_said),
        cmocka_unit_test(a_device_that_went_silent_after_the_release_keeps_its_wait),
        cmocka_unit_test(a_page_without_a_pace_does_not_spin),
        cmocka_unit_test(times_at_the_end_of_time_do_not_wrap),
        cmocka_unit_test(the_last_round_ends_the_looping_and_not_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
