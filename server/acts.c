/* SPDX-License-Identifier: GPL-3.0-or-later */
/* acts.c - see acts.h. */
#include "server/acts.h"

#include <string.h>

#include "server/mailbox.h"

enum { KIND_ADDED = 64 /* in the table of receipts: this very capsule was delivered */ };

/* ---- the statement */

/* An expired credential may still take a page for 30 days, and nothing else. */
static tb_result check_expiry(struct request *q, enum tb_act_kind kind)
{
    const struct tb_cred *c = q->cred;

    if (q->now_ms <= c->until_ms ||
        (kind == TB_ACT_ACCEPT && q->now_ms <= c->until_ms + TB_EXPIRED_GRACE_MS))
        return TB_OK;
    return refuse(q, TB_E_EXPIRED,
                  "the credential of %s/%s has expired: it may not %s; ask a registrar", c->account,
                  c->device, tb_act_name(kind));
}

tb_result act_open(struct request *q, const ProtobufCBinaryData *act_signed, struct act *ret)
{
    struct tb_view payload;
    Tb__Act *m;
    tb_result res = request_statement(q, TB_TYPE_ACT, act_signed, "the act", &payload);

    if (res != TB_OK)
        return res;
    res = tb_act_unpack(q->arena, payload, &m);
    if (res == TB_E_RESERVED)
        return refuse(q, res, "the act asks for something that this version reserves");
    if (res != TB_OK)
        return refuse(q, res, "a field of the act is out of range");
    if (memcmp(m->actor_cred.data, q->cred->hash.b, TB_HASH_BYTES) != 0 ||
        strcmp(m->account, q->cred->account) != 0)
        return refuse(q, TB_E_BADSIG, "the act names another actor than the device that signed it");
    *ret = (struct act){
        .m = m,
        .signed_bytes = tb_field_view(act_signed),
        .hash = tb_act_hash(payload),
    };
    return check_expiry(q, (enum tb_act_kind)m->kind);
}

tb_result act_seen(struct request *q, const struct act *a, bool *ret_seen, tb_result *ret_answer)
{
    struct tb_id id = tb_id_from(a->m->act_id.data);
    struct store_act old;
    tb_result res = store_act_find(q->r->store, &q->cred->hash, &id, &old);

    if (res == TB_E_NOTFOUND) {
        *ret_seen = false;
        return TB_OK;
    }
    if (res != TB_OK)
        return res;
    if (!tb_hash_equal(&old.hash, &a->hash))
        return refuse(q, TB_E_CONFLICT, "another act has this id already");
    *ret_seen = true;
    *ret_answer = tb_result_of(old.result);
    return TB_OK;
}

/* ---- the rule */

static bool names(char **account, size_t n, const char *who)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(account[i], who) == 0)
            return true;
    return false;
}

static tb_result find_cited(struct request *q, const struct page *p, struct act *a)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf blob = { 0 };
    struct tb_hash hash = tb_hash_from(a->m->release_hash.data);
    struct tb_signed s;
    Tb__Release *rel;
    tb_result res = store_release_find(q->r->store, p->is.no, &hash, &a->cited);

    if (res == TB_E_NOTFOUND)
        return TB_OK;
    if (res == TB_OK)
        res = store_blob_get(q->r->store, a->cited.statement, &blob);
    if (res == TB_OK)
        res = tb_signed_parse(q->arena, tb_buf_view(&blob), &s);
    if (res == TB_OK)
        res = tb_release_unpack(q->arena, s.payload, &rel);
    if (res != TB_OK)
        return res == TB_E_NOMEM ? res : TB_E_STORE;
    a->knows_cited = true;
    a->names_actor = names(rel->account, rel->n_account, a->m->account);
    return TB_OK;
}

static tb_result explain(struct request *q, const struct page *p, const struct act *a,
                         tb_result res)
{
    const char *what = tb_act_name((enum tb_act_kind)a->m->kind);

    if (res == TB_OK)
        return TB_OK;
    if (res == TB_E_STALE)
        return refuse(q, res, "the %s is for round %u, the page is in round %u", what, a->m->round,
                      p->st.esc.round);
    if (res == TB_E_CONFLICT)
        return refuse(q, res, p->st.ended_ms ? "the page is resolved" : "%s has the page",
                      p->st.owner);
    if (res == TB_E_DENIED)
        return refuse(q, res, "%s may not %s this page: not released, offered or owned",
                      a->m->account, what);
    if (res == TB_E_NOTFOUND)
        return refuse(q, res, "the %s is about another page", what);
    return refuse(q, res, "the %s does not apply", what);
}

tb_result act_applies(struct request *q, const struct page *p, struct act *a)
{
    struct tb_act_page view = {
        .page_id = p->is.id,
        .header_hash = p->is.header_hash,
        .round = p->st.esc.round,
        .ended = p->st.esc.state == ESC_RESOLVED,
        .owner = p->st.owner[0] ? p->st.owner : NULL,
        .sender = p->is.sender,
        .offer_to = p->st.offer_to[0] ? p->st.offer_to : NULL,
        .offer_hash = p->st.offer_to[0] ? &p->st.offer_hash : NULL,
    };
    tb_result res = find_cited(q, p, a);

    if (res != TB_OK)
        return res;
    struct tb_act_release cited = { a->cited.round, a->cited.t, a->names_actor };
    res = tb_act_applies(a->m, q->cred->role, &view, a->knows_cited ? &cited : NULL);
    return explain(q, p, a, res);
}

tb_result act_keep(struct request *q, const struct page *p, const struct act *a, tb_result answer,
                   uint64_t *ret_blob)
{
    struct store_act row = {
        .actor = q->cred->hash,
        .act_id = tb_id_from(a->m->act_id.data),
        .hash = a->hash,
        .page = p->is.no,
        .result = (int32_t)answer,
    };
    tb_result res = store_act_put(q->r->store, &row);

    return res == TB_OK ? store_blob_put(q->r->store, p->is.no, a->signed_bytes, ret_blob) : res;
}

/* ---- capsules that come later */

tb_result capsule_check(struct request *q, const Tb__WireCapsule *c, size_t i,
                        const struct tb_cred **ret_to)
{
    if (!tb_is(&c->to_cred, TB_HASH_BYTES) || c->data.len == 0 || c->data.len > CAPSULE_DATA_MAX ||
        (c->type != 2 && c->type != 3) || c->t > TB_TIERS_MAX)
        return refuse(q, TB_E_RANGE, "a field of capsule %zu is out of range", i);
    struct tb_hash cred = tb_hash_from(c->to_cred.data);
    const struct tb_cred *to = tb_roster_cred(q->r->roster, &cred);
    if (!to)
        return refuse(q, TB_E_NOTFOUND, "capsule %zu is for a device that the roster does not hold",
                      i);
    if (to->standing != TB_STANDING_GOOD)
        return refuse(q, TB_E_REVOKED, "capsule %zu is for %s/%s, who was removed", i, to->account,
                      to->device);
    *ret_to = to;
    return TB_OK;
}

static tb_result add_recipient(struct request *q, struct page *p, const struct tb_cred *to)
{
    struct store_recipient row = { .cred = to->hash };

    memcpy(row.account, to->account, sizeof row.account);
    tb_result res = store_recipient_put(q->r->store, p->is.no, &row);
    if (res != TB_OK)
        return res;
    store_recipients_done(&p->to);
    return store_recipients(q->r->store, p->is.no, &p->to);
}

/* The same capsule twice is delivered once. */
static tb_result note_added(struct request *q, const struct page *p, const struct tb_hash *to,
                            const Tb__WireCapsule *c)
{
    struct store_receipt row = {
        .page = p->is.no,
        .cred = *to,
        .kind = KIND_ADDED,
        .release_hash = tb_hash_of(TB_L_ROW, tb_field_view(&c->data)),
    };

    return store_receipt_put(q->r->store, &row);
}

tb_result capsule_deliver(struct request *q, struct page *p, const Tb__WireCapsule *c,
                          uint64_t statement)
{
    struct tb_hash cred = tb_hash_from(c->to_cred.data);
    bool known = page_names(p, &cred);
    struct store_mail m = {
        .kind = known ? TB_ENV_REWRAP : TB_ENV_CAPSULE,
        .from = &q->cred->hash,
        .page = p->is.no,
        .statement = known ? statement : p->is.header,
        .body = known ? 0 : p->is.body,
        .capsule_t = c->t,
        .capsule_type = c->type,
        .capsule = tb_field_view(&c->data),
        .at_ms = q->now_ms,
    };
    tb_result res = note_added(q, p, &cred, c);

    if (res == TB_E_CONFLICT)
        return TB_OK;
    if (res == TB_OK)
        res = known ? page_set_capsule(q->r, p, &cred, STORE_CAPSULE_SENT)
                    : add_recipient(q, p, tb_roster_cred(q->r->roster, &cred));
    if (res == TB_OK)
        res = store_receipt_forget(q->r->store, p->is.no, &cred);
    return res == TB_OK ? mailbox_put(q->r, &cred, &m) : res;
}

tb_result capsule_was_added(struct request *q, const struct page *p, bool *ret)
{
    return store_receipt_any(q->r->store, p->is.no, &q->cred->hash, KIND_ADDED, ret);
}
