/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_lies.h - what a lying relay needs: a tape of what it pushed, and a way to push what it likes. */
#pragma once

#include "core_world.h"

/* ---- lies, put straight into a device's connection */

/* As if the relay had pushed this envelope under this number. */
static inline void inject_at(struct node *n, Tb__Envelope *e, uint64_t seq)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 }, batch = { 0 };
    Tb__Envelope *list[] = { e };
    Tb__Envelopes m;
    Tb__Frame f, *frames[] = { &f };
    Tb__Batch b;

    tb__envelopes__init(&m);
    tb__frame__init(&f);
    tb__batch__init(&b);
    e->seq = seq;
    m.era = n->core->era;
    m.n_envelope = 1;
    m.envelope = list;
    assert_int_equal(tb_pack(&m.base, &body), TB_OK);
    f.op = TB_OP_ENVELOPES;
    f.body = tb_field(body.p, body.n);
    b.n_frame = 1;
    b.frame = frames;
    assert_int_equal(tb_pack(&b.base, &batch), TB_OK);
    n->ev->message(n->link, tb_buf_view(&batch));
}

/* As if it had pushed it next. */
static inline void inject(struct node *n, Tb__Envelope *e)
{
    inject_at(n, e, n->core->seq + 1);
}

static uint64_t log_ahead; /* by so much the signer's log is said to be longer */

/* An accept of `actor` for the page as `knows` sees it, signed by any key. */
static inline struct tb_buf make_accept(struct node *knows, const struct tb_id *page,
                                        struct node *actor, const struct tb_sign_pair *by)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_of(CS_PAGE, page->b, sizeof page->b, 0);
    struct tb_hash head = tb_roster_head(knows->core->roster), zero = { 0 };
    struct tb_id id = tb_id_random();
    struct tb_buf out = { 0 };
    Tbl__Page *p;
    Tb__Head at;
    Tb__Act m;

    tb_arena_init(&a, CORE_ARENA);
    assert_int_equal(local_get(knows->core, &k, &a, &tbl__page__descriptor, &p), TB_OK);
    tb__act__init(&m);
    tb__head__init(&at);
    m.suite = 1;
    m.kind = TB_ACT_ACCEPT;
    m.act_id = tb_field(id.b, sizeof id.b);
    m.page_id = p->id;
    m.header_hash = p->header_hash;
    m.actor_cred = tb_field(actor->core->me->cred.b, TB_HASH_BYTES);
    m.account = actor->account;
    m.round = p->round;
    m.release_hash = p->release_hash;
    m.t = p->tier;
    m.level = 2;
    m.evidence = TB_EVIDENCE_VETTED;
    m.time_ms = town_now;
    m.act_no = 1;
    m.prev_act_hash = m.detail_hash = m.detail_kc = tb_field(zero.b, sizeof zero.b);
    at.size = tb_roster_size(knows->core->roster) + log_ahead;
    at.hash = tb_field(head.b, sizeof head.b);
    m.roster = &at;
    assert_int_equal(tb_signed_make(TB_TYPE_ACT, &knows->t->p.id, &m.base, by, &out), TB_OK);
    return out;
}

static inline void push_act(struct node *to, const struct tb_id *page, const struct tb_buf *act)
{
    Tb__Envelope e;

    tb__envelope__init(&e);
    e.kind = TB_ENV_ACT;
    e.page_id = tb_field(page->b, sizeof page->b);
    e.statement = tb_field(act->p, act->n);
    e.at_ms = town_now;
    inject(to, &e);
}

/* What the relay pushed to a device, kept for later. */
struct tape {
    struct tb_arena arena;
    Tb__Envelope *env[64];
    size_t n;
    bool (*drops)(const Tb__Envelope *e);
};

static inline bool record(struct node *n, struct tb_buf *batch)
{
    struct tape *tape = n->filter_user;
    bool drop = false;
    Tb__Envelopes *m;
    Tb__Batch *b;

    if (tb_unpack(&tape->arena, &tb__batch__descriptor, tb_buf_view(batch), &b) != TB_OK)
        return true;
    for (size_t i = 0; i < b->n_frame; i++) {
        if (b->frame[i]->op != TB_OP_ENVELOPES || b->frame[i]->id)
            continue;
        assert_int_equal(tb_unpack(&tape->arena, &tb__envelopes__descriptor,
                                   tb_field_view(&b->frame[i]->body), &m),
                         TB_OK);
        for (size_t k = 0; k < m->n_envelope && tape->n < 64; k++) {
            tape->env[tape->n++] = m->envelope[k];
            drop |= tape->drops && tape->drops(m->envelope[k]);
        }
    }
    return !drop;
}

static inline void tape_on(struct node *n, struct tape *t)
{
    memset(t, 0, sizeof *t);
    tb_arena_init(&t->arena, 64 << 20);
    n->filter = record;
    n->filter_user = t;
}

static inline Tb__Envelope *taped(struct tape *t, enum tb_envelope_kind kind)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->env[i]->kind == (uint32_t)kind)
            return t->env[i];
    fail_msg("nothing of kind %d was sent", (int)kind);
    return NULL;
}
