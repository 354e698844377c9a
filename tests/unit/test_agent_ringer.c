/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_agent_ringer.c - an alarm rings until it is answered. */
#include <string.h>

#include "client/agent/ringer.h"
#include "tb_cmocka.h"

static struct tb_id page(uint8_t number)
{
    struct tb_id id = { { number } };
    return id;
}

static struct tbc_ring ring(uint8_t number)
{
    return (struct tbc_ring){ .why = TBC_RING_PAGE,
                              .page_id = page(number),
                              .page_class = 1,
                              .repeat_s = 15,
                              .sender = "so-y-te",
                              .agency = "so-y-te",
                              .title = "Máy chủ bị mã hóa" };
}

static size_t due(struct ringer *r, int64_t now_ms)
{
    size_t which[RINGER_MAX];
    return ringer_due(r, now_ms, which);
}

static void a_page_rings_at_once_and_then_every_repeat(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1);

    ringer_start(&r, &an, 1000, 5);
    assert_int_equal(ringer_next(&r), 1000);
    assert_int_equal(due(&r, 1000), 1);
    assert_int_equal(ringer_next(&r), 16000);
    assert_int_equal(due(&r, 15999), 0);
    assert_int_equal(due(&r, 16000), 1);
    assert_int_equal(r.rings, 2);
    assert_int_equal(ringer_find(&r, &an.page_id)->rings, 2);
}

static void an_answer_ends_it(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1), binh = ring(2);

    ringer_start(&r, &an, 0, 0);
    ringer_start(&r, &binh, 0, 0);
    assert_true(ringer_quiet(&r, &an.page_id));
    assert_false(ringer_quiet(&r, &an.page_id));
    assert_null(ringer_find(&r, &an.page_id));
    assert_int_equal(due(&r, 100000), 1);
    assert_true(ringer_quiet(&r, &binh.page_id));
    assert_int_equal(ringer_next(&r), INT64_MAX);
}

static void looking_gives_time_to_decide_and_then_it_rings_on(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1);

    ringer_start(&r, &an, 0, 0);
    assert_int_equal(due(&r, 0), 1);
    ringer_seen(&r, &an.page_id, 1000);
    assert_int_equal(due(&r, 1000 + RINGER_SEEN_REST_S * 1000 - 1), 0);
    assert_int_equal(due(&r, 1000 + RINGER_SEEN_REST_S * 1000), 1);
}

static void repeats_that_fell_into_a_suspend_are_one_ring(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1);

    ringer_start(&r, &an, 0, 0);
    assert_int_equal(due(&r, 0), 1);
    assert_int_equal(due(&r, 3600000), 1);
    assert_int_equal(due(&r, 3600000), 0);
    assert_int_equal(r.rings, 2);
}

static void a_repeat_that_is_missing_or_mad_is_made_bearable(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring none = ring(1), fast = ring(2);

    none.repeat_s = 0;
    fast.repeat_s = 1;
    ringer_start(&r, &none, 0, 0);
    ringer_start(&r, &fast, 0, 0);
    assert_int_equal(ringer_find(&r, &none.page_id)->repeat_s, RINGER_REPEAT_DEFAULT_S);
    assert_int_equal(ringer_find(&r, &fast.page_id)->repeat_s, TB_REPEAT_S_MIN);
}

static void a_real_page_silences_drills(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring drill = ring(1), real = ring(2);

    drill.drill = true;
    ringer_start(&r, &drill, 0, 0);
    assert_true(ringer_audible(&r, ringer_find(&r, &drill.page_id)));
    ringer_start(&r, &real, 0, 0);
    assert_false(ringer_audible(&r, ringer_find(&r, &drill.page_id)));
    assert_true(ringer_audible(&r, ringer_find(&r, &real.page_id)));
    assert_int_equal(due(&r, 0), 2); /* its bubble stays */
    assert_true(ringer_quiet(&r, &real.page_id));
    assert_true(ringer_audible(&r, ringer_find(&r, &drill.page_id)));
}

static void an_alarm_about_the_roster_ends_by_itself_but_stays_listed(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring roster = { .why = TBC_RING_ROSTER, .repeat_s = 10 };
    int64_t now = 0;

    ringer_start(&r, &roster, now, 0);
    for (int i = 0; i < RINGER_ROSTER_RINGS; i++, now += 10000)
        assert_int_equal(due(&r, now), 1);
    assert_int_equal(ringer_next(&r), INT64_MAX);
    assert_int_equal(r.n, 1);
}

static void
a_page_that_nobody_can_verify_ends_by_itself_and_rings_on_once_it_is_verified(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1);
    int64_t now = 0;

    an.why = TBC_RING_UNVERIFIED;
    an.repeat_s = 10;
    ringer_start(&r, &an, now, 0);
    for (int i = 0; i < RINGER_ROSTER_RINGS; i++, now += 10000)
        assert_int_equal(due(&r, now), 1);
    assert_int_equal(ringer_next(&r), INT64_MAX);
    an.why = TBC_RING_PAGE;
    ringer_start(&r, &an, now, 0);
    for (int i = 0; i < 3; i++, now += 10000)
        assert_int_equal(due(&r, now), 1);
}

static void a_severe_page_asks_for_the_window_once_a_round(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring severe = ring(1), ordinary = ring(2), roster = ring(0), drill = ring(3);

    ordinary.page_class = 2;
    roster.why = TBC_RING_ROSTER;
    drill.drill = true;
    ringer_start(&r, &severe, 0, 0);
    ringer_start(&r, &ordinary, 0, 0);
    ringer_start(&r, &roster, 0, 0);
    ringer_start(&r, &drill, 0, 0);
    assert_true(ringer_present(&r, &severe.page_id));
    assert_false(ringer_present(&r, &severe.page_id));
    (void)due(&r, 100000);
    assert_false(ringer_present(&r, &severe.page_id)); /* a repeat is not a round */
    assert_false(ringer_present(&r, &ordinary.page_id));
    assert_false(ringer_present(&r, &roster.page_id));
    assert_false(ringer_present(&r, &drill.page_id)); /* not while a real page rings */
    ringer_start(&r, &severe, 200000, 0);
    assert_true(ringer_present(&r, &severe.page_id));
    assert_false(ringer_present(&r, &(struct tb_id){ { 99 } }));
}

static void a_full_table_gives_up_what_nobody_can_verify_before_any_page(void **state)
{
    (void)state;
    struct ringer r = { 0 };

    for (uint8_t i = 0; i < RINGER_MAX; i++) {
        struct tbc_ring an = ring(i);
        an.why = i == 7 ? TBC_RING_UNVERIFIED : TBC_RING_PAGE;
        an.page_class = i == 7 ? 1 : 3;
        ringer_start(&r, &an, 0, 0);
    }
    struct tbc_ring more = ring(200);
    more.page_class = 3;
    ringer_start(&r, &more, 0, 0);
    assert_non_null(ringer_find(&r, &more.page_id));
    struct tb_id doubtful = page(7);
    assert_null(ringer_find(&r, &doubtful));
}

static void ringing_again_keeps_the_count_and_takes_the_new_reason(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1);

    ringer_start(&r, &an, 0, 77);
    assert_int_equal(due(&r, 0), 1);
    an.why = TBC_RING_OFFER;
    ringer_start(&r, &an, 5, 99);
    const struct ringer_item *i = ringer_find(&r, &an.page_id);
    assert_int_equal(r.n, 1);
    assert_int_equal(i->why, TBC_RING_OFFER);
    assert_int_equal(i->rings, 1);
    assert_int_equal(i->since_ms, 77);
    assert_int_equal(due(&r, 5), 1);
}

static void a_full_table_gives_up_drills_before_severe_pages(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring drill = ring(1), late = ring(200);

    drill.drill = true;
    ringer_start(&r, &drill, 0, 0);
    for (uint8_t i = 2; i <= RINGER_MAX; i++) {
        struct tbc_ring real = ring(i);
        ringer_start(&r, &real, 0, i);
    }
    assert_int_equal(r.n, RINGER_MAX);
    ringer_start(&r, &late, 0, 500);
    assert_int_equal(r.n, RINGER_MAX);
    assert_null(ringer_find(&r, &drill.page_id));
    assert_non_null(ringer_find(&r, &late.page_id));

    drill.page_id = page(201);
    ringer_start(&r, &drill, 0, 600); /* a drill pushes no real page out */
    assert_null(ringer_find(&r, &drill.page_id));
}

static void long_text_is_cut_between_letters(void **state)
{
    (void)state;
    struct ringer r = { 0 };
    struct tbc_ring an = ring(1);
    char title[TB_TITLE_MAX + 9];

    memset(title, 'x', sizeof title - 1);
    title[sizeof title - 1] = '\0';
    memcpy(title + TB_TITLE_MAX - 1, "ệ", strlen("ệ")); /* three bytes across the end */
    an.title = title;
    ringer_start(&r, &an, 0, 0);
    assert_int_equal(strlen(ringer_find(&r, &an.page_id)->title), TB_TITLE_MAX - 1);
    an.title = NULL;
    ringer_start(&r, &an, 0, 0);
    assert_string_equal(ringer_find(&r, &an.page_id)->title, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_rings_at_once_and_then_every_repeat),
        cmocka_unit_test(an_answer_ends_it),
        cmocka_unit_test(looking_gives_time_to_decide_and_then_it_rings_on),
        cmocka_unit_test(repeats_that_fell_into_a_suspend_are_one_ring),
        cmocka_unit_test(a_repeat_that_is_missing_or_mad_is_made_bearable),
        cmocka_unit_test(a_real_page_silences_drills),
        cmocka_unit_test(an_alarm_about_the_roster_ends_by_itself_but_stays_listed),
        cmocka_unit_test(
            a_page_that_nobody_can_verify_ends_by_itself_and_rings_on_once_it_is_verified),
        cmocka_unit_test(a_full_table_gives_up_what_nobody_can_verify_before_any_page),
        cmocka_unit_test(a_severe_page_asks_for_the_window_once_a_round),
        cmocka_unit_test(ringing_again_keeps_the_count_and_takes_the_new_reason),
        cmocka_unit_test(a_full_table_gives_up_drills_before_severe_pages),
        cmocka_unit_test(long_text_is_cut_between_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
