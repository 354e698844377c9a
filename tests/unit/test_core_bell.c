/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_bell.c - a bell that rings ends by a signature: not by what a relay says, nor by a clock. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_lies.h"

static bool is_page(const Tb__Envelope *e)
{
    return e->kind == TB_ENV_CAPSULE || e->kind == TB_ENV_RELEASE;
}

static bool is_release(const Tb__Envelope *e)
{
    return e->kind == TB_ENV_RELEASE;
}

/* The next release of the page after the one on the tape, signed by the relay itself. */
struct lie {
    uint32_t release_no, round, t, step;
    const char *names;
};

static void push_release(struct node *to, struct tape *tape, const struct lie *how)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf statement = { 0 };
    char *names = (char *)(uintptr_t)how->names;
    Tb__Envelope e = *taped(tape, TB_ENV_RELEASE);
    struct tb_signed s;
    Tb__Release *m;

    tb_arena_init(&a, 1 << 20);
    assert_int_equal(tb_signed_parse(&a, tb_field_view(&e.statement), &s), TB_OK);
    assert_int_equal(tb_release_unpack(&a, s.payload, &m), TB_OK);
    struct tb_hash before = tb_release_hash(s.payload);
    m->prev_release_hash = tb_field(before.b, sizeof before.b);
    m->release_no = how->release_no;
    m->round = how->round;
    m->t = how->t;
    m->step = how->step;
    m->account = &names;
    m->n_account = how->names ? 1 : 0;
    assert_int_equal(
        tb_signed_make(TB_TYPE_RELEASE, &to->t->p.id, &m->base, &to->t->p.relay, &statement),
        TB_OK);
    e.statement = tb_field(statement.p, statement.n);
    e.share = tb_field(NULL, 0);
    e.at_ms = town_now;
    inject(to, &e);
}

static void who_brings_a_page_owns_it_only_by_his_own_signature(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    tape_on(an, &tape);
    tape.drops = is_page;
    struct tb_id id = town_report(so, "Ai mang tới", 2);
    town_run(&t);
    Tb__Envelope lie = *taped(&tape, TB_ENV_CAPSULE), page = lie,
                 release = *taped(&tape, TB_ENV_RELEASE);
    lie.from_cred = tb_field(binh->core->me->cred.b, TB_HASH_BYTES);
    lie.capsule = NULL;
    inject(an, &lie);
    inject(an, &page);
    inject(an, &release);
    assert_string_equal(town_page(an, &id).owner, "");
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "an");
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_relay_that_pages_the_same_tiers_again_does_not_move_the_deadline(void **state)
{
    struct town t;
    struct tape tape;
    uint32_t no = 2;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    tape_on(so, &tape);
    struct tb_id id = town_report(so, "Leo thang vòng quanh", 2);
    town_run(&t);
    tape.drops = is_release;
    for (int i = 0; i < 11; i++, no++) {
        town_pass(&t, 20000);
        assert_int_equal(town_rings(so, &id, TBC_RING_NOBODY), i < 10 ? 0 : 1);
        push_release(so, &tape, &(struct lie){ no, 1, 1 + no % 3, TB_RELEASE_TIER, "an" });
    }
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_page_that_no_device_says_it_has_alarms_the_sender(void **state)
{
    struct town t;
    struct tape an_tape, binh_tape, chi_tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    tape_on(town_node(&t, "an"), &an_tape);
    tape_on(town_node(&t, "binh"), &binh_tape);
    tape_on(town_node(&t, "chi"), &chi_tape);
    an_tape.drops = binh_tape.drops = chi_tape.drops = is_page;
    struct tb_id id = town_report(so, "Không ai nhận", 2);
    town_pass(&t, 59000);
    assert_int_equal(so->n_rings, 0);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NO_RECEIPT), 1);
    tb_arena_done(&an_tape.arena);
    tb_arena_done(&binh_tape.arena);
    tb_arena_done(&chi_tape.arena);
    town_close(&t);
}

static void a_page_of_any_class_that_the_relay_does_not_confirm_alarms(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    t.relay_down = true;
    struct tb_id id = town_report(so, "Loại thường", 2);
    town_pass(&t, 119000);
    assert_int_equal(so->n_rings, 0);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NO_RECEIPT), 1);
    town_close(&t);
}

static void a_clock_that_is_set_back_neither_hushes_nor_delays(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    t.relay_down = true;
    struct tb_id first = town_report(so, "Trước khi chỉnh giờ", 1);
    town_pass(&t, 31000);
    assert_int_equal(town_rings(so, &first, TBC_RING_NO_RECEIPT), 1);
    struct tb_id second = town_report(so, "Đang chờ", 1);
    town_pass(&t, 1000);
    town_wall_off -= PROVINCE_DAY;
    town_pass(&t, 31000);
    assert_int_equal(so->n_quiet, 0);
    assert_int_equal(town_rings(so, &second, TBC_RING_NO_RECEIPT), 1);
    town_wall_off += PROVINCE_DAY;
    town_close(&t);
}

static void a_relay_calls_nobody_whom_the_sender_did_not_name(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *binh = town_node(&t, "binh");
    tape_on(so, &tape);
    struct tb_id id = town_report(so, "Kẻ lạ", 2);
    town_run(&t);
    /* Tier 1 is an's by the header; the relay signs that it is binh's. */
    push_release(so, &tape, &(struct lie){ 2, 1, 1, TB_RELEASE_TIER, "binh" });
    struct tb_buf act = make_accept(so, &id, binh, &binh->core->me->sign);
    push_act(so, &id, &act);
    assert_string_equal(town_page(so, &id).owner, "");
    tb_buf_done(&act);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_new_round_takes_no_page_away_from_who_was_called(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    struct tb_id id = town_report(so, "Vòng hai giả", 2);
    town_run(&t);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    push_release(an, &tape, &(struct lie){ 2, 2, 2, TB_RELEASE_TIER, "binh" });
    push_release(an, &tape, &(struct lie){ 3, TB_ROUNDS_MAX, 3, TB_RELEASE_TIER, "chi" });
    assert_int_equal(an->n_quiet, 0);
    assert_true(town_page(an, &id).mine_to_answer);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "an");
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void who_was_called_in_the_first_round_answers_in_the_second_before_his_turn(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Vòng hai thật", 1);
    town_run(&t);
    for (int i = 0; i < 60 && town_page(binh, &id).round < 2; i++)
        town_pass(&t, 5000);
    assert_int_equal(town_page(binh, &id).round, 2);
    assert_int_equal(town_page(binh, &id).tier, 1);
    assert_true(town_page(binh, &id).mine_to_answer);
    assert_true(town_rings(so, &id, TBC_RING_NOBODY) >= 1);
    assert_int_equal(town_answer(binh, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "binh");
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_brings_a_page_owns_it_only_by_his_own_signature),
        cmocka_unit_test(a_relay_that_pages_the_same_tiers_again_does_not_move_the_deadline),
        cmocka_unit_test(a_page_that_no_device_says_it_has_alarms_the_sender),
        cmocka_unit_test(a_page_of_any_class_that_the_relay_does_not_confirm_alarms),
        cmocka_unit_test(a_clock_that_is_set_back_neither_hushes_nor_delays),
        cmocka_unit_test(a_relay_calls_nobody_whom_the_sender_did_not_name),
        cmocka_unit_test(a_new_round_takes_no_page_away_from_who_was_called),
        cmocka_unit_test(who_was_called_in_the_first_round_answers_in_the_second_before_his_turn),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
