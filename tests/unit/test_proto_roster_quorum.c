/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_quorum.c - granting takes enough persons, each allowed to, each in time. */
#include "tb_cmocka.h"

#include "province.h"

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

/* A device still to be enrolled, and its credential entry without a signature. */
struct newcomer {
    struct province_device *d;
    char subject[66];
    Tb__Credential m;
};

static struct province_entry newcomer(struct province *p, struct newcomer *n, enum tb_role role)
{
    n->d = province_device(p, "em", "so-y-te", "dien-thoai", role);
    return province_credential_entry(n->d, &n->m, n->subject);
}

static void a_credential_takes_two_registrars(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_real(&p);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_QUORUM, "1 of 2 signatures of distinct registrars");
    province_by(&e, &p.registrar[1]);
    province_put(&p, &e);
    assert_non_null(tb_roster_account(p.roster, "em"));
    province_done(&p);
}

static void two_keys_of_one_registrar_are_one_person(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_real(&p);
    p.registrar[2] = province_pair("registrar", "second key");
    Tb__Registrar m = province_registrar(&p, 0);
    m.key = tb_field(p.registrar[2].pk, 32);
    struct province_entry second =
        province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[2].pk, 32, &m.base);
    province_by_root(&p, &second);
    province_put(&p, &second);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    province_by(&e, &p.registrar[2]);
    refused(&p, &e, TB_E_QUORUM, "1 of 2");
    province_done(&p);
}

static void one_key_cannot_sign_twice(void **state)
{
    struct province p;
    struct newcomer n;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 }, more = { 0 };
    (void)state;

    province_real(&p);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &b);
    assert_int_equal(tb_entry_sign(tb_buf_view(&b), &p.id, &p.registrar[0], &more), TB_E_CONFLICT);
    assert_int_equal(more.n, 0);
    province_done(&p);
}

static void a_registrar_grants_only_the_roles_of_the_list(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_real(&p);
    province_set_registrar(&p, 2); /* guests only */
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    province_by(&e, &p.registrar[2]);
    refused(&p, &e, TB_E_DENIED, province_registrars[2]);
    n.m.role = TB_ROLE_GUEST; /* which the first may not grant */
    refused(&p, &e, TB_E_DENIED, province_registrars[0]);
    province_done(&p);
}

static void a_registrar_signs_only_while_valid(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_demo(&p);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    int64_t until = PROVINCE_T0 + 730 * PROVINCE_DAY;
    n.m.until_ms = until;
    n.m.from_ms = until - PROVINCE_DAY;
    p.now_ms = until - 1000; /* the entry is signed a second later */
    refused(&p, &e, TB_E_EXPIRED, province_registrars[0]);
    p.now_ms = PROVINCE_T0 - 3600000;
    refused(&p, &e, TB_E_EXPIRED, "valid from");
    p.now_ms = PROVINCE_T0 - 60000; /* a clock that is a minute behind */
    province_put(&p, &e);
    province_done(&p);
}

static void a_registrar_whom_the_root_ended_grants_nothing(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_demo(&p);
    Tb__Registrar m = province_registrar(&p, 0);
    m.until_ms = p.now_ms;
    struct province_entry end =
        province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[0].pk, 32, &m.base);
    province_by_root(&p, &end);
    province_put(&p, &end);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_EXPIRED, province_registrars[0]);
    e.by[0] = &p.registrar[1];
    province_put(&p, &e);
    province_done(&p);
}

/* The first thing to mend is told. */
static void of_two_problems_the_first_is_told(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_demo(&p);
    province_set_registrar(&p, 2);
    Tb__Registrar m = province_registrar(&p, 1);
    m.until_ms = p.now_ms;
    struct province_entry end =
        province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[1].pk, 32, &m.base);
    province_by_root(&p, &end);
    province_put(&p, &end);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[2]);
    province_by(&e, &p.registrar[1]);
    refused(&p, &e, TB_E_DENIED, province_registrars[2]);
    province_done(&p);
}

static void devices_and_custodians_grant_nothing(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_demo(&p);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &province_find(&p, "chi")->sign);
    province_by(&e, &p.custodian[0]);
    province_by(&e, &n.d->sign);
    refused(&p, &e, TB_E_QUORUM, "0 of 1");
    province_done(&p);
}

static void the_authority_says_how_many_grant_a_role(void **state)
{
    struct province p;
    struct newcomer n;
    Tb__RoleQuorum q, *list[] = { &q };
    Tb__Authority a;
    (void)state;

    province_demo(&p);
    tb__authority__init(&a);
    tb__role_quorum__init(&q);
    q.role = TB_ROLE_COORDINATOR;
    q.quorum = 2;
    a.role_quorum = list;
    a.n_role_quorum = 1;
    a.policy_quorum = a.revocation_quorum = 1;
    struct province_entry authority = province_entry(TB_ENTRY_AUTHORITY, "authority", &a.base);
    province_by_root(&p, &authority);
    province_put(&p, &authority);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_COORDINATOR);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_QUORUM, "1 of 2");
    n.m.role = TB_ROLE_AGENCY;
    province_put(&p, &e);
    province_done(&p);
}

static void attestations_and_epochs_take_one_registrar(void **state)
{
    struct province p;
    Tb__Attestation m;
    ProtobufCBinaryData creds[1];
    (void)state;

    province_real(&p);
    tb__attestation__init(&m);
    creds[0] = tb_field(province_find(&p, "an")->cred.b, 32);
    m.cred = creds;
    m.n_cred = 1;
    m.until_ms = p.now_ms + 90 * PROVINCE_DAY;
    struct province_entry e = province_entry(TB_ENTRY_ATTESTATION, "attestation", &m.base);
    province_by(&e, &p.custodian[0]);
    refused(&p, &e, TB_E_QUORUM, "0 of 1");
    province_set_registrar(&p, 2);
    e.by[0] = &p.registrar[2]; /* who could not have granted that role */
    refused(&p, &e, TB_E_DENIED, province_registrars[2]);
    e.by[0] = &p.registrar[1];
    province_put(&p, &e);
    province_done(&p);

    Tb__SecretEpoch epoch;
    province_bare(&p, false);
    tb__secret_epoch__init(&epoch);
    epoch.epoch = 1;
    epoch.commit = tb_field(p.secret.b, 32);
    struct province_entry s = province_entry(TB_ENTRY_SECRET_EPOCH, "epoch", &epoch.base);
    province_by(&s, &p.custodian[0]);
    province_by(&s, &p.custodian[1]);
    refused(&p, &s, TB_E_QUORUM, "0 of 1 signatures of distinct registrars");
    province_done(&p);
}

/* A statement signed for one province, or as another type, is worth nothing here. */
static void signatures_of_another_roster_or_type_do_not_count(void **state)
{
    struct province p, q;
    struct newcomer n;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 }, other = { 0 };
    (void)state;

    province_demo(&p);
    province_real(&q);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_make(&p, &e, &b);
    assert_int_equal(tb_entry_sign(tb_buf_view(&b), &q.id, &p.registrar[0], &other), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&other), 0, &p.why), TB_E_BADSIG);
    assert_int_equal(tb_entry_sign(tb_buf_view(&b), NULL, &p.registrar[0], &other), TB_E_RANGE);
    province_done(&q);
    province_done(&p);
}

/* ---- one key, one device */

static void a_key_of_another_account_makes_an_entry_invalid(void **state)
{
    struct province p;
    struct newcomer n;
    (void)state;

    province_demo(&p);
    struct province_device *an = province_find(&p, "an");
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    n.m.sign_pk = tb_field(an->sign.pk, 32);
    refused(&p, &e, TB_E_CONFLICT, "'an/dien-thoai'");
    n.m = province_credential(n.d);
    n.m.ident_pk = tb_field(an->ident_pk, 33);
    refused(&p, &e, TB_E_CONFLICT, "'an/dien-thoai'");
    n.m = province_credential(n.d);
    n.m.box_pk = tb_field(an->box_pk, 32);
    refused(&p, &e, TB_E_CONFLICT, "'an/dien-thoai'");
    province_done(&p);
}

static void not_even_a_key_that_was_replaced_or_revoked(void **state)
{
    struct province p;
    struct newcomer n;
    struct tb_sign_pair old;
    (void)state;

    province_demo(&p);
    struct province_device *an = province_find(&p, "an");
    old = an->sign;
    an->sign = province_pair("sign", "new phone");
    assert_int_equal(province_admit(&p, an), TB_OK);
    struct province_entry e = newcomer(&p, &n, TB_ROLE_AGENCY);
    province_by(&e, &p.registrar[0]);
    n.m.sign_pk = tb_field(old.pk, 32);
    refused(&p, &e, TB_E_CONFLICT, "make new keys");
    province_done(&p);
}

static void an_account_has_at_most_eight_devices(void **state)
{
    struct province p;
    char name[16];
    (void)state;

    province_demo(&p);
    for (int i = 1; i < TB_DEVICES_PER_ACCOUNT; i++) {
        (void)snprintf(name, sizeof name, "may-%d", i);
        (void)province_enrol(&p, "an", "pa05", name, TB_ROLE_RESPONDER);
    }
    struct province_device *ninth = province_device(&p, "an", "pa05", "may-9", TB_ROLE_RESPONDER);
    assert_int_equal(province_admit(&p, ninth), TB_E_LIMIT);
    assert_non_null(strstr(p.why.text, "8 devices"));
    assert_int_equal(province_admit(&p, province_find(&p, "an")), TB_OK); /* renewing is no ninth */

    Tb__Removal m = province_removal("an");
    const struct tb_hash *cred = &p.device[p.n_devices - 2].cred;
    m.cred = tb_field(cred->b, 32);
    struct province_entry e = province_entry_of(TB_ENTRY_REVOCATION, cred->b, 32, &m.base);
    province_by(&e, &p.registrar[0]);
    province_put(&p, &e);
    assert_int_equal(province_admit(&p, ninth), TB_OK);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_credential_takes_two_registrars),
        cmocka_unit_test(two_keys_of_one_registrar_are_one_person),
        cmocka_unit_test(one_key_cannot_sign_twice),
        cmocka_unit_test(a_registrar_grants_only_the_roles_of_the_list),
        cmocka_unit_test(a_registrar_signs_only_while_valid),
        cmocka_unit_test(a_registrar_whom_the_root_ended_grants_nothing),
        cmocka_unit_test(of_two_problems_the_first_is_told),
        cmocka_unit_test(devices_and_custodians_grant_nothing),
        cmocka_unit_test(the_authority_says_how_many_grant_a_role),
        cmocka_unit_test(attestations_and_epochs_take_one_registrar),
        cmocka_unit_test(signatures_of_another_roster_or_type_do_not_count),
        cmocka_unit_test(a_key_of_another_account_makes_an_entry_invalid),
        cmocka_unit_test(not_even_a_key_that_was_replaced_or_revoked),
        cmocka_unit_test(an_account_has_at_most_eight_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
