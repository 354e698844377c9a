/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_crypto.c - the primitives that libsignal asks its user for.
 *
 * libsodium does them all except AES-256-CBC.  AES-CTR belongs to protocol
 * version 2, which we do not speak: asked for it, we refuse. */
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

#include "client/core/e2e_part.h"

enum { AES_KEY = 32, AES_BLOCK = 16 };

static int random_bytes(uint8_t *data, size_t n, void *user)
{
    (void)user;
    randombytes_buf(data, n);
    return SG_SUCCESS;
}

/* --- HMAC-SHA256 */

static int hmac_init(void **ret, const uint8_t *key, size_t n, void *user)
{
    crypto_auth_hmacsha256_state *st = malloc(sizeof *st);

    (void)user;
    *ret = st; /* also when NULL: the library cleans up what it finds here */
    if (!st)
        return SG_ERR_NOMEM;
    return crypto_auth_hmacsha256_init(st, key, n) == 0 ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

static int hmac_update(void *st, const uint8_t *data, size_t n, void *user)
{
    (void)user;
    return crypto_auth_hmacsha256_update(st, data, n) == 0 ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

static int give(const uint8_t *data, size_t n, signal_buffer **ret)
{
    signal_buffer *b = signal_buffer_create(data, n);

    if (!b)
        return SG_ERR_NOMEM;
    *ret = b;
    return SG_SUCCESS;
}

static int hmac_final(void *st, signal_buffer **ret, void *user)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];

    (void)user;
    if (crypto_auth_hmacsha256_final(st, mac) != 0)
        return SG_ERR_UNKNOWN;
    int r = give(mac, sizeof mac, ret);
    sodium_memzero(mac, sizeof mac); /* it is a chain key as often as a MAC */
    return r;
}

static void hmac_cleanup(void *st, void *user)
{
    (void)user;
    if (st)
        sodium_memzero(st, sizeof(crypto_auth_hmacsha256_state));
    free(st);
}

/* --- SHA-512 */

static int sha512_init(void **ret, void *user)
{
    crypto_hash_sha512_state *st = malloc(sizeof *st);

    (void)user;
    *ret = st;
    if (!st)
        return SG_ERR_NOMEM;
    return crypto_hash_sha512_init(st) == 0 ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

static int sha512_update(void *st, const uint8_t *data, size_t n, void *user)
{
    (void)user;
    return crypto_hash_sha512_update(st, data, n) == 0 ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

static int sha512_final(void *st, signal_buffer **ret, void *user)
{
    uint8_t digest[crypto_hash_sha512_BYTES];

    (void)user;
    /* Started again at once: the library goes on with the same context. */
    if (crypto_hash_sha512_final(st, digest) != 0 || crypto_hash_sha512_init(st) != 0)
        return SG_ERR_UNKNOWN;
    return give(digest, sizeof digest, ret);
}

static void sha512_cleanup(void *st, void *user)
{
    (void)user;
    if (st)
        sodium_memzero(st, sizeof(crypto_hash_sha512_state));
    free(st);
}

/* --- AES-256-CBC */

TB_DEFINE_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

struct aes {
    int cipher;
    bool encrypt;
    struct tb_view key, iv, in;
};

/* Fills `out`, which has room for one block more than the input. */
static bool aes_cbc(const struct aes *a, uint8_t *out, size_t *ret_n)
{
    TB_CLEANUP(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;

    if (!ctx ||
        EVP_CipherInit_ex2(ctx, EVP_aes_256_cbc(), a->key.p, a->iv.p, a->encrypt, NULL) != 1)
        return false;
    if (EVP_CipherUpdate(ctx, out, &n, a->in.p, (int)a->in.n) != 1)
        return false;
    if (EVP_CipherFinal_ex(ctx, out + n, &last) != 1)
        return false;
    *ret_n = (size_t)n + (size_t)last;
    return true;
}

static int aes(const struct aes *a, signal_buffer **ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf out = { 0 };
    size_t n = 0;

    if (a->cipher != SG_CIPHER_AES_CBC_PKCS5 || a->key.n != AES_KEY || a->iv.n != AES_BLOCK)
        return SG_ERR_INVAL;
    if (a->in.n > E2E_CIPHER_MAX)
        return SG_ERR_INVAL;
    uint8_t *at = tb_put_room(&out, a->in.n + AES_BLOCK);
    if (!at)
        return SG_ERR_NOMEM;
    if (!aes_cbc(a, at, &n))
        return SG_ERR_UNKNOWN;
    return give(at, n, ret);
}

/* As the library calls both. */
#define AES_PARAMETERS                                                                    \
    signal_buffer **ret, int cipher, const uint8_t *key, size_t key_n, const uint8_t *iv, \
        size_t iv_n, const uint8_t *in, size_t in_n, void *user

static int encrypt(AES_PARAMETERS) /* NOLINT(readability-function-size): the library calls it so */
{
    (void)user;
    return aes(&(struct aes){ cipher, true, { key, key_n }, { iv, iv_n }, { in, in_n } }, ret);
}

static int decrypt(AES_PARAMETERS) /* NOLINT(readability-function-size): the library calls it so */
{
    (void)user;
    return aes(&(struct aes){ cipher, false, { key, key_n }, { iv, iv_n }, { in, in_n } }, ret);
}

int e2e_crypto_install(signal_context *ctx)
{
    static const signal_crypto_provider provider = {
        .random_func = random_bytes,
        .hmac_sha256_init_func = hmac_init,
        .hmac_sha256_update_func = hmac_update,
        .hmac_sha256_final_func = hmac_final,
        .hmac_sha256_cleanup_func = hmac_cleanup,
        .sha512_digest_init_func = sha512_init,
        .sha512_digest_update_func = sha512_update,
        .sha512_digest_final_func = sha512_final,
        .sha512_digest_cleanup_func = sha512_cleanup,
        .encrypt_func = encrypt,
        .decrypt_func = decrypt,
    };
    return signal_context_set_crypto_provider(ctx, &provider);
}
