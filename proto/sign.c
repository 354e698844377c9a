/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sign.c - signatures with type and roster id in front, and the Signed around them. */
#include "proto/sign.h"

#include <sodium.h>
#include <string.h>

#include "proto/signed.pb-c.h"

enum { ALG_ED25519 = 1 };

_Static_assert(TB_SIGN_SK_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key size");
_Static_assert(TB_KEY_BYTES == crypto_sign_SEEDBYTES, "Ed25519 seed size");

void tb_sign_pair_new(struct tb_sign_pair *ret)
{
    (void)crypto_sign_keypair(ret->pk, ret->sk);
}

void tb_sign_pair_from_seed(const struct tb_key *seed, struct tb_sign_pair *ret)
{
    (void)crypto_sign_seed_keypair(ret->pk, ret->sk, seed->b);
}

void tb_sign_pair_wipe(struct tb_sign_pair *p)
{
    sodium_memzero(p, sizeof *p);
}

bool tb_sign_pk_ok(const uint8_t pk[static TB_KEY_BYTES])
{
    return crypto_core_ed25519_is_valid_point(pk) == 1;
}

bool tb_box_pk_ok(const uint8_t pk[static TB_KEY_BYTES])
{
    /* Any scalar will do: clamping makes it a multiple of 8, which a low-order point never survives. */
    static const uint8_t scalar[crypto_scalarmult_SCALARBYTES] = { 8 };
    uint8_t out[crypto_scalarmult_BYTES];

    return crypto_scalarmult(out, scalar, pk) == 0;
}

/* "trucban/v1/<type>\0" || roster_id || u32 len || payload */
static tb_result covered(enum tb_type type, const struct tb_hash *roster_id, struct tb_view payload,
                         struct tb_buf *ret)
{
    static const char *const contexts[TB_TYPE_COUNT] = {
#define X(name, text) [name] = "trucban/v1/" text,
        TB_TYPES(X)
#undef X
    };

    tb_put(ret, contexts[type], strlen(contexts[type]) + 1);
    tb_put(ret, roster_id->b, sizeof roster_id->b);
    tb_put_var(ret, payload.p, payload.n);
    return tb_buf_check(ret);
}

tb_result tb_sign(enum tb_type type, const struct tb_hash *roster_id, struct tb_view payload,
                  const struct tb_sign_pair *by, uint8_t ret_sig[static TB_SIG_BYTES])
{
    TB_CLEANUP(tb_buf_done) struct tb_buf m = { 0 };
    tb_result r = covered(type, roster_id, payload, &m);

    if (r == TB_OK)
        (void)crypto_sign_detached(ret_sig, NULL, m.p, m.n, by->sk);
    return r;
}

bool tb_verify(enum tb_type type, const struct tb_hash *roster_id, struct tb_view payload,
               const uint8_t pk[static TB_KEY_BYTES], const uint8_t sig[static TB_SIG_BYTES])
{
    TB_CLEANUP(tb_buf_done) struct tb_buf m = { 0 };

    return covered(type, roster_id, payload, &m) == TB_OK &&
           crypto_sign_verify_detached(sig, m.p, m.n, pk) == 0;
}

tb_result tb_signed_make(enum tb_type type, const struct tb_hash *roster_id,
                         const ProtobufCMessage *msg, const struct tb_sign_pair *by,
                         struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf payload = { 0 };
    uint8_t sig[TB_SIG_BYTES];
    tb_result r = tb_pack(msg, &payload);

    if (r == TB_OK)
        r = tb_sign(type, roster_id, tb_buf_view(&payload), by, sig);
    if (r != TB_OK)
        return r;

    Tb__Signature one;
    Tb__Signature *list[] = { &one };
    Tb__Signed s;
    tb__signature__init(&one);
    tb__signed__init(&s);
    one.alg = ALG_ED25519;
    one.signer = tb_field(by->pk, sizeof by->pk);
    one.sig = tb_field(sig, sizeof sig);
    s.payload = tb_field(payload.p, payload.n);
    s.n_signature = 1;
    s.signature = list;
    return tb_pack(&s.base, ret);
}

static bool signature_ok(const Tb__Signature *s)
{
    return s->alg == ALG_ED25519 && tb_is(&s->signer, TB_KEY_BYTES) && tb_is(&s->sig, TB_SIG_BYTES);
}

static bool signed_before(const struct tb_signed *s, const uint8_t *pk)
{
    for (size_t i = 0; i < s->n; i++)
        if (memcmp(s->by[i].pk, pk, TB_KEY_BYTES) == 0)
            return true;
    return false;
}

tb_result tb_signed_parse(struct tb_arena *a, struct tb_view data, struct tb_signed *ret)
{
    struct tb_signed out = { 0 };
    Tb__Signed *s;
    tb_result r = tb_unpack(a, &tb__signed__descriptor, data, &s);

    if (r != TB_OK)
        return r;
    if (s->payload.len == 0 || s->n_signature < 1 || s->n_signature > TB_SIGNATURES_MAX)
        return TB_E_RANGE;
    out.payload = tb_field_view(&s->payload);
    for (size_t i = 0; i < s->n_signature; i++) {
        const Tb__Signature *one = s->signature[i];
        if (!signature_ok(one) || signed_before(&out, one->signer.data))
            return TB_E_RANGE;
        out.by[i].pk = one->signer.data;
        out.by[i].sig = one->sig.data;
        out.n++;
    }
    *ret = out;
    return TB_OK;
}

tb_result tb_signed_open(struct tb_arena *a, enum tb_type type, const struct tb_hash *roster_id,
                         struct tb_view data, const uint8_t pk[static TB_KEY_BYTES],
                         struct tb_view *ret_payload)
{
    struct tb_signed s;
    tb_result r = tb_signed_parse(a, data, &s);

    if (r != TB_OK)
        return r;
    if (s.n != 1 || memcmp(s.by[0].pk, pk, TB_KEY_BYTES) != 0 ||
        !tb_verify(type, roster_id, s.payload, pk, s.by[0].sig))
        return TB_E_BADSIG;
    *ret_payload = s.payload;
    return TB_OK;
}
