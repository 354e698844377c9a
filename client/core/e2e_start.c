/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_start.c - prekeys of our own, and the first step towards a peer from his.
 *
 * The library takes a bundle at its word: a missing signature crashes it and a
 * low-order key makes the secret zero.  So everything is checked here before. */
#include <sodium.h>
#include <string.h>

#include "client/core/e2e_part.h"

/* --- our prekeys */

static bool id_ok(uint32_t id)
{
    return id >= 1 && id <= E2E_ID_MAX;
}

static tb_result public_of(const ec_key_pair *pair, uint8_t ret[static TB_IDENT_PK_BYTES])
{
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *b = NULL;

    if (ec_public_key_serialize(&b, ec_key_pair_get_public(pair)) < 0)
        return TB_E_NOMEM;
    if (signal_buffer_len(b) != TB_IDENT_PK_BYTES)
        return TB_E_UNREADABLE;
    memcpy(ret, signal_buffer_data(b), TB_IDENT_PK_BYTES);
    return TB_OK;
}

static tb_result save(struct e2e *e, enum e2e_record kind, uint32_t id, signal_buffer *b)
{
    return e2e_key_save(e, kind, id, tb_view_of(signal_buffer_data(b), signal_buffer_len(b)));
}

static tb_result make_one_time(struct e2e *e, uint32_t id, struct e2e_prekey *ret)
{
    TB_CLEANUP(e2e_unref_pair) ec_key_pair *pair = NULL;
    TB_CLEANUP(e2e_unref_pre_key) session_pre_key *key = NULL;
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *b = NULL;

    if (curve_generate_key_pair(e->ctx, &pair) < 0 || session_pre_key_create(&key, id, pair) < 0 ||
        session_pre_key_serialize(&b, key) < 0)
        return TB_E_NOMEM;
    tb_result r = public_of(pair, ret->public_key);
    if (r != TB_OK)
        return r;
    ret->id = id;
    return save(e, E2E_PREKEY, id, b);
}

/* Signs with the identity key, as the library wants it. */
static tb_result sign(struct e2e *e, const uint8_t pk[static TB_IDENT_PK_BYTES],
                      uint8_t ret[static TB_SIG_BYTES])
{
    TB_CLEANUP(e2e_unref_private) ec_private_key *sk = NULL;
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *sig = NULL;
    const struct tb_key *key = &e->secret->identity.private_key;

    if (curve_decode_private_point(&sk, key->b, sizeof key->b, e->ctx) < 0 ||
        curve_calculate_signature(e->ctx, &sig, sk, pk, TB_IDENT_PK_BYTES) < 0 ||
        signal_buffer_len(sig) != TB_SIG_BYTES)
        return TB_E_NOMEM;
    memcpy(ret, signal_buffer_data(sig), TB_SIG_BYTES);
    return TB_OK;
}

static tb_result make_signed(struct e2e *e, uint32_t id, struct e2e_prekeys *ret)
{
    TB_CLEANUP(e2e_unref_pair) ec_key_pair *pair = NULL;
    TB_CLEANUP(e2e_unref_signed_pre_key) session_signed_pre_key *key = NULL;
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *b = NULL;

    if (curve_generate_key_pair(e->ctx, &pair) < 0)
        return TB_E_NOMEM;
    tb_result r = public_of(pair, ret->signed_key.public_key);
    if (r == TB_OK)
        r = sign(e, ret->signed_key.public_key, ret->signed_sig);
    if (r != TB_OK)
        return r;
    ret->signed_key.id = id;
    if (session_signed_pre_key_create(&key, id, 0, pair, ret->signed_sig, TB_SIG_BYTES) < 0 ||
        session_signed_pre_key_serialize(&b, key) < 0)
        return TB_E_NOMEM;
    return save(e, E2E_SIGNED_PREKEY, id, b);
}

/* The signed prekey of this id as it was made before. */
static tb_result load_signed(struct e2e *e, uint32_t id, struct e2e_prekeys *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };
    TB_CLEANUP(e2e_unref_signed_pre_key) session_signed_pre_key *key = NULL;

    tb_result r = e2e_key_load(e, E2E_SIGNED_PREKEY, id, &b);
    if (r != TB_OK)
        return r;
    if (session_signed_pre_key_deserialize(&key, b.p, b.n, e->ctx) < 0 ||
        session_signed_pre_key_get_signature_len(key) != TB_SIG_BYTES)
        return TB_E_UNREADABLE;
    ret->signed_key.id = id;
    memcpy(ret->signed_sig, session_signed_pre_key_get_signature(key), TB_SIG_BYTES);
    return public_of(session_signed_pre_key_get_key_pair(key), ret->signed_key.public_key);
}

static tb_result make_all(struct e2e *e, uint32_t signed_id, uint32_t first_id,
                          struct e2e_prekeys *keys)
{
    tb_result r = load_signed(e, signed_id, keys);

    if (r == TB_E_NOTFOUND)
        r = make_signed(e, signed_id, keys);
    for (size_t i = 0; r == TB_OK && i < keys->n_one_time; i++)
        r = make_one_time(e, first_id + (uint32_t)i, &keys->one_time[i]);
    return r;
}

tb_result e2e_make_prekeys(struct e2e *e, uint32_t signed_id, uint32_t first_id, size_t n,
                           struct e2e_prekeys *ret)
{
    struct e2e_prekeys keys = { .registration_id = e->secret->identity.registration_id,
                                .n_one_time = n };

    if (!id_ok(signed_id) || !id_ok(first_id) || n > TB_PREKEY_BATCH ||
        n > E2E_ID_MAX - first_id + 1)
        return TB_E_RANGE;
    (void)pthread_mutex_lock(&e->mutex);
    tb_result r = make_all(e, signed_id, first_id, &keys);
    (void)pthread_mutex_unlock(&e->mutex);
    if (r == TB_OK)
        *ret = keys;
    return r;
}

/* --- a peer's bundle */

static tb_result bundle_check(const struct e2e_peer *peer, const struct e2e_bundle *b)
{
    if (!id_ok(b->signed_key.id) || (b->has_one_time && !id_ok(b->one_time.id)))
        return TB_E_RANGE;
    if (sodium_is_zero(b->signed_sig, sizeof b->signed_sig))
        return TB_E_BADSIG;
    if (!e2e_public_ok(peer->ident_pk) || !e2e_public_ok(b->signed_key.public_key) ||
        (b->has_one_time && !e2e_public_ok(b->one_time.public_key)))
        return TB_E_BADSIG;
    return TB_OK;
}

static int decode(struct e2e *e, const uint8_t pk[static TB_IDENT_PK_BYTES], ec_public_key **ret)
{
    return curve_decode_point(ret, pk, TB_IDENT_PK_BYTES, e->ctx);
}

static int bundle_of(struct e2e *e, const struct e2e_bundle *b, session_pre_key_bundle **ret)
{
    TB_CLEANUP(e2e_unref_public) ec_public_key *identity = NULL, *signed_key = NULL;
    TB_CLEANUP(e2e_unref_public) ec_public_key *one_time = NULL;

    int sg = decode(e, e->peer->ident_pk, &identity);
    if (sg >= 0)
        sg = decode(e, b->signed_key.public_key, &signed_key);
    if (sg >= 0 && b->has_one_time)
        sg = decode(e, b->one_time.public_key, &one_time);
    if (sg < 0)
        return sg;
    return session_pre_key_bundle_create(
        ret, b->registration_id, 1, b->has_one_time ? b->one_time.id : 0, one_time,
        b->signed_key.id, signed_key, b->signed_sig, sizeof b->signed_sig, identity);
}

static tb_result start(struct e2e *e, const struct e2e_bundle *b)
{
    TB_CLEANUP(e2e_unref_bundle) session_pre_key_bundle *bundle = NULL;
    TB_CLEANUP(session_builder_freep) session_builder *builder = NULL;
    struct e2e_name name;

    e2e_name_of(&e->peer->cred, &name);
    tb_buf_wipe(&e->now.record);
    int sg = bundle_of(e, b, &bundle);
    if (sg >= 0)
        sg = session_builder_create(&builder, e->keep, &name.address, e->ctx);
    if (sg >= 0)
        sg = session_builder_process_pre_key_bundle(builder, bundle);
    return sg == SG_ERR_INVALID_KEY ? TB_E_BADSIG : e2e_result_of(e, sg);
}

tb_result e2e_start(struct e2e *e, const struct e2e_peer *peer, const struct e2e_bundle *b)
{
    tb_result r = bundle_check(peer, b);

    if (r != TB_OK)
        return r;
    r = e2e_begin(e, peer);
    if (r == TB_E_BADSIG || r == TB_E_UNREADABLE) { /* what was there is of no use: begin afresh */
        memcpy(e->now.ident_pk, peer->ident_pk, sizeof e->now.ident_pk);
        r = TB_OK;
    }
    if (r == TB_OK)
        r = start(e, b);
    return e2e_end(e, r);
}
