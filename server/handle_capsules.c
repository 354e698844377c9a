/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_capsules.c - CAPSULES_ADD: a device could not read its capsule, here is another one.
 *
 * From the sender of the page; or from a device that was released (or owns the page), which says so with
 * a signed `rewrap` act per device.  The receiver checks the key against the header, so whoever wraps
 * again forges nothing. */
#include <string.h>

#include "server/acts.h"
#include "server/audience.h"
#include "server/dispatch.h"
#include "server/mailbox.h"

static tb_result find_page(struct request *q, const Tb__CapsulesAdd *m, struct page *ret)
{
    if (!tb_is(&m->page_id, TB_ID_BYTES))
        return refuse(q, TB_E_RANGE, "the page id has %zu bytes, not 16", m->page_id.len);
    if (m->n_capsule == 0 || m->n_capsule > TB_CAPSULES_MAX)
        return refuse(q, TB_E_LIMIT, "%zu capsules, where 1 to %d are allowed", m->n_capsule,
                      TB_CAPSULES_MAX);
    struct tb_id id = tb_id_from(m->page_id.data);
    tb_result res = page_find(q->r, &id, ret);
    if (res == TB_E_NOTFOUND)
        return refuse(q, res, "this relay holds no such page");
    if (res == TB_OK && ret->st.esc.state == ESC_RESOLVED)
        return refuse(q, TB_E_CONFLICT, "the page is resolved");
    return res;
}

/* Was this account ever called, so that it can have opened the page? */
static bool was_released(const struct page *p, const char *account)
{
    if (strcmp(p->st.owner, account) == 0)
        return true;
    for (uint32_t t = 1; t <= p->is.tiers; t++) {
        const struct tb_policy_tier *tier = &p->policy->tier[t - 1];
        for (size_t i = 0; i < tier->n_targets && (p->st.ever_released & (1u << t)); i++)
            if (strcmp(tier->account[i], account) == 0)
                return true;
    }
    return false;
}

/* The act that goes with capsule i; *ret_statement is its blob, 0 if it was taken before. */
static tb_result take_act(struct request *q, const Tb__CapsulesAdd *m, size_t i,
                          const struct page *p, uint64_t *ret_statement)
{
    struct act a;
    bool seen = false;
    tb_result answer = TB_OK;

    if (i >= m->n_act_signed)
        return refuse(q, TB_E_DENIED,
                      "only the page's sender adds capsules without a rewrap act for each");
    tb_result res = act_open(q, &m->act_signed[i], &a);
    if (res != TB_OK)
        return res;
    if (a.m->kind != TB_ACT_REWRAP ||
        memcmp(a.m->to_cred.data, m->capsule[i]->to_cred.data, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_RANGE, "act %zu is not the rewrap of capsule %zu", i, i);
    res = act_seen(q, &a, &seen, &answer);
    if (res != TB_OK || seen) {
        if (res == TB_OK)
            *ret_statement = 0;
        return res;
    }
    res = act_applies(q, p, &a);
    if (res == TB_OK && !was_released(p, q->cred->account))
        res = refuse(q, TB_E_DENIED, "%s was not called by this page and cannot wrap it again",
                     q->cred->account);
    return res == TB_OK ? act_keep(q, p, &a, TB_OK, ret_statement) : res;
}

/* The sender and everybody who may wrap again hear who did; the receiver gets it with its capsule. */
static tb_result tell(struct request *q, const struct page *p, const struct tb_hash *receiver,
                      uint64_t statement)
{
    TB_CLEANUP(audience_done) struct audience to = { .r = q->r };
    const struct store_mail m = {
        .kind = TB_ENV_ACT,
        .from = &q->cred->hash,
        .page = p->is.no,
        .statement = statement,
        .at_ms = q->now_ms,
    };

    audience_add_account(&to, p->is.sender);
    audience_add_recipients(&to, &p->to);
    tb_result res = audience_settle(&to);
    for (size_t i = 0; i < to.n && res == TB_OK; i++)
        if (!tb_hash_equal(&to.cred[i], receiver))
            res = mailbox_put(q->r, &to.cred[i], &m);
    return res;
}

static tb_result add_one(struct request *q, const Tb__CapsulesAdd *m, size_t i, struct page *p)
{
    const struct tb_cred *to;
    uint64_t statement = p->is.header;
    bool by_sender = strcmp(p->is.sender, q->cred->account) == 0;
    tb_result res = capsule_check(q, m->capsule[i], i, &to);

    if (res == TB_OK && !page_names(p, &to->hash))
        res = refuse(q, TB_E_DENIED, "capsule %zu is for %s/%s, who is no recipient of this page",
                     i, to->account, to->device);
    if (res == TB_OK && !by_sender)
        res = take_act(q, m, i, p, &statement);
    if (res != TB_OK || statement == 0)
        return res;
    res = capsule_deliver(q, p, m->capsule[i], statement);
    return res == TB_OK && !by_sender ? tell(q, p, &to->hash, statement) : res;
}

tb_result handle_capsules_add(struct request *q)
{
    TB_CLEANUP(page_done) struct page p = { 0 };
    Tb__CapsulesAdd *m;
    tb_result res = request_body(q, &tb__capsules_add__descriptor, &m);

    if (res == TB_OK)
        res = find_page(q, m, &p);
    for (size_t i = 0; res == TB_OK && i < m->n_capsule; i++)
        res = add_one(q, m, i, &p);
    return res == TB_OK ? page_run(q->r, &p, q->now_ms) : res;
}
