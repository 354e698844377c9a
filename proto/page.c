/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.c - body, tiers, capsules, recipients: the byte strings of page.h.
 *
 * Every string here has one fixed length, so it is built on the stack; the
 * numbers are u32 little-endian as in the messages, sizes u64. */
#include "proto/page.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_AD = 4 + 4 + TB_ID_BYTES + TB_HASH_BYTES,
    TIER_AD = 4 + TB_ID_BYTES + 3 * TB_HASH_BYTES + 4,
    CAPSULE_AD = 4 + 4 + 2 * TB_ID_BYTES + 7 * TB_HASH_BYTES + 3 * 4 + 8,
    CAPSULE_CT = TB_PAYLOAD_BYTES + TB_AEAD_EXTRA,
    RECIPIENT = 4 + TB_NAME_MAX + TB_HASH_BYTES,
    PAD_MARK = 0x80, /* then zeros */
};

static uint8_t *add(uint8_t *at, const void *p, size_t n)
{
    memcpy(at, p, n);
    return at + n;
}

static uint8_t *add_u32(uint8_t *at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> (8 * i));
    return at + 4;
}

static uint8_t *add_hash(uint8_t *at, const struct tb_hash *h)
{
    return add(at, h->b, sizeof h->b);
}

/* ---- body */

size_t tb_pad_len(size_t n)
{
    static const size_t bucket[] = { 1024, 4096, 16384, 65536, TB_BODY_MAX - TB_AEAD_EXTRA };

    for (size_t i = 0; i < sizeof bucket / sizeof bucket[0]; i++)
        if (n < bucket[i]) /* the mark takes one byte */
            return bucket[i];
    return 0;
}

static struct tb_view body_ad(const struct tb_body_ctx *ctx, uint8_t ad[static BODY_AD])
{
    uint8_t *at = add_u32(ad, TB_SUITE);

    at = add_u32(at, (uint32_t)ctx->type);
    at = add(at, ctx->msg_id.b, sizeof ctx->msg_id.b);
    (void)add_hash(at, &ctx->sender_cred);
    return tb_view_of(ad, BODY_AD);
}

struct tb_hash tb_body_hash(struct tb_view c)
{
    return tb_hash_of(TB_L_BODY_HASH, c);
}

static struct tb_hash key_commit(const struct tb_key *k, const struct tb_id *msg_id)
{
    return tb_commit(k, TB_L_KEY_COMMIT, tb_view_of(msg_id->b, sizeof msg_id->b));
}

tb_result tb_body_seal(const struct tb_body_ctx *ctx, const struct tb_key *k, struct tb_view plain,
                       struct tb_sealed *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf padded = { 0 };
    struct tb_buf c = { 0 };
    uint8_t ad[BODY_AD];
    size_t len = tb_pad_len(plain.n);

    if (len == 0)
        return TB_E_LIMIT;
    uint8_t *at = tb_put_room(&padded, len);
    if (!at)
        return TB_E_NOMEM;
    memset(at, 0, len);
    if (plain.n)
        memcpy(at, plain.p, plain.n);
    at[plain.n] = PAD_MARK;
    tb_result r = tb_aead_seal(k, tb_buf_view(&padded), body_ad(ctx, ad), &c);
    if (r != TB_OK)
        return r;
    *ret = (struct tb_sealed){
        .c = c,
        .body_hash = tb_body_hash(tb_buf_view(&c)),
        .kc = key_commit(k, &ctx->msg_id),
        .padded_len = (uint32_t)len,
    };
    return TB_OK;
}

void tb_sealed_done(struct tb_sealed *s)
{
    tb_buf_done(&s->c);
    *s = (struct tb_sealed){ 0 };
}

/* Length of what was padded; false if the padding is not ours. */
static bool unpad(struct tb_view padded, size_t *ret)
{
    size_t n = padded.n;

    while (n && padded.p[n - 1] == 0)
        n--;
    if (n == 0 || padded.p[n - 1] != PAD_MARK || tb_pad_len(n - 1) != padded.n)
        return false;
    *ret = n - 1;
    return true;
}

tb_result tb_body_open(const struct tb_body_ctx *ctx, const struct tb_key *k,
                       const struct tb_hash *body_hash, const struct tb_hash *kc, struct tb_view c,
                       struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf padded = { 0 };
    uint8_t ad[BODY_AD];
    size_t n = 0;

    if (c.n > TB_BODY_MAX)
        return TB_E_LIMIT;
    struct tb_hash is = tb_body_hash(c), commit = key_commit(k, &ctx->msg_id);
    if (!tb_hash_equal(&is, body_hash) || !tb_hash_equal(&commit, kc))
        return TB_E_BADSIG;
    tb_result r = tb_aead_open(k, c, body_ad(ctx, ad), &padded);
    if (r != TB_OK)
        return r;
    if (!unpad(tb_buf_view(&padded), &n))
        return TB_E_UNREADABLE;
    tb_put(ret, padded.p, n);
    return tb_buf_check(ret);
}

/* ---- tiers */

static struct tb_view tier_ad(const struct tb_tier_ctx *ctx, uint32_t t, uint8_t ad[static TIER_AD])
{
    uint8_t *at = add_u32(ad, TB_SUITE);

    at = add(at, ctx->msg_id.b, sizeof ctx->msg_id.b);
    at = add_hash(at, &ctx->sender_cred);
    at = add_hash(at, &ctx->body_hash);
    at = add_hash(at, &ctx->kc);
    (void)add_u32(at, t);
    return tb_view_of(ad, TIER_AD);
}

struct tb_hash tb_share_commit(const struct tb_tier_ctx *ctx, uint32_t t,
                               const struct tb_key *share)
{
    uint8_t ad[TIER_AD];

    return tb_commit(share, TB_L_TIER_COMMIT, tier_ad(ctx, t, ad));
}

tb_result tb_tier_seal(const struct tb_tier_ctx *ctx, uint32_t t, const struct tb_key *share,
                       const struct tb_key *k, uint8_t ret_e[static TB_PAYLOAD_BYTES])
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf e = { 0 };
    uint8_t mem[TIER_AD];
    struct tb_view ad = tier_ad(ctx, t, mem);
    TB_CLEANUP(tb_key_wipe) struct tb_key wrap = tb_kdf(share, TB_L_TIER_WRAP, ad);
    tb_result r = tb_aead_seal(&wrap, tb_view_of(k->b, sizeof k->b), ad, &e);

    if (r == TB_OK)
        memcpy(ret_e, e.p, TB_PAYLOAD_BYTES);
    return r;
}

tb_result tb_tier_open(const struct tb_tier_ctx *ctx, uint32_t t, const struct tb_key *share,
                       const uint8_t e[static TB_PAYLOAD_BYTES], struct tb_key *ret_k)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    uint8_t mem[TIER_AD];
    struct tb_view ad = tier_ad(ctx, t, mem);
    TB_CLEANUP(tb_key_wipe) struct tb_key wrap = tb_kdf(share, TB_L_TIER_WRAP, ad);
    tb_result r = tb_aead_open(&wrap, tb_view_of(e, TB_PAYLOAD_BYTES), ad, &plain);

    if (r != TB_OK)
        return r;
    memcpy(k.b, plain.p, sizeof k.b);
    struct tb_hash commit = key_commit(&k, &ctx->msg_id);
    if (!tb_hash_equal(&commit, &ctx->kc))
        return TB_E_BADSIG;
    *ret_k = k;
    return TB_OK;
}

/* ---- capsules */

/* X: every field of the capsule but ct, in the order of the message. */
static struct tb_view capsule_ad(const struct tb_capsule *c, uint8_t ad[static CAPSULE_AD])
{
    uint8_t *at = add_u32(ad, TB_SUITE);

    at = add_u32(at, (uint32_t)c->kind);
    at = add(at, c->msg_id.b, sizeof c->msg_id.b);
    at = add_hash(at, &c->header_hash);
    at = add_hash(at, &c->body_hash);
    at = add_hash(at, &c->kc);
    at = add_hash(at, &c->sender_cred);
    at = add_hash(at, &c->to_cred);
    at = add(at, c->conversation.b, sizeof c->conversation.b);
    at = add_u32(at, c->t);
    at = add_u32(at, c->psk_epoch);
    at = add_hash(at, &c->author_prev);
    at = add_u32(at, c->confirmed_epoch);
    at = add_u32(at, (uint32_t)c->roster_size); /* u64, low half first */
    at = add_u32(at, (uint32_t)(c->roster_size >> 32));
    (void)add_hash(at, &c->roster_head);
    return tb_view_of(ad, CAPSULE_AD);
}

static struct tb_key capsule_key(const struct tb_capsule *c, const struct tb_key *p_e,
                                 struct tb_view ad)
{
    static const struct tb_key zero;

    return tb_kdf(c->psk_epoch == TB_EPOCH_GUEST ? &zero : p_e, TB_L_CAPSULE_PSK, ad);
}

tb_result tb_capsule_seal(const struct tb_capsule *c, const struct tb_key *p_e,
                          const uint8_t payload[static TB_PAYLOAD_BYTES], struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf ct = { 0 };
    uint8_t mem[CAPSULE_AD];
    struct tb_view ad = capsule_ad(c, mem);
    TB_CLEANUP(tb_key_wipe) struct tb_key key = capsule_key(c, p_e, ad);
    tb_result r = tb_aead_seal(&key, tb_view_of(payload, TB_PAYLOAD_BYTES), ad, &ct);
    Tb__Capsule m;

    if (r != TB_OK)
        return r;
    tb__capsule__init(&m);
    m.suite = TB_SUITE;
    m.kind = (uint32_t)c->kind;
    m.msg_id = tb_field(c->msg_id.b, TB_ID_BYTES);
    m.header_hash = tb_field(c->header_hash.b, TB_HASH_BYTES);
    m.body_hash = tb_field(c->body_hash.b, TB_HASH_BYTES);
    m.kc = tb_field(c->kc.b, TB_HASH_BYTES);
    m.sender_cred = tb_field(c->sender_cred.b, TB_HASH_BYTES);
    m.to_cred = tb_field(c->to_cred.b, TB_HASH_BYTES);
    m.conversation = tb_field(c->conversation.b, TB_ID_BYTES);
    m.t = c->t;
    m.psk_epoch = c->psk_epoch;
    m.ct = tb_field(ct.p, ct.n);
    m.author_prev = tb_field(c->author_prev.b, TB_HASH_BYTES);
    m.confirmed_epoch = c->confirmed_epoch;
    m.roster_size = c->roster_size;
    m.roster_head = tb_field(c->roster_head.b, TB_HASH_BYTES);
    return tb_pack(&m.base, ret);
}

/* Does the tier number fit the kind?  A re-wrap may name the tier that it repairs. */
static tb_result check_capsule_tier(uint32_t kind, uint32_t t)
{
    if (t == TB_TIER_STANDBY)
        return TB_E_RESERVED;
    if (t > TB_TIERS_MAX || (kind == TB_CAPSULE_DIRECT && t != 0) ||
        (kind == TB_CAPSULE_TIER && t == 0))
        return TB_E_RANGE;
    return TB_OK;
}

static tb_result check_capsule(const Tb__Capsule *m)
{
    if (m->suite != TB_SUITE)
        return TB_E_VERSION;
    if (m->kind < TB_CAPSULE_DIRECT || m->kind > TB_CAPSULE_REWRAP)
        return TB_E_RANGE;
    if (!tb_is(&m->msg_id, TB_ID_BYTES) || !tb_is(&m->header_hash, TB_HASH_BYTES) ||
        !tb_is(&m->body_hash, TB_HASH_BYTES) || !tb_is(&m->kc, TB_HASH_BYTES) ||
        !tb_is(&m->sender_cred, TB_HASH_BYTES) || !tb_is(&m->to_cred, TB_HASH_BYTES) ||
        !tb_is(&m->conversation, TB_ID_BYTES) || !tb_is(&m->author_prev, TB_HASH_BYTES) ||
        !tb_is(&m->roster_head, TB_HASH_BYTES) || !tb_is(&m->ct, CAPSULE_CT))
        return TB_E_RANGE;
    return check_capsule_tier(m->kind, m->t);
}

tb_result tb_capsule_parse(struct tb_arena *a, struct tb_view packed, struct tb_capsule *ret,
                           struct tb_view *ret_ct)
{
    Tb__Capsule *m;
    tb_result r = tb_unpack(a, &tb__capsule__descriptor, packed, &m);

    if (r == TB_OK)
        r = check_capsule(m);
    if (r != TB_OK)
        return r;
    *ret = (struct tb_capsule){
        .kind = (enum tb_capsule_kind)m->kind,
        .msg_id = tb_id_from(m->msg_id.data),
        .header_hash = tb_hash_from(m->header_hash.data),
        .body_hash = tb_hash_from(m->body_hash.data),
        .kc = tb_hash_from(m->kc.data),
        .sender_cred = tb_hash_from(m->sender_cred.data),
        .to_cred = tb_hash_from(m->to_cred.data),
        .conversation = tb_id_from(m->conversation.data),
        .t = m->t,
        .psk_epoch = m->psk_epoch,
        .author_prev = tb_hash_from(m->author_prev.data),
        .confirmed_epoch = m->confirmed_epoch,
        .roster_size = m->roster_size,
        .roster_head = tb_hash_from(m->roster_head.data),
    };
    *ret_ct = tb_field_view(&m->ct);
    return TB_OK;
}

tb_result tb_capsule_open(const struct tb_capsule *c, struct tb_view ct, const struct tb_key *p_e,
                          uint8_t ret_payload[static TB_PAYLOAD_BYTES])
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    uint8_t mem[CAPSULE_AD];
    struct tb_view ad = capsule_ad(c, mem);
    TB_CLEANUP(tb_key_wipe) struct tb_key key = capsule_key(c, p_e, ad);

    if (ct.n != CAPSULE_CT)
        return TB_E_UNREADABLE;
    tb_result r = tb_aead_open(&key, ct, ad, &plain);
    if (r == TB_OK)
        memcpy(ret_payload, plain.p, TB_PAYLOAD_BYTES);
    return r;
}

void tb_payload_of_key(const struct tb_key *k, uint8_t ret[static TB_PAYLOAD_BYTES])
{
    memset(ret, 0, TB_PAYLOAD_BYTES);
    memcpy(ret, k->b, sizeof k->b);
}

void tb_key_of_payload(const uint8_t payload[static TB_PAYLOAD_BYTES], struct tb_key *ret)
{
    memcpy(ret->b, payload, sizeof ret->b);
}

/* ---- recipients */

static int compare(const void *x, const void *y)
{
    const struct tb_recipient *a = x, *b = y;

    if (a->t != b->t)
        return a->t < b->t ? -1 : 1;
    int names = strncmp(a->account, b->account, sizeof a->account);
    return names ? names : memcmp(a->cred.b, b->cred.b, sizeof a->cred.b);
}

struct tb_hash tb_recipients_hash(struct tb_recipient *list, size_t n)
{
    struct tb_hash h = { 0 };

    if (n)
        qsort(list, n, sizeof *list, compare);
    for (size_t i = 0; i < n; i++) {
        uint8_t item[RECIPIENT] = { 0 };
        uint8_t *at = add_u32(item, list[i].t);
        memcpy(at, list[i].account, strnlen(list[i].account, TB_NAME_MAX));
        (void)add_hash(at + TB_NAME_MAX, &list[i].cred);
        h = tb_hash_of2(TB_L_RECIPIENTS, tb_view_of(h.b, sizeof h.b),
                        tb_view_of(item, sizeof item));
    }
    return h;
}
