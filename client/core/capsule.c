/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capsule.c - one capsule made for, or read from, one device (page.h, e2e.h).
 *
 * Inside the ratchet the payload is once more under the province secret of the
 * newest epoch that both sides are known to hold; guests have epoch 0. */
#include <sodium.h>
#include <string.h>

#include "client/core/parts.h"

struct e2e_peer peer_of(const struct tb_cred *cred)
{
    struct e2e_peer p = { .cred = cred->hash };

    memcpy(p.ident_pk, cred->ident_pk, sizeof p.ident_pk);
    return p;
}

tb_result province_secret(struct tbc *c, uint32_t epoch, struct tb_key *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_of(CS_SECRET, NULL, 0, epoch);
    Tbl__Secret *m;

    if (epoch == TB_EPOCH_GUEST) {
        *ret = (struct tb_key){ { 0 } };
        return TB_OK;
    }
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__secret__descriptor, &m);
    if (r == TB_OK && !tb_is(&m->key, TB_KEY_BYTES))
        r = TB_E_STORE;
    if (r == TB_OK)
        memcpy(ret->b, m->key.data, sizeof ret->b);
    return r;
}

static tb_result note_epoch(void *user, int64_t n, struct tb_view plain)
{
    uint32_t *newest = user;

    (void)plain;
    *newest = (uint32_t)n; /* rows come by ascending epoch */
    return TB_OK;
}

uint32_t province_epoch(struct tbc *c)
{
    const struct cs_key from = key_of(CS_SECRET, NULL, 0, 1);
    uint32_t newest = 0;

    return cs_rows(c->store, &from, note_epoch, &newest) == TB_OK ? newest : 0;
}

struct capsule_of capsule_of_page(const struct leaf *l)
{
    struct capsule_of of = { .msg_id = l->id,
                             .conversation = l->id,
                             .header_hash = l->header_hash,
                             .body_hash = tb_hash_from(l->h->body_hash.data),
                             .kc = tb_hash_from(l->h->kc.data) };

    if (l->h->incident_id.len == TB_ID_BYTES)
        of.conversation = tb_id_from(l->h->incident_id.data);
    return of;
}

/* Newest epoch that both hold, as far as I know. */
static tb_result common_epoch(struct tbc *c, const struct capsule_to *to, uint32_t mine,
                              uint32_t *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    uint32_t theirs = 0;
    Tbl__Peer *peer;

    if (to->cred->role == TB_ROLE_GUEST) {
        *ret = TB_EPOCH_GUEST;
        return TB_OK;
    }
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = peer_get(c, &to->cred->hash, &a, &peer);
    if (r != TB_OK)
        return r;
    theirs = to->have_epoch ? *to->have_epoch : peer->confirmed_epoch;
    *ret = theirs < mine ? theirs : mine;
    return TB_OK;
}

tb_result capsule_make(struct tbc *c, const struct capsule_of *of, const struct capsule_to *to,
                       struct capsule_made *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf packed = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key p = { 0 };
    struct tb_capsule cap = { .kind = to->kind,
                              .msg_id = of->msg_id,
                              .header_hash = of->header_hash,
                              .body_hash = of->body_hash,
                              .kc = of->kc,
                              .sender_cred = c->me->cred,
                              .to_cred = to->cred->hash,
                              .conversation = of->conversation,
                              .t = to->t,
                              .confirmed_epoch = province_epoch(c),
                              .roster_size = tb_roster_size(c->roster),
                              .roster_head = tb_roster_head(c->roster) };
    tb_result r = common_epoch(c, to, cap.confirmed_epoch, &cap.psk_epoch);

    if (r == TB_OK)
        r = province_secret(c, cap.psk_epoch, &p);
    if (r == TB_OK)
        r = tb_capsule_seal(&cap, &p, to->payload, &packed);
    if (r != TB_OK)
        return r;
    const struct e2e_peer peer = peer_of(to->cred);
    return e2e_encrypt(c->e2e, &peer, tb_buf_view(&packed), &ret->type, &ret->data);
}

/* ---- reading */

static tb_result check_capsule(struct tbc *c, const struct tb_cred *from, const Tb__WireCapsule *w,
                               const struct capsule_of *of, const struct tb_capsule *cap)
{
    bool same = tb_id_equal(&cap->msg_id, &of->msg_id) &&
                tb_id_equal(&cap->conversation, &of->conversation) &&
                tb_hash_equal(&cap->header_hash, &of->header_hash) &&
                tb_hash_equal(&cap->body_hash, &of->body_hash) &&
                tb_hash_equal(&cap->kc, &of->kc) && tb_hash_equal(&cap->sender_cred, &from->hash) &&
                tb_hash_equal(&cap->to_cred, &c->me->cred) && cap->t == w->t;

    return same ? TB_OK : TB_E_BADSIG;
}

static tb_result note_peer(struct tbc *c, const struct tb_cred *from, const struct tb_capsule *cap)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Peer *peer;

    rosync_peer(c, cap->roster_size, &cap->roster_head);
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = peer_get(c, &from->hash, &a, &peer);
    if (r != TB_OK || cap->confirmed_epoch <= peer->confirmed_epoch)
        return r;
    peer->confirmed_epoch = cap->confirmed_epoch;
    return peer_put(c, &from->hash, peer);
}

static bool wire_ok(struct tbc *c, const Tb__WireCapsule *w)
{
    return tb_is(&w->to_cred, TB_HASH_BYTES) &&
           memcmp(w->to_cred.data, c->me->cred.b, sizeof c->me->cred.b) == 0 &&
           (w->type == E2E_MESSAGE || w->type == E2E_PREKEY_MESSAGE);
}

tb_result capsule_read(struct tbc *c, const struct tb_cred *from, const Tb__WireCapsule *w,
                       const struct capsule_of *of, struct capsule_read *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key p = { 0 };
    const struct e2e_peer peer = peer_of(from);
    struct tb_view ct;

    ret->need_epoch = 0;
    tb_arena_init(&a, CORE_ARENA);
    if (!wire_ok(c, w))
        return TB_E_BADSIG;
    tb_result r = e2e_decrypt(c->e2e, &peer, (enum e2e_type)w->type, tb_field_view(&w->data),
                              now_boot_ms(), &plain);
    if (r != TB_OK)
        return r;
    r = tb_capsule_parse(&a, tb_buf_view(&plain), &ret->c, &ct);
    if (r == TB_OK)
        r = check_capsule(c, from, w, of, &ret->c);
    if (r != TB_OK)
        return r == TB_E_NOMEM ? r : TB_E_BADSIG;
    r = note_peer(c, from, &ret->c);
    if (r != TB_OK)
        return r;
    r = province_secret(c, ret->c.psk_epoch, &p);
    if (r == TB_E_NOTFOUND)
        ret->need_epoch = ret->c.psk_epoch;
    return r == TB_OK ? tb_capsule_open(&ret->c, ct, &p, ret->payload) : r;
}
