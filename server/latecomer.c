/* SPDX-License-Identifier: GPL-3.0-or-later */
/* latecomer.c - see latecomer.h.  A renewed credential is the usual case: the old one no longer counts
 * as there, and the person must not fall out of a page that is ringing. */
#include "server/latecomer.h"

#include <string.h>

#include "server/mailbox.h"
#include "server/page.h"

static bool tier_names(const struct page *p, uint32_t t, const char *account)
{
    const struct tb_policy_tier *tier = &p->policy->tier[t - 1];

    for (size_t i = 0; i < tier->n_targets; i++)
        if (strcmp(tier->account[i], account) == 0)
            return true;
    return false;
}

tb_result latecomer_add(struct relay *r, const struct page *p, const struct tb_cred *c, uint32_t t,
                        int64_t now_ms)
{
    struct store_recipient to = { .t = t, .cred = c->hash, .capsule = STORE_CAPSULE_NONE };
    struct store_mail m = {
        .kind = TB_ENV_CAPSULE,
        .from = &p->is.sender_cred,
        .page = p->is.no,
        .statement = p->is.header,
        .body = p->is.body,
        .at_ms = now_ms,
    };

    memcpy(to.account, c->account, sizeof to.account);
    tb_result res = store_recipient_put(r->store, p->is.no, &to);
    return res == TB_OK ? mailbox_put(r, &c->hash, &m) : res;
}

/* Its tier was called before it came. */
static tb_result call(struct relay *r, const struct page *p, const struct tb_cred *c, uint32_t t,
                      int64_t now_ms)
{
    struct store_release rel;
    tb_result res = store_release_of_tier(r->store, p->is.no, t, &rel);

    if (res != TB_OK)
        return res == TB_E_NOTFOUND ? TB_OK : res;
    struct store_mail m = {
        .kind = TB_ENV_RELEASE,
        .page = p->is.no,
        .statement = rel.statement,
        .share_t = t,
        .at_ms = now_ms,
    };
    return mailbox_put(r, &c->hash, &m);
}

static tb_result admit(struct relay *r, struct page *p, const struct tb_cred *c, int64_t now_ms)
{
    tb_result res = TB_OK;
    bool stands = false;

    for (uint32_t t = 1; t <= p->is.tiers && res == TB_OK; t++) {
        if (!tier_names(p, t, c->account))
            continue;
        stands = true;
        res = latecomer_add(r, p, c, t, now_ms);
        if (res == TB_OK)
            res = call(r, p, c, t, now_ms);
    }
    if (res == TB_OK && !stands && strcmp(p->is.sender, c->account) == 0)
        res = latecomer_add(r, p, c, 0, now_ms);
    return res;
}

tb_result latecomer_admit(struct relay *r, const struct tb_cred *cred, int64_t now_ms)
{
    TB_CLEANUP(store_list_done) struct store_list open = { 0 };
    tb_result res = store_pages_unresolved(r->store, &open);

    for (size_t i = 0; i < open.n && res == TB_OK; i++) {
        TB_CLEANUP(page_done) struct page p = { 0 };
        tb_result got = page_get(r, open.no[i], &p);
        if (got == TB_OK)
            res = admit(r, &p, cred, now_ms);
        else if (store_health(r->store) != STORE_FINE)
            res = got;
    }
    return res;
}
