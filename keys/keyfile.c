/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keyfile.c - see keyfile.h. */
#include "keys/keyfile.h"

#include <sodium.h>
#include <string.h>

#include "keys/cursor.h"
#include "proto/kdf.h"
#include "proto/text.h"

static const char magic[] = "trucban-key-1\n";
enum { MAGIC = sizeof magic - 1, SUM = 8 };

struct work {
    unsigned long long ops;
    size_t memory;
};

static struct work work_of(enum key_cost cost)
{
    switch (cost) {
    case KEY_COST_MINIMAL:
        return (struct work){ crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN };
    case KEY_COST_INTERACTIVE:
        return (struct work){ crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE };
    case KEY_COST_MODERATE:
        break;
    }
    return (struct work){ crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE };
}

/* A file may ask for no more than the heaviest setting that we know: a hostile one could stop the
 * machine otherwise. */
static bool work_ok(uint64_t ops, uint64_t memory)
{
    return ops >= crypto_pwhash_OPSLIMIT_MIN && ops <= crypto_pwhash_OPSLIMIT_SENSITIVE &&
           memory >= crypto_pwhash_MEMLIMIT_MIN && memory <= crypto_pwhash_MEMLIMIT_SENSITIVE;
}

static tb_result stretch(struct work w, const uint8_t *salt, struct tb_view passphrase,
                         struct tb_key *ret)
{
    const char *text = (const char *)passphrase.p;

    if (crypto_pwhash(ret->b, sizeof ret->b, text != NULL ? text : "", passphrase.n, salt, w.ops,
                      w.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return TB_E_NOMEM;
    return TB_OK;
}

static void checksum(struct tb_view data, uint8_t ret[static SUM])
{
    uint8_t full[crypto_generichash_BYTES];

    crypto_generichash(full, sizeof full, data.p, data.n, NULL, 0);
    memcpy(ret, full, SUM);
}

static bool kind_ok(unsigned kind)
{
    return kind >= KEY_CUSTODIAN && kind <= KEY_FRESHNESS;
}

tb_result key_file_encode(const struct key_public *pub, const struct tb_key *seed,
                          enum key_cost cost, struct tb_view passphrase, struct tb_buf *ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    struct work w = work_of(cost);
    uint8_t salt[crypto_pwhash_SALTBYTES], sum[SUM];
    tb_result r;

    if (!kind_ok(pub->kind) || passphrase.n < KEY_PASSPHRASE_MIN ||
        passphrase.n > KEY_PASSPHRASE_MAX)
        return TB_E_RANGE;
    if ((r = tb_text_check(pub->person, TB_PERSON_MAX, TB_TEXT_LINE)) != TB_OK)
        return r;
    randombytes_buf(salt, sizeof salt);
    if ((r = stretch(w, salt, passphrase, &k)) != TB_OK)
        return r;
    tb_put(&b, magic, MAGIC);
    tb_put_u8(&b, (uint8_t)pub->kind);
    tb_put_u64(&b, w.ops);
    tb_put_u64(&b, w.memory);
    tb_put(&b, salt, sizeof salt);
    tb_put(&b, pub->pk, sizeof pub->pk);
    tb_put_var(&b, pub->person, strlen(pub->person));
    if ((r = tb_aead_seal(&k, tb_view_of(seed->b, sizeof seed->b), tb_buf_view(&b), &sealed)) !=
        TB_OK)
        return r;
    tb_put_var(&b, sealed.p, sealed.n);
    if ((r = tb_buf_check(&b)) != TB_OK)
        return r;
    checksum(tb_buf_view(&b), sum);
    tb_put(&b, sum, sizeof sum);
    tb_put(ret, b.p, b.n);
    return tb_buf_check(ret);
}

/* A key file taken apart; views borrow from the file. */
struct parts {
    struct key_public pub;
    struct work work;
    uint8_t salt[crypto_pwhash_SALTBYTES];
    struct tb_view ad, sealed;
};

static tb_result take_apart(struct tb_view file, struct parts *ret)
{
    struct cursor c = { .left = file };
    struct parts p = { 0 };
    struct tb_view person;
    uint8_t sum[SUM], kind;
    uint64_t ops, memory;

    if (file.n < MAGIC + SUM || file.n > KEY_FILE_MAX || memcmp(file.p, magic, MAGIC) != 0)
        return TB_E_TRUNCATED;
    checksum(tb_view_of(file.p, file.n - SUM), sum);
    if (memcmp(sum, file.p + file.n - SUM, SUM) != 0)
        return TB_E_BADSIG;
    c.left.n -= SUM;
    (void)cursor_take(&c, MAGIC);
    kind = cursor_u8(&c);
    ops = cursor_u64(&c);
    memory = cursor_u64(&c);
    cursor_copy(&c, p.salt, sizeof p.salt);
    cursor_copy(&c, p.pub.pk, sizeof p.pub.pk);
    person = cursor_var(&c, TB_PERSON_MAX);
    if (c.failed)
        return TB_E_TRUNCATED;
    p.ad = tb_view_of(file.p, (size_t)(c.left.p - file.p));
    p.sealed = cursor_var(&c, TB_KEY_BYTES + TB_AEAD_EXTRA);
    if (!cursor_ended(&c) || memchr(person.p, '\0', person.n) != NULL)
        return TB_E_TRUNCATED;
    memcpy(p.pub.person, person.p, person.n);
    if (!kind_ok(kind) || !work_ok(ops, memory))
        return TB_E_RANGE;
    p.pub.kind = (enum key_kind)kind;
    p.work = (struct work){ ops, (size_t)memory };
    *ret = p;
    return tb_text_check(p.pub.person, TB_PERSON_MAX, TB_TEXT_LINE);
}

tb_result key_file_peek(struct tb_view file, struct key_public *ret)
{
    struct parts p;
    tb_result r = take_apart(file, &p);

    if (r == TB_OK)
        *ret = p.pub;
    return r;
}

tb_result key_file_open(struct tb_view file, struct tb_view passphrase, struct key_public *ret,
                        struct tb_key *ret_seed)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf seed = { 0 };
    TB_CLEANUP(tb_sign_pair_wipe) struct tb_sign_pair pair = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key s = { 0 };
    struct parts p;
    tb_result r;

    if ((r = take_apart(file, &p)) != TB_OK)
        return r;
    if ((r = stretch(p.work, p.salt, passphrase, &k)) != TB_OK)
        return r;
    if ((r = tb_aead_open(&k, p.sealed, p.ad, &seed)) != TB_OK)
        return r;
    if (seed.n != sizeof s.b)
        return TB_E_TRUNCATED;
    memcpy(s.b, seed.p, sizeof s.b);
    tb_sign_pair_from_seed(&s, &pair);
    if (memcmp(pair.pk, p.pub.pk, sizeof pair.pk) != 0)
        return TB_E_BADSIG;
    *ret = p.pub;
    *ret_seed = s;
    return TB_OK;
}

const char *key_kind_name(enum key_kind kind)
{
    switch (kind) {
    case KEY_CUSTODIAN:
        return "custodian";
    case KEY_REGISTRAR:
        return "registrar";
    case KEY_FRESHNESS:
        break;
    }
    return "freshness";
}

tb_result key_cost_of(const char *name, enum key_cost *ret)
{
    static const char *const names[] = { "", "minimal", "interactive", "moderate" };

    for (unsigned i = KEY_COST_MINIMAL; i <= KEY_COST_MODERATE; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum key_cost)i;
            return TB_OK;
        }
    }
    return TB_E_RANGE;
}
