/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open.c - a page becomes readable: the right capsule meets the right share. */
#include <sodium.h>
#include <string.h>

#include "client/core/parts.h"

enum { COMPLAINTS = 4 };

tb_result open_keep(struct leaf *l, uint32_t kind, uint32_t t, struct tb_view data)
{
    size_t n = l->p->n_payload;
    Tbl__Payload **list = tb_arena_take(&l->arena, (n + 1) * sizeof(Tbl__Payload *));
    Tbl__Payload *m = tb_arena_take(&l->arena, sizeof *m);

    if (!list || !m)
        return TB_E_NOMEM;
    if (n)
        memcpy(list, l->p->payload, n * sizeof(Tbl__Payload *));
    tbl__payload__init(m);
    m->kind = kind;
    m->t = t;
    leaf_bytes(l, &m->data, data.p, data.n);
    list[n] = m;
    l->p->payload = list;
    l->p->n_payload = n + 1;
    return m->data.len == data.n ? TB_OK : TB_E_NOMEM;
}

static tb_result try_tier(const struct leaf *l, const Tbl__Payload *e, struct tb_key *ret)
{
    const struct tb_tier_ctx ctx = tb_tier_ctx_of(l->h);
    tb_result r = TB_E_UNREADABLE;

    for (size_t i = 0; i < l->p->n_payload && r != TB_OK; i++) {
        TB_CLEANUP(tb_key_wipe) struct tb_key share = { 0 };
        const Tbl__Payload *s = l->p->payload[i];
        if (s->kind != PAYLOAD_SHARE || s->t != e->t || !tb_is(&s->data, TB_KEY_BYTES))
            continue;
        memcpy(share.b, s->data.data, sizeof share.b);
        r = tb_tier_open(&ctx, e->t, &share, e->data.data, ret);
    }
    return r;
}

static tb_result find_key(const struct leaf *l, struct tb_key *ret)
{
    tb_result r = TB_E_UNREADABLE;

    for (size_t i = 0; i < l->p->n_payload && r != TB_OK; i++) {
        const Tbl__Payload *m = l->p->payload[i];
        if (m->kind == PAYLOAD_SHARE || !tb_is(&m->data, TB_PAYLOAD_BYTES))
            continue;
        if (m->kind == TB_CAPSULE_TIER) {
            r = try_tier(l, m, ret);
        } else {
            tb_key_of_payload(m->data.data, ret);
            r = TB_OK; /* compared with kc when the body is opened */
        }
    }
    return r;
}

static tb_result open_body(struct tbc *c, const struct leaf *l, const struct tb_key *k,
                           struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    const struct tb_body_ctx ctx = { (enum tb_msg_type)l->h->type, l->id,
                                     tb_hash_from(l->h->sender_cred.data) };
    struct tb_hash body_hash = tb_hash_from(l->h->body_hash.data), kc = tb_hash_from(l->h->kc.data);
    tb_result r = leaf_body(c, l, false, &body);

    if (r == TB_E_NOTFOUND)
        return TB_E_UNREADABLE; /* the body that came was another */
    return r == TB_OK ? tb_body_open(&ctx, k, &body_hash, &kc, tb_buf_view(&body), ret) : r;
}

static tb_result check_content(struct leaf *l, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Content *m;

    tb_arena_init(&a, CORE_ARENA);
    if (tb_content_unpack(&a, plain, &m) != TB_OK || m->detail)
        return TB_E_UNREADABLE;
    leaf_text(l, &l->p->title, m->report ? m->report->title : m->page->title);
    leaf_text(l, &l->p->kind, m->report ? m->report->kind : "");
    return TB_OK;
}

tb_result open_try(struct tbc *c, struct leaf *l)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };

    if (l->p->readable)
        return TB_OK;
    tb_result r = find_key(l, &k);
    if (r == TB_OK)
        r = open_body(c, l, &k, &plain);
    if (r == TB_OK)
        r = check_content(l, tb_buf_view(&plain));
    if (r == TB_OK)
        r = leaf_put_body(c, l, true, tb_buf_view(&plain));
    if (r == TB_E_DAMAGED)
        leaf_damaged(c, l);
    if (r == TB_E_BADSIG || r == TB_E_LIMIT || r == TB_E_DAMAGED)
        return TB_E_UNREADABLE;
    if (r != TB_OK)
        return r;
    leaf_bytes(l, &l->p->key, k.b, sizeof k.b);
    l->p->readable = true;
    return TB_OK;
}

tb_result open_deliver(struct tbc *c, struct leaf *l)
{
    Tbl__Page *p = l->p;

    if (!p->mine || !p->readable || !tb_is(&p->my_release, TB_HASH_BYTES))
        return TB_OK;
    if (tb_is(&p->delivered, TB_HASH_BYTES) &&
        memcmp(p->delivered.data, p->my_release.data, TB_HASH_BYTES) == 0)
        return TB_OK;
    p->delivered = p->my_release;
    return outbox_receipt(c, l, TB_RECEIPT_DELIVERED, 0);
}

tb_result open_complain(struct tbc *c, struct leaf *l, tb_result why, uint32_t need_epoch)
{
    if (l->p->bad_sent >= COMPLAINTS)
        return TB_OK;
    l->p->bad_sent++;
    l->p->bad_error = why;
    l->p->need_epoch = need_epoch;
    return outbox_receipt(c, l, TB_RECEIPT_CAPSULE_BAD, (int)why);
}
