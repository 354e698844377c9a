/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rewrap.c - capsules made again for devices that cannot read theirs.
 *
 * The sender keeps the body key until a page ends, so any device that says
 * "not readable" gets a capsule of a new session.  Before its tier's turn that
 * capsule holds E_t again, not K: a re-wrap never lets anybody read early.  After
 * it the capsule holds K, so that a relay that keeps the tier's share back does
 * not keep the page unread. */
#include <string.h>

#include "client/core/parts.h"

enum { TRIES = 3, NAME = TB_ID_BYTES + TB_HASH_BYTES };

static struct cs_key row_key(const struct tb_id *page, const struct tb_hash *cred,
                             uint8_t name[static NAME])
{
    memcpy(name, page->b, TB_ID_BYTES);
    memcpy(name + TB_ID_BYTES, cred->b, TB_HASH_BYTES);
    return key_of(CS_REWRAP, name, NAME, 0);
}

/* Only whom the signed header names gets a capsule: its tier's, or, of my own account, a direct one.
 * Anybody else who says "not readable", whoever brings that, is told nothing. */
static bool tier_of(const struct tbc *c, const struct leaf *l, const char *account, uint32_t *ret)
{
    for (uint32_t t = 1; t <= l->h->n_tier; t++)
        if (leaf_names(l, t, account)) {
            *ret = t;
            return true;
        }
    *ret = 0;
    return strcmp(account, c->me->account) == 0;
}

tb_result rewrap_want(struct tbc *c, struct leaf *l, const struct tb_cred *from,
                      const Tb__Receipt *bad)
{
    uint8_t name[NAME];
    const struct cs_key k = row_key(&l->id, &from->hash, name);
    const Tbl__Device *d = leaf_device(l, &from->hash, UINT32_MAX);
    Tbl__Rewrap m;
    uint32_t t;

    if (!d || d->bads > TRIES || !leaf_is_open(l) || l->p->key.len != TB_KEY_BYTES ||
        !tier_of(c, l, from->account, &t))
        return TB_OK;
    tbl__rewrap__init(&m);
    m.page_id = tb_field(l->id.b, sizeof l->id.b);
    m.to_cred = tb_field(from->hash.b, sizeof from->hash.b);
    m.t = t;
    m.epoch_known = true;
    m.have_epoch = bad->have_epoch;
    tb_result r = local_put(c, &k, NULL, &m.base);
    /* A missing secret is no fault of the session, and one that it never had cannot be broken. */
    if (r == TB_OK && bad->need_epoch == 0 && d->capsule)
        r = e2e_forget(c->e2e, &from->hash);
    sessions_want(c);
    return r;
}

/* Has the relay signed that this device's tier was called? */
static bool is_released(struct tbc *c, struct leaf *l, const struct tb_cred *cred)
{
    const Tbl__Device *d =
        leaf_ladder(c, l) == TB_OK ? leaf_device(l, &cred->hash, UINT32_MAX) : NULL;

    return d && d->released;
}

/* What goes into the capsule: E_t of the device's tier, or K where t is 0. */
static bool payload_for(const struct leaf *l, uint32_t t, uint8_t ret[static TB_PAYLOAD_BYTES])
{
    struct tb_key k;

    if (t == 0) {
        memcpy(k.b, l->p->key.data, sizeof k.b);
        tb_payload_of_key(&k, ret);
        tb_key_wipe(&k);
        return true;
    }
    for (size_t i = 0; i < l->p->n_payload; i++)
        if (l->p->payload[i]->t == t && tb_is(&l->p->payload[i]->data, TB_PAYLOAD_BYTES)) {
            memcpy(ret, l->p->payload[i]->data.data, TB_PAYLOAD_BYTES);
            return true;
        }
    return false;
}

static tb_result send_capsule(struct tbc *c, struct leaf *l, const struct tb_cred *cred,
                              const struct capsule_made *made, uint32_t t)
{
    Tb__WireCapsule w, *list = &w;
    Tb__CapsulesAdd m;

    tb__wire_capsule__init(&w);
    tb__capsules_add__init(&m);
    w.to_cred = tb_field(cred->hash.b, TB_HASH_BYTES);
    w.t = t;
    w.type = made->type;
    w.data = tb_field(made->data.p, made->data.n);
    m.page_id = tb_field(l->id.b, sizeof l->id.b);
    m.n_capsule = 1;
    m.capsule = &list;
    const struct outgoing o = {
        .op = TB_OP_CAPSULES_ADD, .body = &m.base, .page = &l->id, .cred = &cred->hash
    };
    return outbox_put(c, &o);
}

static tb_result wrap_again(struct tbc *c, struct leaf *l, const struct tb_cred *cred,
                            const Tbl__Rewrap *row)
{
    uint8_t payload[TB_PAYLOAD_BYTES];
    struct capsule_made made = { 0 };
    const struct capsule_of of = capsule_of_page(l);
    const bool early = row->t && !is_released(c, l, cred);
    const struct capsule_to to = { .cred = cred,
                                   .kind = early    ? TB_CAPSULE_TIER
                                           : row->t ? TB_CAPSULE_REWRAP
                                                    : TB_CAPSULE_DIRECT,
                                   .t = early ? row->t : 0,
                                   .payload = payload,
                                   .have_epoch = row->epoch_known ? &row->have_epoch : NULL };

    if (!payload_for(l, to.t, payload))
        return TB_OK;
    tb_result r = capsule_make(c, &of, &to, &made);
    if (r == TB_OK)
        r = send_capsule(c, l, cred, &made, to.t);
    tb_buf_done(&made.data);
    return r;
}

/* TB_E_STALE: not yet, there is no session. */
static tb_result run_row(struct tbc *c, const Tbl__Rewrap *row)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    struct tb_id page = tb_id_from(row->page_id.data);
    struct tb_hash hash = tb_hash_from(row->to_cred.data);
    const struct tb_cred *cred = tb_roster_cred(c->roster, &hash);
    tb_result r = leaf_load(c, &page, &l);

    if (r == TB_E_NOTFOUND)
        return TB_OK;
    if (r != TB_OK)
        return r;
    if (!cred || cred->standing != TB_STANDING_GOOD || !leaf_is_open(&l))
        return TB_OK;
    const struct e2e_peer peer = peer_of(cred);
    return e2e_has_session(c->e2e, &peer) ? wrap_again(c, &l, cred, row) : TB_E_STALE;
}

static tb_result run(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tbc *c = user;
    uint8_t name[NAME];
    Tbl__Rewrap *m;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__rewrap__descriptor, plain, &m) != TB_OK ||
        !tb_is(&m->page_id, TB_ID_BYTES) || !tb_is(&m->to_cred, TB_HASH_BYTES))
        return TB_E_DAMAGED;
    struct tb_id page = tb_id_from(m->page_id.data);
    struct tb_hash cred = tb_hash_from(m->to_cred.data);
    const struct cs_key k = row_key(&page, &cred, name);
    tb_result r = m->rescue ? rescue_row(c, &k, m) : run_row(c, m);
    if (r == TB_E_STALE || r == TB_E_NOTFOUND || r == TB_E_BADSIG)
        return TB_OK;
    return r == TB_OK ? cs_drop(c->store, &k) : r;
}

void rewrap_run(struct tbc *c)
{
    const struct cs_query all = { CS_REWRAP, -1, false };

    tb_result r = cs_newest(c->store, &all, run, c);
    core_fail(c, r == TB_E_DAMAGED ? TB_OK : r); /* who could not be helped; the others were */
}
