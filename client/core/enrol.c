/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.c - makes this device's keys and the request for a credential (core.h, PROTOCOL.md section 7).
 * enrol_wait.c does what follows on the wire. */
#include <sodium.h>
#include <string.h>

#include "client/core/parts.h"
#include "proto/text.h"

struct making {
    struct tb_invite inv;
    struct tb_invite_keys keys;
    struct tb_sign_pair sign;
    struct e2e_identity ident;
    struct tb_key box_sk;
    struct tb_request q;
    struct tb_buf request; /* packed Signed */
    char words[160];
};

static void making_done(struct making *m)
{
    tb_invite_done(&m->inv);
    tb_invite_keys_wipe(&m->keys);
    tb_sign_pair_wipe(&m->sign);
    e2e_identity_wipe(&m->ident);
    tb_key_wipe(&m->box_sk);
    tb_request_done(&m->q);
    tb_buf_wipe(&m->request);
}

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)(s ? s
                                 : ""); /* protobuf-c's fields are not const; packing only reads */
}

static tb_result pack_card(const struct tbc_card *card, struct tb_buf *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Card m, *checked;

    tb_arena_init(&a, CORE_ARENA);
    tb__card__init(&m);
    m.name = text_of(card->name);
    m.rank = text_of(card->rank);
    m.position = text_of(card->position);
    m.unit = text_of(card->unit);
    m.phone = text_of(card->phone);
    m.email = text_of(card->email);
    tb_result r = tb_pack(&m.base, ret);
    return r == TB_OK ? tb_card_unpack(&a, tb_buf_view(ret), &checked) : r;
}

static tb_result make_keys(struct making *m, const char *device)
{
    tb_result r = e2e_identity_new(&m->ident);

    if (r != TB_OK)
        return r;
    tb_sign_pair_new(&m->sign);
    if (crypto_box_keypair(m->q.box_pk, m->box_sk.b) != 0)
        return TB_E_IO;
    m->q.card_salt = tb_key_random();
    copy_text(m->q.account, sizeof m->q.account, m->inv.account);
    copy_text(m->q.device, sizeof m->q.device, device);
    memcpy(m->q.sign_pk, m->sign.pk, sizeof m->q.sign_pk);
    memcpy(m->q.ident_pk, m->ident.public_key, sizeof m->q.ident_pk);
    return TB_OK;
}

static tb_result make_request(const struct tbc_enrol *e, struct making *m)
{
    tb_result r = tb_invite_parse(e->invite, &m->inv);

    if (r == TB_OK && m->inv.expires_ms <= now_wall_ms())
        r = TB_E_EXPIRED;
    if (r == TB_OK)
        r = tb_invite_derive(&m->inv, &m->keys);
    if (r == TB_OK && tb_name_check(e->device) != TB_OK)
        r = TB_E_RANGE;
    if (r == TB_OK)
        r = pack_card(&e->card, &m->q.card);
    if (r == TB_OK)
        r = make_keys(m, e->device);
    if (r == TB_OK)
        r = tb_request_seal(&m->inv, &m->keys, &m->sign, &m->q, &m->request);
    return r == TB_OK ? tb_enrol_words(&m->inv, &m->q.plain_hash, m->words) : r;
}

/* ---- on disk */

static tb_result put_identity(struct tbc *c, const struct making *m)
{
    const struct cs_key k = key_meta("identity");
    Tbl__Identity i;

    tbl__identity__init(&i);
    i.sign_pk = tb_field(m->sign.pk, sizeof m->sign.pk);
    i.sign_sk = tb_field(m->sign.sk, sizeof m->sign.sk);
    i.ident_pk = tb_field(m->ident.public_key, sizeof m->ident.public_key);
    i.ident_sk = tb_field(m->ident.private_key.b, sizeof m->ident.private_key.b);
    i.registration_id = m->ident.registration_id;
    i.box_pk = tb_field(m->q.box_pk, sizeof m->q.box_pk);
    i.box_sk = tb_field(m->box_sk.b, sizeof m->box_sk.b);
    i.account = text_of(m->q.account);
    i.device = text_of(m->q.device);
    i.card = tb_field(m->q.card.p, m->q.card.n);
    i.card_salt = tb_field(m->q.card_salt.b, sizeof m->q.card_salt.b);
    i.roster_id = tb_field(m->inv.roster_id.b, sizeof m->inv.roster_id.b);
    return local_put(c, &k, NULL, &i.base);
}

static tb_result put_enrolment(struct tbc *c, const struct tbc_enrol *e, const struct making *m)
{
    const struct cs_key k = key_meta("enrolment");
    Tbl__Enrolment row;

    tbl__enrolment__init(&row);
    row.invite = text_of(e->invite);
    row.request_signed = tb_field(m->request.p, m->request.n);
    row.words = text_of(m->words);
    return local_put(c, &k, NULL, &row.base);
}

static tb_result put_relay(struct tbc *c, const struct making *m)
{
    const struct cs_key k = key_meta("relay");
    char *address[4];
    Tbl__Relay row;

    tbl__relay__init(&row);
    for (size_t i = 0; i < m->inv.n_addresses && i < 4; i++)
        address[row.n_address++] = text_of(m->inv.address[i]);
    row.address = address;
    row.tls_pin = tb_field(m->inv.tls_pin.b, sizeof m->inv.tls_pin.b);
    return local_put(c, &k, NULL, &row.base);
}

static tb_result put_all(struct tbc *c, const struct tbc_enrol *e, const struct making *m,
                         const uint8_t wrap[static VAULT_WRAP_BYTES])
{
    const uint8_t yes = 1;
    tb_result r = cs_set_open_value(c->store, "wrap", tb_view_of(wrap, VAULT_WRAP_BYTES));

    if (r == TB_OK && e->passphrase.n)
        r = cs_set_open_value(c->store, "protected", tb_view_of(&yes, 1));
    if (r == TB_OK)
        r = put_identity(c, m);
    if (r == TB_OK)
        r = put_enrolment(c, e, m);
    return r == TB_OK ? put_relay(c, m) : r;
}

static tb_result store_all(struct tbc *c, const struct tbc_enrol *e, const struct making *m)
{
    uint8_t wrap[VAULT_WRAP_BYTES];
    struct vault *v = NULL;
    tb_result r = vault_new(e->passphrase, (enum vault_cost)e->cost, &v, wrap);

    if (r != TB_OK)
        return r;
    c->vault = v;
    cs_use(c->store, v);
    r = core_begin(c);
    if (r == TB_OK)
        r = put_all(c, e, m, wrap);
    if (r == TB_OK)
        r = core_commit(c);
    else
        core_undo(c);
    if (r == TB_OK)
        r = profile_become(c);
    if (r != TB_OK && !c->me) {
        cs_use(c->store, NULL);
        vault_free(c->vault);
        c->vault = NULL;
    }
    return r;
}

tb_result tbc_enrol(struct tbc *c, const struct tbc_enrol *e)
{
    TB_CLEANUP(making_done) struct making m = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf wrap = { 0 };

    if (c->me || cs_open_value(c->store, "wrap", &wrap) == TB_OK)
        return TB_E_CONFLICT;
    if (!e->invite || !e->device || e->cost < VAULT_COST_MINIMAL || e->cost > VAULT_COST_MODERATE)
        return TB_E_RANGE;
    tb_result r = make_request(e, &m);
    if (r == TB_OK)
        r = store_all(c, e, &m);
    if (r != TB_OK)
        return r;
    link_start(c);
    return core_end(c, TB_OK);
}

static tb_result enrolment(struct tbc *c, struct tb_arena *a, Tbl__Enrolment **ret)
{
    const struct cs_key k = key_meta("enrolment");

    return local_get(c, &k, a, &tbl__enrolment__descriptor, ret);
}

tb_result enrol_invite(struct tbc *c, struct tb_invite *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Enrolment *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = enrolment(c, &a, &m);
    return r == TB_OK ? tb_invite_parse(m->invite, ret) : r;
}

tb_result tbc_enrol_words(struct tbc *c, char ret[static 160])
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Enrolment *m;
    tb_result r = need_unlocked(c);

    tb_arena_init(&a, CORE_ARENA);
    if (r == TB_OK)
        r = enrolment(c, &a, &m);
    if (r == TB_OK)
        copy_text(ret, 160, m->words);
    return r;
}

tb_result tbc_invite_peek(const char *invite, struct tb_invite *ret)
{
    return tb_invite_parse(invite, ret);
}
