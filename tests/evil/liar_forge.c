/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liar_forge.c - what the owner of a relay could make up: acts, entries, bundles, releases.
 *
 * Everything is right but for one thing: the key of whoever should have signed. */
#include "liar.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/act.h"
#include "server/page.h"

/* ---- acts */

/* An accept as the person would have signed it; the statement even carries the person's public key. */
bool liar_accept(const struct tb_id *page, const char *account, struct tb_buf *ret_act)
{
    static const struct tb_hash zero, before = { { 1 } };
    const struct tb_cred *actor = liar_cred(account);
    struct tb_hash head = tb_roster_head(liar.r->roster);
    TB_CLEANUP(tb_sign_pair_wipe) struct tb_sign_pair own = liar.own;
    TB_CLEANUP(page_done) struct page p = { 0 };
    struct tb_id act_id = tb_id_random();
    Tb__Head at;
    Tb__Act m;

    if (!actor || page_find(liar.r, page, &p) != TB_OK)
        return false;
    tb__head__init(&at);
    tb__act__init(&m);
    at.size = tb_roster_size(liar.r->roster);
    at.hash = tb_field(head.b, sizeof head.b);
    m.suite = TB_SUITE;
    m.kind = TB_ACT_ACCEPT;
    m.act_id = tb_field(act_id.b, sizeof act_id.b);
    m.page_id = tb_field(page->b, sizeof page->b);
    m.header_hash = tb_field(p.is.header_hash.b, sizeof p.is.header_hash.b);
    m.actor_cred = tb_field(actor->hash.b, sizeof actor->hash.b);
    m.account = (char *)(uintptr_t)actor->account; /* protobuf-c has no const; packing only reads */
    m.round = p.st.esc.round;
    m.release_hash = tb_field(p.st.release_hash.b, sizeof p.st.release_hash.b);
    m.t = p.st.esc.tier;
    m.era = store_era(liar.r->store);
    m.eta_min = 5;
    m.level = 2;
    m.evidence = TB_EVIDENCE_VETTED;
    m.time_ms = liar_now();
    m.act_no = 1000;
    m.prev_act_hash = tb_field(before.b, sizeof before.b);
    m.detail_hash = m.detail_kc = tb_field(zero.b, sizeof zero.b);
    m.roster = &at;
    memcpy(own.pk, actor->sign_pk, sizeof own.pk);
    return tb_signed_make(TB_TYPE_ACT, tb_roster_id(liar.r->roster), &m.base, &own, ret_act) ==
           TB_OK;
}

/* ---- releases: these the relay may sign, so its lies are truly signed */

bool liar_release(const Tb__Envelope *e, const struct lie_rule *rule, struct tb_buf *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    char *names[] = { (char *)(uintptr_t)rule->name };
    struct tb_signed s;
    Tb__Release *m;

    tb_arena_init(&a, TB_ARENA_MAX);
    if (e->kind != TB_ENV_RELEASE ||
        tb_signed_parse(&a, tb_field_view(&e->statement), &s) != TB_OK ||
        tb_release_unpack(&a, s.payload, &m) != TB_OK)
        return false;
    if (rule->lie == LIE_NAMES && m->step == TB_RELEASE_TIER) {
        m->account = names;
        m->n_account = 1;
    } else if (rule->lie == LIE_NOBODY) {
        m->step = TB_RELEASE_NOBODY;
        m->t = 0;
        m->n_account = 0;
    } else if (rule->lie == LIE_LATER && m->step == TB_RELEASE_TIER) {
        m->t++;
    }
    return signer_sign(liar.r->signer, TB_TYPE_RELEASE, tb_roster_id(liar.r->roster), &m->base,
                       ret) == TB_OK;
}

/* ---- entries */

/* A device of an account, let in by nobody but the relay. */
bool liar_ghost(const char *account, const char *device, struct tb_buf *ret_entry)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf draft = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key box = tb_key_random();
    uint8_t ident[TB_IDENT_PK_BYTES] = { 5 }, pk[TB_KEY_BYTES];
    struct tb_hash card = { { 1 } };
    struct tb_id invite = tb_id_random();
    char subject[2 * TB_NAME_MAX + 2];
    Tb__Credential c;

    liar_must(crypto_scalarmult_base(pk, box.b) == 0, "key");
    memcpy(ident + 1, pk, sizeof pk);
    tb__credential__init(&c);
    c.suite = TB_SUITE;
    c.account = (char *)(uintptr_t)account;
    c.agency = (char *)(uintptr_t) "cong-an";
    c.device = (char *)(uintptr_t)device;
    c.role = TB_ROLE_RESPONDER;
    c.sign_pk = tb_field(liar.own.pk, TB_KEY_BYTES);
    c.ident_pk = tb_field(ident, sizeof ident);
    c.box_pk = tb_field(pk, sizeof pk);
    c.vetted = TB_VETTED_IN_PERSON;
    c.card_hash = tb_field(card.b, sizeof card.b);
    c.from_ms = liar_now() - 1000;
    c.until_ms = c.from_ms + 86400000LL;
    c.invite_id = tb_field(invite.b, sizeof invite.b);
    int n = snprintf(subject, sizeof subject, "%s/%s", account, device);
    const struct tb_entry_draft d = {
        .kind = TB_ENTRY_CREDENTIAL,
        .subject = tb_view_of(subject, (size_t)n),
        .body = &c.base,
        .signed_ms = liar_now(),
        .append_by_ms = liar_now() + 3600000,
    };
    tb_buf_done(ret_entry);
    return tb_entry_make(liar.r->roster, &d, &draft) == TB_OK &&
           tb_entry_sign(tb_buf_view(&draft), tb_roster_id(liar.r->roster), &liar.own, ret_entry) ==
               TB_OK;
}

/* ---- prekeys */

static void *copy(struct tb_arena *a, const void *from, size_t n)
{
    void *p = tb_arena_take(a, n + 1);

    liar_must(p != NULL, "out of memory");
    memcpy(p, from, n);
    return p;
}

/* The device's batch with the keys of the relay, signed by the relay. */
static void own_batch(Tb__PrekeyBundle *b, const Tb__Prekeys *m, struct tb_arena *a)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key sk = tb_key_random();
    uint8_t *key = tb_arena_take(a, TB_IDENT_PK_BYTES);

    liar_must(key != NULL && crypto_scalarmult_base(key + 1, sk.b) == 0, "key");
    key[0] = 5;
    m->signed_key->key = tb_field(key, TB_IDENT_PK_BYTES);
    for (size_t i = 0; i < m->n_one_time; i++)
        m->one_time[i]->key = tb_field(key, TB_IDENT_PK_BYTES);
    liar_must(tb_signed_make(TB_TYPE_PREKEYS, tb_roster_id(liar.r->roster), &m->base, &liar.own,
                             &out) == TB_OK,
              "sign");
    b->prekeys_signed = tb_field(copy(a, out.p, out.n), out.n);
}

/* The device's own signature, but other bytes where the keys stand. */
static void patch_batch(Tb__PrekeyBundle *b, const Tb__Prekeys *m, bool low, struct tb_arena *a)
{
    uint8_t *p = copy(a, b->prekeys_signed.data, b->prekeys_signed.len);
    const size_t n = b->prekeys_signed.len;

    for (size_t i = 0; i < m->n_one_time; i++)
        for (size_t at = 0; at + TB_IDENT_PK_BYTES <= n; at++) {
            if (memcmp(p + at, m->one_time[i]->key.data, TB_IDENT_PK_BYTES) != 0)
                continue;
            if (low)
                memset(p + at + 1, 0, TB_IDENT_PK_BYTES - 1);
            else
                randombytes_buf(p + at + 1, TB_IDENT_PK_BYTES - 1);
        }
    b->prekeys_signed = tb_field(p, n);
}

static void lie_about(Tb__PrekeyBundle *b, struct tb_arena *a)
{
    struct tb_signed s;
    Tb__Prekeys *m;

    if (b->prekeys_signed.len == 0 ||
        tb_signed_parse(a, tb_field_view(&b->prekeys_signed), &s) != TB_OK ||
        tb_prekeys_unpack(a, s.payload, &m) != TB_OK)
        return;
    switch (liar.bundle.lie) {
    case BUNDLE_OWN:
        own_batch(b, m, a);
        break;
    case BUNDLE_PATCHED:
        patch_batch(b, m, false, a);
        break;
    case BUNDLE_LOW:
        patch_batch(b, m, true, a);
        break;
    case BUNDLE_UNKNOWN:
        b->one_time_id = 0xfffff0;
        break;
    case BUNDLE_NONE_LEFT:
        b->one_time_id = 0;
        break;
    case BUNDLE_TRUE:
        break;
    }
}

void liar_bundles(Tb__PrekeysReply *m, struct tb_arena *a)
{
    for (size_t i = 0; liar.bundle.lie != BUNDLE_TRUE && i < m->n_bundle; i++) {
        if (!tb_is(&m->bundle[i]->cred, TB_HASH_BYTES))
            continue;
        struct tb_hash hash = tb_hash_from(m->bundle[i]->cred.data);
        const struct tb_cred *c = tb_roster_cred(liar.r->roster, &hash);
        if (c && liar_is(liar.bundle.whom, c->account))
            lie_about(m->bundle[i], a);
    }
}

/* The first X25519 key inside a ratchet message (33 bytes that begin with 5) becomes zero. */
void liar_low_key(ProtobufCBinaryData *data, struct tb_arena *a)
{
    uint8_t *p = copy(a, data->data, data->len);

    for (size_t i = 0; i + 2 + TB_KEY_BYTES <= data->len; i++)
        if (p[i] == TB_IDENT_PK_BYTES && p[i + 1] == 5) {
            memset(p + i + 2, 0, TB_KEY_BYTES);
            break;
        }
    *data = tb_field(p, data->len);
}
