/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_lies.c - a relay that lies: forges, repeats, swaps. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_lies.h"

/* ---- forged statements */

static void an_accept_that_the_relay_forged_names_nobody(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Giả mạo", 2);
    town_run(&t);
    struct tb_buf act = make_accept(so, &id, an, &t.p.relay);
    push_act(so, &id, &act);
    assert_string_equal(town_page(so, &id).owner, "");
    /* The very same act with the right signature is believed. */
    tb_buf_done(&act);
    act = make_accept(so, &id, an, &an->core->me->sign);
    push_act(so, &id, &act);
    assert_string_equal(town_page(so, &id).owner, "an");
    tb_buf_done(&act);
    town_close(&t);
}

static void an_accept_of_somebody_who_was_not_called_counts_for_nothing(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Chưa đến lượt", 2);
    town_run(&t);
    struct tb_buf act = make_accept(so, &id, binh, &binh->core->me->sign);
    push_act(so, &id, &act);
    assert_string_equal(town_page(so, &id).owner, "");
    tb_buf_done(&act);
    town_close(&t);
}

static void suspend(struct town *t, const char *account)
{
    Tb__Removal m = province_removal(account);
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, account, &m.base);

    province_by(&e, &t->p.registrar[0]);
    province_put(&t->p, &e);
    town_sync(t);
}

static uint32_t held(struct node *n)
{
    uint32_t rows = 0;

    assert_int_equal(cs_count(n->core->store, CS_HELD, false, &rows), TB_OK);
    return rows / 2;
}

static void an_act_that_only_a_longer_log_could_allow_counts_for_nothing_and_waits(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Bị đình chỉ", 2);
    town_run(&t);
    suspend(&t, "an");
    town_pass(&t, 20000);
    log_ahead = 1; /* the entry that un-suspends an may be there */
    struct tb_buf act = make_accept(so, &id, an, &an->core->me->sign);
    log_ahead = 0;
    push_act(so, &id, &act);
    assert_int_equal(held(so), 1);
    assert_string_equal(town_page(so, &id).owner, "");
    /* By the log that both have he may not; that is final. */
    tb_buf_done(&act);
    act = make_accept(so, &id, an, &an->core->me->sign);
    push_act(so, &id, &act);
    assert_int_equal(held(so), 1);
    assert_string_equal(town_page(so, &id).owner, "");
    tb_buf_done(&act);
    town_close(&t);
}

static void an_old_accept_says_nothing_about_a_new_page(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(so, &tape);
    struct tb_id first = town_report(so, "Trang một", 2);
    town_run(&t);
    assert_int_equal(town_answer(an, &first, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    struct tb_id second = town_report(so, "Trang hai", 2);
    town_run(&t);
    Tb__Envelope e = *taped(&tape, TB_ENV_ACT);
    e.page_id = tb_field(second.b, sizeof second.b);
    inject(so, &e);
    assert_string_equal(town_page(so, &second).owner, "");
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_release_that_the_relay_did_not_sign_rings_nobody(void **state)
{
    struct town t;
    struct tape tape;
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    Tb__Release *m;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *binh = town_node(&t, "binh");
    tape_on(binh, &tape);
    struct tb_id id = town_report(so, "Thả giả", 2);
    town_run(&t);
    assert_int_equal(binh->n_rings, 0);
    tb_arena_init(&a, 1 << 20);
    Tb__Envelope e = *taped(&tape, TB_ENV_RELEASE);
    assert_int_equal(tb_signed_parse(&a, tb_field_view(&e.statement), &s), TB_OK);
    assert_int_equal(tb_release_unpack(&a, s.payload, &m), TB_OK);
    struct tb_hash before = tb_release_hash(s.payload);
    m->release_no = 2;
    m->prev_release_hash = tb_field(before.b, sizeof before.b);
    m->t = 2;
    m->account[0] = binh->account;
    assert_int_equal(tb_signed_make(TB_TYPE_RELEASE, &t.p.id, &m->base, &t.p.registrar[0], &forged),
                     TB_OK);
    e.statement = tb_field(forged.p, forged.n);
    inject(binh, &e);
    assert_int_equal(binh->n_rings, 0);
    /* The relay's own signature under a tier that is not binh's does not call him either. */
    tb_buf_done(&forged);
    m->t = 1;
    assert_int_equal(tb_signed_make(TB_TYPE_RELEASE, &t.p.id, &m->base, &t.p.relay, &forged),
                     TB_OK);
    e.statement = tb_field(forged.p, forged.n);
    inject(binh, &e);
    assert_int_equal(binh->n_rings, 0);
    assert_false(town_page(binh, &id).mine_to_answer);
    /* Nor does the relay's name under bytes that it did not sign; the true release then does. */
    tb_buf_done(&forged);
    struct tb_hash second = { 0 };
    m->release_no = 3;
    m->t = 2;
    for (size_t i = 0; i < 2; i++) {
        tb_buf_done(&forged);
        second.b[0] = 1; /* a gap in the chain is noted, not refused */
        m->prev_release_hash = tb_field(second.b, sizeof second.b);
        assert_int_equal(tb_signed_make(TB_TYPE_RELEASE, &t.p.id, &m->base, &t.p.relay, &forged),
                         TB_OK);
        if (i == 0)
            forged.p[forged.n - 1] ^= 1; /* of the signature */
        e.statement = tb_field(forged.p, forged.n);
        inject(binh, &e);
        assert_int_equal(binh->n_rings, i);
    }
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_receipt_that_another_device_signed_moves_no_rung(void **state)
{
    struct town t;
    struct tape tape;
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    struct tbc_page_full full;
    Tb__Receipt *m;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(so, &tape);
    struct tb_id id = town_report(so, "Biên nhận giả", 2);
    town_run(&t);
    tb_arena_init(&a, 1 << 20);
    Tb__Envelope e = *taped(&tape, TB_ENV_RECEIPT);
    assert_int_equal(tb_signed_parse(&a, tb_field_view(&e.statement), &s), TB_OK);
    assert_int_equal(tb_receipt_unpack(&a, s.payload, &m), TB_OK);
    m->kind = TB_RECEIPT_SEEN;
    m->release_hash = m->header_hash;
    m->cred = tb_field(an->core->me->cred.b, TB_HASH_BYTES);
    assert_int_equal(tb_signed_make(TB_TYPE_RECEIPT, &t.p.id, &m->base, &t.p.relay, &forged),
                     TB_OK);
    e.statement = tb_field(forged.p, forged.n);
    inject(so, &e);
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    for (size_t i = 0; i < full.n_devices; i++)
        assert_int_equal(full.device[i].seen_ms, 0);
    tbc_page_full_done(&full);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* ---- repeated, and put under another name */

static void a_page_shown_a_thousand_times_is_one_row_and_one_alarm(void **state)
{
    static struct tbc_page list[4];
    struct town t;
    struct tape tape;
    struct tbc_listing got;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    struct tb_id id = town_report(so, "Lặp lại", 2);
    town_run(&t);
    Tb__Envelope page = *taped(&tape, TB_ENV_CAPSULE), release = *taped(&tape, TB_ENV_RELEASE);
    for (int i = 0; i < 500; i++) {
        inject(an, &page);
        inject(an, &release);
    }
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(an->n_rings, 1);
    assert_int_equal(tbc_pages(an->core, &(struct tbc_query){ 0 }, list, 4, &got), TB_OK);
    assert_int_equal(got.n, 1);
    struct tbc_page_full full;
    assert_int_equal(tbc_page_get(an->core, &id, &full), TB_OK);
    assert_int_equal(full.n_events, 2); /* relayed, released */
    tbc_page_full_done(&full);
    /* Another body under the same header is not taken either. */
    page.body = tb_field("khác", 5);
    inject(an, &page);
    assert_string_equal(town_page(an, &id).title, "Lặp lại");
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void a_header_that_nobody_signed_never_becomes_a_page(void **state)
{
    struct town t;
    struct tape tape;
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_id other = tb_id_random();
    struct tb_signed s;
    Tb__Header *h;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    (void)town_report(so, "Thật", 2);
    town_run(&t);
    tb_arena_init(&a, 1 << 20);
    Tb__Envelope e = *taped(&tape, TB_ENV_CAPSULE);
    assert_int_equal(tb_signed_parse(&a, tb_field_view(&e.statement), &s), TB_OK);
    assert_int_equal(tb_header_unpack(&a, s.payload, &h), TB_OK);
    h->msg_id = tb_field(other.b, sizeof other.b);
    assert_int_equal(tb_signed_make(TB_TYPE_HEADER, &t.p.id, &h->base, &t.p.relay, &forged), TB_OK);
    e.statement = tb_field(forged.p, forged.n);
    e.page_id = h->msg_id;
    inject(an, &e);
    assert_false(town_has(an, &other));
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* Changes one byte of the sealed body on its way. */
static bool swap_body(struct node *n, struct tb_buf *batch)
{
    struct tape *tape = n->filter_user;
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    Tb__Envelopes *m;
    Tb__Batch *b;

    assert_int_equal(tb_unpack(&tape->arena, &tb__batch__descriptor, tb_buf_view(batch), &b),
                     TB_OK);
    for (size_t i = 0; i < b->n_frame; i++) {
        if (b->frame[i]->op != TB_OP_ENVELOPES || b->frame[i]->id)
            continue;
        assert_int_equal(tb_unpack(&tape->arena, &tb__envelopes__descriptor,
                                   tb_field_view(&b->frame[i]->body), &m),
                         TB_OK);
        for (size_t k = 0; k < m->n_envelope; k++)
            if (m->envelope[k]->body.len)
                m->envelope[k]->body.data[40] ^= 1;
        tb_buf_done(&body);
        assert_int_equal(tb_pack(&m->base, &body), TB_OK);
        b->frame[i]->body = arena_bytes(&tape->arena, body.p, body.n);
    }
    tb_buf_done(batch);
    assert_int_equal(tb_pack(&b->base, batch), TB_OK);
    return true;
}

static void a_body_that_was_swapped_rings_from_the_header_and_says_not_readable(void **state)
{
    struct town t;
    struct tape tape;
    struct tbc_page_full full;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    an->filter = swap_body;
    struct tb_id id = town_report(so, "Thân bị đổi", 2);
    town_pass(&t, 10000);
    assert_int_equal(town_rings(an, &id, TBC_RING_UNREADABLE), 1);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 0);
    assert_string_equal(an->ring[0].sender, "so-y-te");
    assert_string_equal(an->ring[0].title, "");
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    assert_true(full.device[0].unreadable);
    assert_int_equal(full.device[0].delivered_ms, 0);
    tbc_page_full_done(&full);
    /* Its owner can still say that he takes it. */
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "an");
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void nobody_gets_a_capsule_whom_the_header_does_not_name(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    struct tb_hash zero = { 0 };
    struct town t;
    struct tbc_status s;
    Tb__Receipt m;
    Tb__Envelope e;
    uint32_t rewraps = 1;

    (void)state;
    town_open(&t);
    struct node *em = town_enrol(&t, "em", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 30000);
    struct node *so = town_node(&t, "so-y-te");
    struct tb_id id = town_report(so, "Không phải cho em", 2);
    town_run(&t);
    /* A member and the relay together ask the sender for what is not the member's. */
    struct tb_hash header = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_of(CS_PAGE, id.b, sizeof id.b, 0);
    Tbl__Page *p;
    tb_arena_init(&a, CORE_ARENA);
    assert_int_equal(local_get(so->core, &k, &a, &tbl__page__descriptor, &p), TB_OK);
    header = tb_hash_from(p->header_hash.data);
    tb__receipt__init(&m);
    m.kind = TB_RECEIPT_CAPSULE_BAD;
    m.page_id = tb_field(id.b, sizeof id.b);
    m.header_hash = tb_field(header.b, sizeof header.b);
    m.cred = tb_field(em->core->me->cred.b, TB_HASH_BYTES);
    m.release_hash = tb_field(zero.b, sizeof zero.b);
    m.time_ms = town_now;
    assert_int_equal(
        tb_signed_make(TB_TYPE_RECEIPT, &t.p.id, &m.base, &em->core->me->sign, &receipt), TB_OK);
    tb__envelope__init(&e);
    e.kind = TB_ENV_RECEIPT;
    e.page_id = m.page_id;
    e.statement = tb_field(receipt.p, receipt.n);
    inject(so, &e);
    tbc_status(so->core, &s);
    assert_int_equal(s.outbox, 0);
    assert_int_equal(cs_count(so->core->store, CS_REWRAP, false, &rewraps), TB_OK);
    assert_int_equal(rewraps, 0);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_accept_that_the_relay_forged_names_nobody),
        cmocka_unit_test(an_accept_of_somebody_who_was_not_called_counts_for_nothing),
        cmocka_unit_test(an_act_that_only_a_longer_log_could_allow_counts_for_nothing_and_waits),
        cmocka_unit_test(an_old_accept_says_nothing_about_a_new_page),
        cmocka_unit_test(a_release_that_the_relay_did_not_sign_rings_nobody),
        cmocka_unit_test(a_receipt_that_another_device_signed_moves_no_rung),
        cmocka_unit_test(a_page_shown_a_thousand_times_is_one_row_and_one_alarm),
        cmocka_unit_test(a_header_that_nobody_signed_never_becomes_a_page),
        cmocka_unit_test(a_body_that_was_swapped_rings_from_the_header_and_says_not_readable),
        cmocka_unit_test(nobody_gets_a_capsule_whom_the_header_does_not_name),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
