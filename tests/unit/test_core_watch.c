/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_watch.c - what a relay withholds or forgets is noticed: releases, rosters, an older self. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_lies.h"

/* ---- withheld */

static bool is_release(const Tb__Envelope *e)
{
    return e->kind == TB_ENV_RELEASE;
}

static void a_relay_that_releases_nothing_is_noticed_by_the_sender(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    tape_on(so, &tape);
    tape.drops = is_release;
    struct tb_id id = town_report(so, "Bị giữ lại", 1);
    town_pass(&t, 29000);
    assert_int_equal(so->n_rings, 0);
    assert_in_range(town_page(so, &id).overdue_ms, town_now, town_now + 2000);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NO_RECEIPT), 1);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static bool first_seen;
static bool is_later_release(const Tb__Envelope *e)
{
    bool drop = e->kind == TB_ENV_RELEASE && first_seen;

    first_seen |= e->kind == TB_ENV_RELEASE;
    return drop;
}

static void a_relay_that_never_says_nobody_does_not_keep_the_sender_calm(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    tape_on(so, &tape);
    first_seen = false;
    tape.drops = is_later_release;
    struct tb_id id = town_report(so, "Leo thang trễ", 2);
    town_pass(&t, 205000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NOBODY), 0);
    town_pass(&t, 10000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NOBODY), 1);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* Its timers run ten times too slow: the first tier is called, and then nobody for long. */
static void a_relay_whose_timers_are_slow_is_noticed_by_the_coordinator(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *chi = town_node(&t, "chi");
    tape_on(chi, &tape);
    first_seen = false;
    tape.drops = is_later_release;
    struct tb_id id = town_report(so, "Hẹn giờ chậm", 2);
    town_pass(&t, 88000);
    assert_int_equal(chi->n_rings, 0);
    assert_true(town_page(chi, &id).overdue_ms > town_now);
    town_pass(&t, 4000);
    assert_int_equal(town_rings(chi, &id, TBC_RING_NOBODY), 1);
    /* What is shown changes when the bell does, not later. */
    assert_in_range(town_page(chi, &id).overdue_ms, town_now - 4000, town_now);
    assert_int_equal(town_answer(town_node(&t, "an"), &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(chi->n_quiet, 1);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* Takes the releases out of what the relay pushes; the page itself comes. */
static bool without_releases(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_buf body = { 0 }, changed = { 0 };
    Tb__Envelopes *m;
    Tb__Batch *b;

    (void)n;
    tb_arena_init(&a, 4 << 20);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; i < b->n_frame; i++) {
        if (b->frame[i]->op != TB_OP_ENVELOPES || b->frame[i]->id)
            continue;
        assert_int_equal(
            tb_unpack(&a, &tb__envelopes__descriptor, tb_field_view(&b->frame[i]->body), &m),
            TB_OK);
        size_t kept = 0;
        for (size_t k = 0; k < m->n_envelope; k++)
            if (!is_release(m->envelope[k]))
                m->envelope[kept++] = m->envelope[k];
        m->n_envelope = kept;
        tb_buf_done(&body);
        assert_int_equal(tb_pack(&m->base, &body), TB_OK);
        b->frame[i]->body = tb_field(body.p, body.n);
        assert_int_equal(tb_pack(&b->base, &changed), TB_OK);
        tb_buf_done(batch);
        *batch = changed;
        break;
    }
    tb_buf_done(&body);
    return true;
}

static void a_relay_that_releases_nothing_is_noticed_by_the_coordinator(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *chi = town_node(&t, "chi");
    chi->filter = without_releases;
    struct tb_id id = town_report(so, "Không gọi ai", 2);
    town_pass(&t, 29000);
    assert_int_equal(chi->n_rings, 0);
    town_pass(&t, 3000);
    assert_int_equal(town_rings(chi, &id, TBC_RING_NOBODY), 1);
    town_close(&t);
}

/* Its second round begins with the very word that the first had no answer. */
static void a_page_that_is_called_again_still_says_that_nobody_answered(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Nghiêm trọng", 1);
    town_pass(&t, 170000);
    assert_false(town_page(so, &id).nobody);
    assert_int_equal(town_page(so, &id).tiers, 3);
    town_pass(&t, 30000);
    struct tbc_page p = town_page(so, &id);
    assert_int_equal(p.state, TBC_PAGE_RINGING);
    assert_true(p.round == 2 && p.nobody);
    assert_true(p.overdue_ms > town_now && p.overdue_ms > p.next_tier_ms);
    assert_true(town_page(an, &id).nobody);
    tbc_status(so->core, &s);
    assert_int_equal(s.nobody, 1);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_false(town_page(so, &id).nobody);
    assert_int_equal(town_page(so, &id).overdue_ms, 0);
    tbc_status(so->core, &s);
    assert_int_equal(s.nobody, 0);
    town_close(&t);
}

/* ---- two rosters */

static void push_head(struct node *n, uint64_t size, const struct tb_hash *head)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 }, batch = { 0 };
    Tb__PingReply m;
    Tb__Frame f, *frames[] = { &f };
    Tb__Batch b;

    tb__ping_reply__init(&m);
    tb__frame__init(&f);
    tb__batch__init(&b);
    m.roster_size = size;
    m.roster_head = tb_field(head->b, sizeof head->b);
    assert_int_equal(tb_pack(&m.base, &body), TB_OK);
    f.op = TB_OP_ROSTER_HEAD;
    f.body = tb_field(body.p, body.n);
    b.n_frame = 1;
    b.frame = frames;
    assert_int_equal(tb_pack(&b.base, &batch), TB_OK);
    n->ev->message(n->link, tb_buf_view(&batch));
}

static void a_relay_that_shows_another_roster_raises_an_alarm_that_stays(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    struct tb_hash other = tb_roster_head(an->core->roster);
    other.b[0] ^= 1;
    push_head(an, tb_roster_size(an->core->roster), &other);
    town_run(&t);
    assert_int_equal(town_rings(an, NULL, TBC_RING_ROSTER), 1);
    tbc_status(an->core, &s);
    assert_true(s.roster_alarm);
    town_kill(an);
    town_hang_up(an);
    town_revive(an);
    town_pass(&t, 30000);
    tbc_status(an->core, &s);
    assert_true(s.roster_alarm);
    assert_int_equal(town_rings(an, NULL, TBC_RING_ROSTER), 2);
    town_close(&t);
}

static void a_relay_that_forgot_part_of_the_roster_is_alarmed_about_and_offered_it(void **state)
{
    struct town t;
    struct tbc_status s;
    struct tb_hash head;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    uint64_t size = tb_roster_size(an->core->roster);
    assert_int_equal(tb_roster_head_at(an->core->roster, size - 1, &head), TB_OK);
    push_head(an, size - 1, &head);
    assert_int_equal(town_rings(an, NULL, TBC_RING_ROSTER), 1);
    tbc_status(an->core, &s);
    assert_true(s.roster_alarm);
    assert_int_equal(tb_roster_size(an->core->roster), size);
    town_pass(&t, 60000); /* the heartbeat shows that it is there again */
    tbc_status(an->core, &s);
    assert_false(s.roster_alarm);
    assert_int_equal(an->n_quiet, 1);
    town_close(&t);
}

/* ---- a copy of an older self */

/* A82 */
static void a_device_restored_from_an_older_copy_is_noticed_by_its_act_numbers(void **state)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct town t;
    char copy[200];
    Tbl__Peer *peer;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    (void)snprintf(copy, sizeof copy, "%.150s.copy", an->dir);
    assert_int_equal(mkdir(copy, 0700), 0);
    town_kill(an);
    town_hang_up(an);
    town_copy(an->dir, copy);
    town_revive(an);
    town_pass(&t, 60000);
    struct tb_id first = town_report(so, "Trước bản sao", 2);
    town_run(&t);
    assert_int_equal(town_answer(an, &first, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    town_kill(an);
    town_hang_up(an);
    town_remove(an->dir);
    assert_int_equal(rename(copy, an->dir), 0);
    town_revive(an);
    town_pass(&t, 60000);
    struct tb_id second = town_report(so, "Sau bản sao", 2);
    town_pass(&t, 10000);
    assert_true(town_page(an, &second).readable);
    assert_int_equal(town_answer(an, &second, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &second).owner, "an");
    tb_arena_init(&a, CORE_ARENA);
    assert_int_equal(peer_get(so->core, &an->core->me->cred, &a, &peer), TB_OK);
    assert_true(peer->regressed);
    town_close(&t);
}

/* A82.  Its ratchets are those of the copy: without more, what it sends is a duplicate to everybody. */
static void a_sender_restored_from_an_older_copy_is_read_again_by_everybody(void **state)
{
    struct town t;
    char copy[200];

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    (void)snprintf(copy, sizeof copy, "%.150s.copy", so->dir);
    assert_int_equal(mkdir(copy, 0700), 0);
    (void)town_report(so, "Trước bản sao", 2);
    town_pass(&t, 10000);
    town_kill(so);
    town_hang_up(so);
    town_copy(so->dir, copy);
    town_revive(so);
    town_pass(&t, 3000);
    for (int i = 0; i < 3; i++) {
        (void)town_report(so, "Sau bản sao, bị quên", 2);
        town_pass(&t, 70000);
    }
    town_kill(so);
    town_hang_up(so);
    town_remove(so->dir);
    assert_int_equal(rename(copy, so->dir), 0);
    town_revive(so);
    town_pass(&t, 3000);
    struct tb_id page = town_report(so, "Từ bản sao", 1);
    town_pass(&t, 130000);
    assert_true(town_rings(an, &page, TBC_RING_PAGE) >= 1);
    assert_true(town_page(an, &page).readable);
    assert_true(town_page(binh, &page).readable);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_that_releases_nothing_is_noticed_by_the_sender),
        cmocka_unit_test(a_relay_that_never_says_nobody_does_not_keep_the_sender_calm),
        cmocka_unit_test(a_relay_whose_timers_are_slow_is_noticed_by_the_coordinator),
        cmocka_unit_test(a_relay_that_releases_nothing_is_noticed_by_the_coordinator),
        cmocka_unit_test(a_page_that_is_called_again_still_says_that_nobody_answered),
        cmocka_unit_test(a_relay_that_shows_another_roster_raises_an_alarm_that_stays),
        cmocka_unit_test(a_relay_that_forgot_part_of_the_roster_is_alarmed_about_and_offered_it),
        cmocka_unit_test(a_device_restored_from_an_older_copy_is_noticed_by_its_act_numbers),
        cmocka_unit_test(a_sender_restored_from_an_older_copy_is_read_again_by_everybody),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
