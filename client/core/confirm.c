/* SPDX-License-Identifier: GPL-3.0-or-later */
/* confirm.c - the relay's final word on what the outbox held. */
#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"

static tb_result load_page(struct tbc *c, const Tbl__Outgoing *o, struct leaf *ret)
{
    if (!tb_is(&o->page_id, TB_ID_BYTES))
        return TB_E_DAMAGED;
    struct tb_id id = tb_id_from(o->page_id.data);
    return leaf_load(c, &id, ret);
}

/* ---- a page */

static tb_result check_receipt(struct tbc *c, struct leaf *l, struct tb_view receipt,
                               int64_t *ret_ms)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct tb_relay_info *relay;
    struct tb_view payload;
    Tb__RelayReceipt *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = signed_by_relay(c, &a, TB_TYPE_RELAY_RECEIPT, receipt, &payload, &relay);
    if (r == TB_OK)
        r = tb_relay_receipt_unpack(&a, payload, &m);
    if (r != TB_OK)
        return r;
    if (m->kind != TB_RELAYED_PAGE || memcmp(m->page_id.data, l->id.b, sizeof l->id.b) != 0 ||
        memcmp(m->header_hash.data, l->header_hash.b, sizeof l->header_hash.b) != 0)
        return TB_E_BADSIG;
    *ret_ms = m->time_ms;
    return TB_OK;
}

static tb_result page_taken(struct tbc *c, struct leaf *l, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__SubmitReply *m;
    int64_t at_ms = 0;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_unpack(&a, &tb__submit_reply__descriptor, ans->body, &m);
    if (r == TB_OK)
        r = check_receipt(c, l, tb_field_view(&m->receipt_signed), &at_ms);
    if (r != TB_OK)
        return r;
    for (size_t i = 0; i < m->n_bad_share; i++)
        core_log(c, LOG_WARN_, "page: the relay says that the share of tier %u does not open",
                 m->bad_share[i]);
    l->p->relayed_ms = at_ms;
    l->p->relayed_here_ms = now_wall_ms();
    leaf_bytes(l, &l->p->relay_receipt, m->receipt_signed.data, m->receipt_signed.len);
    return TB_OK;
}

static tb_result on_submit(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    tb_result r = load_page(c, o, &l);

    if (r != TB_OK)
        return r;
    tb_result how = ans->result == TB_OK ? page_taken(c, &l, ans) : ans->result;
    l.p->queued = false;
    if (how != TB_OK) {
        char why[200];
        (void)snprintf(why, sizeof why, "%s",
                       ans->result == TB_OK ? "the relay's receipt is not genuine"
                                            : tb_strresult(how));
        core_log(c, LOG_ERROR_, "page: not confirmed: %s %s", why, ans->detail ? ans->detail : "");
        l.p->refused = true;
        leaf_text(&l, &l.p->refusal, why);
    }
    return leaf_save(c, &l);
}

/* ---- an act of mine */

struct settle {
    struct tbc *c;
    struct leaf *l;
    const ProtobufCBinaryData *act_id;
    tb_result answer;
    bool found;
};

static tb_result settle_event(void *user, int64_t n, Tbl__Event *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct settle *s = user;
    Tb__Act *act;

    if (s->found || e->kind != EVENT_ACT || !e->pending)
        return TB_OK;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_act_unpack(&a, tb_field_view(&e->statement), &act) != TB_OK)
        return TB_E_DAMAGED;
    if (s->act_id->len != TB_ID_BYTES ||
        memcmp(act->act_id.data, s->act_id->data, TB_ID_BYTES) != 0)
        return TB_OK;
    s->found = true;
    e->pending = false;
    e->refused = s->answer != TB_OK;
    e->answer = s->answer;
    const struct cs_key old = key_of(CS_EVENT, s->l->id.b, sizeof s->l->id.b, n);
    tb_result r = cs_drop(s->c->store, &old);
    return r == TB_OK ? leaf_add_event(s->c, s->l, e) : r;
}

static tb_result settle_mine(struct tbc *c, struct leaf *l, const Tbl__Outgoing *o,
                             const struct answer *ans)
{
    struct settle s = { c, l, &o->act_id, ans->result, false };

    if (ans->result != TB_OK)
        core_log(c, LOG_NOTE_, "act: does not count: %s", tb_strresult(ans->result));
    tb_result r = leaf_events(c, l, settle_event, &s);
    return r == TB_OK ? fold_run(c, l) : r;
}

static tb_result on_act(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    tb_result r = load_page(c, o, &l);

    if (r != TB_OK)
        return r;
    r = settle_mine(c, &l, o, ans);
    return r == TB_OK ? leaf_save(c, &l) : r;
}

/* ---- a capsule made again */

static tb_result on_rewrap(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    tb_result r = load_page(c, o, &l);

    if (r == TB_OK)
        r = leaf_ladder(c, &l);
    if (r != TB_OK || ans->result != TB_OK || !tb_is(&o->cred, TB_HASH_BYTES))
        return r;
    struct tb_hash cred = tb_hash_from(o->cred.data);
    Tbl__Device *d = leaf_device(&l, &cred, UINT32_MAX);
    if (!d)
        return TB_OK;
    d->rewrapped = true;
    r = leaf_save_ladder(c, &l);
    if (r == TB_OK && tb_is(&o->act_id, TB_ID_BYTES))
        r = settle_mine(c, &l, o, ans);
    return r == TB_OK ? leaf_save(c, &l) : r;
}

static tb_result answered(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans)
{
    switch (o->op) {
    case TB_OP_SUBMIT:
        return on_submit(c, o, ans);
    case TB_OP_ACT:
        return on_act(c, o, ans);
    case TB_OP_CAPSULES_ADD:
        return on_rewrap(c, o, ans);
    case TB_OP_DUTY_PUT:
        return duty_answered(c, o, ans);
    default:
        if (ans->result != TB_OK)
            core_log(c, LOG_NOTE_, "outbox: operation %u: %s", o->op, tb_strresult(ans->result));
        return TB_OK;
    }
}

void confirm_answer(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans)
{
    tb_result r = answered(c, o, ans);

    /* A page that is gone, or whose row is damaged, has nothing to confirm. */
    core_fail(c, r == TB_E_NOTFOUND || r == TB_E_DAMAGED ? TB_OK : r);
}
