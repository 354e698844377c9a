/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_receipt.c - what a device says about a page that it got: can open it or not, has rung, was seen.
 *
 * Goes to the sender's devices and the coordinators among the recipients, once each.  That a capsule
 * cannot be read, and that another one then could, goes to all recipients: who opened the page helps. */
#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/acts.h"
#include "server/audience.h"
#include "server/dispatch.h"
#include "server/mailbox.h"
#include "server/page.h"

static tb_result open_receipt(struct request *q, Tb__Receipt **ret, struct tb_view *ret_signed)
{
    struct tb_view payload;
    Tb__ReceiptPut *m;
    tb_result res = request_body(q, &tb__receipt_put__descriptor, &m);

    if (res == TB_OK)
        res = request_statement(q, TB_TYPE_RECEIPT, &m->receipt_signed, "the receipt", &payload);
    if (res != TB_OK)
        return res;
    res = tb_receipt_unpack(q->arena, payload, ret);
    if (res != TB_OK)
        return refuse(q, res, "a field of the receipt is out of range");
    if (memcmp((*ret)->cred.data, q->cred->hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the receipt is of another device");
    *ret_signed = tb_field_view(&m->receipt_signed);
    return TB_OK;
}

static tb_result check_page(struct request *q, const Tb__Receipt *m, struct page *ret)
{
    struct tb_id id = tb_id_from(m->page_id.data);
    tb_result res = page_find(q->r, &id, ret);

    if (res == TB_E_NOTFOUND)
        return refuse(q, res, "this relay holds no such page");
    if (res != TB_OK)
        return res;
    if (memcmp(m->header_hash.data, ret->is.header_hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the receipt is for another header under this page's id");
    if (!page_names(ret, &q->cred->hash) && strcmp(ret->is.sender, q->cred->account) != 0)
        return refuse(q, TB_E_DENIED, "%s/%s is no recipient of this page", q->cred->account,
                      q->cred->device);
    return TB_OK;
}

static tb_result check_release(struct request *q, const Tb__Receipt *m, const struct page *p)
{
    struct tb_hash hash = tb_hash_from(m->release_hash.data);
    struct store_release rel;

    if (tb_hash_is_zero(&hash))
        return TB_OK;
    tb_result res = store_release_find(q->r->store, p->is.no, &hash, &rel);
    return res == TB_E_NOTFOUND
               ? refuse(q, res, "the receipt cites a release that this relay did not make")
               : res;
}

static bool among_coordinators(const struct relay *r, const struct tb_hash *cred)
{
    const struct tb_cred *c = tb_roster_cred(r->roster, cred);

    return c && c->role == TB_ROLE_COORDINATOR;
}

static tb_result is_for_helpers(struct request *q, const struct page *p, const Tb__Receipt *m,
                                bool *ret)
{
    *ret = m->kind == TB_RECEIPT_CAPSULE_BAD;
    return m->kind == TB_RECEIPT_CAPSULE_OK ? capsule_was_added(q, p, ret) : TB_OK;
}

static tb_result forward(struct request *q, const struct page *p, const Tb__Receipt *said,
                         struct tb_view receipt_signed)
{
    TB_CLEANUP(audience_done) struct audience to = { .r = q->r };
    struct store_mail m = {
        .kind = TB_ENV_RECEIPT,
        .from = &q->cred->hash,
        .page = p->is.no,
        .at_ms = q->now_ms,
    };
    bool all = false;
    tb_result res = is_for_helpers(q, p, said, &all);

    if (res != TB_OK)
        return res;
    audience_add_account(&to, p->is.sender);
    for (size_t i = 0; i < p->to.n; i++)
        if (all || among_coordinators(q->r, &p->to.at[i].cred))
            audience_add(&to, &p->to.at[i].cred);
    res = audience_settle(&to);
    if (res == TB_OK)
        res = store_blob_put(q->r->store, p->is.no, receipt_signed, &m.statement);
    for (size_t i = 0; i < to.n && res == TB_OK; i++)
        if (!tb_hash_equal(&to.cred[i], &q->cred->hash)) /* who says it knows it */
            res = mailbox_put(q->r, &to.cred[i], &m);
    return res;
}

static tb_result take(struct request *q, const Tb__Receipt *m, struct page *p)
{
    bool bad = m->kind == TB_RECEIPT_CAPSULE_BAD;

    if (!bad && m->kind != TB_RECEIPT_CAPSULE_OK)
        return TB_OK;
    tb_result res =
        page_set_capsule(q->r, p, &q->cred->hash, bad ? STORE_CAPSULE_BAD : STORE_CAPSULE_OK);
    return res == TB_OK ? page_run(q->r, p, q->now_ms) : res;
}

tb_result handle_receipt(struct request *q)
{
    TB_CLEANUP(page_done) struct page p = { 0 };
    struct tb_view signed_bytes;
    Tb__Receipt *m;
    tb_result res = open_receipt(q, &m, &signed_bytes);

    if (res == TB_OK)
        res = check_page(q, m, &p);
    if (res == TB_OK)
        res = check_release(q, m, &p);
    if (res != TB_OK)
        return res;
    struct store_receipt row = {
        .page = p.is.no,
        .cred = q->cred->hash,
        .kind = m->kind,
        .release_hash = tb_hash_from(m->release_hash.data),
    };
    res = store_receipt_put(q->r->store, &row);
    if (res == TB_E_CONFLICT)
        return TB_OK; /* said before */
    if (res == TB_OK)
        res = forward(q, &p, m, signed_bytes);
    return res == TB_OK ? take(q, m, &p) : res;
}
