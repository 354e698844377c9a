/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_form.c - every field of an entry and of what it says about the province is
 * checked, and the refusal names it.  People: test_proto_roster_people.c. */
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

static char text_bidi[] = "An\xe2\x80\xae", text_empty[] = "";
static char text_space[] = " An";
static uint8_t zeros[64], ones[64] = { 1 }, cut[1] = { 0x0a };

/* ---- the envelope of an entry, on a relay entry */

static void suite_2(Tb__RosterEntry *e)
{
    e->suite = 2;
}
static void kind_0(Tb__RosterEntry *e)
{
    e->kind = 0;
}
static void kind_99(Tb__RosterEntry *e)
{
    e->kind = 99;
}
static void kind_schedule(Tb__RosterEntry *e)
{
    e->kind = TB_ENTRY_SCHEDULE;
}
static void no_subject(Tb__RosterEntry *e)
{
    e->subject.len = 0;
}
static void other_subject(Tb__RosterEntry *e)
{
    e->subject = tb_field(ones, 16);
}
static void subject_and_more(Tb__RosterEntry *e)
{
    static uint8_t more[17];
    memcpy(more, e->subject.data, 16);
    e->subject = tb_field(more, sizeof more);
}
static void long_subject(Tb__RosterEntry *e)
{
    static uint8_t longer[66];
    e->subject = tb_field(longer, sizeof longer);
}
static void short_prev(Tb__RosterEntry *e)
{
    e->prev.len = 31;
}
static void short_based_on(Tb__RosterEntry *e)
{
    e->based_on->hash.len = 31;
}
static void empty_based_on(Tb__RosterEntry *e)
{
    e->based_on->size = 0;
}
static void signed_never(Tb__RosterEntry *e)
{
    e->signed_ms = 0;
}
static void signed_in_ns(Tb__RosterEntry *e)
{
    e->signed_ms *= 1000000;
}
static void no_append_by(Tb__RosterEntry *e)
{
    e->append_by_ms = 0;
}
static void append_by_before(Tb__RosterEntry *e)
{
    e->append_by_ms = e->signed_ms;
}
static void append_by_73_h(Tb__RosterEntry *e)
{
    e->append_by_ms = e->signed_ms + 72 * 3600000LL + 1;
}
static void expires(Tb__RosterEntry *e)
{
    e->expires_ms = e->signed_ms + 1000;
}
static void bad_body(Tb__RosterEntry *e)
{
    e->body = tb_field(cut, 1);
}

static void the_envelope_of_an_entry_is_checked(void **state)
{
    static const struct {
        void (*edit)(Tb__RosterEntry *e);
        tb_result want;
        const char *why;
    } table[] = {
        { suite_2, TB_E_RESERVED, "suite 2" },
        { kind_0, TB_E_RANGE, "kind 0" },
        { kind_99, TB_E_RANGE, "kind 99" },
        { kind_schedule, TB_E_RESERVED, "kind 11 (schedule)" },
        { no_subject, TB_E_RANGE, "subject of 0 bytes" },
        { other_subject, TB_E_RANGE, "subject" },
        { subject_and_more, TB_E_RANGE, "subject" },
        { long_subject, TB_E_RANGE, "subject of 66 bytes" },
        { short_prev, TB_E_RANGE, "prev has 31 bytes" },
        { short_based_on, TB_E_RANGE, "based_on" },
        { empty_based_on, TB_E_RANGE, "based_on" },
        { signed_never, TB_E_RANGE, "signed_ms 0" },
        { signed_in_ns, TB_E_RANGE, "signed_ms" },
        { no_append_by, TB_E_RANGE, "append_by_ms 0" },
        { append_by_before, TB_E_RANGE, "append_by_ms" },
        { append_by_73_h, TB_E_RANGE, "72 hours" },
        { expires, TB_E_RESERVED, "expires_ms" },
        { bad_body, TB_E_TRUNCATED, "body of this relay" },
    };
    struct province p;
    (void)state;

    province_demo(&p);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        Tb__RelayEntry m = province_relay(&p);
        struct province_entry e = province_entry_of(TB_ENTRY_RELAY, p.relay_id.b, 16, &m.base);
        province_by_root(&p, &e);
        e.edit = table[i].edit;
        refused(&p, &e, table[i].want, table[i].why);
    }
    province_done(&p);
}

static void what_is_no_entry_is_refused(void **state)
{
    struct province p;
    static uint8_t big[TB_ENTRY_MAX + 1];
    (void)state;

    province_demo(&p);
    assert_int_equal(tb_roster_append(p.roster, tb_view_of(cut, 1), 0, &p.why), TB_E_TRUNCATED);
    assert_int_equal(tb_roster_append(p.roster, tb_view_of(big, sizeof big), 0, &p.why),
                     TB_E_LIMIT);
    assert_int_equal(tb_roster_append(p.roster, tb_view_of(zeros, 0), 0, NULL), TB_E_RANGE);
    province_done(&p);
}

static void a_damaged_signature_is_refused(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    Tb__RelayEntry m;
    (void)state;

    province_demo(&p);
    m = province_relay(&p);
    struct province_entry e = province_entry_of(TB_ENTRY_RELAY, p.relay_id.b, 16, &m.base);
    province_by_root(&p, &e);
    province_make(&p, &e, &b);
    b.p[b.n - 1] ^= 1; /* the signature stands at the end */
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_E_BADSIG);
    b.p[b.n - 1] ^= 1;
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_OK);
    province_done(&p);
}

/* ---- authority */

static void authority_is_checked(void **state)
{
    struct province p;
    Tb__RoleQuorum q[2], *roles[] = { &q[0], &q[1] };
    Tb__Gate g[2], *gates[] = { &g[0], &g[1] };
    uint32_t two[] = { 8 };
    Tb__Authority ok, m;
    (void)state;

    province_demo(&p);
    tb__authority__init(&ok);
    ok.policy_quorum = ok.revocation_quorum = 1;
    for (size_t i = 0; i < 2; i++) {
        tb__role_quorum__init(&q[i]);
        tb__gate__init(&g[i]);
        q[i].role = i ? TB_ROLE_GUEST : TB_ROLE_AGENCY;
        q[i].quorum = 1;
        g[i].step = (uint32_t)i;
    }
    ok.role_quorum = roles;
    ok.gate = gates;
    ok.n_role_quorum = ok.n_gate = 2;
    struct province_entry e = province_entry(TB_ENTRY_AUTHORITY, "authority", &m.base);
    province_by_root(&p, &e);

    m = ok, m.policy_quorum = 0;
    refused(&p, &e, TB_E_RANGE, "policy quorum 0");
    m = ok, m.revocation_quorum = 17;
    refused(&p, &e, TB_E_RANGE, "revocation quorum 17");
    m = ok, m.freshness_limit_ms = -1;
    refused(&p, &e, TB_E_RANGE, "freshness limit of -1");
    m = ok, m.attestation_ms = 367 * PROVINCE_DAY;
    refused(&p, &e, TB_E_RANGE, "attestation period");
    m = ok, m.two_person_step = two, m.n_two_person_step = 1;
    refused(&p, &e, TB_E_RESERVED, "two_person_step 8");
    m = ok, q[0].role = 3;
    refused(&p, &e, TB_E_RANGE, "role 3");
    q[0].role = TB_ROLE_INVITE;
    refused(&p, &e, TB_E_RANGE, "role 128");
    q[0].role = TB_ROLE_GUEST;
    refused(&p, &e, TB_E_RANGE, "two quorums");
    q[0].role = TB_ROLE_AGENCY, q[0].quorum = 0;
    refused(&p, &e, TB_E_RANGE, "quorum 0 for role agency");
    q[0].quorum = 1, g[0].step = 64;
    refused(&p, &e, TB_E_RANGE, "step 64");
    g[0].step = 1;
    refused(&p, &e, TB_E_RANGE, "two gates");
    q[0].quorum = 17, g[0].step = 0;
    refused(&p, &e, TB_E_RANGE, "quorum 17 for role agency");
    q[0].quorum = 1, g[0].level = 4;
    refused(&p, &e, TB_E_RANGE, "level 4");
    g[0].level = 3;
    province_put(&p, &e);
    province_done(&p);
}

/* ---- keys of the province */

static void a_registrar_is_checked(void **state)
{
    struct province p;
    uint32_t twice[] = { TB_ROLE_AGENCY, TB_ROLE_AGENCY };
    (void)state;

    province_demo(&p);
    Tb__Registrar ok = province_registrar(&p, 2), m;
    struct province_entry e = province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[2].pk, 32, &m.base);
    province_by_root(&p, &e);
    m = ok, m.key = tb_field(zeros, 32);
    refused(&p, &e, TB_E_RANGE, "Ed25519");
    m = ok, m.key.len = 31;
    refused(&p, &e, TB_E_RANGE, "Ed25519");
    uint8_t longer[33] = { 0 };
    memcpy(longer, p.registrar[2].pk, 32);
    m = ok, m.key = tb_field(longer, 33);
    refused(&p, &e, TB_E_RANGE, "Ed25519");
    m = ok, m.key = tb_field(p.registrar[1].pk, 32);
    refused(&p, &e, TB_E_RANGE, "subject");
    m = ok, m.person = text_bidi;
    refused(&p, &e, TB_E_RANGE, "registrar 'An?");
    m = ok, m.n_role = 0;
    refused(&p, &e, TB_E_RANGE, "no role");
    m = ok, m.role = twice, m.n_role = 2;
    refused(&p, &e, TB_E_RANGE, "twice");
    twice[0] = TB_ROLE_AGENCY | TB_ROLE_RESPONDER, m.n_role = 1;
    refused(&p, &e, TB_E_RANGE, "role 3");
    m = ok, m.person = text_space;
    refused(&p, &e, TB_E_RANGE, "' An'");
    m = ok, m.until_ms = INT64_MAX;
    refused(&p, &e, TB_E_RANGE, "no span of time");
    m = ok, m.until_ms = m.from_ms;
    refused(&p, &e, TB_E_RANGE, "no span of time");
    m = ok;
    province_put(&p, &e);
    province_done(&p);
}

static void a_registrar_may_not_share_a_devices_key(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    p.registrar[2] = province_find(&p, "an")->sign;
    Tb__Registrar m = province_registrar(&p, 2);
    struct province_entry e = province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[2].pk, 32, &m.base);
    province_by_root(&p, &e);
    refused(&p, &e, TB_E_CONFLICT, "an/dien-thoai");
    struct province_device *d = province_device(&p, "em", "pa05", "may", TB_ROLE_AGENCY);
    d->sign = p.registrar[0];
    assert_int_equal(province_admit(&p, d), TB_E_CONFLICT);
    assert_non_null(strstr(p.why.text, "registrar's key"));
    province_done(&p);
}

static void a_relay_is_checked(void **state)
{
    static char bad[][28] = { "",
                              "relay",
                              "relay:",
                              ":8443",
                              "relay:0",
                              "relay:65536",
                              "relay:99999999999999999999",
                              "relay:84x",
                              "re lay:8443",
                              "wss://relay:8443",
                              "[::1:8443",
                              "relay]:8443",
                              "a\nb:8443" };
    static char name[][20] = { "relay.example:1", "10.0.0.1:65535", "[2001:db8::1]:443", "a:8443" };
    char *good[] = { name[0], name[1], name[2], name[3], name[3] };
    struct province p;
    (void)state;

    province_demo(&p);
    Tb__RelayEntry ok = province_relay(&p), m;
    struct province_entry e = province_entry_of(TB_ENTRY_RELAY, p.relay_id.b, 16, &m.base);
    province_by_root(&p, &e);
    m = ok, m.key = tb_field(ones, 32);
    refused(&p, &e, TB_E_RANGE, "relay's key");
    m = ok, m.relay_id.len = 15;
    refused(&p, &e, TB_E_RANGE, "15 bytes");
    m = ok, m.tls_pin = tb_field(zeros, 32);
    refused(&p, &e, TB_E_RANGE, "tls_pin");
    m = ok, m.tls_pin.len = 20;
    refused(&p, &e, TB_E_RANGE, "tls_pin");
    m = ok, m.tls_pin_next = tb_field(ones, 20);
    refused(&p, &e, TB_E_RANGE, "tls_pin_next has 20");
    m = ok, m.n_address = 0;
    refused(&p, &e, TB_E_RANGE, "0 addresses");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *one[] = { bad[i] };
        m = ok, m.address = one;
        refused(&p, &e, TB_E_RANGE, "host:port");
    }
    char longest[300];
    char *one[] = { longest };
    memset(longest, 'a', sizeof longest);
    memcpy(longest + TB_ADDRESS_MAX + 1, ":1", 3);
    m = ok, m.address = one;
    refused(&p, &e, TB_E_RANGE, "host:port");
    m = ok, m.address = good, m.n_address = 5;
    refused(&p, &e, TB_E_RANGE, "5 addresses");
    m = ok, m.address = good, m.n_address = 4, m.tls_pin_next = tb_field(ones, 32);
    province_put(&p, &e);
    assert_string_equal(tb_roster_first_relay(p.roster)->address[2], "[2001:db8::1]:443");
    assert_int_equal(tb_roster_first_relay(p.roster)->n_addresses, 4);
    province_done(&p);
}

static void a_freshness_key_is_checked(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    Tb__FreshnessKey ok = province_freshness_key(&p, 0), m;
    struct province_entry e =
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, p.witness[0].pk, 32, &m.base);
    province_by_root(&p, &e);
    m = ok, m.key = tb_field(zeros, 32);
    refused(&p, &e, TB_E_RANGE, "freshness key");
    m = ok, m.key = tb_field(p.witness[1].pk, 32);
    refused(&p, &e, TB_E_RANGE, "subject");
    m = ok, m.holder = text_empty;
    refused(&p, &e, TB_E_RANGE, "holder");
    m = ok, m.from_ms = 0;
    refused(&p, &e, TB_E_RANGE, "no span of time");
    m = ok;
    province_put(&p, &e);
    province_done(&p);
}

static void a_secret_epoch_is_checked(void **state)
{
    struct province p;
    (void)state;

    province_bare(&p, true);
    province_set_registrar(&p, 0);
    Tb__SecretEpoch m;
    tb__secret_epoch__init(&m);
    m.commit = tb_field(ones, 32);
    struct province_entry e = province_entry(TB_ENTRY_SECRET_EPOCH, "epoch", &m.base);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_RANGE, "epoch 0");
    m.epoch = 2;
    refused(&p, &e, TB_E_RESERVED, "epoch 2");
    m.epoch = 1, m.commit.len = 31;
    refused(&p, &e, TB_E_RANGE, "31 bytes");
    m.commit.len = 32;
    province_put(&p, &e);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_envelope_of_an_entry_is_checked),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(a_damaged_signature_is_refused),
        cmocka_unit_test(authority_is_checked),
        cmocka_unit_test(a_registrar_is_checked),
        cmocka_unit_test(a_registrar_may_not_share_a_devices_key),
        cmocka_unit_test(a_relay_is_checked),
        cmocka_unit_test(a_freshness_key_is_checked),
        cmocka_unit_test(a_secret_epoch_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
