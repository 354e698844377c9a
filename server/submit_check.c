/* SPDX-License-Identifier: GPL-3.0-or-later */
/* submit_check.c - what must be right before a page is stored.
 *
 * A page is refused only for what would make it wrong for its readers: a clock that is off is flagged
 * by them, a share that does not open is named in the answer, a limit never counts here. */
#include <string.h>

#include "server/submit.h"

void submit_done(struct submit *s)
{
    page_done(&s->page);
}

/* ---- header */

static tb_result check_sender(struct request *q, const Tb__Header *h)
{
    const struct tb_cred *c = q->cred;

    if (memcmp(h->sender_cred.data, c->hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the header names another device as its sender");
    if (q->now_ms > c->until_ms + TB_EXPIRED_GRACE_MS)
        return refuse(q, TB_E_EXPIRED, "the credential of %s/%s expired over 30 days ago",
                      c->account, c->device);
    return TB_OK;
}

tb_result submit_open(struct request *q, struct submit *s)
{
    struct store_page *p = &s->page.is;
    struct tb_view payload;
    tb_result res = request_body(q, &tb__submit__descriptor, &s->m);

    if (res == TB_OK)
        res = request_statement(q, TB_TYPE_HEADER, &s->m->header_signed, "the header", &payload);
    if (res != TB_OK)
        return res;
    res = tb_header_unpack(q->arena, payload, &s->h);
    if (res == TB_E_RESERVED)
        return refuse(q, res, "the header asks for something that this version reserves");
    if (res != TB_OK)
        return refuse(q, res, "a field of the header is out of range");
    p->id = tb_id_from(s->h->msg_id.data);
    p->header_hash = tb_header_hash(payload);
    p->sender_cred = q->cred->hash;
    p->policy_hash = tb_hash_from(s->h->policy_hash.data);
    memcpy(p->sender, q->cred->account, sizeof p->sender);
    p->page_class = s->h->page_class;
    p->tiers = (uint32_t)s->h->n_tier;
    p->at_ms = q->now_ms;
    s->page.st.esc.due_ms = INT64_MAX;
    return check_sender(q, s->h);
}

/* ---- policy */

static tb_result check_tier(struct request *q, const Tb__HeaderTier *h,
                            const struct tb_policy_tier *p)
{
    bool same = h->n_target == p->n_targets;

    for (size_t i = 0; i < h->n_target && same; i++)
        same = strcmp(h->target[i]->id, p->account[i]) == 0;
    if (!same)
        return refuse(q, TB_E_CONFLICT,
                      "tier %u of the header is not that of the policy; fetch the roster", h->t);
    return TB_OK;
}

static tb_result check_policy(struct request *q, struct submit *s)
{
    const struct tb_policy *p = tb_roster_policy(q->r->roster, &s->page.is.policy_hash);
    tb_result res = TB_OK;

    if (!p)
        return refuse(q, TB_E_NOTFOUND,
                      "the policy is not in this relay's roster; append it, or fetch the roster");
    if (p->n_tiers != s->h->n_tier)
        return refuse(q, TB_E_CONFLICT, "%zu tiers, where the policy %s has %u", s->h->n_tier,
                      p->id, p->n_tiers);
    if (p->classes && !(p->classes & (1u << s->h->page_class)))
        return refuse(q, TB_E_DENIED, "the policy %s does not serve class %u; choose another",
                      p->id, s->h->page_class);
    for (size_t i = 0; i < p->n_tiers && res == TB_OK; i++)
        res = check_tier(q, s->h->tier[i], &p->tier[i]);
    if (res == TB_OK)
        s->page.policy = p;
    return res;
}

/* A page without tiers goes to the sender's own devices and to nobody else. */
static tb_result check_test_page(struct request *q, const struct submit *s)
{
    const Tb__Header *h = s->h;

    if (h->type != TB_MSG_PAGE || !h->drill || h->page_class != 3 ||
        !tb_hash_is_zero(&s->page.is.policy_hash) || s->m->n_share)
        return refuse(q, TB_E_RANGE, "only a drill of class 3 without policy may have no tiers");
    return TB_OK;
}

/* ---- body and capsules */

static tb_result check_body(struct request *q, const struct submit *s)
{
    struct tb_view body = tb_field_view(&s->m->body);

    if (body.n != (size_t)s->h->padded_len + TB_AEAD_EXTRA || body.n > TB_BODY_MAX + TB_AEAD_EXTRA)
        return refuse(q, TB_E_LIMIT, "the body has %zu bytes, which does not fit the header's %u",
                      body.n, s->h->padded_len);
    struct tb_hash is = tb_body_hash(body);
    if (memcmp(is.b, s->h->body_hash.data, sizeof is.b) != 0)
        return refuse(q, TB_E_BADSIG, "the body is not the one that the header names");
    return TB_OK;
}

static bool in_tier(const struct submit *s, uint32_t t, const char *account)
{
    if (!s->page.policy || t > s->page.policy->n_tiers)
        return false;
    const struct tb_policy_tier *tier = &s->page.policy->tier[t - 1];
    for (size_t i = 0; i < tier->n_targets; i++)
        if (strcmp(tier->account[i], account) == 0)
            return true;
    return false;
}

static tb_result check_capsule(struct request *q, struct submit *s, size_t i)
{
    const Tb__WireCapsule *c = s->m->capsule[i];

    if (!tb_is(&c->to_cred, TB_HASH_BYTES) || c->data.len == 0 || c->data.len > CAPSULE_DATA_MAX ||
        (c->type != 2 && c->type != 3))
        return refuse(q, TB_E_RANGE, "a field of capsule %zu is out of range", i);
    struct tb_hash cred = tb_hash_from(c->to_cred.data);
    const struct tb_cred *to = tb_roster_cred(q->r->roster, &cred);
    if (!to)
        return refuse(q, TB_E_NOTFOUND, "capsule %zu is for a device that the roster does not hold",
                      i);
    bool own =
        strcmp(to->account, q->cred->account) == 0 && !tb_hash_equal(&to->hash, &q->cred->hash);
    if (c->t == 0 ? !own : !in_tier(s, c->t, to->account))
        return refuse(q, TB_E_DENIED, "capsule %zu is for %s/%s, who does not belong to tier %u", i,
                      to->account, to->device, c->t);
    s->to[i] = to;
    return TB_OK;
}

static tb_result check_doubles(struct request *q, const struct tb_recipient *list, size_t n)
{
    for (size_t i = 1; i < n; i++) /* sorted by the hash */
        if (list[i].t == list[i - 1].t && tb_hash_equal(&list[i].cred, &list[i - 1].cred))
            return refuse(q, TB_E_RANGE, "two capsules for one device of tier %u", list[i].t);
    return TB_OK;
}

static tb_result check_recipients(struct request *q, struct submit *s)
{
    size_t n = s->m->n_capsule;
    tb_result res = TB_OK;

    if (n > TB_CAPSULES_MAX)
        return refuse(q, TB_E_LIMIT, "%zu capsules, where %d are allowed", n, TB_CAPSULES_MAX);
    struct tb_recipient *list = tb_arena_take(q->arena, n * sizeof *list);
    s->to = tb_arena_take(q->arena, n * sizeof(struct tb_cred *));
    if (!list || !s->to)
        return TB_E_NOMEM;
    for (size_t i = 0; i < n && res == TB_OK; i++) {
        res = check_capsule(q, s, i);
        if (res != TB_OK)
            return res;
        list[i] = (struct tb_recipient){ .t = s->m->capsule[i]->t, .cred = s->to[i]->hash };
        memcpy(list[i].account, s->to[i]->account, sizeof list[i].account);
    }
    struct tb_hash is = tb_recipients_hash(list, n);
    if (memcmp(is.b, s->h->recipients_hash.data, sizeof is.b) != 0)
        return refuse(q, TB_E_BADSIG, "the capsules are not those that the header names");
    return check_doubles(q, list, n);
}

/* ---- shares */

tb_result submit_shares(struct request *q, struct submit *s)
{
    struct tb_tier_ctx ctx = tb_tier_ctx_of(s->h);

    for (size_t i = 0; i < s->m->n_share; i++) {
        const Tb__WireShare *w = s->m->share[i];
        if (w->t < 1 || w->t > s->page.is.tiers || !tb_is(&w->share, TB_KEY_BYTES))
            return refuse(q, TB_E_RANGE, "share %zu belongs to no tier", i);
        struct tb_key *share = tb_arena_take(q->arena, sizeof *share); /* the arena wipes */
        if (!share)
            return TB_E_NOMEM;
        memcpy(share->b, w->share.data, sizeof share->b);
        struct tb_hash is = tb_share_commit(&ctx, w->t, share);
        if (memcmp(is.b, s->h->tier[w->t - 1]->share_commit.data, sizeof is.b) == 0)
            s->share[w->t - 1] = share;
    }
    return TB_OK;
}

tb_result submit_check(struct request *q, struct submit *s)
{
    tb_result res = s->h->n_tier ? check_policy(q, s) : check_test_page(q, s);

    if (res == TB_OK)
        res = check_body(q, s);
    if (res == TB_OK)
        res = check_recipients(q, s);
    return res == TB_OK ? submit_shares(q, s) : res;
}
