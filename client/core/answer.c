/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c - my acts: checked by the gate and by the rule, signed, on disk, then sent (core.h).
 *
 * An act counts here at once and is marked pending; what the relay says later
 * decides (confirm.c).  Made offline, it waits in the outbox like everything. */
#include "client/core/answer.h"

#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"

static tb_result no(struct tbc_why *why, tb_result r, const char *text)
{
    if (why)
        copy_text(why->text, sizeof why->text, text);
    return r;
}

/* ---- may I */

static tb_result check_gate(struct tbc *c, const struct tbc_answer *a, struct answering *x,
                            struct tbc_why *why)
{
    char text[300];

    x->trust = trust_of(c, &c->me->cred, step_of(a->kind));
    if (x->trust.verdict == TB_OK)
        return TB_OK;
    if (x->trust.verdict == TB_E_UNVERIFIED && a->override_reason && *a->override_reason) {
        x->override_gate = true;
        return TB_OK;
    }
    (void)snprintf(text, sizeof text, "To %s needs level %u, this device has level %u (%s).",
                   tb_act_name(a->kind), x->trust.need, x->trust.level,
                   tb_strresult(x->trust.verdict));
    return no(why, x->trust.verdict, text);
}

static tb_result check_fields(struct tbc *c, const struct tbc_answer *a, struct tbc_why *why)
{
    switch (a->kind) {
    case TB_ACT_ACCEPT:
        return a->eta_min <= TB_ETA_MIN_MAX
                   ? TB_OK
                   : no(why, TB_E_RANGE, "An ETA is at most 1440 minutes.");
    case TB_ACT_DECLINE:
        return a->reason && *a->reason ? TB_OK : no(why, TB_E_RANGE, "To decline needs a reason.");
    case TB_ACT_OFFER:
        if (!a->to_account || !tb_roster_account(c->roster, a->to_account))
            return no(why, TB_E_NOTFOUND,
                      "There is no account of that name with a device in good standing.");
        return TB_OK;
    case TB_ACT_RESOLVE:
        return TB_OK;
    case TB_ACT_REWRAP:
    case TB_ACT_TAKEOVER:
        break;
    }
    return no(why, TB_E_RESERVED, "This cannot be answered by hand.");
}

static tb_result explain(tb_result r, const struct leaf *l, struct tbc_why *why)
{
    char text[300];

    if (r == TB_E_CONFLICT && l->p->ended_ms)
        return no(why, r, "The page has ended already.");
    if (r == TB_E_CONFLICT) {
        (void)snprintf(text, sizeof text, "'%s' has accepted it already.", l->p->owner);
        return no(why, r, text);
    }
    if (r == TB_E_STALE)
        return no(why, r, "The page has gone on to a newer round.");
    if (r == TB_E_DENIED)
        return no(
            why, r,
            "This page was not given to you for that: only who was called, owns or sent it may.");
    return no(why, r, tb_strresult(r));
}

/* ---- the statement */

static void fill_release(const struct tbc_answer *a, struct answering *x, Tb__Act *m)
{
    const Tbl__Page *p = x->leaf.p;
    bool offered = a->kind == TB_ACT_ACCEPT && strcmp(p->offer_to, x->c->me->account) == 0;

    m->release_hash = tb_field(x->zero.b, TB_HASH_BYTES);
    if (offered) {
        m->refers_to = p->offer_hash;
    } else if ((a->kind == TB_ACT_ACCEPT || a->kind == TB_ACT_DECLINE) && p->mine) {
        m->release_hash = p->my_release;
        m->t = p->my_t;
    }
}

static uint32_t evidence_of(const struct tb_trust *t)
{
    if (t->flags & TB_TRUST_COMPARED)
        return TB_EVIDENCE_COMPARED;
    return t->level >= 2 ? TB_EVIDENCE_VETTED : TB_EVIDENCE_ROSTER;
}

static void fill_act(const struct tbc_answer *a, struct answering *x, Tb__Act *m)
{
    struct tbc *c = x->c;

    tb__act__init(m);
    m->suite = TB_SUITE;
    m->kind = a->kind;
    m->act_id = tb_field(x->act_id.b, TB_ID_BYTES);
    m->page_id = tb_field(x->leaf.id.b, TB_ID_BYTES);
    m->header_hash = tb_field(x->leaf.header_hash.b, TB_HASH_BYTES);
    m->incident_id = x->leaf.h->incident_id;
    m->member_epoch = x->leaf.h->member_epoch;
    m->actor_cred = tb_field(c->me->cred.b, TB_HASH_BYTES);
    m->account = c->me->account;
    m->round = x->leaf.p->round;
    fill_release(a, x, m);
    m->era = c->era;
    if (a->kind == TB_ACT_OFFER)
        m->target_account = (char *)(uintptr_t)a->to_account; /* packing only reads */
    m->eta_min = a->kind == TB_ACT_ACCEPT ? a->eta_min : 0;
    m->level = x->trust.level;
    m->evidence = evidence_of(&x->trust);
    m->override_gate = x->override_gate;
    m->drill = x->leaf.h->drill;
    m->time_ms = now_wall_ms();
    m->act_no = x->counters->act_no + 1;
    m->prev_act_hash =
        x->counters->act_no ? x->counters->act_hash : tb_field(x->zero.b, TB_HASH_BYTES);
    tb__head__init(&x->head);
    x->head.size = tb_roster_size(c->roster);
    x->head_hash = tb_roster_head(c->roster);
    x->head.hash = tb_field(x->head_hash.b, TB_HASH_BYTES);
    m->roster = &x->head;
    m->detail_hash = tb_field(x->detail.body_hash.b, TB_HASH_BYTES);
    m->detail_kc = tb_field(x->detail.kc.b, TB_HASH_BYTES);
}

static tb_result sign_act(struct answering *x, const Tb__Act *m)
{
    struct tb_view payload;
    Tb__Act *checked;
    tb_result r = tb_signed_make(TB_TYPE_ACT, &x->c->me->roster_id, &m->base, &x->c->me->sign,
                                 &x->act_signed);

    if (r == TB_OK)
        r = signed_payload(&x->arena, tb_buf_view(&x->act_signed), &payload);
    if (r == TB_OK)
        r = tb_act_unpack(&x->arena, payload, &checked);
    if (r != TB_OK)
        return r;
    x->payload = payload;
    x->act_hash = tb_act_hash(payload);
    return TB_OK;
}

/* ---- on disk */

static tb_result put_counters(struct answering *x)
{
    uint8_t name[TB_HASH_BYTES + TB_ID_BYTES];
    struct tbc *c = x->c;

    /* Read again: making capsules may have changed them. */
    tb_result r = counters_get(c, &x->arena, &x->counters);
    if (r != TB_OK)
        return r;
    x->counters->act_no++;
    x->counters->act_hash = tb_field(x->act_hash.b, TB_HASH_BYTES);
    r = counters_put(c, x->counters);
    memcpy(name, c->me->cred.b, TB_HASH_BYTES);
    memcpy(name + TB_HASH_BYTES, x->act_id.b, TB_ID_BYTES);
    const struct cs_key k = key_of(CS_SEEN, name, sizeof name, 0);
    return r == TB_OK ? cs_put(c->store, &k, NULL, tb_view_of(x->leaf.id.b, TB_ID_BYTES)) : r;
}

static tb_result put_event(const struct tbc_answer *a, struct answering *x, struct tb_view put)
{
    const char *reason = x->override_gate ? a->override_reason : a->reason;
    Tbl__Event ev;

    tbl__event__init(&ev);
    ev.kind = EVENT_ACT;
    ev.statement = tb_field(x->payload.p, x->payload.n);
    ev.hash = tb_field(x->act_hash.b, TB_HASH_BYTES);
    ev.at_ms = now_wall_ms();
    ev.pending = true;
    ev.level = x->trust.level;
    ev.reason = (char *)(uintptr_t)(reason ? reason : ""); /* packing only reads */
    ev.put = tb_field(put.p, put.n);
    return leaf_add_event(x->c, &x->leaf, &ev);
}

tb_result answer_keep(const struct tbc_answer *a, struct answering *x, struct tb_view put)
{
    tb_result r = put_counters(x);

    return r == TB_OK ? put_event(a, x, put) : r;
}

tb_result answer_rewrap(struct answering *x, const struct tb_cred *to)
{
    const struct tbc_answer a = { .page = x->leaf.id, .kind = TB_ACT_REWRAP };
    Tb__Act m;
    tb_result r = fold_run(x->c, &x->leaf);

    if (r == TB_OK)
        r = check_gate(x->c, &a, x, NULL);
    if (r == TB_OK)
        r = counters_get(x->c, &x->arena, &x->counters);
    if (r != TB_OK)
        return r;
    fill_act(&a, x, &m);
    m.to_cred = tb_field(to->hash.b, TB_HASH_BYTES);
    return sign_act(x, &m);
}

static tb_result store_act(const struct tbc_answer *a, struct answering *x)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf put = { 0 };
    tb_result r = answer_pack(x, &put);

    if (r == TB_OK)
        r = answer_keep(a, x, tb_buf_view(&put));
    if (r == TB_OK)
        r = outbox_again(x->c, TB_OP_ACT, &x->leaf.id, &x->act_id, tb_buf_view(&put));
    if (r == TB_OK)
        r = fold_run(x->c, &x->leaf);
    return r == TB_OK ? leaf_save(x->c, &x->leaf) : r;
}

static tb_result make_act(const struct tbc_answer *a, struct answering *x, struct tbc_why *why)
{
    Tb__Act m;
    tb_result r = counters_get(x->c, &x->arena, &x->counters);

    if (r == TB_OK)
        r = answer_seal_detail(a, x);
    if (r != TB_OK)
        return no(why, r, tb_strresult(r));
    fill_act(a, x, &m);
    r = fold_check(x->c, &x->leaf, &m);
    if (r != TB_OK)
        return explain(r, &x->leaf, why);
    r = sign_act(x, &m);
    if (r == TB_OK)
        r = answer_wrap(a, x);
    if (r == TB_E_NOTFOUND)
        return no(why, r,
                  "There is no session with a device of that account yet: try again in a moment.");
    if (r == TB_E_UNREADABLE)
        return no(why, r, "This device cannot read the page and so cannot hand it over.");
    return r == TB_OK ? store_act(a, x) : no(why, r, tb_strresult(r));
}

/* Said a second time, with no other promise: the log needs it once. */
static bool is_repeated(const struct tbc *c, const struct tbc_answer *a, const Tbl__Page *p)
{
    return a->kind == TB_ACT_ACCEPT && strcmp(p->owner, c->me->account) == 0 && !p->offer_to[0] &&
           !p->ended_ms && (a->eta_min == 0 || a->eta_min == p->eta_min);
}

static tb_result answer_in_turn(struct tbc *c, const struct tbc_answer *a, struct tbc_why *why)
{
    TB_CLEANUP(answering_done) struct answering x = { .c = c, .act_id = tb_id_random() };

    tb_arena_init(&x.arena, CORE_ARENA);
    tb_result r = leaf_load(c, &a->page, &x.leaf);
    if (r != TB_OK)
        return r == TB_E_NOTFOUND ? no(why, r, "There is no such page.") : r;
    r = fold_run(c, &x.leaf);
    if (r == TB_OK && is_repeated(c, a, x.leaf.p))
        return TB_OK;
    if (r == TB_OK)
        r = check_gate(c, a, &x, why);
    return r == TB_OK ? make_act(a, &x, why) : r;
}

tb_result tbc_answer(struct tbc *c, const struct tbc_answer *a, struct tbc_why *why)
{
    tb_result r = need_member(c);

    if (r == TB_OK)
        r = check_fields(c, a, why);
    if (r != TB_OK)
        return r;
    r = core_begin(c);
    if (r == TB_OK)
        r = answer_in_turn(c, a, why);
    r = core_end(c, r);
    return is_our_failure(r) ? no(why, r, tbc_store_why(c, r).text) : r;
}

tb_result tbc_seen(struct tbc *c, const struct tb_id *page)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    tb_result r = need_member(c);

    if (r == TB_OK)
        r = leaf_load(c, page, &l);
    if (r != TB_OK || l.p->seen || !l.p->mine || !l.p->readable)
        return r;
    r = core_begin(c);
    l.p->seen = true;
    if (r == TB_OK)
        r = outbox_receipt(c, &l, TB_RECEIPT_SEEN, 0);
    if (r == TB_OK)
        r = leaf_save(c, &l);
    return core_end(c, r);
}
