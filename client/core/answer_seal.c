/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer_seal.c - what goes with an act: its reasons, sealed for the page's devices, and the page for a taker. */
#include <string.h>

#include "client/core/answer.h"
#include "client/core/parts.h"

void answering_done(struct answering *x)
{
    leaf_done(&x->leaf);
    tb_arena_done(&x->arena);
    tb_buf_done(&x->act_signed);
    tb_key_wipe(&x->k);
    tb_sealed_done(&x->detail);
}

tb_result answer_seal_detail(const struct tbc_answer *a, struct answering *x)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    const struct tb_body_ctx ctx = { TB_MSG_ACT_DETAIL, x->act_id, x->c->me->cred };
    Tb__Content content, *checked;
    Tb__ActDetail d;

    x->has_detail = (a->reason && *a->reason) || x->override_gate;
    if (!x->has_detail)
        return TB_OK;
    tb__content__init(&content);
    tb__act_detail__init(&d);
    content.detail = &d;
    if (a->reason)
        d.reason = (char *)(uintptr_t)a->reason; /* packing only reads */
    if (x->override_gate)
        d.override_reason = (char *)(uintptr_t)a->override_reason;
    tb_result r = tb_pack(&content.base, &plain);
    if (r == TB_OK)
        r = tb_content_unpack(&x->arena, tb_buf_view(&plain), &checked);
    x->k = tb_key_random();
    return r == TB_OK ? tb_body_seal(&ctx, &x->k, tb_buf_view(&plain), &x->detail) : r;
}

/* ---- capsules */

static tb_result keep(struct answering *x, const struct tb_cred *cred, uint32_t t,
                      struct capsule_made *made, Tb__WireCapsule **ret)
{
    Tb__WireCapsule *w = tb_arena_take(&x->arena, sizeof *w);

    if (!w)
        return TB_E_NOMEM;
    tb__wire_capsule__init(w);
    w->to_cred = arena_bytes(&x->arena, cred->hash.b, TB_HASH_BYTES);
    w->t = t;
    w->type = made->type;
    w->data = arena_bytes(&x->arena, made->data.p, made->data.n);
    *ret = w;
    return w->to_cred.len && w->data.len ? TB_OK : TB_E_NOMEM;
}

static tb_result make_one(struct answering *x, const struct capsule_of *of,
                          const struct capsule_to *to, Tb__WireCapsule **ret)
{
    struct capsule_made made = { 0 };
    tb_result r = capsule_make(x->c, of, to, &made);

    if (r == TB_OK)
        r = keep(x, to->cred, to->t, &made, ret);
    tb_buf_done(&made.data);
    return r;
}

static bool is_party(const struct answering *x, const struct tbc_answer *a,
                     const struct tb_cred *cred)
{
    if (cred->standing != TB_STANDING_GOOD || tb_hash_equal(&cred->hash, &x->c->me->cred))
        return false;
    if (strcmp(cred->account, x->leaf.p->sender) == 0 ||
        strcmp(cred->account, x->c->me->account) == 0)
        return true;
    if (a->kind == TB_ACT_OFFER && strcmp(cred->account, a->to_account) == 0)
        return true;
    for (uint32_t t = 1; t <= x->leaf.h->n_tier; t++)
        if (leaf_names(&x->leaf, t, cred->account))
            return true;
    return false;
}

static tb_result wrap_detail(const struct tbc_answer *a, struct answering *x)
{
    struct capsule_of of = capsule_of_page(&x->leaf);
    uint8_t payload[TB_PAYLOAD_BYTES];
    const struct tb_cred *cred;
    tb_result r = TB_OK;
    size_t i = 0;

    x->capsule = tb_arena_take(&x->arena, TB_CAPSULES_MAX * sizeof(Tb__WireCapsule *));
    if (!x->capsule)
        return TB_E_NOMEM;
    of.msg_id = x->act_id;
    of.header_hash = x->act_hash;
    of.body_hash = x->detail.body_hash;
    of.kc = x->detail.kc;
    tb_payload_of_key(&x->k, payload);
    while (r == TB_OK && x->n_capsule < TB_CAPSULES_MAX &&
           (cred = tb_roster_next_cred(x->c->roster, &i)) != NULL) {
        const struct capsule_to to = { .cred = cred,
                                       .kind = TB_CAPSULE_DIRECT,
                                       .payload = payload };
        const struct e2e_peer peer = peer_of(cred);
        if (!is_party(x, a, cred) || !e2e_has_session(x->c->e2e, &peer))
            continue; /* the act reaches it, the reason does not */
        r = make_one(x, &of, &to, &x->capsule[x->n_capsule]);
        if (r == TB_OK)
            x->n_capsule++;
    }
    return r;
}

static tb_result wrap_page(const struct tbc_answer *a, struct answering *x)
{
    const struct capsule_of of = capsule_of_page(&x->leaf);
    uint8_t payload[TB_PAYLOAD_BYTES];
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    const struct tb_cred *cred;
    tb_result r = TB_OK;
    size_t i = 0;

    if (!tb_is(&x->leaf.p->key, TB_KEY_BYTES))
        return TB_E_UNREADABLE;
    x->rewrap = tb_arena_take(&x->arena, TB_DEVICES_PER_ACCOUNT * sizeof(Tb__WireCapsule *));
    if (!x->rewrap)
        return TB_E_NOMEM;
    memcpy(k.b, x->leaf.p->key.data, sizeof k.b);
    tb_payload_of_key(&k, payload);
    while (r == TB_OK && x->n_rewrap < TB_DEVICES_PER_ACCOUNT &&
           (cred = tb_roster_next_cred(x->c->roster, &i)) != NULL) {
        const struct capsule_to to = { .cred = cred,
                                       .kind = TB_CAPSULE_REWRAP,
                                       .payload = payload };
        const struct e2e_peer peer = peer_of(cred);
        if (cred->standing != TB_STANDING_GOOD || strcmp(cred->account, a->to_account) != 0 ||
            !e2e_has_session(x->c->e2e, &peer))
            continue;
        r = make_one(x, &of, &to, &x->rewrap[x->n_rewrap]);
        if (r == TB_OK)
            x->n_rewrap++;
    }
    return r == TB_OK && x->n_rewrap == 0 ? TB_E_NOTFOUND : r;
}

tb_result answer_wrap(const struct tbc_answer *a, struct answering *x)
{
    tb_result r = x->has_detail ? wrap_detail(a, x) : TB_OK;

    return r == TB_OK && a->kind == TB_ACT_OFFER ? wrap_page(a, x) : r;
}

tb_result answer_pack(const struct answering *x, struct tb_buf *ret)
{
    Tb__ActPut m;

    tb__act_put__init(&m);
    m.act_signed = tb_field(x->act_signed.p, x->act_signed.n);
    if (x->has_detail)
        m.detail_body = tb_field(x->detail.c.p, x->detail.c.n);
    m.capsule = x->capsule;
    m.n_capsule = x->n_capsule;
    m.rewrap = x->rewrap;
    m.n_rewrap = x->n_rewrap;
    return tb_pack(&m.base, ret);
}
