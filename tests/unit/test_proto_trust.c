/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_trust.c - receiving fails open, authorising fails closed: every level and every step. */
#include "tb_cmocka.h"

#include "proto/trust.h"
#include "province.h"

static struct tb_trust check_cred(const struct province *p, const struct tb_hash *cred,
                                  enum tb_step step, int64_t now_ms)
{
    struct tb_trust_query q = { p->roster, cred, step, now_ms, false };

    return tb_trust_check(&q);
}

static struct tb_trust check(struct province *p, const char *account, enum tb_step step,
                             int64_t now_ms)
{
    return check_cred(p, &province_find(p, account)->cred, step, now_ms);
}

static tb_result verdict(struct province *p, const char *account, enum tb_step step, int64_t now_ms)
{
    return check(p, account, step, now_ms).verdict;
}

/* ---- every level against every step */

enum state { UNKNOWN, REMOVED, LONG_EXPIRED, EXPIRED, ROSTERED, VETTED, ATTESTED, STATES };

static const uint8_t level_of[STATES] = { 0, 0, 0, 1, 1, 2, 3 };

/* For a coordinator, who may do everything: o OK, n not found, r revoked, e expired, u unverified. */
static const struct {
    enum tb_step step;
    uint8_t gate;
    const char verdicts[STATES + 1];
} matrix[] = {
    { TB_STEP_SHOW, 0, "ooooooo" },     { TB_STEP_RING, 0, "ooooooo" },
    { TB_STEP_SEAL, 1, "nreoooo" },     { TB_STEP_REPORT, 1, "nreeooo" },
    { TB_STEP_ACCEPT, 1, "nreoooo" },   { TB_STEP_HANDOVER, 1, "nreeooo" },
    { TB_STEP_RESOLVE, 1, "nreeooo" },  { TB_STEP_REWRAP, 1, "nreeooo" },
    { TB_STEP_POLICY, 2, "nreeuoo" },   { TB_STEP_SUSPEND, 1, "nreeooo" },
    { TB_STEP_CLASSIFY, 2, "nreeuoo" }, { TB_STEP_DISCLOSE, 2, "nreeuoo" },
    { TB_STEP_ADVISE, 2, "nreeuoo" },   { TB_STEP_CLOSE, 2, "nreeuoo" },
};

static char letter(tb_result r)
{
    switch ((int)r) {
    case TB_OK:
        return 'o';
    case TB_E_NOTFOUND:
        return 'n';
    case TB_E_REVOKED:
        return 'r';
    case TB_E_EXPIRED:
        return 'e';
    case TB_E_UNVERIFIED:
        return 'u';
    case TB_E_STALE:
        return 's';
    case TB_E_DENIED:
        return 'd';
    default:
        return '?';
    }
}

static void attest(struct province *p, const struct tb_hash *cred, int64_t until_ms)
{
    Tb__Attestation m;
    ProtobufCBinaryData one = tb_field(cred->b, sizeof cred->b);

    tb__attestation__init(&m);
    m.cred = &one;
    m.n_cred = 1;
    m.until_ms = until_ms;
    struct province_entry e = province_entry(TB_ENTRY_ATTESTATION, "attestation", &m.base);
    province_by(&e, &p->registrar[0]);
    province_put(p, &e);
}

static void remove_as(struct province *p, enum tb_entry_kind kind, const char *account)
{
    Tb__Removal m = province_removal(account);
    struct province_entry e = province_entry(kind, account, &m.base);

    province_by(&e, &p->registrar[0]);
    province_put(p, &e);
}

static void suspend(struct province *p, const char *account)
{
    remove_as(p, TB_ENTRY_SUSPENSION, account);
}

/* A province with a coordinator in that state; now and its credential come out. */
static void put_in(enum state s, struct province *p, struct tb_hash *ret_cred, int64_t *ret_now_ms)
{
    province_demo(p);
    struct province_device *d = province_device(p, "em", "pa05", "may", TB_ROLE_COORDINATOR);
    d->vetted = s >= VETTED ? TB_VETTED_IN_PERSON : TB_VETTED_REMOTE;
    province_must(province_admit(p, d), "em", p->why.text);
    *ret_now_ms = p->now_ms;
    *ret_cred = d->cred;
    if (s == UNKNOWN)
        ret_cred->b[0] ^= 1;
    if (s == REMOVED)
        suspend(p, "em");
    if (s == EXPIRED)
        *ret_now_ms = d->until_ms;
    if (s == LONG_EXPIRED)
        *ret_now_ms = d->until_ms + TB_EXPIRED_GRACE_MS;
    if (s == ATTESTED)
        attest(p, ret_cred, p->now_ms + 90 * PROVINCE_DAY);
}

static void every_level_gives_what_the_matrix_says(void **state)
{
    (void)state;

    assert_int_equal(sizeof matrix / sizeof matrix[0], TB_STEP_COUNT);
    for (int s = UNKNOWN; s < STATES; s++) {
        struct province p;
        struct tb_hash cred;
        int64_t now_ms;
        put_in((enum state)s, &p, &cred, &now_ms);
        for (size_t i = 0; i < TB_STEP_COUNT; i++) {
            struct tb_trust t = check_cred(&p, &cred, matrix[i].step, now_ms);
            if (letter(t.verdict) != matrix[i].verdicts[s])
                fail_msg("state %d, step %s: %s", s, tb_step_name(matrix[i].step),
                         tb_result_name(t.verdict));
            assert_int_equal(t.level, level_of[s]);
            assert_int_equal(t.need, matrix[i].gate);
            assert_int_equal(tb_step_default_gate(matrix[i].step), matrix[i].gate);
        }
        province_done(&p);
    }
}

static void flags_say_what_is_wrong(void **state)
{
    static const uint32_t want[STATES] = { TB_TRUST_UNKNOWN, TB_TRUST_REMOVED, TB_TRUST_EXPIRED,
                                           TB_TRUST_EXPIRED };
    (void)state;

    for (int s = UNKNOWN; s < STATES; s++) {
        struct province p;
        struct tb_hash cred;
        int64_t now_ms;
        put_in((enum state)s, &p, &cred, &now_ms);
        assert_int_equal(check_cred(&p, &cred, TB_STEP_SHOW, now_ms).flags,
                         want[s] | TB_TRUST_NO_FRESHNESS);
        province_done(&p);
    }
}

/* ---- roles */

static void every_role_has_its_steps(void **state)
{
    /* show ring seal, report accept handover resolve rewrap, policy suspend, classify disclose
     * advise close; 'd' where the role may not. */
    static const struct {
        enum tb_role role;
        const char verdicts[TB_STEP_COUNT + 1];
    } table[] = {
        { TB_ROLE_AGENCY, "ooo"
                          "ooooo"
                          "do"
                          "dddd" },
        { TB_ROLE_RESPONDER, "ooo"
                             "ooooo"
                             "do"
                             "oddd" },
        { TB_ROLE_COORDINATOR, "ooo"
                               "ooooo"
                               "oo"
                               "oooo" },
        { TB_ROLE_LIAISON, "ooo"
                           "ooooo"
                           "do"
                           "ddod" },
        { TB_ROLE_GUEST, "ooo"
                         "ddddd"
                         "do"
                         "dddd" },
        { TB_ROLE_MACHINE, "ooo"
                           "oddoo"
                           "do"
                           "dddd" },
        { TB_ROLE_REGISTRAR, "ooo"
                             "ddddd"
                             "do"
                             "dddd" },
    };
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_registrar(&p, 2);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char account[16], subject[66];
        Tb__Credential m;
        (void)snprintf(account, sizeof account, "nguoi-%u", (unsigned)i);
        struct province_device *d = province_device(&p, account, "pa05", "may", table[i].role);
        struct province_entry e = province_credential_entry(d, &m, subject);
        province_by(&e, &p.registrar[table[i].role == TB_ROLE_GUEST ? 2 : 0]);
        province_put(&p, &e);
        d->cred = tb_roster_prev(p.roster, TB_ENTRY_CREDENTIAL, e.subject);
        for (unsigned s = 0; s < TB_STEP_COUNT; s++) {
            struct tb_trust t = check(&p, account, (enum tb_step)s, p.now_ms);
            if (letter(t.verdict) != table[i].verdicts[s])
                fail_msg("role %s, step %s: %s", tb_role_name(table[i].role),
                         tb_step_name((enum tb_step)s), tb_result_name(t.verdict));
            assert_int_equal(!!(t.flags & TB_TRUST_ROLE), table[i].verdicts[s] == 'd');
        }
    }
    province_done(&p);
}

/* ---- vetting */

static void comparing_lifts_a_remote_enrolment_to_level_2_for_me(void **state)
{
    struct province p;
    struct tb_hash cred;
    int64_t now_ms;
    (void)state;

    put_in(ROSTERED, &p, &cred, &now_ms);
    struct tb_trust_query q = { p.roster, &cred, TB_STEP_POLICY, now_ms, true };
    struct tb_trust t = tb_trust_check(&q);
    assert_int_equal(t.level, 2);
    assert_int_equal(t.verdict, TB_OK);
    assert_true(t.flags & TB_TRUST_COMPARED);
    attest(&p, &cred, now_ms + PROVINCE_DAY);
    assert_int_equal(tb_trust_check(&q).level, 3);
    province_done(&p);
}

static void comparing_does_not_help_who_was_removed(void **state)
{
    struct province p;
    struct tb_hash cred;
    int64_t now_ms;
    (void)state;

    put_in(REMOVED, &p, &cred, &now_ms);
    struct tb_trust_query q = { p.roster, &cred, TB_STEP_SEAL, now_ms, true };
    assert_int_equal(tb_trust_check(&q).level, 0);
    assert_int_equal(tb_trust_check(&q).verdict, TB_E_REVOKED);
    province_done(&p);
}

static void attestation_wears_off(void **state)
{
    struct province p;
    struct tb_hash cred;
    int64_t now_ms;
    (void)state;

    put_in(ATTESTED, &p, &cred, &now_ms);
    assert_int_equal(check_cred(&p, &cred, TB_STEP_POLICY, now_ms + 89 * PROVINCE_DAY).level, 3);
    assert_int_equal(check_cred(&p, &cred, TB_STEP_POLICY, now_ms + 91 * PROVINCE_DAY).level, 2);
    province_done(&p);
}

static void set_authority(struct province *p, int64_t attestation_ms, int64_t freshness_ms,
                          enum tb_step step, uint32_t level)
{
    Tb__Gate g, *gates[] = { &g };
    Tb__Authority a;

    tb__gate__init(&g);
    tb__authority__init(&a);
    g.step = (uint32_t)step;
    g.level = level;
    a.gate = gates;
    a.n_gate = 1;
    a.policy_quorum = a.revocation_quorum = 1;
    a.attestation_ms = attestation_ms;
    a.freshness_limit_ms = freshness_ms;
    struct province_entry e = province_entry(TB_ENTRY_AUTHORITY, "authority", &a.base);
    province_by_root(p, &e);
    province_put(p, &e);
}

/* Plan V.1: checked each quarter; who was not may still accept for 30 days. */
static void where_attestation_is_asked_for_its_lack_counts_like_expiry(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    set_authority(&p, 92 * PROVINCE_DAY, 0, TB_STEP_SEAL, 1);
    int64_t end = PROVINCE_T0 + 92 * PROVINCE_DAY;
    assert_int_equal(verdict(&p, "chi", TB_STEP_POLICY, end - 1), TB_OK);
    struct tb_trust t = check(&p, "chi", TB_STEP_ACCEPT, end);
    assert_int_equal(t.level, 1);
    assert_int_equal(t.verdict, TB_OK);
    assert_true(t.flags & TB_TRUST_UNATTESTED);
    assert_int_equal(verdict(&p, "chi", TB_STEP_SEAL, end), TB_OK); /* still paged */
    assert_int_equal(verdict(&p, "chi", TB_STEP_RESOLVE, end), TB_E_EXPIRED);
    assert_int_equal(verdict(&p, "chi", TB_STEP_ACCEPT, end + TB_EXPIRED_GRACE_MS), TB_E_EXPIRED);
    p.now_ms = end;
    attest(&p, &province_find(&p, "chi")->cred, end + 92 * PROVINCE_DAY);
    assert_int_equal(verdict(&p, "chi", TB_STEP_POLICY, end), TB_OK);
    province_done(&p);
}

/* ---- gates */

static void the_authority_sets_other_gates(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    set_authority(&p, 0, 0, TB_STEP_ACCEPT, 3);
    struct tb_trust t = check(&p, "an", TB_STEP_ACCEPT, p.now_ms);
    assert_int_equal(t.need, 3);
    assert_int_equal(t.verdict, TB_E_UNVERIFIED);
    province_done(&p);
}

static void no_gate_closes_showing_and_ringing(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    set_authority(&p, 0, 0, TB_STEP_RING, 3);
    suspend(&p, "an");
    struct tb_trust t = check(&p, "an", TB_STEP_RING, p.now_ms);
    assert_int_equal(t.need, 0);
    assert_int_equal(t.verdict, TB_OK);
    assert_true(t.flags & TB_TRUST_REMOVED);
    remove_as(&p, TB_ENTRY_REVOCATION, "binh");
    assert_int_equal(verdict(&p, "binh", TB_STEP_RING, p.now_ms), TB_OK);
    assert_int_equal(verdict(&p, "binh", TB_STEP_ACCEPT, p.now_ms), TB_E_REVOKED);
    province_done(&p);
}

static void a_gate_of_zero_does_not_make_strangers_known(void **state)
{
    struct province p;
    struct tb_hash nobody = { { 9 } };
    (void)state;

    province_demo(&p);
    set_authority(&p, 0, 0, TB_STEP_SEAL, 0);
    assert_int_equal(check_cred(&p, &nobody, TB_STEP_SEAL, p.now_ms).verdict, TB_E_NOTFOUND);
    province_done(&p);
}

/* ---- validity in time */

static void a_credential_is_not_valid_before_its_time(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    assert_int_equal(verdict(&p, "an", TB_STEP_ACCEPT, PROVINCE_T0 - TB_CLOCK_SKEW_MS), TB_OK);
    struct tb_trust t = check(&p, "an", TB_STEP_ACCEPT, PROVINCE_T0 - TB_CLOCK_SKEW_MS - 1);
    assert_int_equal(t.verdict, TB_E_EXPIRED);
    assert_int_equal(t.level, 0);
    province_done(&p);
}

static void freshness(struct province *p, size_t i, int64_t time_ms)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    province_statement(p, i, time_ms, &b);
    province_must(tb_roster_freshness(p->roster, tb_buf_view(&b)), "freshness", "");
}

static void a_clock_set_back_does_not_revive_the_expired(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    int64_t until = province_find(&p, "an")->until_ms;
    assert_int_equal(verdict(&p, "an", TB_STEP_RESOLVE, until - 1000), TB_OK);
    freshness(&p, 0, until);
    assert_int_equal(verdict(&p, "an", TB_STEP_RESOLVE, until - 1000), TB_E_EXPIRED);
    province_done(&p);
}

static void a_renewed_device_that_does_not_know_yet_may_accept(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    struct province_device *an = province_find(&p, "an");
    struct tb_hash old = an->cred;
    (void)province_enrol(&p, "an", "pa05", "a", TB_ROLE_RESPONDER); /* another device is not it */
    assert_int_equal(province_admit(&p, an), TB_OK);
    struct tb_trust t = check_cred(&p, &old, TB_STEP_ACCEPT, p.now_ms);
    assert_int_equal(t.verdict, TB_OK);
    assert_int_equal(t.level, 1);
    assert_true(t.flags & TB_TRUST_REPLACED);
    assert_int_equal(check_cred(&p, &old, TB_STEP_REPORT, p.now_ms).verdict, TB_E_EXPIRED);

    an->sign = province_pair("sign", "new phone");
    assert_int_equal(province_admit(&p, an), TB_OK); /* other keys: the old phone is no more */
    t = check_cred(&p, &old, TB_STEP_ACCEPT, p.now_ms);
    assert_int_equal(t.verdict, TB_E_EXPIRED);
    assert_int_equal(t.level, 0);
    province_done(&p);
}

/* ---- a stale roster */

static void a_stale_roster_lets_pages_through_and_stops_authorising(void **state)
{
    static const char want[] = "oooooooosossss"; /* in the order of enum tb_step */
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    freshness(&p, 0, p.now_ms);
    for (unsigned s = 0; s < TB_STEP_COUNT; s++) {
        struct tb_trust t = check(&p, "chi", (enum tb_step)s, p.now_ms + TB_FRESH_DEFAULT_MS);
        assert_int_equal(t.verdict, TB_OK);
        assert_false(t.flags & TB_TRUST_STALE);
        t = check(&p, "chi", (enum tb_step)s, p.now_ms + TB_FRESH_DEFAULT_MS + 1);
        if (letter(t.verdict) != want[s])
            fail_msg("step %s: %s", tb_step_name((enum tb_step)s), tb_result_name(t.verdict));
        assert_true(t.flags & TB_TRUST_STALE);
    }
    province_done(&p);
}

static void a_freshness_key_that_never_spoke_is_stale(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    assert_int_equal(verdict(&p, "chi", TB_STEP_POLICY, p.now_ms), TB_OK);
    province_set_witness(&p, 0);
    assert_int_equal(verdict(&p, "chi", TB_STEP_POLICY, p.now_ms), TB_E_STALE);
    province_done(&p);
}

/* A clock that lost its battery says 1970, which is no reason to feel fresh. */
static void a_clock_of_1970_is_not_fresh(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    uint32_t flags = check(&p, "chi", TB_STEP_POLICY, 1000).flags;
    assert_true(flags & TB_TRUST_STALE);
    assert_false(flags & TB_TRUST_ONE_WITNESS);
    province_done(&p);
}

static void the_authority_sets_the_freshness_limit(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    set_authority(&p, 0, 3600000, TB_STEP_SEAL, 1);
    province_set_witness(&p, 0);
    freshness(&p, 0, p.now_ms);
    assert_int_equal(verdict(&p, "chi", TB_STEP_POLICY, p.now_ms + 3600000), TB_OK);
    assert_int_equal(verdict(&p, "chi", TB_STEP_POLICY, p.now_ms + 3600001), TB_E_STALE);
    province_done(&p);
}

static void a_single_witness_in_seven_days_is_flagged(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    province_set_witness(&p, 1);
    freshness(&p, 0, p.now_ms);
    assert_true(check(&p, "an", TB_STEP_SHOW, p.now_ms).flags & TB_TRUST_ONE_WITNESS);
    freshness(&p, 1, p.now_ms);
    assert_false(check(&p, "an", TB_STEP_SHOW, p.now_ms).flags & TB_TRUST_ONE_WITNESS);
    int64_t later = p.now_ms + 7 * PROVINCE_DAY;
    freshness(&p, 0, later);
    assert_false(check(&p, "an", TB_STEP_SHOW, later).flags & TB_TRUST_ONE_WITNESS);
    assert_true(check(&p, "an", TB_STEP_SHOW, later + 1).flags & TB_TRUST_ONE_WITNESS);
    province_done(&p);
}

static void a_step_that_is_none_is_denied(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    assert_int_equal(verdict(&p, "an", TB_STEP_COUNT, p.now_ms), TB_E_DENIED);
    assert_null(tb_step_name(TB_STEP_COUNT));
    province_done(&p);
}

/* ---- comparing by voice */

static void both_sides_read_the_same_sixty_digits(void **state)
{
    struct province p, q;
    char here[72], there[72];
    (void)state;

    province_demo(&p);
    province_demo(&q);
    (void)province_enrol(&p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    (void)province_enrol(&q, "em", "pa05", "may-2", TB_ROLE_RESPONDER); /* another order */
    (void)province_enrol(&q, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    assert_int_equal(tb_fingerprint(p.roster, "an", here), TB_OK);
    assert_int_equal(tb_fingerprint(q.roster, "an", there), TB_OK);
    assert_string_equal(here, there);
    assert_int_equal(strlen(here), 71);
    assert_int_equal(strspn(here, "0123456789 "), 71);
    for (size_t i = 5; i < 71; i += 6)
        assert_int_equal(here[i], ' ');
    province_done(&q);
    province_done(&p);
}

static void another_device_account_or_key_gives_other_digits(void **state)
{
    struct province p;
    char an[72], binh[72], two[72], changed[72];
    (void)state;

    province_demo(&p);
    assert_int_equal(tb_fingerprint(p.roster, "an", an), TB_OK);
    assert_int_equal(tb_fingerprint(p.roster, "binh", binh), TB_OK);
    assert_string_not_equal(an, binh);
    (void)province_enrol(&p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    assert_int_equal(tb_fingerprint(p.roster, "an", two), TB_OK);
    assert_string_not_equal(an, two);
    struct province_device *d = province_find(&p, "binh");
    d->ident_pk[1] ^= 1;
    assert_int_equal(province_admit(&p, d), TB_OK);
    assert_int_equal(tb_fingerprint(p.roster, "binh", changed), TB_OK);
    assert_string_not_equal(binh, changed);
    suspend(&p, "an");
    assert_int_equal(tb_fingerprint(p.roster, "an", an), TB_E_NOTFOUND);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_gives_what_the_matrix_says),
        cmocka_unit_test(flags_say_what_is_wrong),
        cmocka_unit_test(every_role_has_its_steps),
        cmocka_unit_test(comparing_lifts_a_remote_enrolment_to_level_2_for_me),
        cmocka_unit_test(comparing_does_not_help_who_was_removed),
        cmocka_unit_test(attestation_wears_off),
        cmocka_unit_test(where_attestation_is_asked_for_its_lack_counts_like_expiry),
        cmocka_unit_test(the_authority_sets_other_gates),
        cmocka_unit_test(no_gate_closes_showing_and_ringing),
        cmocka_unit_test(a_gate_of_zero_does_not_make_strangers_known),
        cmocka_unit_test(a_credential_is_not_valid_before_its_time),
        cmocka_unit_test(a_clock_set_back_does_not_revive_the_expired),
        cmocka_unit_test(a_renewed_device_that_does_not_know_yet_may_accept),
        cmocka_unit_test(a_stale_roster_lets_pages_through_and_stops_authorising),
        cmocka_unit_test(a_freshness_key_that_never_spoke_is_stale),
        cmocka_unit_test(a_clock_of_1970_is_not_fresh),
        cmocka_unit_test(the_authority_sets_the_freshness_limit),
        cmocka_unit_test(a_single_witness_in_seven_days_is_flagged),
        cmocka_unit_test(a_step_that_is_none_is_denied),
        cmocka_unit_test(both_sides_read_the_same_sixty_digits),
        cmocka_unit_test(another_device_account_or_key_gives_other_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
