/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_judge.c - the judge of kills sees what is wrong, and nothing else. */
#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "tb_cmocka.h"

/* A page of class 2 that nobody answered in tier 1 and binh took in tier 2; each test spoils something. */
enum { SO, AN, BINH, CHI, DUNG, PEOPLE, MOST = 12 };

static const char *const names[PEOPLE] = { "so-y-te", "an", "binh", "chi", "dung" };

struct scene {
    struct j_world w;
    struct j_up up[3];
    struct j_page page;
    struct j_view view[PEOPLE];
    struct j_event event[PEOPLE][MOST];
    struct j_answer answer;
    struct j_verdict v;
};

static struct j_event step(enum j_kind kind, int tier, int round, int64_t at_ms)
{
    return (struct j_event){ kind, tier, round, true, "", at_ms };
}

static struct j_event act(enum j_kind kind, int round, const char *who, int64_t at_ms)
{
    struct j_event e = { kind, 0, round, true, "", at_ms };

    (void)snprintf(e.who, sizeof e.who, "%s", who);
    return e;
}

static void add(struct scene *s, struct j_event e)
{
    for (size_t i = 0; i < DUNG; i++)
        s->event[i][s->view[i].n++] = e;
}

static void empty_scene(struct scene *s)
{
    *s = (struct scene){ .w = { .tiers = 3,
                                .account = { "an", "binh", "chi" },
                                .wait_ms = { 2000, 2000, 2000 },
                                .repeat_ms = 5000,
                                .late_ms = 5000,
                                .n_up = 1,
                                .seen_ms = 100000 },
                         .up = { { 0, INT64_MAX } },
                         .page = { .id = "0123456789abcdef",
                                   .sender = "so-y-te",
                                   .page_class = 2,
                                   .taken = true,
                                   .delivered = { true, true, true },
                                   .n = PEOPLE } };
    s->w.up = s->up;
    s->page.view = s->view;
    s->page.answer = &s->answer;
    for (size_t i = 0; i < PEOPLE; i++) {
        s->view[i] = (struct j_view){ .rows = i != DUNG,
                                      .readable = true,
                                      .state = "accepted",
                                      .owner = "binh",
                                      .event = s->event[i] };
        (void)snprintf(s->view[i].who, sizeof s->view[i].who, "%s", names[i]);
    }
}

static void good_scene(struct scene *s)
{
    empty_scene(s);
    add(s, step(J_RELEASE, 1, 1, 1000));
    add(s, step(J_RELEASE, 2, 1, 3000));
    add(s, act(J_ACCEPT, 1, "binh", 4000));
    s->answer = (struct j_answer){ "binh", J_ACCEPT };
    s->page.n_answers = 1;
}

/* Nobody answered anywhere. */
static void exhausted_scene(struct scene *s, int64_t second_ms, int64_t third_ms, int64_t end_ms)
{
    empty_scene(s);
    add(s, step(J_RELEASE, 1, 1, 1000));
    add(s, step(J_RELEASE, 2, 1, second_ms));
    add(s, step(J_RELEASE, 3, 1, third_ms));
    add(s, step(J_NOBODY, 0, 1, end_ms));
    for (size_t i = 0; i < PEOPLE; i++) {
        (void)snprintf(s->view[i].state, sizeof s->view[i].state, "exhausted");
        s->view[i].owner[0] = '\0';
    }
}

static void expect(struct scene *s, const char *words)
{
    judge_page(&s->w, &s->page, &s->v);
    if (!strstr(s->v.text, words) || s->v.n == 0)
        fail_msg("'%s' is not in: %s", words, s->v.text);
}

static void expect_fine(struct scene *s)
{
    judge_page(&s->w, &s->page, &s->v);
    if (s->v.n)
        fail_msg("complaints: %s", s->v.text);
}

static void a_page_that_went_well_is_not_complained_of(void **state)
{
    struct scene s;

    (void)state;
    good_scene(&s);
    expect_fine(&s);
    exhausted_scene(&s, 3000, 5000, 7000);
    expect_fine(&s);
    assert_int_equal(s.v.worst_ms, 0);
}

static void a_page_that_is_missing_or_there_twice_is_seen(void **state)
{
    struct scene s;

    (void)state;
    for (size_t i = 0; i < DUNG; i++)
        for (int rows = 0; rows <= 2; rows += 2) {
            good_scene(&s);
            s.view[i].rows = rows;
            expect(&s, rows ? "shows 2 rows" : "shows 0 rows");
        }
    good_scene(&s);
    s.view[DUNG].rows = 1; /* is in no tier */
    expect(&s, "dung shows 1 rows");
}

static void a_page_that_nobody_was_told_of_may_be_nowhere_but_not_with_others_only(void **state)
{
    struct scene s;

    (void)state;
    good_scene(&s);
    s.page.taken = false;
    expect_fine(&s);
    good_scene(&s);
    s.page.taken = false;
    for (size_t i = 0; i < PEOPLE; i++)
        s.view[i].rows = 0;
    s.page.n_answers = 0;
    expect_fine(&s);
    s.view[AN].rows = 1;
    expect(&s, "an shows 1 rows");
}

static void a_step_that_comes_twice_is_seen(void **state)
{
    struct scene s;

    (void)state;
    exhausted_scene(&s, 3000, 5000, 7000);
    s.event[SO][3] = step(J_RELEASE, 3, 1, 6000);
    expect(&s, "tier 3: released twice");
    exhausted_scene(&s, 3000, 5000, 7000);
    add(&s, step(J_NOBODY, 0, 1, 8000));
    expect(&s, "nobody twice");
}

static void a_step_that_comes_early_is_seen(void **state)
{
    struct scene s;

    (void)state;
    exhausted_scene(&s, 2999, 5000, 7000);
    expect(&s, "tier 2: 1 ms early");
    exhausted_scene(&s, 3000, 5000, 6990);
    expect(&s, "10 ms early");
}

static void a_tier_that_was_skipped_or_declined_is_not_waited_for(void **state)
{
    struct scene s;

    (void)state;
    empty_scene(&s);
    add(&s, step(J_SKIP, 1, 1, 1000));
    add(&s, step(J_RELEASE, 2, 1, 1000));
    add(&s, step(J_RELEASE, 1, 1, 1500)); /* came alive */
    add(&s, act(J_DECLINE, 1, "binh", 2000));
    add(&s, step(J_RELEASE, 3, 1, 2001));
    add(&s, act(J_ACCEPT, 1, "binh", 2500));
    expect_fine(&s);
    empty_scene(&s);
    add(&s, step(J_RELEASE, 1, 1, 1000));
    add(&s, act(J_DECLINE, 1, "chi", 1500)); /* whose turn it is not */
    add(&s, step(J_RELEASE, 2, 1, 2000));
    add(&s, act(J_ACCEPT, 1, "binh", 2500));
    expect(&s, "tier 2: 1000 ms early");
}

static void a_step_after_the_answer_or_out_of_order_is_seen(void **state)
{
    struct scene s;

    (void)state;
    good_scene(&s);
    add(&s, step(J_RELEASE, 3, 1, 5000));
    expect(&s, "a step after the answer");
    good_scene(&s);
    s.event[SO][1].tier = 3;
    expect(&s, "tier 3 came after tier 1");
}

static void a_step_that_comes_late_or_never_is_seen(void **state)
{
    struct scene s;

    (void)state;
    exhausted_scene(&s, 8001, 10001, 12001);
    expect(&s, "after tier 1: 5001 ms late");
    assert_int_equal(s.v.worst_ms, 5001);
    exhausted_scene(&s, 3000, 5000, 7000);
    s.view[SO].n = 3;
    expect(&s, "nothing came after tier 3");
    empty_scene(&s);
    expect(&s, "nobody was called");
}

static void a_dead_relay_is_given_time_after_its_next_long_life(void **state)
{
    struct scene s;

    (void)state;
    exhausted_scene(&s, 34999, 37000, 39000);
    s.up[0] = (struct j_up){ 0, 2000 };
    s.up[1] = (struct j_up){ 20000, 24000 }; /* too short to be asked for anything */
    s.up[2] = (struct j_up){ 30000, INT64_MAX };
    s.w.n_up = 3;
    expect_fine(&s);
    s.event[SO][1].at_ms = 35001;
    expect(&s, "after tier 1: 5001 ms late");
}

static void a_round_comes_once_in_its_time_and_complete(void **state)
{
    struct scene s;

    (void)state;
    exhausted_scene(&s, 3000, 5000, 7000);
    s.page.page_class = 1;
    add(&s, step(J_RELEASE, 1, 2, 7000));
    add(&s, act(J_ACCEPT, 2, "an", 7500));
    expect_fine(&s);
    s.event[SO][4].round = 3;
    expect(&s, "round 3 came after round 1");
    exhausted_scene(&s, 3000, 5000, 7000);
    s.page.page_class = 1;
    expect(&s, "nothing came after tier 4"); /* a severe page never ends by itself */
    good_scene(&s);
    s.event[SO][2] = step(J_RELEASE, 1, 2, 6000);
    expect(&s, "round 1 did not come to its end");
}

static void an_answer_that_was_taken_and_is_nowhere_is_seen(void **state)
{
    struct scene s;

    (void)state;
    good_scene(&s);
    s.answer = (struct j_answer){ "chi", J_ACCEPT };
    expect(&s, "the answer of chi is not in the own record");
    good_scene(&s);
    s.view[AN].n = 2;
    expect(&s, "an does not show what binh answered");
    good_scene(&s);
    (void)snprintf(s.view[CHI].owner, sizeof s.view[CHI].owner, "an");
    expect(&s, "chi sees the owner 'an', so-y-te 'binh'");
}

static void an_answer_that_came_too_late_is_enough_in_the_own_record(void **state)
{
    struct scene s;
    struct j_event late = act(J_ACCEPT, 1, "an", 4100);

    (void)state;
    good_scene(&s);
    late.counted = false;
    s.answer = (struct j_answer){ "an", J_ACCEPT };
    s.event[AN][s.view[AN].n++] = late;
    expect_fine(&s);
}

static void whoever_was_called_must_read_it_and_have_said_so(void **state)
{
    struct scene s;

    (void)state;
    good_scene(&s);
    s.view[BINH].readable = false;
    expect(&s, "binh was called and cannot read it");
    good_scene(&s);
    s.page.delivered[0] = false;
    expect(&s, "an was called and the sender has no receipt");
    good_scene(&s);
    s.view[CHI].readable = false; /* was not called */
    s.page.delivered[2] = false;
    expect_fine(&s);
    good_scene(&s);
    (void)snprintf(s.view[SO].state, sizeof s.view[SO].state, "queued");
    expect(&s, "it is still queued");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_went_well_is_not_complained_of),
        cmocka_unit_test(a_page_that_is_missing_or_there_twice_is_seen),
        cmocka_unit_test(a_page_that_nobody_was_told_of_may_be_nowhere_but_not_with_others_only),
        cmocka_unit_test(a_step_that_comes_twice_is_seen),
        cmocka_unit_test(a_step_that_comes_early_is_seen),
        cmocka_unit_test(a_tier_that_was_skipped_or_declined_is_not_waited_for),
        cmocka_unit_test(a_step_after_the_answer_or_out_of_order_is_seen),
        cmocka_unit_test(a_step_that_comes_late_or_never_is_seen),
        cmocka_unit_test(a_dead_relay_is_given_time_after_its_next_long_life),
        cmocka_unit_test(a_round_comes_once_in_its_time_and_complete),
        cmocka_unit_test(an_answer_that_was_taken_and_is_nowhere_is_seen),
        cmocka_unit_test(an_answer_that_came_too_late_is_enough_in_the_own_record),
        cmocka_unit_test(whoever_was_called_must_read_it_and_have_said_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
