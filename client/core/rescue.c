/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rescue.c - a page that somebody who was called cannot read, wrapped again by another whom it reached.
 *
 * The sender may be gone by then.  Whoever opened the page waits a little for
 * the sender's own capsule, then sends K with a signed `rewrap` act; the header
 * stays as it is and the receiver compares K with it, so nothing can be forged.
 * Never before the release of that device's tier: K opens the page at once. */
#include <sodium.h>
#include <string.h>

#include "client/core/answer.h"
#include "client/core/parts.h"

/* The sender needs one round trip for a bundle and one for the capsule; the jitter keeps a whole tier
 * from doing the same work in the same second. */
enum { WAIT_MS = 5000, JITTER_MS = 3000, RESCUES = 2, NAME = TB_ID_BYTES + TB_HASH_BYTES };

static bool tier_is_released(const struct leaf *l, uint32_t t)
{
    for (size_t i = 0; i < l->ladder->n_device; i++)
        if (l->ladder->device[i]->t == t && l->ladder->device[i]->released)
            return true;
    return false;
}

/* May this account read the page by now? */
static bool was_called(const struct leaf *l, const char *account)
{
    if (strcmp(l->p->offer_to, account) == 0 || strcmp(l->p->owner, account) == 0)
        return true;
    for (uint32_t t = 1; t <= l->h->n_tier; t++)
        if (leaf_names(l, t, account) && tier_is_released(l, t))
            return true;
    return false;
}

static bool needs_me(const struct leaf *l, const Tbl__Device *d)
{
    return d->bad_ms != 0 && !d->rewrapped && d->rescues < RESCUES &&
           tb_is(&d->cred, TB_HASH_BYTES) && was_called(l, d->account);
}

static bool i_can(const struct tbc *c, const struct leaf *l)
{
    return leaf_is_open(l) && !leaf_by_me(c, l) && l->p->readable && !l->p->test &&
           tb_is(&l->p->key, TB_KEY_BYTES);
}

static tb_result note(struct tbc *c, const struct leaf *l, const Tbl__Device *d)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf before = { 0 };
    uint8_t name[NAME];
    Tbl__Rewrap m;

    memcpy(name, l->id.b, TB_ID_BYTES);
    memcpy(name + TB_ID_BYTES, d->cred.data, TB_HASH_BYTES);
    const struct cs_key k = key_of(CS_REWRAP, name, NAME, 0);
    tb_result r = cs_get(c->store, &k, &before);
    if (r != TB_E_NOTFOUND)
        return r; /* waits already */
    uint32_t wait = WAIT_MS + randombytes_uniform(JITTER_MS);
    tbl__rewrap__init(&m);
    m.page_id = tb_field(l->id.b, sizeof l->id.b);
    m.to_cred = d->cred;
    m.epoch_known = true;
    m.have_epoch = d->have_epoch;
    m.rescue = true;
    m.due_ms = now_wall_ms() + wait;
    if (now_boot_ms() + wait < c->rescue_ms)
        c->rescue_ms = now_boot_ms() + wait;
    return local_put(c, &k, NULL, &m.base);
}

tb_result rescue_look(struct tbc *c, struct leaf *l)
{
    if (!i_can(c, l))
        return TB_OK;
    tb_result r = leaf_ladder(c, l);
    for (size_t i = 0; r == TB_OK && i < l->ladder->n_device; i++) {
        const Tbl__Device *d = l->ladder->device[i];
        bool mine = tb_is(&d->cred, TB_HASH_BYTES) &&
                    memcmp(d->cred.data, c->me->cred.b, TB_HASH_BYTES) == 0;
        if (!mine && needs_me(l, d))
            r = note(c, l, d);
    }
    return r;
}

tb_result rescue_heard(struct tbc *c, struct leaf *l, const Tb__Act *act)
{
    struct tb_hash to = tb_hash_from(act->to_cred.data);
    tb_result r = leaf_ladder(c, l);
    Tbl__Device *d = r == TB_OK ? leaf_device(l, &to, UINT32_MAX) : NULL;

    if (!d)
        return r;
    d->rewrapped = true;
    return leaf_save_ladder(c, l);
}

/* ---- the capsule */

static tb_result send(struct answering *x, const struct tb_cred *to,
                      const struct capsule_made *made)
{
    const struct tbc_answer a = { .page = x->leaf.id, .kind = TB_ACT_REWRAP };
    ProtobufCBinaryData act = tb_field(x->act_signed.p, x->act_signed.n);
    Tb__WireCapsule w, *list = &w;
    Tb__CapsulesAdd m;

    tb__wire_capsule__init(&w);
    tb__capsules_add__init(&m);
    w.to_cred = tb_field(to->hash.b, TB_HASH_BYTES);
    w.type = made->type;
    w.data = tb_field(made->data.p, made->data.n);
    m.page_id = tb_field(x->leaf.id.b, TB_ID_BYTES);
    m.n_capsule = m.n_act_signed = 1;
    m.capsule = &list;
    m.act_signed = &act;
    const struct outgoing o = { .op = TB_OP_CAPSULES_ADD,
                                .body = &m.base,
                                .page = &x->leaf.id,
                                .act = &x->act_id,
                                .cred = &to->hash };
    tb_result r = answer_keep(&a, x, tb_view_of(NULL, 0));
    return r == TB_OK ? outbox_put(x->c, &o) : r;
}

static tb_result wrap(struct answering *x, const struct tb_cred *to, const Tbl__Rewrap *row)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    uint8_t payload[TB_PAYLOAD_BYTES];
    struct capsule_made made = { 0 };
    const struct capsule_of of = capsule_of_page(&x->leaf);
    const struct capsule_to how = {
        .cred = to, .kind = TB_CAPSULE_REWRAP, .payload = payload, .have_epoch = &row->have_epoch
    };

    tb_result r = answer_rewrap(x, to);
    if (r != TB_OK)
        return r;
    memcpy(k.b, x->leaf.p->key.data, sizeof k.b);
    tb_payload_of_key(&k, payload);
    r = capsule_make(x->c, &of, &how, &made);
    sodium_memzero(payload, sizeof payload);
    if (r == TB_OK)
        r = send(x, to, &made);
    tb_buf_done(&made.data);
    return r;
}

/* What fails in that device's old session fails again: it is dropped, and a bundle is fetched. */
static tb_result start_anew(struct tbc *c, const struct cs_key *k, const struct tb_hash *cred,
                            Tbl__Rewrap *row)
{
    row->fresh = true;
    tb_result r = local_put(c, k, NULL, &row->base);
    if (r == TB_OK)
        r = e2e_forget(c->e2e, cred);
    sessions_want(c);
    return r == TB_OK ? TB_E_STALE : r;
}

static bool is_due(struct tbc *c, const Tbl__Rewrap *row)
{
    int64_t wait = row->due_ms - now_wall_ms();

    if (wait <= 0 || wait > WAIT_MS + JITTER_MS) /* a clock that was set back delays nothing */
        return true;
    if (now_boot_ms() + wait < c->rescue_ms)
        c->rescue_ms = now_boot_ms() + wait;
    return false;
}

static tb_result help(struct answering *x, const struct cs_key *k, const struct tb_cred *to,
                      Tbl__Rewrap *row)
{
    struct leaf *l = &x->leaf;
    Tbl__Device *d = leaf_device(l, &to->hash, UINT32_MAX);

    if (!d || !i_can(x->c, l) || !needs_me(l, d) || to->standing != TB_STANDING_GOOD)
        return TB_OK; /* the sender, or somebody else, was there first */
    const struct e2e_peer peer = peer_of(to);
    if (!row->fresh)
        return start_anew(x->c, k, &to->hash, row);
    if (!e2e_has_session(x->c->e2e, &peer))
        return TB_E_STALE;
    d->rescues++;
    tb_result r = wrap(x, to, row);
    if (r == TB_E_DENIED || r == TB_E_UNVERIFIED || r == TB_E_EXPIRED || r == TB_E_REVOKED)
        return TB_OK; /* this device may not */
    if (r == TB_OK)
        r = leaf_save_ladder(x->c, l);
    return r == TB_OK ? leaf_save(x->c, l) : r;
}

tb_result rescue_row(struct tbc *c, const struct cs_key *k, Tbl__Rewrap *row)
{
    TB_CLEANUP(answering_done) struct answering x = { .c = c, .act_id = tb_id_random() };
    struct tb_id page = tb_id_from(row->page_id.data);
    struct tb_hash hash = tb_hash_from(row->to_cred.data);
    const struct tb_cred *to = tb_roster_cred(c->roster, &hash);

    tb_arena_init(&x.arena, CORE_ARENA);
    if (!is_due(c, row))
        return TB_E_STALE;
    tb_result r = leaf_load(c, &page, &x.leaf);
    if (r == TB_OK)
        r = leaf_ladder(c, &x.leaf);
    if (r != TB_OK || !to)
        return r == TB_E_NOTFOUND ? TB_OK : r;
    return help(&x, k, to, row);
}

void rescue_tick(struct tbc *c)
{
    if (now_boot_ms() < rescue_due_ms(c))
        return;
    c->rescue_ms = INT64_MAX;
    rewrap_run(c);
}

int64_t rescue_due_ms(const struct tbc *c)
{
    return link_is_up(c) && c->synced ? c->rescue_ms : INT64_MAX;
}
