/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hear.c - what other devices say about a page: acts, receipts; and resets of sessions.
 *
 * Verified here, once: the signature against the roster, the standing of the
 * signer for that step, then the same rule as the relay's (fold.c).  An act
 * counts once, however often it comes. */
#include <string.h>

#include "client/core/parts.h"

enum {
    FAILURES = 3,
    RESET_EVERY_MS = 60000,
    RESET_UNREADABLE = 1,
    SEEN_KEY = TB_HASH_BYTES + TB_ID_BYTES
};

enum tb_step step_of(enum tb_act_kind kind)
{
    switch (kind) {
    case TB_ACT_ACCEPT:
    case TB_ACT_DECLINE:
        return TB_STEP_ACCEPT;
    case TB_ACT_OFFER:
    case TB_ACT_TAKEOVER:
        return TB_STEP_HANDOVER;
    case TB_ACT_RESOLVE:
        return TB_STEP_RESOLVE;
    case TB_ACT_REWRAP:
        return TB_STEP_REWRAP;
    }
    return TB_STEP_COUNT;
}

/* ---- acts */

struct heard {
    Tb__Act *m;
    struct tb_view payload;
    struct tb_hash hash;
    const struct tb_cred *actor;
};

static tb_result verify_act(struct tbc *c, struct tb_arena *a, const Tb__Envelope *e,
                            struct heard *ret)
{
    tb_result r = signed_payload(a, tb_field_view(&e->statement), &ret->payload);

    if (r == TB_OK)
        r = tb_act_unpack(a, ret->payload, &ret->m);
    if (r == TB_OK)
        r = signed_by_device(c, a, TB_TYPE_ACT, tb_field_view(&e->statement), &ret->m->actor_cred,
                             &ret->actor);
    if (r == TB_OK && strcmp(ret->actor->account, ret->m->account) != 0)
        r = TB_E_BADSIG;
    if (r != TB_OK)
        return r;
    struct tb_hash head = tb_hash_from(ret->m->roster->hash.data);
    rosync_peer(c, ret->m->roster->size, &head);
    ret->hash = tb_act_hash(ret->payload);
    return TB_OK;
}

/* A device whose numbers go back, or that used one twice, runs from an older copy of itself. */
static tb_result check_number(struct tbc *c, const struct heard *h)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Peer *peer;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = peer_get(c, &h->actor->hash, &a, &peer);
    if (r != TB_OK)
        return r;
    if (h->m->act_no > peer->act_no) {
        peer->act_no = h->m->act_no;
        peer->act_hash = tb_field(h->hash.b, sizeof h->hash.b);
        return peer_put(c, &h->actor->hash, peer);
    }
    peer->regressed = true;
    core_log(c, LOG_ERROR_,
             "act: %s/%s numbered an act %llu after %llu: an older copy of that device acts",
             h->actor->account, h->actor->device, (unsigned long long)h->m->act_no,
             (unsigned long long)peer->act_no);
    return peer_put(c, &h->actor->hash, peer);
}

static tb_result open_detail(struct tbc *c, const struct leaf *l, const Tb__Envelope *e,
                             const struct heard *h, struct tb_buf *ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    struct capsule_read got = { 0 };
    struct capsule_of of = capsule_of_page(l);
    struct tb_hash from_hash = h->actor->hash;
    const struct tb_body_ctx ctx = { TB_MSG_ACT_DETAIL, tb_id_from(h->m->act_id.data), from_hash };

    of.msg_id = ctx.msg_id;
    of.header_hash = h->hash;
    of.body_hash = tb_hash_from(h->m->detail_hash.data);
    of.kc = tb_hash_from(h->m->detail_kc.data);
    tb_result r = capsule_read(c, h->actor, e->capsule, &of, &got);
    if (r == TB_E_UNREADABLE)
        return session_failed(c, h->actor) == TB_OK ? TB_E_UNREADABLE : TB_E_STORE;
    if (r != TB_OK)
        return r;
    tb_key_of_payload(got.payload, &k);
    return tb_body_open(&ctx, &k, &of.body_hash, &of.kc, tb_field_view(&e->body), ret);
}

/* The reason, if there is one and it is readable for me; the act stands without it. */
static tb_result read_reason(struct tbc *c, const struct leaf *l, const Tb__Envelope *e,
                             const struct heard *h, struct tb_arena *a, Tbl__Event *ev)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    struct tb_hash detail = tb_hash_from(h->m->detail_hash.data);
    Tb__Content *m;

    if (!e->capsule || tb_hash_is_zero(&detail) || tb_hash_equal(&h->actor->hash, &c->me->cred))
        return TB_OK;
    tb_result r = open_detail(c, l, e, h, &plain);
    if (is_our_failure(r))
        return r;
    if (r != TB_OK || tb_content_unpack(a, tb_buf_view(&plain), &m) != TB_OK || !m->detail)
        return TB_OK;
    ev->reason = m->detail->reason[0] ? m->detail->reason : m->detail->override_reason;
    return TB_OK;
}

/* ---- once */

static struct cs_key seen_key(const struct heard *h, uint8_t name[static SEEN_KEY])
{
    memcpy(name, h->actor->hash.b, TB_HASH_BYTES);
    memcpy(name + TB_HASH_BYTES, h->m->act_id.data, TB_ID_BYTES);
    return key_of(CS_SEEN, name, SEEN_KEY, 0);
}

struct echo {
    struct tbc *c;
    struct leaf *l;
    const struct tb_hash *hash;
    uint64_t seq;
    bool done;
};

/* My own act came back: now its place in the relay's order is known. */
static tb_result settle_echo(void *user, int64_t n, Tbl__Event *e)
{
    struct echo *s = user;

    if (s->done || e->kind != EVENT_ACT || !tb_is(&e->hash, TB_HASH_BYTES) ||
        memcmp(e->hash.data, s->hash->b, TB_HASH_BYTES) != 0)
        return TB_OK;
    s->done = true;
    if (!e->pending && !e->refused && e->seq && e->era == s->c->taking_era)
        return TB_OK; /* it has its place: a relay that says it again does not move it */
    e->pending = false;
    e->refused =
        false; /* whatever was answered: the relay told it to everybody, and the fold decides */
    e->answer = TB_OK;
    e->era = s->c->taking_era;
    e->seq = s->seq;
    const struct cs_key old = key_of(CS_EVENT, s->l->id.b, sizeof s->l->id.b, n);
    tb_result r = cs_drop(s->c->store, &old);
    return r == TB_OK ? leaf_add_event(s->c, s->l, e) : r;
}

static tb_result echo(struct tbc *c, struct leaf *l, const struct heard *h, uint64_t seq)
{
    struct echo s = { c, l, &h->hash, seq, false };
    tb_result r;

    if (!tb_hash_equal(&h->actor->hash, &c->me->cred))
        return TB_OK;
    r = leaf_events(c, l, settle_echo, &s);
    if (r == TB_OK)
        r = fold_run(c, l);
    return r == TB_OK ? leaf_save(c, l) : r;
}

/* The signer had more of the log: what it says of him may be what makes the act good. */
static bool is_ahead(struct tbc *c, const struct heard *h)
{
    return h->m->roster->size > tb_roster_size(c->roster);
}

static tb_result add_act(struct tbc *c, struct leaf *l, const Tb__Envelope *e,
                         const struct heard *h, enum note_how how)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_trust trust = trust_of(c, &h->actor->hash, step_of((enum tb_act_kind)h->m->kind));
    bool excused = trust.verdict == TB_E_UNVERIFIED && h->m->override_gate;
    Tbl__Event ev;

    if (trust.verdict != TB_OK && !excused && how == NOTE_PATIENT && is_ahead(c, h))
        return TB_E_UNVERIFIED;
    tbl__event__init(&ev);
    ev.kind = EVENT_ACT;
    ev.statement = tb_field(h->payload.p, h->payload.n);
    ev.hash = tb_field(h->hash.b, sizeof h->hash.b);
    ev.at_ms = e->at_ms;
    ev.era = c->taking_era;
    ev.seq = e->seq;
    ev.level = trust.level;
    ev.refused = trust.verdict != TB_OK && !excused;
    if (ev.refused)
        core_log(c, LOG_WARN_, "act: %s of %s/%s does not count: %s",
                 tb_act_name((enum tb_act_kind)h->m->kind), h->actor->account, h->actor->device,
                 tb_strresult(trust.verdict));
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = read_reason(c, l, e, h, &a, &ev);
    if (r == TB_OK)
        r = check_number(c, h);
    if (r == TB_OK)
        r = leaf_add_event(c, l, &ev);
    if (r == TB_OK && h->m->kind == TB_ACT_REWRAP && !ev.refused)
        r = rescue_heard(c, l, h->m);
    if (r == TB_OK)
        r = fold_run(c, l);
    return r == TB_OK ? leaf_save(c, l) : r;
}

tb_result note_act(struct tbc *c, struct leaf *l, const Tb__Envelope *e, enum note_how how)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf before = { 0 };
    uint8_t name[SEEN_KEY];
    struct heard h;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = verify_act(c, &a, e, &h);
    if (r != TB_OK)
        return r;
    if (memcmp(h.m->page_id.data, l->id.b, TB_ID_BYTES) != 0 ||
        memcmp(h.m->header_hash.data, l->header_hash.b, TB_HASH_BYTES) != 0)
        return TB_E_BADSIG;
    const struct cs_key k = seen_key(&h, name);
    r = cs_get(c->store, &k, &before);
    if (r == TB_OK || r == TB_E_DAMAGED)
        return echo(c, l, &h, e->seq);
    if (r != TB_E_NOTFOUND)
        return r;
    r = cs_put(c->store, &k, NULL, tb_view_of(l->id.b, sizeof l->id.b));
    return r == TB_OK ? add_act(c, l, e, &h, how) : r;
}

tb_result arrive_act(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct heard h;

    if (!tb_is(&e->page_id, TB_ID_BYTES))
        return TB_E_RANGE;
    struct tb_id id = tb_id_from(e->page_id.data);
    tb_result r = leaf_load(c, &id, &l);
    if (r != TB_E_NOTFOUND)
        return r == TB_OK ? note_act(c, &l, e, NOTE_PATIENT) : r;
    tb_arena_init(&a, CORE_ARENA);
    r = verify_act(c, &a, e, &h);
    return r == TB_OK ? TB_E_UNVERIFIED : r; /* it came before its page, or the page waits too */
}

/* ---- receipts */

static void fill_step(Tbl__Device *d, const Tb__Receipt *m, int64_t at_ms)
{
    switch ((enum tb_receipt_kind)m->kind) {
    case TB_RECEIPT_CAPSULE_OK:
        d->ok_ms = d->ok_ms ? d->ok_ms : at_ms;
        d->bad_ms = 0;
        return;
    case TB_RECEIPT_CAPSULE_BAD:
        d->bad_ms = at_ms;
        d->rewrapped = false;
        d->bads++;
        d->have_epoch = m->have_epoch;
        return;
    case TB_RECEIPT_DELIVERED:
        d->delivered_ms = d->delivered_ms ? d->delivered_ms : at_ms;
        return;
    case TB_RECEIPT_SEEN:
        d->seen_ms = d->seen_ms ? d->seen_ms : at_ms;
        return;
    }
}

static tb_result note_receipt(struct tbc *c, struct leaf *l, const struct tb_cred *from,
                              const Tb__Receipt *m, int64_t at_ms)
{
    tb_result r = leaf_ladder(c, l);

    if (r != TB_OK)
        return r;
    if (!leaf_device(l, &from->hash, UINT32_MAX) && !leaf_add_device(l, from, 0))
        return TB_E_NOMEM;
    for (size_t i = 0; i < l->ladder->n_device; i++)
        if (memcmp(l->ladder->device[i]->cred.data, from->hash.b, TB_HASH_BYTES) == 0)
            fill_step(l->ladder->device[i], m, at_ms);
    if (m->kind == TB_RECEIPT_CAPSULE_BAD && leaf_by_me(c, l))
        r = rewrap_want(c, l, from, m);
    if (r == TB_OK && m->kind == TB_RECEIPT_CAPSULE_BAD)
        r = rescue_look(c, l);
    if (r == TB_OK)
        r = leaf_save_ladder(c, l);
    return r == TB_OK ? leaf_save(c, l) : r;
}

tb_result arrive_receipt(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    const struct tb_cred *from;
    struct tb_view payload;
    Tb__Receipt *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = signed_payload(&a, tb_field_view(&e->statement), &payload);
    if (r == TB_OK)
        r = tb_receipt_unpack(&a, payload, &m);
    if (r == TB_OK)
        r = signed_by_device(c, &a, TB_TYPE_RECEIPT, tb_field_view(&e->statement), &m->cred, &from);
    if (r != TB_OK)
        return r;
    struct tb_id id = tb_id_from(m->page_id.data);
    r = leaf_load(c, &id, &l);
    if (r == TB_E_NOTFOUND)
        return TB_E_UNVERIFIED;
    if (r == TB_OK && memcmp(m->header_hash.data, l.header_hash.b, TB_HASH_BYTES) != 0)
        r = TB_E_BADSIG;
    return r == TB_OK ? note_receipt(c, &l, from, m, e->at_ms) : r;
}

/* ---- resets */

static tb_result send_reset(struct tbc *c, const struct tb_cred *to)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    Tbl__Counters *n;
    Tb__ResetPut put;
    Tb__Reset m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = counters_get(c, &a, &n);
    if (r != TB_OK)
        return r;
    n->reset++;
    tb__reset__init(&m);
    tb__reset_put__init(&put);
    m.from_cred = tb_field(c->me->cred.b, TB_HASH_BYTES);
    m.to_cred = tb_field(to->hash.b, TB_HASH_BYTES);
    m.number = n->reset;
    m.reason = RESET_UNREADABLE;
    m.time_ms = now_wall_ms();
    r = counters_put(c, n);
    if (r == TB_OK)
        r = tb_signed_make(TB_TYPE_RESET, &c->me->roster_id, &m.base, &c->me->sign, &packed);
    put.reset_signed = tb_field(packed.p, packed.n);
    const struct outgoing o = { .op = TB_OP_RESET, .body = &put.base };
    if (r == TB_OK)
        r = outbox_put(c, &o);
    return r == TB_OK ? e2e_forget(c->e2e, &to->hash) : r;
}

tb_result session_failed(struct tbc *c, const struct tb_cred *from)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    int64_t now = now_wall_ms();
    Tbl__Peer *peer;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = peer_get(c, &from->hash, &a, &peer);
    if (r != TB_OK)
        return r;
    peer->failures++;
    if (peer->failures >= FAILURES &&
        (now - peer->reset_sent_ms >= RESET_EVERY_MS || now < peer->reset_sent_ms)) {
        peer->failures = 0;
        peer->reset_sent_ms = now;
        r = send_reset(c, from);
        sessions_want(c);
    }
    return r == TB_OK ? peer_put(c, &from->hash, peer) : r;
}

tb_result arrive_reset(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct tb_cred *from;
    struct tb_view payload;
    Tbl__Peer *peer;
    Tb__Reset *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = signed_payload(&a, tb_field_view(&e->statement), &payload);
    if (r == TB_OK)
        r = tb_reset_unpack(&a, payload, &m);
    if (r == TB_OK)
        r = signed_by_device(c, &a, TB_TYPE_RESET, tb_field_view(&e->statement), &m->from_cred,
                             &from);
    if (r == TB_E_UNVERIFIED)
        r = TB_E_NOTFOUND; /* with a stranger there is no session to end: no need to wait */
    if (r == TB_OK && memcmp(m->to_cred.data, c->me->cred.b, TB_HASH_BYTES) != 0)
        r = TB_E_BADSIG;
    if (r == TB_OK)
        r = peer_get(c, &from->hash, &a, &peer);
    if (r != TB_OK || m->number <= peer->reset)
        return r; /* an old one shown again resets nothing */
    peer->reset = m->number;
    r = peer_put(c, &from->hash, peer);
    if (r == TB_OK)
        r = e2e_forget(c->e2e, &from->hash);
    sessions_want(c);
    return r;
}
