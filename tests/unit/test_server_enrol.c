/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_enrol.c - from an invite to a device that logs in; the log, its cards and its witnesses. */
#include "support_server_world.h"

#include "proto/enrol.h"

static struct world w;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

struct guest {
    struct tb_id invite;
    struct tb_sign_pair admit;
    struct tb_buf ticket;
    struct tb_hash ticket_hash;
};

static struct guest invite_of(const struct tb_hash *province, const struct tb_sign_pair *registrar,
                              int64_t expires_ms)
{
    struct guest g = { .invite = tb_id_random() };
    struct tb_signed s;
    struct tb_arena a;
    Tb__Ticket m;

    tb_sign_pair_new(&g.admit);
    tb__ticket__init(&m);
    m.invite_id = tb_field(g.invite.b, sizeof g.invite.b);
    m.admit_pk = tb_field(g.admit.pk, sizeof g.admit.pk);
    m.account = (char *)(uintptr_t) "so-giao-thong";
    m.agency = (char *)(uintptr_t) "so-giao-thong";
    m.role = TB_ROLE_AGENCY;
    m.expires_ms = expires_ms;
    assert_int_equal(tb_signed_make(TB_TYPE_ADMIT, province, &m.base, registrar, &g.ticket), TB_OK);
    tb_arena_init(&a, 65536);
    assert_int_equal(tb_signed_parse(&a, tb_buf_view(&g.ticket), &s), TB_OK);
    g.ticket_hash = tb_ticket_hash(s.payload);
    tb_arena_done(&a);
    return g;
}

static struct guest invite_by(const struct tb_sign_pair *registrar, int64_t expires_ms)
{
    return invite_of(&w.p.id, registrar, expires_ms);
}

static tb_result enter_as(struct client *c, const struct guest *g, const struct tb_sign_pair *key)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf claim = { 0 };
    Tb__AuthInviteClaim m;
    Tb__AuthInvite auth;

    assert_int_equal(world_hello(c), TB_OK);
    tb__auth_invite_claim__init(&m);
    m.nonce = tb_field(c->nonce, sizeof c->nonce);
    m.exporter = tb_field(c->exporter.b, sizeof c->exporter.b);
    m.relay_id = tb_field(w.p.relay_id.b, sizeof w.p.relay_id.b);
    m.ticket_hash = tb_field(g->ticket_hash.b, sizeof g->ticket_hash.b);
    assert_int_equal(tb_signed_make(TB_TYPE_AUTH_INVITE, &w.p.id, &m.base, key, &claim), TB_OK);
    tb__auth_invite__init(&auth);
    auth.claim_signed = tb_field(claim.p, claim.n);
    auth.ticket_signed = tb_field(g->ticket.p, g->ticket.n);
    return world_ask(c, TB_OP_AUTH_INVITE, &auth.base);
}

static tb_result enter(struct client *c, const struct guest *g)
{
    return enter_as(c, g, &g->admit);
}

static struct tb_buf request(const struct guest *g, const char *sealed)
{
    struct tb_buf out = { 0 };
    Tb__EnrolRequest m;

    tb__enrol_request__init(&m);
    m.invite_id = tb_field(g->invite.b, sizeof g->invite.b);
    m.ticket_hash = tb_field(g->ticket_hash.b, sizeof g->ticket_hash.b);
    m.sealed = tb_field(sealed, strlen(sealed)); /* the relay cannot look inside */
    assert_int_equal(tb_signed_make(TB_TYPE_REQUEST, &w.p.id, &m.base, &g->admit, &out), TB_OK);
    return out;
}

static tb_result put_request(struct client *c, const struct tb_buf *q)
{
    Tb__EnrolPut m;

    tb__enrol_put__init(&m);
    m.request_signed = tb_field(q->p, q->n);
    return world_ask(c, TB_OP_ENROL_PUT, &m.base);
}

static struct tb_hash hash_of_request(const struct tb_buf *q)
{
    struct tb_arena a;
    struct tb_signed s;

    tb_arena_init(&a, 65536);
    assert_int_equal(tb_signed_parse(&a, tb_buf_view(q), &s), TB_OK);
    struct tb_hash h = tb_request_hash(s.payload);
    tb_arena_done(&a);
    return h;
}

static struct tb_buf approval(const struct guest *g, const struct tb_hash *request_hash,
                              const struct tb_sign_pair *registrar)
{
    static uint8_t eph[32] = { 9 };
    struct tb_buf out = { 0 };
    Tb__Approval m;

    tb__approval__init(&m);
    m.invite_id = tb_field(g->invite.b, sizeof g->invite.b);
    m.request_hash = tb_field(request_hash->b, sizeof request_hash->b);
    m.eph_pk = tb_field(eph, sizeof eph);
    m.sealed = tb_field(eph, sizeof eph);
    assert_int_equal(tb_signed_make(TB_TYPE_APPROVAL, &w.p.id, &m.base, registrar, &out), TB_OK);
    return out;
}

static tb_result put_approval(struct client *c, const struct tb_buf *a)
{
    Tb__ApprovalPut m;

    tb__approval_put__init(&m);
    m.approval_signed = tb_field(a->p, a->n);
    return world_ask(c, TB_OP_APPROVAL_PUT, &m.base);
}

static size_t polled(struct client *c)
{
    Tb__EnrolPoll m;
    Tb__EnrolPollReply *reply;

    tb__enrol_poll__init(&m);
    assert_int_equal(world_ask(c, TB_OP_ENROL_POLL, &m.base), TB_OK);
    assert_int_equal(tb_unpack(&c->arena, &tb__enrol_poll_reply__descriptor,
                               tb_field_view(&c->reply->body), &reply),
                     TB_OK);
    return reply->approval_signed.len;
}

static Tb__EnrolListReply *list(struct client *c)
{
    Tb__EnrolList m;
    Tb__EnrolListReply *reply;

    tb__enrol_list__init(&m);
    assert_int_equal(world_ask(c, TB_OP_ENROL_LIST, &m.base), TB_OK);
    assert_int_equal(tb_unpack(&c->arena, &tb__enrol_list_reply__descriptor,
                               tb_field_view(&c->reply->body), &reply),
                     TB_OK);
    return reply;
}

static void done(struct guest *g)
{
    tb_buf_done(&g->ticket);
}

static void an_invite_leads_to_an_approval(void **state)
{
    (void)state;
    TB_CLEANUP(done) struct guest g = invite_by(&w.p.registrar[0], w.now + PROVINCE_DAY);
    struct client *c = world_connect(&w), *chi = world_login(&w, "chi");
    assert_int_equal(enter(c, &g), TB_OK);
    TB_CLEANUP(tb_buf_done) struct tb_buf q = request(&g, "sealed");
    assert_int_equal(put_request(c, &q), TB_OK);
    assert_int_equal(put_request(c, &q), TB_OK); /* the answer was lost, say */
    assert_int_equal(polled(c), 0);
    assert_int_equal(list(chi)->n_request, 1);
    assert_false(list(chi)->request[0]->second_try);
    struct tb_hash h = hash_of_request(&q);
    TB_CLEANUP(tb_buf_done) struct tb_buf yes = approval(&g, &h, &w.p.registrar[0]);
    assert_int_equal(put_approval(chi, &yes), TB_OK);
    assert_int_equal(put_approval(chi, &yes), TB_OK);
    assert_int_equal(list(chi)->n_request, 0);
    assert_int_equal(polled(c), yes.n);
    world_crash(&w);
    struct client *again = world_connect(&w);
    assert_int_equal(enter(again, &g), TB_OK);
    assert_int_equal(polled(again), yes.n);
}

static void a_second_request_is_refused_and_the_registrar_hears_of_it(void **state)
{
    (void)state;
    TB_CLEANUP(done) struct guest g = invite_by(&w.p.registrar[0], w.now + PROVINCE_DAY);
    struct client *c = world_connect(&w), *thief = world_connect(&w), *chi = world_login(&w, "chi");
    assert_int_equal(enter(c, &g), TB_OK);
    assert_int_equal(enter(thief, &g), TB_OK);
    TB_CLEANUP(tb_buf_done)
    struct tb_buf q = request(&g, "mine"), stolen = request(&g, "the thief's");
    assert_int_equal(put_request(c, &q), TB_OK);
    assert_int_equal(put_request(thief, &stolen), TB_E_CONFLICT);
    assert_int_equal(list(chi)->n_request, 1);
    assert_true(list(chi)->request[0]->second_try);
    assert_int_equal(list(chi)->request[0]->request_signed.len, q.n);
}

static void a_ticket_that_no_registrar_signed_opens_nothing(void **state)
{
    struct tb_sign_pair nobody;

    (void)state;
    tb_sign_pair_new(&nobody);
    TB_CLEANUP(done) struct guest g = invite_by(&nobody, w.now + PROVINCE_DAY);
    assert_int_equal(enter(world_connect(&w), &g), TB_E_DENIED);
    TB_CLEANUP(done) struct guest guests_only = invite_by(&w.p.registrar[2], w.now + PROVINCE_DAY);
    assert_int_equal(enter(world_connect(&w), &guests_only),
                     TB_E_DENIED); /* for agencies: not his to grant */
    TB_CLEANUP(done) struct guest real = invite_by(&w.p.registrar[0], w.now + PROVINCE_DAY);
    assert_int_equal(enter_as(world_connect(&w), &real, &nobody),
                     TB_E_BADSIG); /* ticket without its key */
    real.ticket.p[20] ^= 1;
    assert_int_not_equal(enter(world_connect(&w), &real), TB_OK);
}

/* A14: the same registrar keeps the keys of two provinces. */
static void an_invite_of_another_province_opens_nothing(void **state)
{
    struct tb_hash elsewhere = w.p.id;

    (void)state;
    elsewhere.b[0] ^= 1;
    TB_CLEANUP(done)
    struct guest g = invite_of(&elsewhere, &w.p.registrar[0], w.now + PROVINCE_DAY);
    assert_int_equal(enter(world_connect(&w), &g), TB_E_BADSIG);
}

static void an_expired_invite_opens_only_for_who_asked_in_time(void **state)
{
    (void)state;
    TB_CLEANUP(done) struct guest in_time = invite_by(&w.p.registrar[0], w.now + 1000);
    TB_CLEANUP(done) struct guest late = invite_by(&w.p.registrar[0], w.now + 1000);
    struct client *c = world_connect(&w);
    assert_int_equal(enter(c, &in_time), TB_OK);
    TB_CLEANUP(tb_buf_done) struct tb_buf q = request(&in_time, "mine");
    assert_int_equal(put_request(c, &q), TB_OK);
    w.now += 2000;
    assert_int_equal(enter(world_connect(&w), &late), TB_E_EXPIRED);
    assert_int_equal(enter(world_connect(&w), &in_time), TB_OK);
    w.now += TB_INVITE_MAX_MS;
    assert_int_equal(enter(world_connect(&w), &in_time), TB_E_EXPIRED);
}

static void an_invite_may_enrol_and_nothing_else(void **state)
{
    static const enum tb_op ops[] = { TB_OP_SUBMIT,     TB_OP_ACT,      TB_OP_PREKEYS_GET,
                                      TB_OP_ENROL_LIST, TB_OP_ACK,      TB_OP_ROSTER_APPEND,
                                      TB_OP_RECEIPT,    TB_OP_CARD_PUT, TB_OP_APPROVAL_PUT };
    Tb__EnrolPoll empty;

    (void)state;
    tb__enrol_poll__init(&empty);
    TB_CLEANUP(done) struct guest g = invite_by(&w.p.registrar[0], w.now + PROVINCE_DAY);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct client *c = world_connect(&w);
        assert_int_equal(enter(c, &g), TB_OK);
        assert_int_equal(world_ask(c, ops[i], &empty.base), TB_E_DENIED);
        assert_null(c->peer);
    }
    struct client *c = world_connect(&w);
    assert_int_equal(enter(c, &g), TB_OK);
    Tb__RosterGet get;
    tb__roster_get__init(&get);
    assert_int_equal(world_ask(c, TB_OP_ROSTER_GET, &get.base), TB_OK);
    assert_int_equal(world_ping(c), TB_OK);
}

static void put_off_duty(struct client *c)
{
    Tb__Duty m;
    Tb__DutyPut put;

    tb__duty__init(&m);
    tb__duty_put__init(&put);
    m.suite = TB_SUITE;
    m.cred = tb_field(c->d->cred.b, TB_HASH_BYTES);
    m.off = true;
    m.number = 1;
    m.at_ms = w.now;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_DUTY, &m.base);
    put.duty_signed = tb_field(packed.p, packed.n);
    assert_int_equal(world_ask(c, TB_OP_DUTY_PUT, &put.base), TB_OK);
}

static void who_is_off_duty_is_told_to_members_only(void **state)
{
    Tb__RosterGet get;
    Tb__RosterReply *reply;

    (void)state;
    TB_CLEANUP(done) struct guest g = invite_by(&w.p.registrar[0], w.now + PROVINCE_DAY);
    struct client *an = world_login(&w, "an"), *c = world_connect(&w), *ask[] = { an, c };
    put_off_duty(an);
    assert_int_equal(enter(c, &g), TB_OK);
    tb__roster_get__init(&get);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(world_ask(ask[i], TB_OP_ROSTER_GET, &get.base), TB_OK);
        assert_int_equal(tb_unpack(&an->arena, &tb__roster_reply__descriptor,
                                   tb_field_view(&ask[i]->reply->body), &reply),
                         TB_OK);
        assert_int_equal(reply->n_duty_signed, i == 0 ? 1 : 0);
    }
}

static void an_approval_is_checked_like_everything_else(void **state)
{
    (void)state;
    TB_CLEANUP(done) struct guest g = invite_by(&w.p.registrar[0], w.now + PROVINCE_DAY);
    struct client *c = world_connect(&w), *chi = world_login(&w, "chi");
    struct tb_hash other = { { 1 } };
    assert_int_equal(enter(c, &g), TB_OK);
    TB_CLEANUP(tb_buf_done) struct tb_buf q = request(&g, "sealed");
    struct tb_hash h = hash_of_request(&q);
    TB_CLEANUP(tb_buf_done) struct tb_buf yes = approval(&g, &h, &w.p.registrar[0]);
    assert_int_equal(put_approval(chi, &yes), TB_E_NOTFOUND); /* nobody asked */
    assert_int_equal(put_request(c, &q), TB_OK);
    TB_CLEANUP(tb_buf_done) struct tb_buf by_chi = approval(&g, &h, &chi->d->sign);
    assert_int_equal(put_approval(chi, &by_chi), TB_E_DENIED); /* not a registrar's signature */
    TB_CLEANUP(tb_buf_done) struct tb_buf wrong = approval(&g, &other, &w.p.registrar[0]);
    assert_int_equal(put_approval(chi, &wrong), TB_E_CONFLICT);
    assert_int_equal(put_approval(chi, &yes), TB_OK);
    TB_CLEANUP(tb_buf_done) struct tb_buf second = approval(&g, &h, &w.p.registrar[1]);
    assert_int_equal(put_approval(chi, &second), TB_E_CONFLICT);
    assert_int_equal(polled(c), yes.n);
}

/* ---- the log */

static Tb__RosterReply *get_roster(struct client *c, uint64_t from, uint32_t max,
                                   uint64_t cards_from)
{
    Tb__RosterGet m;
    Tb__RosterReply *reply;

    tb__roster_get__init(&m);
    m.from = from;
    m.max = max;
    m.cards_from = cards_from;
    assert_int_equal(world_ask(c, TB_OP_ROSTER_GET, &m.base), TB_OK);
    assert_int_equal(
        tb_unpack(&c->arena, &tb__roster_reply__descriptor, tb_field_view(&c->reply->body), &reply),
        TB_OK);
    return reply;
}

static void the_log_is_served_in_parts_and_replays(void **state)
{
    struct tb_roster *copy = NULL;

    (void)state;
    struct client *an = world_login(&w, "an");
    assert_int_equal(tb_roster_new(&copy), TB_OK);
    for (;;) {
        Tb__RosterReply *m = get_roster(an, tb_roster_size(copy), 3, 0);
        if (m->n_entry_signed == 0)
            break;
        assert_true(m->n_entry_signed <= 3);
        for (size_t i = 0; i < m->n_entry_signed; i++)
            assert_int_equal(
                tb_roster_append(copy, tb_field_view(&m->entry_signed[i]), TB_SEEN_VOUCHED, NULL),
                TB_OK);
    }
    struct tb_hash head = tb_roster_head(copy);
    assert_memory_equal(get_roster(an, 0, 1, 0)->head.data, head.b, 32);
    assert_int_equal(get_roster(an, 1000, 0, 0)->n_entry_signed, 0);
    tb_roster_free(copy);
}

static void an_entry_gets_its_place_once_and_everybody_hears(void **state)
{
    Tb__RosterAppend m;
    Tb__RosterAppendReply *first, *second;
    struct tb_view payload;
    Tb__RelayReceipt *rr;

    (void)state;
    struct client *an = world_login(&w, "an"), *chi = world_login(&w, "chi");
    (void)province_enrol(&w.p, "em", "so-y-te", "may-2", TB_ROLE_AGENCY);
    struct tb_view e = tb_roster_entry(w.p.roster, tb_roster_size(w.p.roster) - 1);
    tb__roster_append__init(&m);
    m.entry_signed = tb_field(e.p, e.n);
    assert_int_equal(world_ask(chi, TB_OP_ROSTER_APPEND, &m.base), TB_OK);
    assert_int_equal(tb_unpack(&chi->arena, &tb__roster_append_reply__descriptor,
                               tb_field_view(&chi->reply->body), &first),
                     TB_OK);
    assert_int_equal(tb_signed_open(&chi->arena, TB_TYPE_RELAY_RECEIPT, &w.p.id,
                                    tb_field_view(&first->receipt_signed), w.p.relay.pk, &payload),
                     TB_OK);
    assert_int_equal(tb_relay_receipt_unpack(&chi->arena, payload, &rr), TB_OK);
    assert_int_equal(rr->position, tb_roster_size(w.p.roster) - 1);
    assert_int_equal(an->heads, 1);
    assert_int_equal(world_ask(an, TB_OP_ROSTER_APPEND, &m.base),
                     TB_OK); /* again, by somebody else */
    assert_int_equal(tb_unpack(&an->arena, &tb__roster_append_reply__descriptor,
                               tb_field_view(&an->reply->body), &second),
                     TB_OK);
    assert_int_equal(first->receipt_signed.len, second->receipt_signed.len);
    assert_memory_equal(first->receipt_signed.data, second->receipt_signed.data,
                        first->receipt_signed.len);
    assert_int_equal(an->heads, 1);
    uint8_t *bytes = tb_arena_take(&an->arena, e.n);
    memcpy(bytes, e.p, e.n);
    bytes[e.n / 2] ^= 1;
    m.entry_signed = tb_field(bytes, e.n);
    assert_int_not_equal(world_ask(an, TB_OP_ROSTER_APPEND, &m.base), TB_OK);
    assert_int_equal(tb_roster_size(w.relay->roster), tb_roster_size(w.p.roster));
}

static void freshness_is_kept_and_served(void **state)
{
    struct tb_buf statement = { 0 };
    Tb__FreshnessPut m;

    (void)state;
    province_set_witness(&w.p, 0);
    world_sync(&w);
    struct client *an = world_login(&w, "an");
    province_statement(&w.p, 0, w.now, &statement);
    tb__freshness_put__init(&m);
    m.freshness_signed = tb_field(statement.p, statement.n);
    assert_int_equal(world_ask(an, TB_OP_FRESHNESS_PUT, &m.base), TB_OK);
    assert_int_equal(world_ask(an, TB_OP_FRESHNESS_PUT, &m.base), TB_E_STALE);
    world_crash(&w);
    an = world_login(&w, "an");
    assert_int_equal(get_roster(an, 0, 1, 0)->n_freshness_signed, 1);
    assert_int_equal(tb_roster_fresh_ms(w.relay->roster), w.now);
    statement.p[statement.n - 1] ^= 1;
    assert_int_not_equal(world_ask(an, TB_OP_FRESHNESS_PUT, &m.base), TB_OK);
    tb_buf_done(&statement);
}

static tb_result put_card(struct client *c, const struct province_device *of, uint8_t fill)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    uint8_t sealed[100];
    Tb__CardBox box;
    Tb__CardPut m;

    memset(sealed, fill, sizeof sealed);
    tb__card_box__init(&box);
    box.cred = tb_field(of->cred.b, 32);
    box.epoch = 1;
    box.sealed = tb_field(sealed, sizeof sealed);
    assert_int_equal(tb_pack(&box.base, &packed), TB_OK);
    tb__card_put__init(&m);
    m.card = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_CARD_PUT, &m.base);
}

static void cards_are_kept_and_served_from_a_change_number(void **state)
{
    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh"),
                  *chi = world_login(&w, "chi");
    assert_int_equal(put_card(an, an->d, 1), TB_OK);
    assert_int_equal(put_card(an, binh->d, 1), TB_E_DENIED);
    assert_int_equal(put_card(chi, binh->d, 2), TB_OK); /* a coordinator */
    Tb__RosterReply *m = get_roster(an, 0, 1, 0);
    assert_int_equal(m->n_card, 2);
    uint64_t to = m->cards_to;
    assert_int_equal(get_roster(an, 0, 1, to)->n_card, 0);
    assert_int_equal(put_card(an, an->d, 1), TB_OK); /* the same: no change */
    assert_int_equal(get_roster(an, 0, 1, to)->n_card, 0);
    assert_int_equal(put_card(an, an->d, 3), TB_OK);
    assert_int_equal(get_roster(an, 0, 1, to)->n_card, 1);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(an_invite_leads_to_an_approval),
        WITH_WORLD(a_second_request_is_refused_and_the_registrar_hears_of_it),
        WITH_WORLD(a_ticket_that_no_registrar_signed_opens_nothing),
        WITH_WORLD(an_invite_of_another_province_opens_nothing),
        WITH_WORLD(an_expired_invite_opens_only_for_who_asked_in_time),
        WITH_WORLD(an_invite_may_enrol_and_nothing_else),
        WITH_WORLD(who_is_off_duty_is_told_to_members_only),
        WITH_WORLD(an_approval_is_checked_like_everything_else),
        WITH_WORLD(the_log_is_served_in_parts_and_replays),
        WITH_WORLD(an_entry_gets_its_place_once_and_everybody_hears),
        WITH_WORLD(freshness_is_kept_and_served),
        WITH_WORLD(cards_are_kept_and_served_from_a_change_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
