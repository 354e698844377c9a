/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kdf.c - BLAKE2b with a personal label, XChaCha20-Poly1305 with the nonce in front. */
#include "proto/kdf.h"

#include <sodium.h>
#include <string.h>

enum { LABEL = crypto_generichash_blake2b_PERSONALBYTES, NONCE = 24 };

_Static_assert(NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(TB_AEAD_EXTRA == NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "AEAD growth");
#define X(name, text) _Static_assert(sizeof(text) - 1 == LABEL, "label size: " text);
TB_LABELS(X)
#undef X

static const uint8_t *label_bytes(enum tb_label label)
{
    static const char *const labels[] = {
#define X(name, text) [name] = (text),
        TB_LABELS(X)
#undef X
    };
    return (const uint8_t *)labels[label];
}

struct tb_hash tb_hash_of(enum tb_label label, struct tb_view x)
{
    struct tb_hash h;

    (void)crypto_generichash_blake2b_salt_personal(h.b, sizeof h.b, x.p, x.n, NULL, 0, NULL,
                                                   label_bytes(label));
    return h;
}

struct tb_hash tb_hash_of2(enum tb_label label, struct tb_view a, struct tb_view b)
{
    crypto_generichash_blake2b_state st;
    struct tb_hash h;

    (void)crypto_generichash_blake2b_init_salt_personal(&st, NULL, 0, sizeof h.b, NULL,
                                                        label_bytes(label));
    (void)crypto_generichash_blake2b_update(&st, a.p, a.n);
    (void)crypto_generichash_blake2b_update(&st, b.p, b.n);
    (void)crypto_generichash_blake2b_final(&st, h.b, sizeof h.b);
    sodium_memzero(&st, sizeof st);
    return h;
}

static void keyed(const struct tb_key *key, enum tb_label label, struct tb_view info,
                  uint8_t ret[static 32])
{
    (void)crypto_generichash_blake2b_salt_personal(ret, 32, info.p, info.n, key->b, sizeof key->b,
                                                   NULL, label_bytes(label));
}

struct tb_key tb_kdf(const struct tb_key *key, enum tb_label label, struct tb_view info)
{
    struct tb_key k;

    keyed(key, label, info, k.b);
    return k;
}

struct tb_hash tb_commit(const struct tb_key *key, enum tb_label label, struct tb_view info)
{
    struct tb_hash h;

    keyed(key, label, info, h.b);
    return h;
}

tb_result tb_aead_seal_with(const struct tb_key *key, const uint8_t nonce[static 24],
                            struct tb_view plain, struct tb_view ad, struct tb_buf *ret)
{
    if (plain.n > SIZE_MAX - TB_AEAD_EXTRA)
        return TB_E_LIMIT;
    uint8_t *at = tb_put_room(ret, plain.n + TB_AEAD_EXTRA);
    if (!at)
        return TB_E_NOMEM;
    memcpy(at, nonce, NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(at + NONCE, NULL, plain.p, plain.n, ad.p, ad.n,
                                                     NULL, at, key->b);
    return TB_OK;
}

tb_result tb_aead_seal(const struct tb_key *key, struct tb_view plain, struct tb_view ad,
                       struct tb_buf *ret)
{
    uint8_t nonce[NONCE];

    randombytes_buf(nonce, sizeof nonce);
    return tb_aead_seal_with(key, nonce, plain, ad, ret);
}

tb_result tb_aead_open(const struct tb_key *key, struct tb_view sealed, struct tb_view ad,
                       struct tb_buf *ret)
{
    if (sealed.n < TB_AEAD_EXTRA)
        return TB_E_UNREADABLE;
    size_t before = ret->n;
    uint8_t *at = tb_put_room(ret, sealed.n - TB_AEAD_EXTRA);
    if (!at)
        return TB_E_NOMEM;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(at, NULL, NULL, sealed.p + NONCE,
                                                   sealed.n - NONCE, ad.p, ad.n, sealed.p,
                                                   key->b) != 0) {
        ret->n = before;
        return TB_E_UNREADABLE;
    }
    return TB_OK;
}

struct tb_key tb_key_random(void)
{
    struct tb_key k;

    randombytes_buf(k.b, sizeof k.b);
    return k;
}
