/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_held.c - what cannot be judged yet waits, rings, and is judged when more is known. */
/* link: tb_server PkgConfig::SQLITE */
/* wrap: clock_gettime */
#include "core_lies.h"

#include <sqlite3.h>

/* ---- a relay that keeps the roster to itself */

static bool withholds;

/* The device asks for the roster and gets what it has already: nothing. */
static bool hide_roster(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_buf changed = { 0 };
    Tb__RosterReply *m;
    Tb__Batch *b;

    (void)n;
    tb_arena_init(&a, 16 << 20);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; withholds && i < b->n_frame; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
        if (b->frame[i]->op != TB_OP_ROSTER_GET)
            continue;
        struct tb_view old = tb_field_view(&b->frame[i]->body);
        assert_int_equal(tb_unpack(&a, &tb__roster_reply__descriptor, old, &m), TB_OK);
        m->n_entry_signed = m->n_freshness_signed = m->n_card = 0;
        struct tb_hash head = tb_roster_head(n->core->roster);
        m->size = tb_roster_size(n->core->roster);
        m->head = tb_field(head.b, sizeof head.b);
        assert_int_equal(tb_pack(&m->base, &body), TB_OK);
        b->frame[i]->body = arena_bytes(&a, body.p, body.n);
    }
    assert_int_equal(tb_pack(&b->base, &changed), TB_OK);
    tb_buf_done(batch);
    *batch = changed;
    return true;
}

/* A second device of so-y-te, of which an does not hear. */
static struct node *enrol_unheard(struct town *t, struct node *an)
{
    withholds = true;
    an->filter = hide_roster;
    struct node *em = town_enrol(t, "em", "may-truc", "so-y-te", TB_ROLE_AGENCY);
    town_pass(t, 30000);
    return em;
}

static void serve_roster(struct town *t, struct node *an)
{
    withholds = false;
    an->filter = NULL;
    tbc_reconnect(an->core);
    town_pass(t, 3000);
}

static uint32_t held(struct node *n)
{
    uint32_t rows = 0;

    assert_int_equal(cs_count(n->core->store, CS_HELD, false, &rows), TB_OK);
    return rows / 2;
}

static size_t pages(struct node *n)
{
    static struct tbc_page list[16];
    struct tbc_listing got;

    assert_int_equal(tbc_pages(n->core, &(struct tbc_query){ 0 }, list, 16, &got), TB_OK);
    return got.n;
}

/* ---- the roster is withheld */

static void
a_page_of_somebody_unknown_rings_as_unverified_and_is_there_once_the_roster_is(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *em = enrol_unheard(&t, an);
    struct tb_id id = town_report(em, "Người lạ gọi", 1);
    town_pass(&t, 3000);
    assert_false(town_has(an, &id));
    assert_true(held(an) >= 2);
    assert_int_equal(an->n_rings, 0); /* a roster that is only slow rings once, as the page */
    town_pass(&t, 9000);
    assert_int_equal(town_rings(an, &id, TBC_RING_UNVERIFIED), 1);
    assert_string_equal(an->ring[0].sender, ""); /* the name is a claim */
    assert_int_equal(an->ring[0].page_class, 1);
    town_pass(&t, 20000);
    assert_int_equal(town_rings(an, &id, TBC_RING_UNVERIFIED), 1);
    serve_roster(&t, an);
    assert_string_equal(town_page(an, &id).title, "Người lạ gọi");
    assert_true(town_page(an, &id).mine_to_answer);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(an->n_rings, 2);
    assert_int_equal(pages(an), 1);
    assert_int_equal(held(an), 0);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(em, &id).owner, "an");
    town_pass(&t, 60000);
    assert_int_equal(an->n_rings, 2);
    town_close(&t);
}

static void an_agent_that_stops_while_a_page_waits_still_has_it(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *em = enrol_unheard(&t, an);
    struct tb_id id = town_report(em, "Chờ qua đêm", 2);
    town_pass(&t, 12000);
    uint32_t waits = held(an);
    assert_true(waits >= 2);
    town_hang_up(an);
    town_kill(an);
    an->n_rings = 0;
    town_revive(an);
    town_pass(&t, 20000);
    assert_int_equal(held(an), waits); /* acknowledged: the relay does not bring them again */
    assert_int_equal(town_rings(an, &id, TBC_RING_UNVERIFIED), 1);
    serve_roster(&t, an);
    assert_string_equal(town_page(an, &id).title, "Chờ qua đêm");
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(held(an), 0);
    town_close(&t);
}

static void who_receives_no_pages_is_not_woken_by_an_unverified_one_either(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *em = enrol_unheard(&t, an);
    struct tb_id id = town_report(em, "Người lạ gọi", 1);
    town_pass(&t, 12000);
    assert_int_equal(town_rings(an, &id, TBC_RING_UNVERIFIED), 1);
    size_t quiet = an->n_quiet;
    assert_int_equal(tbc_duty_set(an->core, true), TB_OK);
    town_pass(&t, 1000);
    assert_int_equal(an->n_quiet, quiet + 1);
    town_close(&t);
}

static void a_page_that_was_answered_meanwhile_comes_in_as_answered_and_is_quiet(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *em = enrol_unheard(&t, an);
    struct tb_id id = town_report(em, "Bình nhận rồi", 2);
    town_pass(&t, 70000); /* an is silent, so binh is called */
    assert_int_equal(town_rings(an, &id, TBC_RING_UNVERIFIED), 1);
    assert_int_equal(town_answer(town_node(&t, "binh"), &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(an->n_quiet, 1); /* somebody known has it */
    serve_roster(&t, an);
    assert_string_equal(town_page(an, &id).owner, "binh");
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 0);
    town_close(&t);
}

static void an_accept_that_waited_counts_in_its_place_in_the_order(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *so = town_node(&t, "so-y-te");
    struct node *binh = town_node(&t, "binh"), *chi = town_node(&t, "chi");
    so->filter = hide_roster;
    withholds = true;
    /* an's new telephone: the clerk does not know it. */
    struct node *new = town_enrol(&t, "an", "dien-thoai-2", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 30000);
    struct tb_id id = town_report(so, "Ai nhận trước", 2);
    town_pass(&t, 70000);
    assert_int_equal(town_answer(new, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, ""); /* not by a device that nobody vouched for */
    assert_int_equal(held(so) > 0, true);
    assert_string_equal(town_page(binh, &id).owner, "an");
    assert_string_equal(town_page(chi, &id).owner, "an");
    (void)tbc_seen(binh->core, &id);
    assert_int_equal(town_answer(chi, &id, TB_ACT_RESOLVE, NULL), TB_OK);
    town_pass(&t, 3000);
    serve_roster(&t, so);
    assert_int_equal(held(so), 0);
    assert_string_equal(town_page(so, &id).owner, "an");
    assert_int_equal(town_page(so, &id).state, TBC_PAGE_RESOLVED);
    (void)an;
    town_close(&t);
}

/* ---- order */

static void a_release_that_comes_before_its_page_rings_when_the_page_is_there(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    tape.drops = NULL;
    an->cut = true;
    struct tb_id id = town_report(so, "Đảo thứ tự", 2);
    town_run(&t);
    /* Both stand in one push; they are given in the other order. */
    struct tb_buf batch;
    while (town_take(&an->to_device, &batch)) {
        assert_true(record(an, &batch));
        tb_buf_done(&batch);
    }
    an->cut = false;
    Tb__Envelope page = *taped(&tape, TB_ENV_CAPSULE), release = *taped(&tape, TB_ENV_RELEASE);
    inject(an, &release);
    assert_false(town_has(an, &id));
    assert_int_equal(held(an), 1);
    inject(an, &page);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_string_equal(town_page(an, &id).title, "Đảo thứ tự");
    assert_int_equal(held(an), 0);
    town_pass(&t, 20000);
    assert_int_equal(an->n_rings, 1);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* ---- lies */

static bool spoils; /* a bit on its way */

static void push_release(struct town *t, struct node *to, const Tb__Release *m,
                         const struct tb_sign_pair *by)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    Tb__Envelope e;

    assert_int_equal(tb_signed_make(TB_TYPE_RELEASE, &t->p.id, &m->base, by, &packed), TB_OK);
    packed.p[packed.n - 1] ^= spoils;
    tb__envelope__init(&e);
    e.kind = TB_ENV_RELEASE;
    e.page_id = m->page_id;
    e.statement = tb_field(packed.p, packed.n);
    e.at_ms = town_now;
    inject(to, &e);
}

/* A release by the relay's own hand for a page that nobody sent. */
static void make_up(struct town *t, struct node *to, const struct tb_sign_pair *by)
{
    struct tb_id page = tb_id_random();
    struct tb_hash any, zero = { 0 };
    char *name[] = { to->account };
    Tb__Release m;

    randombytes_buf(any.b, sizeof any.b);
    tb__release__init(&m);
    m.relay_id = tb_field(t->p.relay_id.b, TB_ID_BYTES);
    m.era = 1;
    m.page_id = tb_field(page.b, sizeof page.b);
    m.header_hash = m.policy_hash = m.nonce = tb_field(any.b, sizeof any.b);
    m.nonce.len = TB_ID_BYTES;
    m.prev_release_hash = m.schedule_hash = tb_field(zero.b, sizeof zero.b);
    m.release_no = m.round = m.t = 1;
    m.step = TB_RELEASE_TIER;
    m.n_account = 1;
    m.account = name;
    m.time_ms = town_now;
    push_release(t, to, &m, by);
}

static void a_relay_that_makes_pages_up_gets_a_few_alarms_and_no_more(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *so = town_node(&t, "so-y-te");
    for (int i = 0; i < 20; i++)
        make_up(&t, an, &t.p.relay);
    town_pass(&t, 25 * 60 * 1000);
    assert_int_equal(an->n_rings, TB_DOUBT_RINGS);
    assert_int_equal(pages(an), 0);
    /* What is verified does not wait for them. */
    struct tb_id id = town_report(so, "Thật", 2);
    town_run(&t);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    /* The next one comes late, not never. */
    town_pass(&t, 10 * 60 * 1000);
    assert_int_equal(an->n_rings, 2 * TB_DOUBT_RINGS + 1);
    town_close(&t);
}

static void what_is_false_does_not_wait(void **state)
{
    struct tb_sign_pair nobody;
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *so = town_node(&t, "so-y-te");
    tape_on(an, &tape);
    (void)town_report(so, "Thật", 2);
    town_run(&t);
    Tb__Envelope page = *taped(&tape, TB_ENV_CAPSULE), release = *taped(&tape, TB_ENV_RELEASE);
    /* Of those who are known, with one bit changed. */
    page.statement.data[page.statement.len - 1] ^= 1;
    release.statement.data[release.statement.len - 1] ^= 1;
    inject(an, &page);
    inject(an, &release);
    assert_int_equal(held(an), 0);
    /* Of somebody unknown: it does not even agree with the key that it names. */
    tb_sign_pair_new(&nobody);
    spoils = true;
    make_up(&t, an, &nobody);
    assert_int_equal(held(an), 0);
    spoils = false;
    make_up(&t, an, &nobody);
    assert_int_equal(held(an), 1);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* ---- a restored relay, an unknown colleague */

static void a_restored_relay_may_count_its_releases_anew_and_nobody_else(void **state)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct town t;
    struct tape tape;
    struct tb_signed s;
    Tb__Release *m;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *so = town_node(&t, "so-y-te");
    tape_on(an, &tape);
    struct tb_id id = town_report(so, "Khôi phục", 2);
    town_pass(&t, 70000); /* two tiers were called */
    tb_arena_init(&a, 1 << 20);
    struct tb_view first = tb_field_view(&taped(&tape, TB_ENV_RELEASE)->statement);
    assert_int_equal(tb_signed_parse(&a, first, &s), TB_OK);
    assert_int_equal(tb_release_unpack(&a, s.payload, &m), TB_OK);
    m->round = 2;
    m->release_no = 2;
    struct tb_hash before = tb_release_hash(s.payload);
    m->prev_release_hash = tb_field(before.b, sizeof before.b);
    push_release(&t, an, m, &t.p.relay);
    assert_int_equal(town_page(an, &id).round, 1);
    m->era++;
    push_release(&t, an, m, &t.p.relay);
    push_release(&t, an, m, &t.p.relay);
    assert_int_equal(town_page(an, &id).round, 2);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 2);
    /* A backup from before the second round: answers are for the first one again. */
    m->era++;
    m->round = 1;
    push_release(&t, an, m, &t.p.relay);
    assert_int_equal(town_page(an, &id).round, 1);
    assert_true(town_page(an, &id).mine_to_answer);
    assert_int_equal(an->n_quiet, 0);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_page_handed_over_by_a_device_not_known_yet_is_there_and_readable_later(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    struct node *em = town_enrol(&t, "em", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 30000);
    em->filter = hide_roster;
    withholds = true;
    struct node *new = town_enrol(&t, "an", "dien-thoai-2", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 30000);
    struct tb_id id = town_report(so, "Bàn giao", 2);
    town_run(&t);
    assert_int_equal(town_answer(new, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_answer(new, &id, TB_ACT_OFFER, "em"), TB_OK);
    town_pass(&t, 3000);
    assert_true(town_has(em, &id)); /* its sender is known */
    assert_false(town_page(em, &id).readable);
    serve_roster(&t, em);
    assert_string_equal(town_page(em, &id).title, "Bàn giao");
    assert_int_equal(town_rings(em, &id, TBC_RING_OFFER), 1);
    assert_int_equal(town_answer(em, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "em");
    assert_int_equal(held(em), 0);
    town_close(&t);
}

/* ---- bounds */

static void more_than_the_bound_costs_receipts_before_pages(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *so = town_node(&t, "so-y-te");
    make_up(&t, an, &t.p.relay); /* the oldest of all, and a page */
    tape_on(so, &tape);
    (void)town_report(so, "Biên nhận", 2);
    town_run(&t);
    /* Receipts of a page that an does not have, all different. */
    Tb__Envelope e = *taped(&tape, TB_ENV_RECEIPT);
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    Tb__Receipt *m;
    tb_arena_init(&a, 1 << 20);
    assert_int_equal(tb_signed_parse(&a, tb_field_view(&e.statement), &s), TB_OK);
    assert_int_equal(tb_receipt_unpack(&a, s.payload, &m), TB_OK);
    struct tb_id other = tb_id_random();
    e.page_id = m->page_id = tb_field(other.b, sizeof other.b);
    m->cred = tb_field(so->core->me->cred.b, TB_HASH_BYTES);
    for (int i = 0; i < TB_HELD_MAX + 10; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
        m->time_ms = town_now + i;
        assert_int_equal(
            tb_signed_make(TB_TYPE_RECEIPT, &t.p.id, &m->base, &so->core->me->sign, &packed),
            TB_OK);
        e.statement = tb_field(packed.p, packed.n);
        inject(an, &e);
        inject(an, &e); /* the same again is one */
        assert_true(held(an) <= TB_HELD_MAX);
    }
    assert_int_equal(held(an), TB_HELD_MAX);
    town_pass(&t, 20000);
    assert_int_equal(an->ring[an->n_rings - 1].why,
                     TBC_RING_UNVERIFIED); /* the page is still there */
    town_now += TB_HELD_MS - 3600 * 1000;
    town_pass(&t, 30 * 60 * 1000);
    assert_int_equal(held(an), TB_HELD_MAX);
    town_now += 3600 * 1000;
    town_pass(&t, 60 * 60 * 1000);
    assert_int_equal(held(an), 0);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* ---- profiles of before */

static void a_profile_without_the_table_gets_it(void **state)
{
    struct town t;
    char path[200];
    sqlite3 *db = NULL;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    town_hang_up(an);
    town_kill(an);
    (void)snprintf(path, sizeof path, "%s/core.db", an->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TABLE held; DROP INDEX page_open; PRAGMA user_version = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    town_revive(an);
    town_pass(&t, 3000);
    assert_int_equal(held(an), 0);
    make_up(&t, an, &t.p.relay);
    assert_int_equal(held(an), 1);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_page_of_somebody_unknown_rings_as_unverified_and_is_there_once_the_roster_is),
        cmocka_unit_test(an_agent_that_stops_while_a_page_waits_still_has_it),
        cmocka_unit_test(who_receives_no_pages_is_not_woken_by_an_unverified_one_either),
        cmocka_unit_test(a_page_that_was_answered_meanwhile_comes_in_as_answered_and_is_quiet),
        cmocka_unit_test(an_accept_that_waited_counts_in_its_place_in_the_order),
        cmocka_unit_test(a_release_that_comes_before_its_page_rings_when_the_page_is_there),
        cmocka_unit_test(a_relay_that_makes_pages_up_gets_a_few_alarms_and_no_more),
        cmocka_unit_test(what_is_false_does_not_wait),
        cmocka_unit_test(a_restored_relay_may_count_its_releases_anew_and_nobody_else),
        cmocka_unit_test(a_page_handed_over_by_a_device_not_known_yet_is_there_and_readable_later),
        cmocka_unit_test(more_than_the_bound_costs_receipts_before_pages),
        cmocka_unit_test(a_profile_without_the_table_gets_it),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
