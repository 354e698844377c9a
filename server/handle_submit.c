/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_submit.c - a page comes in: stored whole, put into every mailbox, its first tier released and
 * its receipt signed, all in one transaction.  submit_check.c has what is verified before. */
#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/dispatch.h"
#include "server/mailbox.h"
#include "server/page.h"
#include "server/submit.h"

/* ---- into mailboxes */

static tb_result deliver(struct request *q, const struct submit *s,
                         const struct store_recipient *to, const Tb__WireCapsule *c)
{
    struct store_mail m = {
        .kind = TB_ENV_CAPSULE,
        .from = &q->cred->hash,
        .page = s->page.is.no,
        .statement = s->page.is.header,
        .body = s->page.is.body,
        .at_ms = q->now_ms,
    };
    tb_result res = store_recipient_put(q->r->store, s->page.is.no, to);

    if (res != TB_OK || tb_hash_equal(&to->cred, &q->cred->hash))
        return res; /* the device that sent it has it */
    if (c) {
        m.capsule_t = c->t;
        m.capsule_type = c->type;
        m.capsule = tb_field_view(&c->data);
    }
    return mailbox_put(q->r, &to->cred, &m);
}

static tb_result deliver_capsules(struct request *q, const struct submit *s)
{
    tb_result res = TB_OK;

    for (size_t i = 0; i < s->m->n_capsule && res == TB_OK; i++) {
        const Tb__WireCapsule *c = s->m->capsule[i];
        const struct tb_cred *cred = s->to[i];
        struct store_recipient to = { .t = c->t, .cred = cred->hash };
        memcpy(to.account, cred->account, sizeof to.account);
        if (cred->standing ==
            TB_STANDING_GOOD) /* removed since the sender last looked: not paged */
            res = deliver(q, s, &to, c);
    }
    return res;
}

static bool has_capsule(const struct submit *s, uint32_t t, const struct tb_cred *cred)
{
    for (size_t i = 0; i < s->m->n_capsule; i++)
        if (s->m->capsule[i]->t == t && tb_hash_equal(&s->to[i]->hash, &cred->hash))
            return true;
    return false;
}

/* Devices for which no capsule came ring from the header.  The sending device, where it stands in a tier
 * itself, can read what it wrote. */
static tb_result deliver_rest(struct request *q, const struct submit *s, uint32_t t,
                              const char *account)
{
    const struct tb_cred *cred;
    tb_result res = TB_OK;
    size_t i = 0;

    while (res == TB_OK && (cred = tb_roster_next_cred(q->r->roster, &i))) {
        if (cred->standing != TB_STANDING_GOOD || strcmp(cred->account, account) != 0 ||
            has_capsule(s, t, cred))
            continue;
        bool own = tb_hash_equal(&cred->hash, &q->cred->hash);
        struct store_recipient to = {
            .t = t,
            .cred = cred->hash,
            .capsule = own ? STORE_CAPSULE_OK : STORE_CAPSULE_NONE,
        };
        memcpy(to.account, cred->account, sizeof to.account);
        res = deliver(q, s, &to, NULL);
    }
    return res;
}

/* Does the account stand in a tier, so that its devices get the page there? */
static bool in_any_tier(const struct submit *s, const char *account)
{
    for (uint32_t t = 1; t <= s->page.is.tiers; t++)
        for (size_t i = 0; i < s->page.policy->tier[t - 1].n_targets; i++)
            if (strcmp(s->page.policy->tier[t - 1].account[i], account) == 0)
                return true;
    return false;
}

static tb_result deliver_all(struct request *q, const struct submit *s)
{
    tb_result res = deliver_capsules(q, s);

    if (res == TB_OK && !in_any_tier(s, q->cred->account))
        res = deliver_rest(q, s, 0, q->cred->account);

    for (uint32_t t = 1; t <= s->page.is.tiers && res == TB_OK; t++) {
        const struct tb_policy_tier *tier = &s->page.policy->tier[t - 1];
        for (size_t i = 0; i < tier->n_targets && res == TB_OK; i++)
            res = deliver_rest(q, s, t, tier->account[i]);
    }
    return res;
}

/* ---- the rest */

static tb_result store_shares(struct request *q, struct submit *s)
{
    tb_result res = TB_OK;

    for (uint32_t t = 1; t <= s->page.is.tiers && res == TB_OK; t++)
        if (s->share[t - 1])
            res = store_share_put(q->r->store, s->page.is.no, t, s->share[t - 1]);
    return res;
}

static tb_result sign_receipt(struct request *q, const struct submit *s, struct tb_buf *ret)
{
    const struct store_page *p = &s->page.is;
    Tb__RelayReceipt m;

    tb__relay_receipt__init(&m);
    m.kind = TB_RELAYED_PAGE;
    m.relay_id = tb_field(q->r->relay_id.b, sizeof q->r->relay_id.b);
    m.era = store_era(q->r->store);
    m.time_ms = q->now_ms;
    m.page_id = tb_field(p->id.b, sizeof p->id.b);
    m.header_hash = tb_field(p->header_hash.b, sizeof p->header_hash.b);
    m.capsules = (uint32_t)s->m->n_capsule;
    m.copies = 1;
    return signer_sign(q->r->signer, TB_TYPE_RELAY_RECEIPT, tb_roster_id(q->r->roster), &m.base,
                       ret);
}

static tb_result reply(struct request *q, struct tb_view receipt, const struct submit *s)
{
    Tb__SubmitReply m;
    uint32_t bad[TB_TIERS_MAX];

    tb__submit_reply__init(&m);
    m.receipt_signed = tb_field(receipt.p, receipt.n);
    m.bad_share = bad;
    for (uint32_t t = 1; t <= s->page.is.tiers; t++)
        if (!s->share[t - 1])
            bad[m.n_bad_share++] = t;
    return tb_pack(&m.base, &q->reply);
}

static tb_result store_all(struct request *q, struct submit *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    struct store *store = q->r->store;
    tb_result res = store_page_put(store, &s->page.is, tb_field_view(&s->m->header_signed),
                                   tb_field_view(&s->m->body));

    if (res == TB_OK)
        res = store_shares(q, s);
    if (res == TB_OK)
        res = page_store_state(q->r, &s->page);
    if (res == TB_OK)
        res = deliver_all(q, s);
    if (res == TB_OK)
        res = sign_receipt(q, s, &receipt);
    if (res == TB_OK)
        res = store_page_receipt_put(store, s->page.is.no, tb_buf_view(&receipt));
    if (res == TB_OK)
        res = store_recipients(store, s->page.is.no, &s->page.to);
    if (res == TB_OK)
        res = s->page.policy ? page_run(q->r, &s->page, q->now_ms)
                             : page_release_test(q->r, &s->page, q->now_ms);
    return res == TB_OK ? reply(q, tb_buf_view(&receipt), s) : res;
}

/* The same page again: the same answer. */
static tb_result again(struct request *q, const struct store_page *old, struct submit *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };

    if (!tb_hash_equal(&old->header_hash, &s->page.is.header_hash))
        return refuse(q, TB_E_CONFLICT, "another page has this id already; make a new one");
    tb_result res = submit_shares(q, s);
    if (res == TB_OK)
        res = store_page_receipt(q->r->store, old->no, &receipt);
    return res == TB_OK ? reply(q, tb_buf_view(&receipt), s) : res;
}

tb_result handle_submit(struct request *q)
{
    TB_CLEANUP(submit_done) struct submit s = { 0 };
    struct store_page old;
    tb_result res = submit_open(q, &s);

    if (res != TB_OK)
        return res;
    res = store_page_find(q->r->store, &s.page.is.id, &old);
    if (res == TB_OK)
        return again(q, &old, &s);
    if (res == TB_E_NOTFOUND)
        res = submit_check(q, &s);
    if (res == TB_OK && !ballast_admits(q->r, s.page.is.page_class == 1, q->now_ms))
        res = refuse(q, TB_E_FULL, "the relay's disk is full: nothing was kept; call by telephone");
    return res == TB_OK ? store_all(q, &s) : res;
}
