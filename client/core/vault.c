/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vault.c - the profile's data key in guarded memory, and fields sealed under it.
 *
 * Two keys are derived from the data key, one for fields and one for look-up
 * hashes, and only these two are kept.  The wrapping is authenticated as a
 * whole: its cost cannot be lowered without the passphrase failing. */
#include "client/core/vault.h"

#include <sodium.h>
#include <string.h>

#include "proto/kdf.h"

enum {
    WRAP_VERSION = 1,
    WRAP_ALG = crypto_pwhash_ALG_ARGON2ID13,
    SALT = crypto_pwhash_SALTBYTES,
    HEAD = 1 + 1 + 8 + 8 + SALT, /* what the wrapped key is bound to */
    SCHEMA = 1,
};

/* A file must not make us compute for minutes: four times what MODERATE asks for. */
#define OPS_MAX 12ULL
#define MEM_MAX (1ULL << 30)

_Static_assert(SALT == 16, "salt size of vault.h");
_Static_assert(VAULT_WRAP_BYTES == HEAD + TB_AEAD_EXTRA + TB_KEY_BYTES, "size of a wrapping");

struct vault {
    struct tb_key field, index;
};

struct cost {
    uint64_t ops, mem;
};

static struct cost cost_of(enum vault_cost cost)
{
    switch (cost) {
    case VAULT_COST_MINIMAL:
        return (struct cost){ crypto_pwhash_argon2id_OPSLIMIT_MIN,
                              crypto_pwhash_argon2id_MEMLIMIT_MIN };
    case VAULT_COST_INTERACTIVE:
        return (struct cost){ crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE };
    case VAULT_COST_MODERATE:
        break;
    }
    return (struct cost){ crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
                          crypto_pwhash_argon2id_MEMLIMIT_MODERATE };
}

static uint64_t get_u64(const uint8_t *p)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

/* The key that wraps; TB_E_NOMEM if the machine has less memory than the cost asks for. */
static tb_result stretch(struct tb_view pass, struct cost cost, const uint8_t *salt,
                         struct tb_key *ret)
{
    static const char nothing[1] = "";
    const char *text = pass.n ? (const char *)pass.p : nothing;

    if (pass.n > crypto_pwhash_PASSWD_MAX)
        return TB_E_RANGE;
    if (crypto_pwhash(ret->b, sizeof ret->b, text, pass.n, salt, cost.ops, (size_t)cost.mem,
                      WRAP_ALG) != 0)
        return TB_E_NOMEM;
    return TB_OK;
}

static tb_result vault_of(const struct tb_key *data, struct vault **ret)
{
    struct vault *v = sodium_malloc(sizeof *v);

    if (!v)
        return TB_E_NOMEM;
    v->field = tb_kdf(data, TB_L_FIELD, (struct tb_view){ 0 });
    v->index = tb_kdf(data, TB_L_ROW, (struct tb_view){ 0 });
    (void)sodium_mprotect_readonly(v); /* hardening only: it works without */
    *ret = v;
    return TB_OK;
}

void vault_free(struct vault *v)
{
    sodium_free(v); /* wipes */
}

TB_DEFINE_CLEANUP(struct vault, vault_free)

static tb_result wrap(struct tb_view pass, struct cost cost, const struct tb_key *data,
                      struct tb_buf *ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key key = { 0 };
    uint8_t salt[SALT];

    randombytes_buf(salt, sizeof salt);
    tb_put_u8(ret, WRAP_VERSION);
    tb_put_u8(ret, WRAP_ALG);
    tb_put_u64(ret, cost.ops);
    tb_put_u64(ret, cost.mem);
    tb_put(ret, salt, sizeof salt);
    tb_result r = tb_buf_check(ret);
    if (r == TB_OK)
        r = stretch(pass, cost, salt, &key);
    if (r != TB_OK)
        return r;
    uint8_t head[HEAD]; /* a copy: sealing may move the buffer */
    memcpy(head, ret->p, HEAD);
    return tb_aead_seal(&key, tb_view_of(data->b, sizeof data->b), tb_view_of(head, HEAD), ret);
}

tb_result vault_new(struct tb_view pass, enum vault_cost cost, struct vault **ret,
                    uint8_t ret_wrap[static VAULT_WRAP_BYTES])
{
    if (sodium_init() < 0)
        return TB_E_NOMEM;
    TB_CLEANUP(tb_key_wipe) struct tb_key data = tb_key_random();
    TB_CLEANUP(tb_buf_wipe) struct tb_buf wrapped = { 0 };
    TB_CLEANUP(vault_freep) struct vault *v = NULL;

    tb_result r = wrap(pass, cost_of(cost), &data, &wrapped);
    if (r == TB_OK)
        r = vault_of(&data, &v);
    if (r != TB_OK)
        return r;
    memcpy(ret_wrap, wrapped.p, VAULT_WRAP_BYTES);
    *ret = TB_TAKE(v);
    return TB_OK;
}

/* Is this a wrapping whose cost we are ready to pay? */
static bool wrap_ok(const uint8_t *w, struct cost *ret_cost)
{
    struct cost cost = { get_u64(w + 2), get_u64(w + 10) };

    if (w[0] != WRAP_VERSION || w[1] != WRAP_ALG)
        return false;
    if (cost.ops < crypto_pwhash_argon2id_OPSLIMIT_MIN || cost.ops > OPS_MAX)
        return false;
    if (cost.mem < crypto_pwhash_argon2id_MEMLIMIT_MIN || cost.mem > MEM_MAX)
        return false;
    *ret_cost = cost;
    return true;
}

tb_result vault_open(struct tb_view pass, const uint8_t wrap[static VAULT_WRAP_BYTES],
                     struct vault **ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key key = { 0 }, data = { 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    struct cost cost;

    if (sodium_init() < 0)
        return TB_E_NOMEM;
    if (!wrap_ok(wrap, &cost))
        return TB_E_RANGE;
    tb_result r = stretch(pass, cost, wrap + HEAD - SALT, &key);
    if (r != TB_OK)
        return r;
    r = tb_aead_open(&key, tb_view_of(wrap + HEAD, VAULT_WRAP_BYTES - HEAD), tb_view_of(wrap, HEAD),
                     &plain);
    if (r == TB_E_UNREADABLE)
        return TB_E_BADSIG;
    if (r != TB_OK)
        return r;
    memcpy(data.b, plain.p, sizeof data.b);
    return vault_of(&data, ret);
}

/* table | row | column | schema */
static void put_place(struct tb_buf *b, const struct vault_place *at)
{
    tb_put_var(b, at->table, strlen(at->table));
    tb_put_u64(b, (uint64_t)at->row);
    tb_put_var(b, at->column, strlen(at->column));
    tb_put_u32(b, SCHEMA);
}

tb_result vault_seal(const struct vault *v, const struct vault_place *at, struct tb_view plain,
                     struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf ad = { 0 };

    put_place(&ad, at);
    tb_result r = tb_buf_check(&ad);
    if (r != TB_OK)
        return r;
    return tb_aead_seal(&v->field, plain, tb_buf_view(&ad), ret);
}

tb_result vault_unseal(const struct vault *v, const struct vault_place *at, struct tb_view sealed,
                       struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf ad = { 0 };

    put_place(&ad, at);
    tb_result r = tb_buf_check(&ad);
    if (r != TB_OK)
        return r;
    return tb_aead_open(&v->field, sealed, tb_buf_view(&ad), ret);
}

struct tb_hash vault_index(const struct vault *v, const char *table, struct tb_view name)
{
    struct tb_key k = tb_kdf(&v->index, TB_L_ROW, tb_view_of(table, strlen(table)));
    struct tb_hash h = tb_commit(&k, TB_L_ROW, name);

    tb_key_wipe(&k);
    return h;
}
