/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_people.c - every field of credentials, removals and attestations is checked. */
#include "tb_cmocka.h"

#include "province.h"

/* Everything here is properly signed, so that only the form is wrong. */
static void refused(struct province *p, const struct province_entry *e, tb_result want,
                    const char *why)
{
    uint64_t size = tb_roster_size(p->roster);
    tb_result r = province_append(p, e);

    if (r != want || !strstr(p->why.text, why))
        fail_msg("%s: '%s' instead of %s: '%s'", tb_result_name(r), p->why.text,
                 tb_result_name(want), why);
    assert_int_equal(tb_roster_size(p->roster), size);
}

static char text_upper[] = "An", text_empty[] = "";
static char text_device2[] = "may-2", text_stranger[] = "khong-co";
static uint8_t zeros[64], ones[64] = { 1 };

static void signed_never(Tb__RosterEntry *e)
{
    e->signed_ms = 0;
}
static void signed_in_ns(Tb__RosterEntry *e)
{
    e->signed_ms *= 1000000;
}

/* ---- people */

/* A device still to be enrolled; `m` is what its signed entry will hold. */
struct newcomer {
    struct province_device *d;
    char subject[66];
    Tb__Credential m;
};

static struct province_entry newcomer(struct province *p, struct newcomer *n, Tb__Credential *m)
{
    n->d = province_device(p, "em", "so-y-te", "may", TB_ROLE_AGENCY);
    struct province_entry e = province_credential_entry(n->d, &n->m, n->subject);
    e.body = &m->base;
    province_by_registrars(p, &e);
    return e;
}

static void names_and_times_of_a_credential_are_checked(void **state)
{
    struct province p;
    struct newcomer n;
    Tb__Credential m;
    (void)state;

    province_demo(&p);
    struct province_entry e = newcomer(&p, &n, &m);
    const Tb__Credential ok = n.m;

    m = ok, m.suite = 0;
    refused(&p, &e, TB_E_RESERVED, "suite 0");
    m = ok, m.account = text_upper;
    refused(&p, &e, TB_E_RANGE, "account 'An'");
    m = ok, m.agency = text_empty;
    refused(&p, &e, TB_E_RANGE, "agency ''");
    m = ok, m.device = text_upper;
    refused(&p, &e, TB_E_RANGE, "device 'An'");
    m = ok, m.device = text_device2;
    refused(&p, &e, TB_E_RANGE, "not 'em/may-2'");
    m = ok, m.role = TB_ROLE_AGENCY | TB_ROLE_RESPONDER;
    refused(&p, &e, TB_E_RANGE, "role 3");
    m = ok, m.role = 0;
    refused(&p, &e, TB_E_RANGE, "role 0");
    m = ok, m.role = TB_ROLE_BELL;
    refused(&p, &e, TB_E_RANGE, "role 256");
    m = ok, m.vetted = 3;
    refused(&p, &e, TB_E_RANGE, "vetted 3");
    m = ok, m.card_hash.len = 0;
    refused(&p, &e, TB_E_RANGE, "card_hash");
    m = ok, m.invite_id = tb_field(ones, 15);
    refused(&p, &e, TB_E_RANGE, "invite_id");
    m = ok, m.until_ms = m.from_ms + 733 * PROVINCE_DAY;
    refused(&p, &e, TB_E_RANGE, "733 days");
    m = ok, m.until_ms = m.from_ms - 1;
    refused(&p, &e, TB_E_RANGE, "no span of time");
    m = ok;
    province_put(&p, &e);
    province_done(&p);
}

static void keys_of_a_credential_are_checked(void **state)
{
    uint8_t ident[33] = { 0 };
    struct province p;
    struct newcomer n;
    Tb__Credential m;
    (void)state;

    province_demo(&p);
    struct province_entry e = newcomer(&p, &n, &m);
    const Tb__Credential ok = n.m;

    m = ok, m.sign_pk = tb_field(ones, 32);
    refused(&p, &e, TB_E_RANGE, "sign_pk");
    m = ok, m.ident_pk = tb_field(ident, 33);
    refused(&p, &e, TB_E_RANGE, "ident_pk");
    memcpy(ident, n.d->ident_pk, sizeof ident);
    ident[0] = 4;
    refused(&p, &e, TB_E_RANGE, "ident_pk");
    memset(ident, 0, sizeof ident);
    ident[0] = 5; /* then 32 zero bytes: a point of low order */
    refused(&p, &e, TB_E_RANGE, "ident_pk");
    m = ok, m.box_pk = tb_field(zeros, 32);
    refused(&p, &e, TB_E_RANGE, "box_pk");
    uint8_t longer[34] = { 0 };
    memcpy(longer, n.d->sign.pk, 32);
    m = ok, m.sign_pk = tb_field(longer, 33);
    refused(&p, &e, TB_E_RANGE, "sign_pk");
    memcpy(longer, n.d->box_pk, 32);
    m = ok, m.box_pk = tb_field(longer, 33);
    refused(&p, &e, TB_E_RANGE, "box_pk");
    memcpy(longer, n.d->ident_pk, 33);
    m = ok, m.ident_pk = tb_field(longer, 34);
    refused(&p, &e, TB_E_RANGE, "ident_pk");
    m = ok, m.kem = 1;
    refused(&p, &e, TB_E_RESERVED, "kem 1");
    m = ok, m.kem_pk = tb_field(ones, 1);
    refused(&p, &e, TB_E_RESERVED, "kem");
    m = ok;
    province_put(&p, &e);
    province_done(&p);
}

static void lifts_of_a_credential_are_checked(void **state)
{
    ProtobufCBinaryData lifts[17];
    struct province p;
    struct newcomer n;
    Tb__Credential m;
    (void)state;

    province_demo(&p);
    struct province_entry e = newcomer(&p, &n, &m);
    const Tb__Credential ok = n.m;
    for (size_t i = 0; i < 17; i++)
        lifts[i] = tb_field(ones + i, 32);

    m = ok, m.lifts = lifts, m.n_lifts = 17;
    refused(&p, &e, TB_E_RANGE, "17 removals");
    m = ok, m.lifts = lifts, m.n_lifts = 2, lifts[1] = lifts[0];
    refused(&p, &e, TB_E_RANGE, "lifted twice");
    m = ok, m.lifts = lifts, m.n_lifts = 1, lifts[0].len = 16;
    refused(&p, &e, TB_E_RANGE, "16 bytes");
    m = ok;
    province_put(&p, &e);
    province_done(&p);
}

static void a_removal_is_checked(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    Tb__Removal ok = province_removal("an"), m;
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    province_by(&e, &p.registrar[0]);
    m = ok, m.account = text_upper;
    refused(&p, &e, TB_E_RANGE, "account 'An'");
    m = ok, m.account = text_stranger;
    refused(&p, &e, TB_E_RANGE, "subject");
    m = ok, m.reason = 0;
    refused(&p, &e, TB_E_RANGE, "reason 0");
    m = ok, m.reason = 5;
    refused(&p, &e, TB_E_RANGE, "reason 5");
    m = ok, m.suspect_since_ms = -1;
    refused(&p, &e, TB_E_RANGE, "suspect_since_ms -1");
    m = ok, m.cred = tb_field(ones, 31);
    refused(&p, &e, TB_E_RANGE, "31 bytes");
    m = ok, m.cred = tb_field(ones, 32);
    refused(&p, &e, TB_E_RANGE, "subject");
    const struct tb_hash *binh = &province_find(&p, "binh")->cred;
    struct province_entry two = province_entry_of(TB_ENTRY_SUSPENSION, binh->b, 32, &m.base);
    province_by(&two, &p.registrar[0]);
    m = ok, m.cred = tb_field(binh->b, 32);
    refused(&p, &two, TB_E_RANGE, "that of 'binh', the account is 'an'");
    m = ok, m.suspect_since_ms = PROVINCE_T0;
    province_put(&p, &e);
    m = ok, m.cred = tb_field(binh->b, 32), m.account = text_upper;
    refused(&p, &two, TB_E_RANGE, "account 'An'");
    m = ok, m.cred = tb_field(binh->b, 32), m.account = text_empty; /* the credential is enough */
    e = two, e.edit = signed_never; /* which has no append_by to be compared with */
    refused(&p, &e, TB_E_RANGE, "signed_ms 0");
    e.edit = signed_in_ns;
    refused(&p, &e, TB_E_RANGE, "is no time");
    province_put(&p, &two);
    province_done(&p);
}

/* The body says until when it is valid; the entry may repeat it and say nothing else. */
static void expires_as_the_body(Tb__RosterEntry *e)
{
    e->expires_ms = PROVINCE_T0 + 300 * PROVINCE_DAY;
}
static void expires_later(Tb__RosterEntry *e)
{
    e->expires_ms = PROVINCE_T0 + 300 * PROVINCE_DAY + 1;
}

static void an_entry_may_repeat_when_its_body_ends(void **state)
{
    struct province p;
    char subject[66];
    Tb__Credential c;
    Tb__Attestation a;
    const int64_t until = PROVINCE_T0 + 300 * PROVINCE_DAY;
    (void)state;

    province_demo(&p);
    struct province_device *d = province_device(&p, "em", "so-y-te", "may", TB_ROLE_AGENCY);
    ProtobufCBinaryData an = tb_field(province_find(&p, "an")->cred.b, 32);
    Tb__Registrar g = province_registrar(&p, 2);
    Tb__FreshnessKey f = province_freshness_key(&p, 0);
    tb__attestation__init(&a);
    a.cred = &an;
    a.n_cred = 1;
    struct province_entry list[] = {
        province_credential_entry(d, &c, subject),
        province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[2].pk, 32, &g.base),
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, p.witness[0].pk, 32, &f.base),
        province_entry(TB_ENTRY_ATTESTATION, "attestation", &a.base),
    };
    c.until_ms = g.until_ms = f.until_ms = a.until_ms = until;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        province_by(&list[i], i == 0 || i == 3 ? &p.registrar[0] : &p.custodian[0]);
        list[i].edit = expires_later;
        refused(&p, &list[i], TB_E_RESERVED, "expires_ms");
        list[i].edit = expires_as_the_body;
        province_put(&p, &list[i]);
    }
    province_done(&p);
}

static void an_attestation_is_checked(void **state)
{
    struct province p;
    Tb__Attestation m;
    ProtobufCBinaryData creds[2];
    (void)state;

    province_demo(&p);
    tb__attestation__init(&m);
    creds[0] = tb_field(province_find(&p, "an")->cred.b, 32);
    creds[1] = tb_field(ones, 32);
    m.cred = creds;
    m.until_ms = p.now_ms + 90 * PROVINCE_DAY;
    struct province_entry e = province_entry(TB_ENTRY_ATTESTATION, "attestation", &m.base);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_RANGE, "nobody");
    m.n_cred = 2;
    refused(&p, &e, TB_E_NOTFOUND, "no credential 0100000000000000");
    creds[1].len = 3;
    refused(&p, &e, TB_E_RANGE, "3 bytes");
    m.n_cred = 1, m.until_ms = p.now_ms - 1;
    refused(&p, &e, TB_E_RANGE, "no span of time");
    m.until_ms = p.now_ms + 400 * PROVINCE_DAY;
    refused(&p, &e, TB_E_RANGE, "at most 366");
    m.until_ms = p.now_ms + 90 * PROVINCE_DAY;
    struct province_entry other = e;
    other.subject = tb_view_of("attest", 6);
    refused(&p, &other, TB_E_RANGE, "subject");
    province_put(&p, &e);
    assert_int_equal(tb_roster_account(p.roster, "an")->attested_until_ms, m.until_ms);
    assert_int_equal(tb_roster_account(p.roster, "binh")->attested_until_ms, 0);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_times_of_a_credential_are_checked),
        cmocka_unit_test(keys_of_a_credential_are_checked),
        cmocka_unit_test(lifts_of_a_credential_are_checked),
        cmocka_unit_test(a_removal_is_checked),
        cmocka_unit_test(an_entry_may_repeat_when_its_body_ends),
        cmocka_unit_test(an_attestation_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
