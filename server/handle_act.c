/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_act.c - accept, decline, offer, resolve: verified, carried out, told to everyone.
 *
 * The rule itself is tb_act_applies(), the same that the sender runs.  What comes here is only what
 * follows from it: the escalation stops or goes on, shares that nobody was given are destroyed. */
#include <string.h>

#include "server/acts.h"
#include "server/audience.h"
#include "server/dispatch.h"
#include "server/mailbox.h"

/* ---- form */

static tb_result check_detail(struct request *q, const Tb__ActPut *m, const struct act *a)
{
    struct tb_view body = tb_field_view(&m->detail_body);
    struct tb_hash named = tb_hash_from(a->m->detail_hash.data);

    if (tb_hash_is_zero(&named)) {
        if (body.n || m->n_capsule)
            return refuse(q, TB_E_RANGE, "a sealed detail that the act does not name");
        return TB_OK;
    }
    struct tb_hash is = tb_body_hash(body);
    if (body.n == 0 || body.n > TB_BODY_MAX || !tb_hash_equal(&is, &named))
        return refuse(q, TB_E_BADSIG, "the sealed detail is not the one that the act names");
    return TB_OK;
}

static tb_result check_capsules(struct request *q, const Tb__ActPut *m, const struct act *a)
{
    const struct tb_cred *to;
    tb_result res = TB_OK;

    if (m->n_capsule > TB_CAPSULES_MAX || m->n_rewrap > TB_DEVICES_PER_ACCOUNT)
        return refuse(q, TB_E_LIMIT, "too many capsules: %zu and %zu", m->n_capsule, m->n_rewrap);
    if (m->n_rewrap && a->m->kind != TB_ACT_OFFER)
        return refuse(q, TB_E_RANGE, "only an offer carries the page along");
    for (size_t i = 0; i < m->n_capsule && res == TB_OK; i++)
        res = capsule_check(q, m->capsule[i], i, &to);
    for (size_t i = 0; i < m->n_rewrap && res == TB_OK; i++) {
        res = capsule_check(q, m->rewrap[i], i, &to);
        if (res == TB_OK && strcmp(to->account, a->m->target_account) != 0)
            res = refuse(q, TB_E_DENIED, "re-wrap %zu is for %s, the offer for %s", i, to->account,
                         a->m->target_account);
    }
    return res;
}

static tb_result check_taker(struct request *q, const struct act *a)
{
    if (a->m->kind != TB_ACT_OFFER)
        return TB_OK;
    const struct tb_cred *to = tb_roster_account(q->r->roster, a->m->target_account);
    if (!to)
        return refuse(q, TB_E_NOTFOUND, "%s has no device in good standing", a->m->target_account);
    if (!(to->role & TB_ROLE_PAGER))
        return refuse(q, TB_E_DENIED, "%s is a %s and cannot take a page", a->m->target_account,
                      tb_role_name(to->role));
    return TB_OK;
}

/* ---- what follows */

static tb_result apply_accept(struct request *q, struct page *p, const struct act *a)
{
    struct store_state *st = &p->st;
    bool taken = st->esc.state == ESC_ACCEPTED; /* a hand-over, or the owner's other device */
    tb_result res = taken ? TB_OK : escalate_accept(&st->esc, a->m->round);

    if (res != TB_OK)
        return refuse(q, res, "the page cannot be accepted in round %u", a->m->round);
    memcpy(st->owner, q->cred->account, sizeof st->owner);
    st->offer_to[0] = 0;
    st->offer_hash = (struct tb_hash){ 0 };
    if (!p->policy) { /* a test page ends with it */
        st->ended_ms = q->now_ms;
        return escalate_resolve(&st->esc);
    }
    return TB_OK;
}

static tb_result apply_resolve(struct request *q, struct page *p)
{
    tb_result res = escalate_resolve(&p->st.esc);

    if (res == TB_OK)
        res = store_shares_destroy(q->r->store, p->is.no, p->st.ever_released);
    p->st.ended_ms = q->now_ms;
    return res;
}

static void apply_offer(struct page *p, const struct act *a)
{
    (void)strncpy(p->st.offer_to, a->m->target_account,
                  sizeof p->st.offer_to - 1); /* a checked name */
    p->st.offer_hash = a->hash;
}

static tb_result apply(struct request *q, struct page *p, const struct act *a)
{
    tb_result res = TB_OK;

    switch ((enum tb_act_kind)a->m->kind) {
    case TB_ACT_ACCEPT:
        res = apply_accept(q, p, a);
        break;
    case TB_ACT_DECLINE:
        res = store_decline_put(q->r->store, p->is.no, a->m->round, q->cred->account);
        break;
    case TB_ACT_OFFER:
        apply_offer(p, a);
        break;
    case TB_ACT_RESOLVE:
        res = apply_resolve(q, p);
        break;
    case TB_ACT_REWRAP:
    case TB_ACT_TAKEOVER:
        return TB_E_RESERVED;
    }
    return res == TB_OK ? page_store_state(q->r, p) : res;
}

/* ---- telling */

static const Tb__WireCapsule *capsule_for(const Tb__ActPut *m, const struct tb_hash *cred)
{
    for (size_t i = 0; i < m->n_capsule; i++)
        if (memcmp(m->capsule[i]->to_cred.data, cred->b, sizeof cred->b) == 0)
            return m->capsule[i];
    return NULL;
}

/* More than so many capsules of one pair in the queue would end the session (limits.h): the act goes
 * without its detail then. */
static tb_result add_capsule(struct request *q, const struct tb_hash *to, const Tb__WireCapsule *c,
                             struct store_mail *m)
{
    uint32_t queued = 0;

    if (!c)
        return TB_OK;
    tb_result res = mailbox_waiting(q, to, &queued);
    if (res != TB_OK || queued >= TB_MAILBOX_PAIR_MAX)
        return res;
    m->capsule_t = c->t;
    m->capsule_type = c->type;
    m->capsule = tb_field_view(&c->data);
    return TB_OK;
}

static tb_result tell(struct request *q, const Tb__ActPut *put, const struct page *p,
                      const struct act *a, uint64_t statement)
{
    TB_CLEANUP(audience_done) struct audience to = { .r = q->r };
    uint64_t detail = 0;
    tb_result res = TB_OK;

    audience_add_account(&to, p->is.sender);
    audience_add_recipients(&to, &p->to);
    if (a->m->kind == TB_ACT_OFFER)
        audience_add_account(&to, a->m->target_account);
    if (put->detail_body.len)
        res = store_blob_put(q->r->store, p->is.no, tb_field_view(&put->detail_body), &detail);
    if (res == TB_OK)
        res = audience_settle(&to);
    for (size_t i = 0; i < to.n && res == TB_OK; i++) {
        struct store_mail m = {
            .kind = TB_ENV_ACT,
            .from = &q->cred->hash,
            .page = p->is.no,
            .statement = statement,
            .body = detail,
            .at_ms = q->now_ms,
        };
        res = add_capsule(q, &to.cred[i], capsule_for(put, &to.cred[i]), &m);
        if (res == TB_OK)
            res = mailbox_put(q->r, &to.cred[i], &m);
    }
    return res;
}

static tb_result carry_out(struct request *q, const Tb__ActPut *put, struct page *p,
                           const struct act *a, tb_result answer)
{
    uint64_t statement = 0;
    tb_result res = act_keep(q, p, a, answer, &statement);

    if (res == TB_OK && answer == TB_OK)
        res = apply(q, p, a);
    for (size_t i = 0; i < put->n_rewrap && res == TB_OK; i++)
        res = capsule_deliver(q, p, put->rewrap[i], p->is.header);
    if (res == TB_OK)
        res = tell(q, put, p, a, statement);
    if (res == TB_OK && answer == TB_OK)
        res = page_run(q->r, p, q->now_ms);
    return res;
}

/* A late accept is news, though it stops nothing: from somebody who really was called in that round. */
static bool worth_telling(const struct act *a, tb_result answer)
{
    return answer == TB_E_STALE && a->m->kind == TB_ACT_ACCEPT && a->knows_cited &&
           a->names_actor && a->cited.round <= a->m->round && a->cited.t == a->m->t;
}

static tb_result decide(struct request *q, const Tb__ActPut *m, struct page *p, struct act *a)
{
    tb_result answer = act_applies(q, p, a);

    if (answer != TB_OK && !worth_telling(a, answer))
        return answer;
    tb_result res = carry_out(q, m, p, a, answer);
    if (res != TB_OK)
        return res;
    q->keep = true;
    q->r->stats.acts++;
    return answer;
}

tb_result handle_act(struct request *q)
{
    TB_CLEANUP(page_done) struct page p = { 0 };
    struct act a;
    bool seen = false;
    tb_result answer = TB_OK;
    Tb__ActPut *m;
    tb_result res = request_body(q, &tb__act_put__descriptor, &m);

    if (res == TB_OK)
        res = act_open(q, &m->act_signed, &a);
    if (res == TB_OK && a.m->kind == TB_ACT_REWRAP)
        res = refuse(q, TB_E_RANGE, "a rewrap travels with its capsule, in CAPSULES_ADD");
    if (res == TB_OK)
        res = act_seen(q, &a, &seen, &answer);
    if (res != TB_OK || seen)
        return res == TB_OK ? answer : res;
    res = check_detail(q, m, &a);
    if (res == TB_OK)
        res = check_capsules(q, m, &a);
    if (res == TB_OK)
        res = check_taker(q, &a);
    if (res != TB_OK)
        return res;
    struct tb_id id = tb_id_from(a.m->page_id.data);
    res = page_find(q->r, &id, &p);
    if (res == TB_E_NOTFOUND)
        return refuse(q, res, "this relay holds no such page");
    return res == TB_OK ? decide(q, m, &p, &a) : res;
}
