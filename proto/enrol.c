/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.c - the request of a new device, its approval, and the words that compare them (enrol.h). */
#include "proto/enrol.h"

#include <sodium.h>
#include <string.h>

#include "proto/text.h"
#include "proto/words.h"

enum {
    DJB_TYPE = 5, /* first byte of a libsignal public key: Curve25519 */
    CARD_MAX = 2048,
    PWHASH_BYTES = 16, /* the least that crypto_pwhash gives; the words take 9 */
};

_Static_assert(TB_ID_BYTES == crypto_pwhash_SALTBYTES, "an invite id is the salt of its words");

void tb_request_done(struct tb_request *q)
{
    tb_buf_wipe(&q->card);
    sodium_memzero(q, sizeof *q);
}

struct tb_hash tb_request_hash(struct tb_view request_payload)
{
    return tb_hash_of(TB_L_REQUEST, request_payload);
}

/* ---- request */

/* What the device's own signature covers: every other field, and the ticket. */
static void put_self(const Tb__RequestPlain *m, const struct tb_hash *ticket_hash,
                     struct tb_buf *ret)
{
    tb_put_u32(ret, m->suite);
    tb_put_var(ret, m->account, strlen(m->account));
    tb_put_var(ret, m->device, strlen(m->device));
    tb_put(ret, m->sign_pk.data, m->sign_pk.len);
    tb_put(ret, m->ident_pk.data, m->ident_pk.len);
    tb_put(ret, m->box_pk.data, m->box_pk.len);
    tb_put_var(ret, m->card.data, m->card.len);
    tb_put(ret, m->card_salt.data, m->card_salt.len);
    tb_put_u32(ret, m->kem);
    tb_put_var(ret, m->kem_pk.data, m->kem_pk.len);
    tb_put(ret, ticket_hash->b, sizeof ticket_hash->b);
}

static tb_result check_card(const ProtobufCBinaryData *card)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Card *c;

    if (card->len > CARD_MAX)
        return TB_E_LIMIT;
    tb_arena_init(&a, TB_ARENA_ANON);
    return tb_card_unpack(&a, tb_field_view(card), &c);
}

static tb_result check_keys(const Tb__RequestPlain *m)
{
    if (!tb_is(&m->sign_pk, TB_KEY_BYTES) || !tb_is(&m->box_pk, TB_KEY_BYTES) ||
        !tb_is(&m->ident_pk, TB_IDENT_PK_BYTES) || m->ident_pk.data[0] != DJB_TYPE)
        return TB_E_RANGE;
    if (!tb_sign_pk_ok(m->sign_pk.data) || !tb_box_pk_ok(m->box_pk.data) ||
        !tb_box_pk_ok(m->ident_pk.data + 1))
        return TB_E_BADSIG;
    return TB_OK;
}

/* The form of a request's inside, but for its signature. */
static tb_result check_plain(const Tb__RequestPlain *m, const struct tb_invite *i)
{
    if (m->suite != TB_SUITE)
        return TB_E_VERSION;
    if (m->kem != 0 || m->kem_pk.len != 0)
        return TB_E_RESERVED;
    if (tb_name_check(m->account) != TB_OK || tb_name_check(m->device) != TB_OK ||
        !tb_is(&m->card_salt, TB_KEY_BYTES))
        return TB_E_RANGE;
    if (strcmp(m->account, i->account) != 0)
        return TB_E_DENIED; /* an invite is for one account */
    tb_result r = check_keys(m);
    return r == TB_OK ? check_card(&m->card) : r;
}

/* Signs and packs the inside. */
static tb_result pack_plain(const struct tb_invite *i, const struct tb_sign_pair *device,
                            const struct tb_request *q, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf self = { 0 };
    uint8_t sig[TB_SIG_BYTES];
    char account[sizeof q->account], name[sizeof q->device];
    Tb__RequestPlain m;

    memcpy(account, q->account, sizeof account);
    memcpy(name, q->device, sizeof name);
    tb__request_plain__init(&m);
    m.suite = TB_SUITE;
    m.account = account;
    m.device = name;
    m.sign_pk = tb_field(q->sign_pk, sizeof q->sign_pk);
    m.ident_pk = tb_field(q->ident_pk, sizeof q->ident_pk);
    m.box_pk = tb_field(q->box_pk, sizeof q->box_pk);
    m.card = tb_field(q->card.p, q->card.n);
    m.card_salt = tb_field(q->card_salt.b, sizeof q->card_salt.b);
    tb_result r = check_plain(&m, i);
    if (r != TB_OK)
        return r;
    if (memcmp(device->pk, q->sign_pk, sizeof q->sign_pk) != 0)
        return TB_E_BADSIG;
    put_self(&m, &i->ticket_hash, &self);
    r = tb_buf_check(&self);
    if (r == TB_OK)
        r = tb_sign(TB_TYPE_REQUEST, &i->roster_id, tb_buf_view(&self), device, sig);
    if (r != TB_OK)
        return r;
    m.self_sig = tb_field(sig, sizeof sig);
    return tb_pack(&m.base, ret);
}

tb_result tb_request_seal(const struct tb_invite *i, const struct tb_invite_keys *k,
                          const struct tb_sign_pair *device, struct tb_request *q,
                          struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    struct tb_view ticket = tb_view_of(i->ticket_hash.b, TB_HASH_BYTES);
    Tb__EnrolRequest m;
    tb_result r = pack_plain(i, device, q, &plain);

    if (r == TB_OK)
        r = tb_aead_seal(&k->request, tb_buf_view(&plain), ticket, &sealed);
    if (r != TB_OK)
        return r;
    tb__enrol_request__init(&m);
    m.invite_id = tb_field(i->invite_id.b, TB_ID_BYTES);
    m.ticket_hash = tb_field(i->ticket_hash.b, TB_HASH_BYTES);
    m.sealed = tb_field(sealed.p, sealed.n);
    r = tb_signed_make(TB_TYPE_REQUEST, &i->roster_id, &m.base, &k->admit, ret);
    if (r == TB_OK)
        q->plain_hash = tb_hash_of(TB_L_REQUEST, tb_buf_view(&plain));
    return r;
}

static tb_result check_self(const Tb__RequestPlain *m, const struct tb_invite *i)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf self = { 0 };

    if (!tb_is(&m->self_sig, TB_SIG_BYTES))
        return TB_E_RANGE;
    put_self(m, &i->ticket_hash, &self);
    if (self.failed)
        return TB_E_NOMEM;
    return tb_verify(TB_TYPE_REQUEST, &i->roster_id, tb_buf_view(&self), m->sign_pk.data,
                     m->self_sig.data)
               ? TB_OK
               : TB_E_BADSIG;
}

/* Reads and checks the inside; takes nothing over unless all is right. */
static tb_result read_plain(struct tb_arena *a, const struct tb_invite *i, struct tb_view plain,
                            struct tb_request *ret)
{
    struct tb_request q = { .plain_hash = tb_hash_of(TB_L_REQUEST, plain) };
    Tb__RequestPlain *m;
    tb_result r = tb_unpack(a, &tb__request_plain__descriptor, plain, &m);

    if (r == TB_OK)
        r = check_plain(m, i);
    if (r == TB_OK)
        r = check_self(m, i);
    if (r != TB_OK)
        return r;
    memcpy(q.account, m->account, strlen(m->account) + 1);
    memcpy(q.device, m->device, strlen(m->device) + 1);
    memcpy(q.sign_pk, m->sign_pk.data, sizeof q.sign_pk);
    memcpy(q.ident_pk, m->ident_pk.data, sizeof q.ident_pk);
    memcpy(q.box_pk, m->box_pk.data, sizeof q.box_pk);
    memcpy(q.card_salt.b, m->card_salt.data, sizeof q.card_salt.b);
    tb_put(&q.card, m->card.data, m->card.len);
    if (q.card.failed)
        return TB_E_NOMEM;
    *ret = q;
    return TB_OK;
}

tb_result tb_request_open(const struct tb_invite *i, const struct tb_invite_keys *k,
                          struct tb_view request_signed, struct tb_request *ret,
                          struct tb_hash *ret_hash)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_view ticket = tb_view_of(i->ticket_hash.b, TB_HASH_BYTES), payload;
    Tb__EnrolRequest *m;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb_result r =
        tb_signed_open(&a, TB_TYPE_REQUEST, &i->roster_id, request_signed, k->admit.pk, &payload);
    if (r == TB_OK)
        r = tb_unpack(&a, &tb__enrol_request__descriptor, payload, &m);
    if (r != TB_OK)
        return r;
    if (!tb_is(&m->invite_id, TB_ID_BYTES) || !tb_is(&m->ticket_hash, TB_HASH_BYTES))
        return TB_E_RANGE;
    if (memcmp(m->invite_id.data, i->invite_id.b, TB_ID_BYTES) != 0 ||
        memcmp(m->ticket_hash.data, i->ticket_hash.b, TB_HASH_BYTES) != 0)
        return TB_E_BADSIG;
    r = tb_aead_open(&k->request, tb_field_view(&m->sealed), ticket, &plain);
    if (r == TB_OK)
        r = read_plain(&a, i, tb_buf_view(&plain), ret);
    if (r == TB_OK)
        *ret_hash = tb_request_hash(payload);
    return r;
}

/* ---- approval */

void tb_approval_done(struct tb_approval *p)
{
    tb_buf_wipe(&p->credential);
    sodium_memzero(p, sizeof *p);
}

/* kdf(k_appr, INV_SEAL, ss || eph_pk || box_pk || request_hash) */
static tb_result seal_key(const struct tb_key *approve, const uint8_t *sk, const uint8_t *pk,
                          const uint8_t tail[static 3 * TB_KEY_BYTES], struct tb_key *ret)
{
    uint8_t in[4 * TB_KEY_BYTES];

    if (crypto_scalarmult(in, sk, pk) != 0)
        return TB_E_BADSIG;
    memcpy(in + TB_KEY_BYTES, tail, sizeof in - TB_KEY_BYTES);
    *ret = tb_kdf(approve, TB_L_INV_SEAL, tb_view_of(in, sizeof in));
    sodium_memzero(in, sizeof in);
    return TB_OK;
}

/* eph_pk || box_pk || request_hash */
static void seal_tail(const uint8_t *eph_pk, const uint8_t *box_pk, const struct tb_hash *h,
                      uint8_t ret[static 3 * TB_KEY_BYTES])
{
    memcpy(ret, eph_pk, TB_KEY_BYTES);
    memcpy(ret + TB_KEY_BYTES, box_pk, TB_KEY_BYTES);
    memcpy(ret + (size_t)2 * TB_KEY_BYTES, h->b, TB_HASH_BYTES);
}

static bool approval_ok(const Tb__ApprovalPlain *m)
{
    /* Guests get no secret: epoch 0 and an empty field go together. */
    size_t secret = m->epoch == TB_EPOCH_GUEST ? 0 : TB_KEY_BYTES;

    return m->credential.len >= 1 && m->credential.len <= TB_ENTRY_MAX &&
           tb_is(&m->province_secret, secret) && m->roster_size >= 1 &&
           tb_is(&m->roster_head, TB_HASH_BYTES);
}

static tb_result pack_approval(const struct tb_approval *p, struct tb_buf *ret)
{
    Tb__ApprovalPlain m;

    tb__approval_plain__init(&m);
    m.credential = tb_field(p->credential.p, p->credential.n);
    m.epoch = p->epoch;
    if (p->epoch != TB_EPOCH_GUEST)
        m.province_secret = tb_field(p->province_secret.b, TB_KEY_BYTES);
    m.roster_size = p->roster_size;
    m.roster_head = tb_field(p->roster_head.b, TB_HASH_BYTES);
    return approval_ok(&m) ? tb_pack(&m.base, ret) : TB_E_RANGE;
}

tb_result tb_approval_seal(const struct tb_approval_to *to, const struct tb_approval *p,
                           const struct tb_sign_pair *registrar, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key eph_sk, key = { 0 };
    uint8_t eph_pk[TB_KEY_BYTES], tail[3 * TB_KEY_BYTES];
    Tb__Approval m;

    (void)crypto_box_keypair(eph_pk, eph_sk.b);
    seal_tail(eph_pk, to->box_pk, to->request_hash, tail);
    tb_result r = seal_key(&to->keys->approve, eph_sk.b, to->box_pk, tail, &key);
    if (r == TB_OK)
        r = pack_approval(p, &plain);
    if (r == TB_OK)
        r = tb_aead_seal(&key, tb_buf_view(&plain), tb_view_of(to->request_hash->b, TB_HASH_BYTES),
                         &sealed);
    if (r != TB_OK)
        return r;
    tb__approval__init(&m);
    m.invite_id = tb_field(to->invite_id->b, TB_ID_BYTES);
    m.request_hash = tb_field(to->request_hash->b, TB_HASH_BYTES);
    m.eph_pk = tb_field(eph_pk, sizeof eph_pk);
    m.sealed = tb_field(sealed.p, sealed.n);
    return tb_signed_make(TB_TYPE_APPROVAL, to->roster_id, &m.base, registrar, ret);
}

static tb_result read_approval(struct tb_arena *a, struct tb_view plain, struct tb_approval *ret)
{
    Tb__ApprovalPlain *m;
    tb_result r = tb_unpack(a, &tb__approval_plain__descriptor, plain, &m);

    if (r != TB_OK)
        return r;
    if (!approval_ok(m))
        return TB_E_RANGE;
    struct tb_approval p = {
        .epoch = m->epoch,
        .roster_size = m->roster_size,
        .roster_head = tb_hash_from(m->roster_head.data),
    };
    tb_put(&p.credential, m->credential.data, m->credential.len);
    if (p.credential.failed)
        return TB_E_NOMEM;
    if (m->province_secret.len)
        memcpy(p.province_secret.b, m->province_secret.data, TB_KEY_BYTES);
    *ret = p;
    sodium_memzero(&p, sizeof p);
    return TB_OK;
}

/* Verifies the one signature and the form: who signed is for the caller to judge. */
static tb_result check_approval(struct tb_arena *a, const struct tb_approval_in *in,
                                struct tb_view data, Tb__Approval **ret,
                                uint8_t ret_by[static TB_KEY_BYTES])
{
    struct tb_signed s;
    Tb__Approval *m;
    tb_result r = tb_signed_parse(a, data, &s);

    if (r != TB_OK)
        return r;
    if (s.n != 1 || !tb_verify(TB_TYPE_APPROVAL, in->roster_id, s.payload, s.by[0].pk, s.by[0].sig))
        return TB_E_BADSIG;
    r = tb_unpack(a, &tb__approval__descriptor, s.payload, &m);
    if (r != TB_OK)
        return r;
    if (!tb_is(&m->invite_id, TB_ID_BYTES) || !tb_is(&m->request_hash, TB_HASH_BYTES) ||
        !tb_is(&m->eph_pk, TB_KEY_BYTES))
        return TB_E_RANGE;
    if (memcmp(m->request_hash.data, in->request_hash->b, TB_HASH_BYTES) != 0)
        return TB_E_BADSIG;
    memcpy(ret_by, s.by[0].pk, TB_KEY_BYTES);
    *ret = m;
    return TB_OK;
}

tb_result tb_approval_open(const struct tb_approval_in *in, struct tb_view approval_signed,
                           struct tb_approval *ret, uint8_t ret_by[static TB_KEY_BYTES])
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key key = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    uint8_t by[TB_KEY_BYTES], tail[3 * TB_KEY_BYTES];
    Tb__Approval *m;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb_result r = check_approval(&a, in, approval_signed, &m, by);
    if (r != TB_OK)
        return r;
    seal_tail(m->eph_pk.data, in->box_pk, in->request_hash, tail);
    r = seal_key(&in->keys->approve, in->box_sk, m->eph_pk.data, tail, &key);
    if (r == TB_OK)
        r = tb_aead_open(&key, tb_field_view(&m->sealed),
                         tb_view_of(in->request_hash->b, TB_HASH_BYTES), &plain);
    if (r == TB_OK)
        r = read_approval(&a, tb_buf_view(&plain), ret);
    if (r == TB_OK)
        memcpy(ret_by, by, sizeof by);
    return r;
}

/* ---- words */

tb_result tb_enrol_words(const struct tb_invite *i, const struct tb_hash *request_plain_hash,
                         char ret[static 160])
{
    const struct tb_hash *const parts[] = { &i->roster_id, &i->tls_pin, &i->ticket_hash,
                                            request_plain_hash };
    uint8_t in[sizeof parts / sizeof parts[0] * TB_HASH_BYTES], out[PWHASH_BYTES];

    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
        memcpy(in + p * TB_HASH_BYTES, parts[p]->b, TB_HASH_BYTES);
    struct tb_hash t = tb_hash_of(TB_L_ENROL_WORDS, tb_view_of(in, sizeof in));
    if (crypto_pwhash(out, sizeof out, (const char *)t.b, sizeof t.b, i->invite_id.b,
                      crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return TB_E_NOMEM;
    tb_words_print(out, ret);
    return TB_OK;
}
