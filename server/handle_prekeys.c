/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_prekeys.c - batches of prekeys in, bundles out.
 *
 * Each one-time key goes out once.  Whoever asks for more than TB_PREKEY_FETCH_PER_HOUR, or more than
 * TB_PREKEY_SAME_PER_HOUR of one device, still gets bundles, without one-time keys: so nobody can drain a device,
 * and no page waits for a budget. */
#include <string.h>

#include "proto/act.h"
#include "proto/wire.pb-c.h"
#include "server/device.h"
#include "server/dispatch.h"

/* ---- putting */

static tb_result same_batch(struct request *q, struct tb_view prekeys_signed, bool *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf old = { 0 };
    tb_result res = store_prekeys_get(q->r->store, &q->cred->hash, &old);

    *ret = res == TB_OK && old.n == prekeys_signed.n && memcmp(old.p, prekeys_signed.p, old.n) == 0;
    return res == TB_E_NOTFOUND ? TB_OK : res;
}

tb_result handle_prekeys_put(struct request *q)
{
    uint32_t ids[TB_PREKEY_BATCH];
    struct tb_view payload;
    Tb__PrekeysPut *m;
    Tb__Prekeys *keys;
    bool same = false;
    tb_result res = request_body(q, &tb__prekeys_put__descriptor, &m);

    if (res == TB_OK)
        res = request_statement(q, TB_TYPE_PREKEYS, &m->prekeys_signed, "the batch", &payload);
    if (res != TB_OK)
        return res;
    res = tb_prekeys_unpack(q->arena, payload, &keys);
    if (res != TB_OK)
        return refuse(q, res, "a field of the prekeys is out of range");
    if (memcmp(keys->cred.data, q->cred->hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the prekeys are for another credential");
    res = same_batch(q, tb_field_view(&m->prekeys_signed), &same);
    if (res != TB_OK || same)
        return res; /* the same again must not bring spent keys back */
    for (size_t i = 0; i < keys->n_one_time; i++)
        ids[i] = keys->one_time[i]->id;
    return store_prekeys_put(q->r->store, &q->cred->hash, tb_field_view(&m->prekeys_signed), ids,
                             keys->n_one_time);
}

/* ---- getting */

static bool spend_budget(struct request *q)
{
    struct device *d = q->p->s.dev;

    if (q->now_ms - d->fetch_hour_ms >= HOUR_MS) {
        d->fetch_hour_ms = q->now_ms;
        d->fetched = 0;
    }
    if (d->fetched >= TB_PREKEY_FETCH_PER_HOUR)
        return false;
    d->fetched++; /* stays spent even if the transaction is lost: it is a limit, not an account */
    return true;
}

/* How many of the owner's keys this requester was given in this hour.  Without a limit to them, one member could
 * take a whole batch with fifty requests, and who comes after him would begin sessions without one. */
static uint32_t *given_to(struct device *owner, const struct device *to, int64_t now_ms)
{
    if (now_ms - owner->given_hour_ms >= HOUR_MS) {
        owner->given_hour_ms = now_ms;
        owner->n_given = 0;
    }
    uint32_t held = owner->n_given < TB_PREKEY_BATCH ? owner->n_given : TB_PREKEY_BATCH;
    for (uint32_t i = 0; i < held; i++)
        if (owner->given[i].to == to)
            return &owner->given[i].n;
    struct prekeys_given *g = &owner->given[owner->n_given++ % TB_PREKEY_BATCH];
    *g = (struct prekeys_given){ .to = to };
    return &g->n;
}

/* TB_E_LIMIT: he has had his share of this owner's, or of all. */
static tb_result take_one_time(struct request *q, const struct tb_hash *cred, uint32_t *ret_id)
{
    struct device *owner = device_of(q->r, cred);

    if (!owner)
        return TB_E_NOMEM;
    uint32_t *given = given_to(owner, q->p->s.dev, q->now_ms);
    if (*given >= TB_PREKEY_SAME_PER_HOUR || !spend_budget(q))
        return TB_E_LIMIT;
    tb_result res = store_prekey_take(q->r->store, cred, ret_id);
    *given += res == TB_OK && *ret_id != 0; /* 0: there was none left */
    return res;
}

/* Tells the owner that its keys run out, each time one was taken below the mark. */
static void tell_owner(struct request *q, const struct tb_hash *cred)
{
    struct device *d = device_find(q->r, cred);
    Tb__Notice m;

    tb__notice__init(&m);
    if (d && d->peer && store_prekeys_left(q->r->store, cred, &m.prekeys_left) == TB_OK &&
        m.prekeys_left < TB_PREKEY_LOW)
        push_message(q->r, d->peer, TB_OP_NOTICE, &m.base);
}

static tb_result bundle(struct request *q, const struct tb_hash *cred, Tb__PrekeysReply *part)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf keys = { 0 };
    struct tb_view view;
    Tb__PrekeyBundle one;
    Tb__PrekeyBundle *list[] = { &one };
    tb_result res = store_prekeys_get(q->r->store, cred, &keys);

    tb__prekey_bundle__init(&one);
    one.cred = tb_field(cred->b, sizeof cred->b);
    if (res == TB_OK) {
        res = take_one_time(q, cred, &one.one_time_id);
        if (res == TB_OK)
            tell_owner(q, cred);
    }
    if (res != TB_OK && store_health(q->r->store) != STORE_FINE)
        return res;
    /* No keys, or damaged ones: an empty bundle, so that the others of the list still go out. */
    view = tb_buf_view(&keys);
    one.prekeys_signed = tb_field(view.p, view.n);
    part->n_bundle = 1;
    part->bundle = list;
    q->r->stats.prekey_fetches++;
    res = tb_pack(&part->base, &q->reply);
    part->n_bundle = 0; /* the list ends with this function */
    part->bundle = NULL;
    return res;
}

tb_result handle_prekeys_get(struct request *q)
{
    Tb__PrekeysGet *m;
    Tb__PrekeysReply part;
    tb_result res = request_body(q, &tb__prekeys_get__descriptor, &m);

    if (res != TB_OK)
        return res;
    if (m->n_cred == 0 || m->n_cred > TB_CAPSULES_MAX)
        return refuse(q, TB_E_LIMIT, "%zu credentials, where 1 to %d are allowed", m->n_cred,
                      TB_CAPSULES_MAX);
    for (size_t i = 0; i < m->n_cred; i++)
        if (!tb_is(&m->cred[i], TB_HASH_BYTES))
            return refuse(q, TB_E_RANGE, "credential %zu has %zu bytes, not 32", i, m->cred[i].len);
    /* Who got fewer than he asked for asks again for the rest. */
    for (size_t i = 0; i < m->n_cred && res == TB_OK && q->reply.n < ANSWER_MAX; i++) {
        struct tb_hash cred = tb_hash_from(m->cred[i].data);
        tb__prekeys_reply__init(&part);
        res = bundle(q, &cred, &part);
    }
    return res;
}
