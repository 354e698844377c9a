/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_bootstrap.c - a province begins with its root and grows entry by entry. */
#include "tb_cmocka.h"

#include "province.h"

static void refused(struct province *p, const struct province_entry *e, tb_result want,
                    const char *why)
{
    uint64_t size = tb_roster_size(p->roster);

    assert_int_equal(province_append(p, e), want);
    if (!strstr(p->why.text, why))
        fail_msg("'%s' does not say '%s'", p->why.text, why);
    assert_int_equal(tb_roster_size(p->roster), size);
}

/* ---- whole provinces */

static void a_demo_province_stands(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    assert_true(tb_roster_is_demo(p.roster));
    assert_int_equal(tb_roster_size(p.roster), 11);
    assert_string_equal(tb_roster_province(p.roster), "Tỉnh Thử Nghiệm");
    assert_int_equal(tb_roster_authority(p.roster)->policy_quorum, 1);
    province_done(&p);
}

static void a_real_province_stands_and_asks_for_two(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    assert_false(tb_roster_is_demo(p.roster));
    assert_int_equal(tb_roster_size(p.roster), 11);
    assert_int_equal(tb_roster_authority(p.roster)->policy_quorum, 2);
    assert_int_equal(tb_roster_authority(p.roster)->revocation_quorum, 2);
    assert_int_equal(tb_roster_authority(p.roster)->freshness_limit_ms, TB_FRESH_DEFAULT_MS);
    province_done(&p);
}

static void what_the_log_says_can_be_asked(void **state)
{
    struct province p;
    struct tb_hash commit;
    size_t i = 0, n = 0;
    (void)state;

    province_demo(&p);
    const struct tb_cred *an = tb_roster_account(p.roster, "an");
    assert_non_null(an);
    assert_int_equal(an->role, TB_ROLE_RESPONDER);
    assert_string_equal(an->agency, "pa05");
    assert_ptr_equal(tb_roster_cred(p.roster, &province_find(&p, "an")->cred), an);
    assert_null(tb_roster_account(p.roster, "khong-co"));
    for (const struct tb_cred *c; (c = tb_roster_next_cred(p.roster, &i)); n++)
        assert_string_equal(c->account, p.device[n].account);
    assert_int_equal(n, 5);

    const struct tb_policy *policy = tb_roster_policy_by_id(p.roster, "truc-dem");
    assert_int_equal(policy->n_tiers, 3);
    assert_string_equal(policy->tier[1].account[0], "binh");
    assert_int_equal(policy->tier[0].wait_s, 60);
    assert_int_equal(policy->classes, 0);
    assert_ptr_equal(tb_roster_policy(p.roster, &policy->hash), policy);
    const struct tb_relay_info *relay = tb_roster_first_relay(p.roster);
    assert_string_equal(relay->address[0], "localhost:8443");
    assert_ptr_equal(tb_roster_relay(p.roster, &p.relay_id), relay);
    assert_int_equal(tb_roster_epoch(p.roster, &commit), 1);
    assert_string_equal(tb_roster_registrar(p.roster, p.registrar[0].pk, TB_ROLE_AGENCY, p.now_ms),
                        province_registrars[0]);
    assert_null(tb_roster_registrar(p.roster, p.registrar[0].pk, TB_ROLE_GUEST, p.now_ms));
    assert_null(tb_roster_registrar(p.roster, p.registrar[0].pk, TB_ROLE_AGENCY, 1));
    assert_null(tb_roster_registrar(p.roster, p.custodian[0].pk, TB_ROLE_AGENCY, p.now_ms));
    province_done(&p);
}

static void a_log_replayed_elsewhere_gives_the_same_roster(void **state)
{
    struct province p;
    struct tb_roster *copy;
    (void)state;

    province_real(&p);
    assert_int_equal(tb_roster_new(&copy), TB_OK);
    assert_null(tb_roster_id(copy));
    for (uint64_t i = 0; i < tb_roster_size(p.roster); i++) {
        struct tb_hash here, there;
        assert_int_equal(tb_roster_append(copy, tb_roster_entry(p.roster, i), p.now_ms, NULL),
                         TB_OK);
        assert_true(tb_roster_entry_counts(copy, i));
        assert_int_equal(tb_roster_head_at(p.roster, i + 1, &here), TB_OK);
        there = tb_roster_head(copy);
        assert_memory_equal(&here, &there, sizeof here);
    }
    assert_memory_equal(tb_roster_id(copy), &p.id, sizeof p.id);
    struct tb_hash any;
    assert_int_equal(tb_roster_head_at(copy, 12, &any), TB_E_NOTFOUND);
    tb_roster_free(copy);
    province_done(&p);
}

static void trying_an_entry_changes_nothing(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    (void)state;

    province_demo(&p);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &b);
    assert_int_equal(tb_roster_try(p.roster, tb_buf_view(&b), 0, &p.why), TB_OK);
    assert_string_equal(p.why.text, "");
    assert_int_equal(tb_roster_size(p.roster), 11);
    assert_non_null(tb_roster_account(p.roster, "an"));
    b.p[b.n - 1] ^= 1;
    assert_int_equal(tb_roster_try(p.roster, tb_buf_view(&b), INT64_MAX, &p.why), TB_E_BADSIG);
    assert_string_not_equal(p.why.text, "");
    b.p[b.n - 1] ^= 1;
    assert_int_equal(tb_roster_try(p.roster, tb_buf_view(&b), 0, NULL), TB_OK);
    assert_int_equal(tb_roster_try(p.roster, tb_buf_view(&b), 0, &p.why), TB_OK);
    assert_string_equal(p.why.text, ""); /* nothing is left of the refusal before */
    b.n--;
    assert_int_equal(tb_roster_try(p.roster, tb_buf_view(&b), INT64_MAX, &p.why), TB_E_TRUNCATED);
    province_done(&p);
}

/* ---- entry 0 */

struct bad_root {
    const char *what;
    size_t custodians, signers;
    uint32_t quorum;
    bool demo;
    void (*spoil)(struct province *p, struct province_root *b);
    tb_result want;
    const char *why;
};

static void same_key(struct province *p, struct province_root *b)
{
    (void)p;
    b->custodian[1].key = b->custodian[0].key;
}

static void same_person(struct province *p, struct province_root *b)
{
    (void)p;
    b->custodian[1].person = b->custodian[0].person;
}

static void no_key(struct province *p, struct province_root *b)
{
    static uint8_t zero[32];
    (void)p;
    b->custodian[2].key = tb_field(zero, sizeof zero);
}

static void no_person(struct province *p, struct province_root *b)
{
    static char empty[] = "";
    (void)p;
    b->custodian[0].person = empty;
}

static void spaced_person(struct province *p, struct province_root *b)
{
    static char name[] = "An ";
    (void)p;
    b->custodian[0].person = name;
}

static void no_province(struct province *p, struct province_root *b)
{
    static char name[] = "Tỉnh\nkhác";
    (void)p;
    b->m.province = name;
}

static void suite_2(struct province *p, struct province_root *b)
{
    (void)p;
    b->m.suite = 2;
}

static void nobody_at_all(struct province *p, struct province_root *b)
{
    (void)p;
    b->m.n_custodian = 0;
}

static const struct bad_root bad_roots[] = {
    { "one of one", 1, 1, 1, false, NULL, TB_E_RANGE, "demo flag" },
    { "one of three", 3, 3, 1, false, NULL, TB_E_RANGE, "demo flag" },
    { "quorum 0", 3, 3, 0, true, NULL, TB_E_RANGE, "quorum 0 of 3" },
    { "quorum 4", 3, 3, 4, false, NULL, TB_E_RANGE, "quorum 4 of 3" },
    { "one signature of two", 3, 1, 2, false, NULL, TB_E_QUORUM, "1 of 2" },
    { "one key twice", 3, 2, 2, false, same_key, TB_E_RANGE, "one key" },
    { "one person twice", 3, 2, 2, false, same_person, TB_E_RANGE, "twice" },
    { "a key that is none", 3, 2, 2, false, no_key, TB_E_RANGE, "Ed25519" },
    { "a custodian without name", 3, 2, 2, false, no_person, TB_E_RANGE, "custodian" },
    { "a name with a space", 3, 2, 2, false, spaced_person, TB_E_RANGE, "'An '" },
    { "a province of two lines", 3, 2, 2, false, no_province, TB_E_RANGE, "province" },
    { "suite 2", 3, 2, 2, false, suite_2, TB_E_RESERVED, "suite 2" },
    { "no custodian", 3, 2, 2, false, nobody_at_all, TB_E_RANGE, "0 custodians: 1 to 9" },
};

static void a_root_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof bad_roots / sizeof bad_roots[0]; i++) {
        const struct bad_root *bad = &bad_roots[i];
        struct province p;
        struct province_root b;
        province_keys(&p, bad->demo);
        province_root_body(&p, bad->custodians, bad->quorum, &b);
        if (bad->spoil)
            bad->spoil(&p, &b);
        struct province_entry e = province_entry(TB_ENTRY_ROOT, "root", &b.m.base);
        for (size_t k = 0; k < bad->signers; k++)
            province_by(&e, &p.custodian[k]);
        print_message("  %s\n", bad->what);
        refused(&p, &e, bad->want, bad->why);
        province_done(&p);
    }
}

static void a_root_has_at_most_nine_custodians(void **state)
{
    struct province p;
    Tb__Custodian c[TB_CUSTODIANS_MAX + 1], *list[TB_CUSTODIANS_MAX + 1];
    struct tb_sign_pair pair[TB_CUSTODIANS_MAX + 1];
    char name[TB_CUSTODIANS_MAX + 1][16];
    struct province_root b;
    (void)state;

    province_keys(&p, false);
    province_root_body(&p, 3, 2, &b);
    b.m.custodian = list;
    for (size_t i = 0; i <= TB_CUSTODIANS_MAX; i++) {
        (void)snprintf(name[i], sizeof name[i], "Người %u", (unsigned)i);
        pair[i] = province_pair("custodian", name[i]);
        tb__custodian__init(&c[i]);
        c[i].key = tb_field(pair[i].pk, TB_KEY_BYTES);
        c[i].person = name[i];
        list[i] = &c[i];
    }
    struct province_entry e = province_entry(TB_ENTRY_ROOT, "root", &b.m.base);
    province_by(&e, &pair[0]);
    province_by(&e, &pair[8]);
    b.m.n_custodian = TB_CUSTODIANS_MAX + 1;
    refused(&p, &e, TB_E_RANGE, "10 custodians");
    b.m.n_custodian = TB_CUSTODIANS_MAX;
    province_put(&p, &e);
    province_done(&p);
}

static void a_root_signed_by_strangers_is_refused(void **state)
{
    struct province p;
    struct province_root b;
    (void)state;

    province_keys(&p, false);
    province_root_body(&p, 3, 2, &b);
    struct province_entry e = province_entry(TB_ENTRY_ROOT, "root", &b.m.base);
    province_by(&e, &p.custodian[0]);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_QUORUM, "custodians");
    province_done(&p);
}

static void no_based_on(Tb__RosterEntry *e)
{
    e->based_on = NULL;
    e->append_by_ms = 0;
}

static void no_prev(Tb__RosterEntry *e)
{
    e->prev.len = 0;
}

/* A root that follows another begins nothing, whichever of the two marks of it is left. */
static void a_later_root_does_not_begin_a_roster(void **state)
{
    static void (*const edits[])(Tb__RosterEntry * e) = { no_based_on, no_prev };
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct province p;
        struct province_root body;
        TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
        province_bare(&p, true);
        struct tb_roster *bare = p.roster;
        province_root_body(&p, 1, 1, &body);
        struct province_entry e = province_entry(TB_ENTRY_ROOT, "root", &body.m.base);
        province_by_root(&p, &e);
        e.edit = edits[i];
        province_make(&p, &e, &b);
        assert_int_equal(tb_roster_new(&p.roster), TB_OK);
        assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_E_CONFLICT);
        assert_non_null(strstr(p.why.text, "follows another"));
        tb_roster_free(bare);
        province_done(&p);
    }
}

static void the_first_entry_must_be_the_root(void **state)
{
    struct province p;
    Tb__RelayEntry m;
    (void)state;

    province_keys(&p, true);
    m = province_relay(&p);
    p.id = (struct tb_hash){ { 1 } };
    struct province_entry e = province_entry_of(TB_ENTRY_RELAY, p.relay_id.b, TB_ID_BYTES, &m.base);
    refused(&p, &e, TB_E_RANGE, "not a signed entry"); /* nobody signed it */
    province_done(&p);

    province_bare(&p, true);
    struct tb_roster *bare = p.roster;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    province_by_root(&p, &e);
    m = province_relay(&p);
    e.edit = no_based_on;
    province_make(&p, &e, &b);
    assert_int_equal(tb_roster_new(&p.roster), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_E_CONFLICT);
    assert_non_null(strstr(p.why.text, "is its root, not a relay entry"));
    tb_roster_free(bare);
    province_done(&p);
}

/* ---- rotation of the root */

static struct province_entry rotation(struct province *p, struct province_root *b,
                                      size_t custodians)
{
    province_root_body(p, custodians, 2, b);
    return province_entry(TB_ENTRY_ROOT, "root", &b->m.base);
}

static void a_new_root_needs_k_old_and_k_new_custodians(void **state)
{
    struct province p;
    struct province_root b;
    struct tb_sign_pair old[PROVINCE_CUSTODIANS];
    (void)state;

    province_bare(&p, false);
    memcpy(old, p.custodian, sizeof old);
    p.custodian[1] = province_pair("custodian", "new 1");
    p.custodian[2] = province_pair("custodian", "new 2");

    struct province_entry only_new = rotation(&p, &b, 3);
    province_by(&only_new, &p.custodian[1]);
    province_by(&only_new, &p.custodian[2]);
    refused(&p, &only_new, TB_E_QUORUM, "0 of 2 signatures of distinct custodians");
    struct province_entry only_old = rotation(&p, &b, 3);
    province_by(&only_old, &old[1]);
    province_by(&only_old, &old[2]);
    refused(&p, &only_old, TB_E_QUORUM, "of the new root");

    struct province_entry both = rotation(&p, &b, 3);
    province_by(&both, &old[0]); /* stays, and counts on both sides */
    province_by(&both, &old[1]);
    province_by(&both, &p.custodian[1]);
    province_put(&p, &both);
    assert_memory_equal(tb_roster_id(p.roster), &p.id, sizeof p.id);

    Tb__RelayEntry m = province_relay(&p);
    struct province_entry relay =
        province_entry_of(TB_ENTRY_RELAY, p.relay_id.b, TB_ID_BYTES, &m.base);
    province_by(&relay, &old[1]);
    province_by(&relay, &old[2]);
    refused(&p, &relay, TB_E_QUORUM, "0 of 2");
    province_set_relay(&p);
    province_done(&p);
}

static void a_province_cannot_change_its_demo_flag(void **state)
{
    struct province p;
    struct province_root b;
    (void)state;

    province_bare(&p, false);
    struct province_entry e = rotation(&p, &b, 3);
    b.m.demo = true;
    province_by_root(&p, &e);
    refused(&p, &e, TB_E_RANGE, "demo flag cannot change");
    province_done(&p);
}

/* ---- what the root delegates */

static void the_roots_entries_need_k_custodians(void **state)
{
    struct province p;
    (void)state;

    province_bare(&p, false);
    Tb__Authority a;
    tb__authority__init(&a);
    a.policy_quorum = a.revocation_quorum = 2;
    Tb__Registrar g = province_registrar(&p, 0);
    Tb__RelayEntry r = province_relay(&p);
    Tb__FreshnessKey f = province_freshness_key(&p, 0);
    struct province_entry list[] = {
        province_entry(TB_ENTRY_AUTHORITY, "authority", &a.base),
        province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[0].pk, 32, &g.base),
        province_entry_of(TB_ENTRY_RELAY, p.relay_id.b, 16, &r.base),
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, p.witness[0].pk, 32, &f.base),
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        province_by(&list[i], &p.custodian[2]);
        refused(&p, &list[i], TB_E_QUORUM, "1 of 2");
        province_by(&list[i], &p.registrar[0]); /* a stranger to the custodians */
        refused(&p, &list[i], TB_E_QUORUM, "1 of 2");
        list[i].by[1] = &p.custodian[1];
        province_put(&p, &list[i]);
    }
    province_done(&p);
}

static void quorum_one_for_grants_is_for_demonstrations(void **state)
{
    (void)state;

    for (int demo = 0; demo < 2; demo++) {
        struct province p;
        Tb__Authority a;
        Tb__RoleQuorum q, *list[] = { &q };
        province_bare(&p, demo);
        tb__authority__init(&a);
        tb__role_quorum__init(&q);
        q.role = TB_ROLE_AGENCY;
        q.quorum = 1;
        a.policy_quorum = a.revocation_quorum = 2;
        a.role_quorum = list;
        a.n_role_quorum = 1;
        struct province_entry e = province_entry(TB_ENTRY_AUTHORITY, "authority", &a.base);
        province_by_root(&p, &e);
        if (demo)
            province_put(&p, &e);
        else
            refused(&p, &e, TB_E_RANGE, "role agency is for provinces with the demo flag");
        q.quorum = 2;
        a.policy_quorum = 1;
        if (!demo)
            refused(&p, &e, TB_E_RANGE, "policy quorum 1");
        a.policy_quorum = 2;
        a.revocation_quorum = 1;
        if (!demo)
            refused(&p, &e, TB_E_RANGE, "revocation quorum 1");
        a.revocation_quorum = 2;
        province_put(&p, &e);
        province_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_demo_province_stands),
        cmocka_unit_test(a_real_province_stands_and_asks_for_two),
        cmocka_unit_test(what_the_log_says_can_be_asked),
        cmocka_unit_test(a_log_replayed_elsewhere_gives_the_same_roster),
        cmocka_unit_test(trying_an_entry_changes_nothing),
        cmocka_unit_test(a_root_that_breaks_a_rule_is_refused),
        cmocka_unit_test(a_root_has_at_most_nine_custodians),
        cmocka_unit_test(a_root_signed_by_strangers_is_refused),
        cmocka_unit_test(the_first_entry_must_be_the_root),
        cmocka_unit_test(a_later_root_does_not_begin_a_roster),
        cmocka_unit_test(a_new_root_needs_k_old_and_k_new_custodians),
        cmocka_unit_test(a_province_cannot_change_its_demo_flag),
        cmocka_unit_test(the_roots_entries_need_k_custodians),
        cmocka_unit_test(quorum_one_for_grants_is_for_demonstrations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
