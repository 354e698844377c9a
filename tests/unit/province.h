/* SPDX-License-Identifier: GPL-3.0-or-later */
/* province.h - a whole province in memory, for tests of every library above proto/.
 *
 *     struct province p;
 *     province_demo(&p);                       // 1-of-1 root, demo flag; one signature is enough
 *     province_real(&p);                       // 2-of-3 root; grants take two registrars
 *     ... p.roster, province_find(&p, "an") ...
 *     province_done(&p);
 *
 * Both give: the root, two registrars, a relay, secret epoch 1, the devices
 * so-y-te/may-truc (agency), an/dien-thoai and binh/dien-thoai (responders),
 * chi/may-truc and dung/may-truc (coordinators), and the policy "truc-dem":
 * tier 1 an, tier 2 binh, tier 3 chi.  province_bare() gives the root alone.
 *
 * All keys come from names, all times from PROVINCE_T0, so two runs make the
 * same bytes; p.now_ms advances by a second with each entry.  More entries:
 *
 *     province_enrol(&p, "em", "so-y-te", "may-2", TB_ROLE_AGENCY);      // must succeed
 *     Tb__Removal m = province_removal("an");
 *     struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
 *     province_by(&e, &p.registrar[0]);
 *     tb_result r = province_append(&p, &e);                             // p.why tells why not
 *
 * e.edit may change any field of the entry before it is signed.  What must
 * succeed and does not ends the program with the reason. */
#pragma once

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/kdf.h"
#include "proto/roster.h"
#include "proto/signed.pb-c.h"

#define PROVINCE_T0 (1764000000000LL)
#define PROVINCE_DAY (86400000LL)
#ifndef PROVINCE_DEVICES
#define PROVINCE_DEVICES 32 /* a program may say more before it includes this */
#endif
enum { PROVINCE_CUSTODIANS = 3, PROVINCE_REGISTRARS = 3 };

struct province_device {
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1];
    enum tb_role role;
    enum tb_vetted vetted;
    struct tb_sign_pair sign;
    struct tb_key box_sk, ident_sk;
    uint8_t box_pk[TB_KEY_BYTES], ident_pk[TB_IDENT_PK_BYTES];
    struct tb_hash card_hash;
    int64_t from_ms, until_ms;
    struct tb_hash cred; /* entry hash, once it is in the log */
};

struct province {
    struct tb_roster *roster; /* owned */
    struct tb_hash id;
    bool demo;
    int64_t now_ms;
    struct tb_sign_pair custodian[PROVINCE_CUSTODIANS]; /* of demo provinces only the first */
    struct tb_sign_pair registrar[PROVINCE_REGISTRARS]; /* 0, 1: everything; 2: guests only */
    struct tb_sign_pair relay, witness[2];
    struct tb_id relay_id;
    struct tb_hash tls_pin;
    struct tb_key secret; /* P_1 */
    struct province_device device[PROVINCE_DEVICES];
    size_t n_devices;
    struct tb_why why; /* of the newest append */
};

static const char *const province_custodians[] = { "Nguyễn Văn Một", "Trần Thị Hai", "Lê Văn Ba" };
static const char *const province_registrars[] = { "Phạm Thị Bốn", "Hoàng Văn Năm", "Vũ Thị Sáu" };

static inline void province_must(tb_result r, const char *what, const char *why)
{
    if (r == TB_OK)
        return;
    fprintf(stderr, "province: %s: %s: %s\n", what, tb_result_name(r), why);
    abort();
}

/* The key that belongs to a name; same name, same key. */
static inline struct tb_key province_key(const char *use, const char *name)
{
    struct tb_key k;
    crypto_generichash_state s;

    (void)crypto_generichash_init(&s, NULL, 0, sizeof k.b);
    (void)crypto_generichash_update(&s, (const uint8_t *)use, strlen(use) + 1);
    (void)crypto_generichash_update(&s, (const uint8_t *)name, strlen(name));
    (void)crypto_generichash_final(&s, k.b, sizeof k.b);
    return k;
}

static inline struct tb_sign_pair province_pair(const char *use, const char *name)
{
    struct tb_key seed = province_key(use, name);
    struct tb_sign_pair pair;

    tb_sign_pair_from_seed(&seed, &pair);
    return pair;
}

/* ---- entries */

struct province_entry {
    enum tb_entry_kind kind;
    struct tb_view subject;
    const ProtobufCMessage *body;
    const struct tb_sign_pair *by[TB_SIGNATURES_MAX];
    size_t n_by;
    void (*edit)(Tb__RosterEntry *e); /* before it is signed; NULL = nothing */
    int64_t seen_ms;                  /* TB_SEEN_VOUCHED = 0 */
};

static inline struct province_entry province_entry(enum tb_entry_kind kind, const char *subject,
                                                   const ProtobufCMessage *body)
{
    return (struct province_entry){
        .kind = kind,
        .subject = tb_view_of(subject, strlen(subject)),
        .body = body,
    };
}

static inline struct province_entry province_entry_of(enum tb_entry_kind kind, const void *subject,
                                                      size_t n, const ProtobufCMessage *body)
{
    return (struct province_entry){ .kind = kind, .subject = tb_view_of(subject, n), .body = body };
}

static inline void province_by(struct province_entry *e, const struct tb_sign_pair *pair)
{
    e->by[e->n_by++] = pair;
}

/* Runs `edit` over a draft and packs it again. */
static inline void province_edit(struct tb_buf *draft, void (*edit)(Tb__RosterEntry *e))
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_done) struct tb_buf payload = { 0 };
    Tb__RosterEntry *e;
    Tb__Signed s;

    tb_arena_init(&a, 1 << 20);
    province_must(tb_entry_peek(&a, tb_buf_view(draft), &e, NULL), "edit", "peek");
    edit(e);
    province_must(tb_pack(&e->base, &payload), "edit", "pack");
    tb__signed__init(&s);
    s.payload = tb_field(payload.p, payload.n);
    tb_buf_done(draft);
    province_must(tb_pack(&s.base, draft), "edit", "pack");
}

/* Appends the packed Signed of `e`, as the roster stands now, to *ret. */
static inline void province_make(struct province *p, const struct province_entry *e,
                                 struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf draft = { 0 };
    struct tb_entry_draft d = {
        .kind = e->kind, .subject = e->subject, .body = e->body, .signed_ms = p->now_ms += 1000
    };
    const struct tb_hash *id = tb_roster_size(p->roster) ? &p->id : NULL;

    province_must(tb_entry_make(p->roster, &d, &draft), "make", "");
    if (e->edit)
        province_edit(&draft, e->edit);
    for (size_t i = 0; i < e->n_by; i++) {
        struct tb_buf more = { 0 };
        province_must(tb_entry_sign(tb_buf_view(&draft), id, e->by[i], &more), "sign", "");
        tb_buf_done(&draft);
        draft = more;
    }
    tb_put(ret, draft.p, draft.n);
    province_must(tb_buf_check(ret), "make", "");
}

/* Makes, signs and appends; what went wrong is in p->why. */
static inline tb_result province_append(struct province *p, const struct province_entry *e)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    province_make(p, e, &b);
    return tb_roster_append(p->roster, tb_buf_view(&b), e->seen_ms, &p->why);
}

static inline void province_put(struct province *p, const struct province_entry *e)
{
    province_must(province_append(p, e), tb_entry_kind_name(e->kind), p->why.text);
}

/* ---- bodies.  They point into what they were made from. */

struct province_root {
    Tb__Root m;
    Tb__Custodian custodian[PROVINCE_CUSTODIANS];
    Tb__Custodian *list[PROVINCE_CUSTODIANS];
};

static inline void province_root_body(const struct province *p, size_t custodians, uint32_t quorum,
                                      struct province_root *ret)
{
    static char name[] = "Tỉnh Thử Nghiệm";

    tb__root__init(&ret->m);
    ret->m.suite = 1;
    ret->m.province = name;
    ret->m.quorum = quorum;
    ret->m.demo = p->demo;
    ret->m.n_custodian = custodians;
    ret->m.custodian = ret->list;
    for (size_t i = 0; i < custodians; i++) {
        tb__custodian__init(&ret->custodian[i]);
        ret->custodian[i].key = tb_field(p->custodian[i].pk, TB_KEY_BYTES);
        ret->custodian[i].person = (char *)(uintptr_t)province_custodians[i];
        ret->list[i] = &ret->custodian[i];
    }
}

static inline Tb__Registrar province_registrar(const struct province *p, size_t i)
{
    static uint32_t all[] = { TB_ROLE_AGENCY,  TB_ROLE_RESPONDER, TB_ROLE_COORDINATOR,
                              TB_ROLE_LIAISON, TB_ROLE_MACHINE,   TB_ROLE_REGISTRAR };
    static uint32_t guests[] = { TB_ROLE_GUEST };
    Tb__Registrar m;

    tb__registrar__init(&m);
    m.key = tb_field(p->registrar[i].pk, TB_KEY_BYTES);
    m.person = (char *)(uintptr_t)province_registrars[i];
    m.role = i < 2 ? all : guests;
    m.n_role = i < 2 ? sizeof all / sizeof all[0] : 1;
    m.from_ms = PROVINCE_T0;
    m.until_ms = PROVINCE_T0 + 730 * PROVINCE_DAY;
    return m;
}

static inline Tb__RelayEntry province_relay(const struct province *p)
{
    static char address[] = "localhost:8443";
    static char *list[] = { address };
    Tb__RelayEntry m;

    tb__relay_entry__init(&m);
    m.relay_id = tb_field(p->relay_id.b, TB_ID_BYTES);
    m.key = tb_field(p->relay.pk, TB_KEY_BYTES);
    m.tls_pin = tb_field(p->tls_pin.b, TB_HASH_BYTES);
    m.address = list;
    m.n_address = 1;
    return m;
}

static inline Tb__FreshnessKey province_freshness_key(const struct province *p, size_t i)
{
    static char holder[] = "tác tử trực";
    Tb__FreshnessKey m;

    tb__freshness_key__init(&m);
    m.key = tb_field(p->witness[i].pk, TB_KEY_BYTES);
    m.holder = holder;
    m.from_ms = PROVINCE_T0;
    m.until_ms = PROVINCE_T0 + 730 * PROVINCE_DAY;
    return m;
}

static inline Tb__Credential province_credential(const struct province_device *d)
{
    Tb__Credential m;

    tb__credential__init(&m);
    m.suite = 1;
    m.account = (char *)(uintptr_t)d->account;
    m.agency = (char *)(uintptr_t)d->agency;
    m.device = (char *)(uintptr_t)d->device;
    m.role = (uint32_t)d->role;
    m.sign_pk = tb_field(d->sign.pk, TB_KEY_BYTES);
    m.ident_pk = tb_field(d->ident_pk, TB_IDENT_PK_BYTES);
    m.box_pk = tb_field(d->box_pk, TB_KEY_BYTES);
    m.vetted = (uint32_t)d->vetted;
    m.card_hash = tb_field(d->card_hash.b, TB_HASH_BYTES);
    m.from_ms = d->from_ms;
    m.until_ms = d->until_ms;
    return m;
}

static inline Tb__Removal province_removal(const char *account)
{
    Tb__Removal m;

    tb__removal__init(&m);
    m.account = (char *)(uintptr_t)account;
    m.reason = TB_REMOVAL_LOST;
    return m;
}

struct province_policy {
    Tb__Policy m;
    Tb__PolicyTier tier[TB_TIERS_MAX], *tiers[TB_TIERS_MAX];
    Tb__Target target[TB_TIERS_MAX][8], *targets[TB_TIERS_MAX][8];
    char id[TB_NAME_MAX + 1];
    char account[TB_TIERS_MAX][8][TB_NAME_MAX + 1];
};

static inline void province_tier(struct province_policy *p, size_t t, const char *accounts)
{
    Tb__PolicyTier *tier = &p->tier[t];

    tb__policy_tier__init(tier);
    tier->t = (uint32_t)t + 1;
    tier->wait_s = 60;
    tier->repeat_s = 10;
    tier->target = p->targets[t];
    p->tiers[t] = tier;
    while (*accounts && *accounts != ';') {
        size_t n = strcspn(accounts, ",;"), i = tier->n_target++;
        memcpy(p->account[t][i], accounts, n);
        tb__target__init(&p->target[t][i]);
        p->target[t][i].kind = TB_TARGET_ACCOUNT;
        p->target[t][i].id = p->account[t][i];
        p->targets[t][i] = &p->target[t][i];
        accounts += n + (accounts[n] == ',' ? 1 : 0);
    }
}

/* `tiers` as in "an;binh,em;chi": ';' between tiers, ',' inside; waits 60 s, repeats 10 s. */
static inline void province_policy_body(struct province_policy *ret, const char *id,
                                        const char *tiers)
{
    static char name[] = "Trực đêm";

    memset(ret, 0, sizeof *ret);
    tb__policy__init(&ret->m);
    memcpy(ret->id, id, strlen(id));
    ret->m.id = ret->id;
    ret->m.name = name;
    ret->m.tier = ret->tiers;
    for (const char *s = tiers; s; s = strchr(s, ';') ? strchr(s, ';') + 1 : NULL)
        province_tier(ret, ret->m.n_tier++, s);
}

/* ---- steps that must succeed */

/* As many as this province asks for: custodians, registrars. */
static inline void province_by_root(const struct province *p, struct province_entry *e)
{
    for (size_t i = 0; i < (p->demo ? 1 : 2); i++)
        province_by(e, &p->custodian[i]);
}

static inline void province_by_registrars(const struct province *p, struct province_entry *e)
{
    for (size_t i = 0; i < (p->demo ? 1 : 2); i++)
        province_by(e, &p->registrar[i]);
}

static inline struct province_device *province_find(struct province *p, const char *account)
{
    for (size_t i = 0; i < p->n_devices; i++)
        if (strcmp(p->device[i].account, account) == 0)
            return &p->device[i];
    return NULL;
}

/* A device with keys, not in the log yet.  Vetted in person, valid for a year. */
static inline struct province_device *province_device(struct province *p, const char *account,
                                                      const char *agency, const char *device,
                                                      enum tb_role role)
{
    struct province_device *d = &p->device[p->n_devices++];
    char name[2 * TB_NAME_MAX + 2];

    if (p->n_devices > PROVINCE_DEVICES)
        abort();
    *d = (struct province_device){ .role = role,
                                   .vetted = TB_VETTED_IN_PERSON,
                                   .from_ms = PROVINCE_T0,
                                   .until_ms = PROVINCE_T0 + 365 * PROVINCE_DAY };
    (void)snprintf(d->account, sizeof d->account, "%s", account);
    (void)snprintf(d->agency, sizeof d->agency, "%s", agency);
    (void)snprintf(d->device, sizeof d->device, "%s", device);
    (void)snprintf(name, sizeof name, "%s/%s", account, device);
    d->sign = province_pair("sign", name);
    d->box_sk = province_key("box", name);
    d->ident_sk = province_key("ident", name);
    d->ident_pk[0] = 0x05;
    if (crypto_scalarmult_base(d->box_pk, d->box_sk.b) != 0 ||
        crypto_scalarmult_base(d->ident_pk + 1, d->ident_sk.b) != 0)
        abort();
    struct tb_key salt = province_key("card-salt", name);
    d->card_hash = tb_commit(&salt, TB_L_CARD_HASH, tb_view_of(name, strlen(name)));
    return d;
}

/* The credential entry of a device; `m` must live as long as the entry. */
static inline struct province_entry province_credential_entry(const struct province_device *d,
                                                              Tb__Credential *m, char subject[66])
{
    *m = province_credential(d);
    (void)snprintf(subject, 66, "%.32s/%.32s", d->account, d->device);
    return province_entry(TB_ENTRY_CREDENTIAL, subject, &m->base);
}

static inline tb_result province_admit(struct province *p, struct province_device *d)
{
    char subject[66];
    Tb__Credential m;
    struct province_entry e = province_credential_entry(d, &m, subject);

    province_by_registrars(p, &e);
    tb_result r = province_append(p, &e);
    if (r == TB_OK)
        d->cred = tb_roster_prev(p->roster, TB_ENTRY_CREDENTIAL, e.subject);
    return r;
}

static inline struct province_device *province_enrol(struct province *p, const char *account,
                                                     const char *agency, const char *device,
                                                     enum tb_role role)
{
    struct province_device *d = province_device(p, account, agency, device, role);

    province_must(province_admit(p, d), account, p->why.text);
    return d;
}

/* By the coordinators chi and dung. */
static inline void province_set_policy(struct province *p, const char *id, const char *tiers)
{
    struct province_policy b;

    province_policy_body(&b, id, tiers);
    struct province_entry e = province_entry(TB_ENTRY_POLICY, id, &b.m.base);
    province_by(&e, &province_find(p, "chi")->sign);
    if (!p->demo)
        province_by(&e, &province_find(p, "dung")->sign);
    province_put(p, &e);
}

static inline void province_set_registrar(struct province *p, size_t i)
{
    Tb__Registrar m = province_registrar(p, i);
    struct province_entry e =
        province_entry_of(TB_ENTRY_REGISTRAR, p->registrar[i].pk, TB_KEY_BYTES, &m.base);

    province_by_root(p, &e);
    province_put(p, &e);
}

static inline void province_set_relay(struct province *p)
{
    Tb__RelayEntry m = province_relay(p);
    struct province_entry e =
        province_entry_of(TB_ENTRY_RELAY, p->relay_id.b, TB_ID_BYTES, &m.base);

    province_by_root(p, &e);
    province_put(p, &e);
}

/* Rosters without a freshness key are never stale; so tests ask for one. */
static inline void province_set_witness(struct province *p, size_t i)
{
    Tb__FreshnessKey m = province_freshness_key(p, i);
    struct province_entry e =
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, p->witness[i].pk, TB_KEY_BYTES, &m.base);

    province_by_root(p, &e);
    province_put(p, &e);
}

/* A freshness statement of witness `i` for the head as it stands. */
static inline void province_statement(const struct province *p, size_t i, int64_t time_ms,
                                      struct tb_buf *ret)
{
    struct tb_hash head = tb_roster_head(p->roster);
    Tb__Freshness m;
    Tb__Head h;

    tb__freshness__init(&m);
    tb__head__init(&h);
    h.size = tb_roster_size(p->roster);
    h.hash = tb_field(head.b, sizeof head.b);
    m.head = &h;
    m.time_ms = time_ms;
    province_must(tb_signed_make(TB_TYPE_FRESHNESS, &p->id, &m.base, &p->witness[i], ret),
                  "freshness", "");
}

static inline void province_set_epoch(struct province *p)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf info = { 0 };
    Tb__SecretEpoch m;

    tb_put(&info, p->id.b, sizeof p->id.b);
    tb_put_u32(&info, 1);
    struct tb_hash commit = tb_commit(&p->secret, TB_L_PSK_COMMIT, tb_buf_view(&info));
    tb__secret_epoch__init(&m);
    m.epoch = 1;
    m.commit = tb_field(commit.b, sizeof commit.b);
    struct province_entry e = province_entry(TB_ENTRY_SECRET_EPOCH, "epoch", &m.base);
    province_by(&e, &p->registrar[0]);
    province_put(p, &e);
}

/* ---- whole provinces */

static inline void province_keys(struct province *p, bool demo)
{
    if (sodium_init() < 0)
        abort();
    memset(p, 0, sizeof *p);
    p->demo = demo;
    p->now_ms = PROVINCE_T0;
    for (size_t i = 0; i < PROVINCE_CUSTODIANS; i++)
        p->custodian[i] = province_pair("custodian", province_custodians[i]);
    for (size_t i = 0; i < PROVINCE_REGISTRARS; i++)
        p->registrar[i] = province_pair("registrar", province_registrars[i]);
    p->relay = province_pair("relay", "may-chu");
    p->witness[0] = province_pair("witness", "0");
    p->witness[1] = province_pair("witness", "1");
    struct tb_key id = province_key("relay-id", "may-chu"), pin = province_key("tls", "may-chu");
    p->relay_id = tb_id_from(id.b);
    p->tls_pin = tb_hash_from(pin.b);
    p->secret = province_key("secret", "1");
    province_must(tb_roster_new(&p->roster), "new", "");
}

/* The root alone: demo is 1 of 1, otherwise 2 of 3. */
static inline void province_bare(struct province *p, bool demo)
{
    struct province_root b;

    province_keys(p, demo);
    province_root_body(p, demo ? 1 : 3, demo ? 1 : 2, &b);
    struct province_entry e = province_entry(TB_ENTRY_ROOT, "root", &b.m.base);
    province_by_root(p, &e);
    province_put(p, &e);
    p->id = *tb_roster_id(p->roster);
}

static inline void province_people(struct province *p)
{
    province_set_registrar(p, 0);
    province_set_registrar(p, 1);
    province_set_relay(p);
    province_set_epoch(p);
    (void)province_enrol(p, "so-y-te", "so-y-te", "may-truc", TB_ROLE_AGENCY);
    (void)province_enrol(p, "an", "pa05", "dien-thoai", TB_ROLE_RESPONDER);
    (void)province_enrol(p, "binh", "pa05", "dien-thoai", TB_ROLE_RESPONDER);
    (void)province_enrol(p, "chi", "pa05", "may-truc", TB_ROLE_COORDINATOR);
    (void)province_enrol(p, "dung", "pa05", "may-truc", TB_ROLE_COORDINATOR);
    province_set_policy(p, "truc-dem", "an;binh;chi");
}

static inline void province_demo(struct province *p)
{
    province_bare(p, true);
    province_people(p);
}

static inline void province_real(struct province *p)
{
    province_bare(p, false);
    province_people(p);
}

static inline void province_done(struct province *p)
{
    tb_roster_free(p->roster);
    sodium_memzero(p, sizeof *p);
}
