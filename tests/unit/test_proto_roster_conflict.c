/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_conflict.c - two grants on one predecessor, other logs, grants held back, and
 * the heads that vouch. */
#include "tb_cmocka.h"

#include "province.h"

static void put(struct province *p, const struct tb_buf *b, tb_result want, const char *why)
{
    tb_result r = tb_roster_append(p->roster, tb_buf_view(b), TB_SEEN_VOUCHED, &p->why);

    if (r != want || !strstr(p->why.text, why))
        fail_msg("%s: '%s' instead of %s: '%s'", tb_result_name(r), p->why.text,
                 tb_result_name(want), why);
}

static void make_policy(struct province *p, const char *tiers, struct tb_buf *ret)
{
    struct province_policy b;

    province_policy_body(&b, "truc-dem", tiers);
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &province_find(p, "chi")->sign);
    province_make(p, &e, ret);
}

static void of_two_grants_on_one_predecessor_the_first_wins(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf a = { 0 }, b = { 0 };
    (void)state;

    province_demo(&p);
    make_policy(&p, "an", &a);
    make_policy(&p, "binh", &b);
    put(&p, &b, TB_OK, "");
    put(&p, &a, TB_E_CONFLICT, "another policy came first");
    put(&p, &b, TB_E_CONFLICT, "another policy came first");
    assert_string_equal(tb_roster_policy_by_id(p.roster, "truc-dem")->tier[0].account[0], "binh");
    province_done(&p);
}

static void based_on_may_be_any_head_of_the_past(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf a = { 0 };
    (void)state;

    province_demo(&p);
    make_policy(&p, "an", &a);
    (void)province_enrol(&p, "em", "so-y-te", "may", TB_ROLE_AGENCY);
    put(&p, &a, TB_OK, "");
    province_done(&p);
}

static void no_based_on(Tb__RosterEntry *e)
{
    e->based_on = NULL;
}
static void ahead(Tb__RosterEntry *e)
{
    e->based_on->size++;
}
static void other_head(Tb__RosterEntry *e)
{
    e->based_on->hash.data[0] ^= 1;
}
static void no_prev(Tb__RosterEntry *e)
{
    e->prev.len = 0;
}
static void other_prev(Tb__RosterEntry *e)
{
    e->prev.data[0] ^= 1;
}
static void some_prev(Tb__RosterEntry *e)
{
    static uint8_t prev[32] = { 1 };
    e->prev = tb_field(prev, sizeof prev);
}

static void an_entry_stands_on_this_log_and_on_the_newest_of_its_subject(void **state)
{
    static const struct {
        void (*edit)(Tb__RosterEntry *e);
        const char *id, *why;
    } table[] = {
        { no_based_on, "truc-dem", "based_on" },
        { ahead, "truc-dem", "fetch the newest first" },
        { other_head, "truc-dem", "another roster" },
        { no_prev, "truc-dem", "another policy came first" },
        { other_prev, "truc-dem", "another policy came first" },
        { some_prev, "truc-ngay", "this is the first policy" },
    };
    struct province p;
    (void)state;

    province_demo(&p);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct province_policy b;
        province_policy_body(&b, table[i].id, "an");
        struct province_entry e = province_entry(TB_ENTRY_POLICY, table[i].id, &b.m.base);
        province_by(&e, &province_find(&p, "chi")->sign);
        e.edit = table[i].edit;
        assert_int_equal(province_append(&p, &e), TB_E_CONFLICT);
        if (!strstr(p.why.text, table[i].why))
            fail_msg("'%s' does not say '%s'", p.why.text, table[i].why);
    }
    province_done(&p);
}

static void sets_have_no_predecessor_and_no_copies(void **state)
{
    struct province p;
    Tb__Attestation m;
    ProtobufCBinaryData creds[1];
    TB_CLEANUP(tb_buf_done) struct tb_buf a = { 0 }, s = { 0 };
    (void)state;

    province_demo(&p);
    tb__attestation__init(&m);
    creds[0] = tb_field(province_find(&p, "an")->cred.b, 32);
    m.cred = creds;
    m.n_cred = 1;
    m.until_ms = p.now_ms + PROVINCE_DAY;
    struct province_entry e = province_entry(TB_ENTRY_ATTESTATION, "attestation", &m.base);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &a);
    put(&p, &a, TB_OK, "");
    put(&p, &a, TB_E_CONFLICT, "this attestation is in the log already, at 11");
    province_put(&p, &e); /* a new one */
    e.edit = some_prev;
    assert_int_equal(province_append(&p, &e), TB_E_CONFLICT);

    Tb__Removal removal = province_removal("an");
    struct province_entry x = province_entry(TB_ENTRY_SUSPENSION, "an", &removal.base);
    province_by(&x, &p.registrar[0]);
    province_make(&p, &x, &s);
    put(&p, &s, TB_OK, "");
    put(&p, &s, TB_E_CONFLICT, "already");
    x.edit = some_prev;
    assert_int_equal(province_append(&p, &x), TB_E_CONFLICT);
    province_done(&p);
}

static void a_second_root_does_not_begin_a_log_anew(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    (void)state;

    province_demo(&p);
    struct tb_view root = tb_roster_entry(p.roster, 0);
    tb_put(&b, root.p, root.n);
    put(&p, &b, TB_E_CONFLICT, "based_on");
    province_done(&p);
}

/* ---- grants held back */

static void a_grant_seen_too_late_stands_in_the_log_and_does_not_count(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    struct tb_hash head = tb_roster_head(p.roster);
    province_policy_body(&b, "truc-dem", "binh");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    e.seen_ms = p.now_ms + 1000 + TB_APPEND_BY_MAX_MS + 1;
    province_put(&p, &e);
    assert_non_null(strstr(p.why.text, "does not count"));
    struct tb_hash now = tb_roster_head(p.roster);
    assert_memory_not_equal(&now, &head, sizeof head);
    assert_false(tb_roster_entry_counts(p.roster, 11));
    assert_string_equal(tb_roster_policy_by_id(p.roster, "truc-dem")->tier[0].account[0], "an");
    /* Who signs the next one must have seen it: the chain is that of the log. */
    e.seen_ms = p.now_ms + 1000;
    province_put(&p, &e);
    assert_string_equal(tb_roster_policy_by_id(p.roster, "truc-dem")->tier[0].account[0], "binh");
    province_done(&p);
}

static void a_grant_seen_in_time_counts_to_the_last_millisecond(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    province_policy_body(&b, "truc-dem", "binh");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    e.seen_ms = p.now_ms + 1000 + TB_APPEND_BY_MAX_MS;
    province_put(&p, &e);
    assert_true(tb_roster_entry_counts(p.roster, 11));
    province_done(&p);
}

static void a_late_registrar_or_credential_does_not_count_either(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    Tb__Registrar m = province_registrar(&p, 2);
    struct province_entry g = province_entry_of(TB_ENTRY_REGISTRAR, p.registrar[2].pk, 32, &m.base);
    province_by_root(&p, &g);
    g.seen_ms = p.now_ms + 80 * 3600000LL;
    province_put(&p, &g);
    assert_null(tb_roster_registrar(p.roster, p.registrar[2].pk, TB_ROLE_GUEST, p.now_ms));

    char subject[66];
    Tb__Credential c;
    struct province_device *d = province_device(&p, "em", "so-y-te", "may", TB_ROLE_AGENCY);
    struct province_entry e = province_credential_entry(d, &c, subject);
    province_by_registrars(&p, &e);
    e.seen_ms = g.seen_ms;
    province_put(&p, &e);
    assert_null(tb_roster_account(p.roster, "em"));
    province_done(&p);
}

static void a_removal_never_comes_too_late(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    province_by(&e, &p.registrar[0]);
    e.seen_ms = p.now_ms + 300 * PROVINCE_DAY;
    province_put(&p, &e);
    assert_true(tb_roster_entry_counts(p.roster, 11));
    assert_null(tb_roster_account(p.roster, "an"));
    province_done(&p);
}

static void trying_tells_when_a_grant_would_not_count(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf a = { 0 };
    (void)state;

    province_demo(&p);
    make_policy(&p, "binh", &a);
    assert_int_equal(tb_roster_try(p.roster, tb_buf_view(&a), p.now_ms + 80 * 3600000LL, &p.why),
                     TB_OK);
    assert_non_null(strstr(p.why.text, "would not count"));
    province_done(&p);
}

/* ---- freshness */

static tb_result freshness(struct province *p, size_t i, int64_t time_ms)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    province_statement(p, i, time_ms, &b);
    return tb_roster_freshness(p->roster, tb_buf_view(&b));
}

static void a_statement_of_a_freshness_key_is_kept_if_it_is_newer(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    assert_int_equal(tb_roster_fresh_ms(p.roster), 0);
    assert_int_equal(freshness(&p, 0, p.now_ms), TB_OK);
    assert_int_equal(tb_roster_fresh_ms(p.roster), p.now_ms);
    assert_int_equal(freshness(&p, 0, p.now_ms), TB_E_STALE);
    assert_int_equal(freshness(&p, 0, p.now_ms - 1), TB_E_STALE);
    assert_int_equal(freshness(&p, 1, p.now_ms + 1), TB_E_DENIED); /* no key of this roster */
    province_set_witness(&p, 1);
    assert_int_equal(freshness(&p, 1, p.now_ms - 3000), TB_OK); /* each signer has its own */
    assert_int_equal(freshness(&p, 0, p.now_ms + 5), TB_OK);
    assert_int_equal(tb_roster_fresh_ms(p.roster), p.now_ms + 5);
    province_done(&p);
}

static void a_freshness_key_signs_only_while_valid(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    assert_int_equal(freshness(&p, 0, PROVINCE_T0 - 1), TB_E_EXPIRED);
    assert_int_equal(freshness(&p, 0, PROVINCE_T0 + 730 * PROVINCE_DAY), TB_E_EXPIRED);
    assert_int_equal(freshness(&p, 0, PROVINCE_T0 + 730 * PROVINCE_DAY - 1), TB_OK);
    province_done(&p);
}

static void a_statement_for_another_log_shows_that_the_relay_shows_two(void **state)
{
    struct province p, q;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 }, ahead_of_me = { 0 }, forged = { 0 };
    (void)state;

    province_demo(&p);
    province_demo(&q);
    province_set_witness(&p, 0);
    province_set_witness(&q, 0);
    province_set_policy(&p, "truc-dem", "an");
    province_set_policy(&q, "truc-dem", "binh"); /* same root, another history */
    province_statement(&q, 0, q.now_ms, &b);
    assert_int_equal(tb_roster_freshness(p.roster, tb_buf_view(&b)), TB_E_CONFLICT);
    province_set_policy(&q, "truc-dem", "chi");
    province_statement(&q, 0, q.now_ms, &ahead_of_me);
    assert_int_equal(tb_roster_freshness(p.roster, tb_buf_view(&ahead_of_me)), TB_E_NOTFOUND);
    province_statement(&p, 0, p.now_ms, &forged);
    forged.p[forged.n - 1] ^= 1;
    assert_int_equal(tb_roster_freshness(p.roster, tb_buf_view(&forged)), TB_E_BADSIG);
    assert_int_equal(tb_roster_fresh_ms(p.roster), 0);
    province_done(&q);
    province_done(&p);
}

/* Statements signed by the key that may, but of a form that may not be. */
static void the_form_of_a_statement_is_checked(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    for (int i = 0; i < 6; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
        struct tb_hash head = tb_roster_head(p.roster);
        Tb__Freshness m;
        Tb__Head h;
        tb__freshness__init(&m);
        tb__head__init(&h);
        h.size = i == 1 ? 0 : tb_roster_size(p.roster);
        h.hash = tb_field(head.b, i == 2 ? 31 : sizeof head.b);
        m.head = i == 3 ? NULL : &h;
        m.time_ms = i == 4 ? 0 : i == 5 ? INT64_MAX : p.now_ms;
        province_must(tb_signed_make(TB_TYPE_FRESHNESS, &p.id, &m.base, &p.witness[0], &b), "", "");
        assert_int_equal(tb_roster_freshness(p.roster, tb_buf_view(&b)), i ? TB_E_RANGE : TB_OK);
    }
    static uint8_t big[TB_ENTRY_MAX + 1];
    assert_int_equal(tb_roster_freshness(p.roster, tb_view_of(big, sizeof big)), TB_E_LIMIT);
    assert_int_equal(tb_roster_freshness(p.roster, tb_view_of("\n", 1)), TB_E_TRUNCATED);
    province_done(&p);
}

/* What another saw in time counts here too, although it came late. */
static void a_witness_makes_a_late_grant_count(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    Tb__Removal m = province_removal("binh");
    struct province_entry removal = province_entry(TB_ENTRY_SUSPENSION, "binh", &m.base);
    TB_CLEANUP(tb_buf_done) struct tb_buf on_sight = { 0 };
    province_by(&removal, &p.registrar[0]);
    province_make(&p, &removal, &on_sight);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&on_sight), NULL), TB_OK);

    province_policy_body(&b, "truc-dem", "binh");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    e.seen_ms = p.now_ms + 100 * 3600000LL;
    int64_t append_by = p.now_ms + 1000 + TB_APPEND_BY_MAX_MS;
    province_put(&p, &e);
    struct tb_hash head = tb_roster_head(p.roster);
    assert_false(tb_roster_entry_counts(p.roster, 12));
    assert_int_equal(freshness(&p, 0, append_by), TB_OK);
    assert_true(tb_roster_entry_counts(p.roster, 12));
    assert_string_equal(tb_roster_policy_by_id(p.roster, "truc-dem")->tier[0].account[0], "binh");
    struct tb_hash same = tb_roster_head(p.roster);
    assert_memory_equal(&same, &head, sizeof head);
    assert_int_equal(tb_roster_fresh_ms(p.roster), append_by);
    assert_int_equal(tb_roster_account(p.roster, "binh") == NULL, 1); /* nothing is forgotten */
    province_done(&p);
}

static void a_witness_that_came_late_itself_proves_nothing(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    province_policy_body(&b, "truc-dem", "binh");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    e.seen_ms = p.now_ms + 100 * 3600000LL;
    int64_t append_by = p.now_ms + 1000 + TB_APPEND_BY_MAX_MS;
    province_put(&p, &e);
    assert_int_equal(freshness(&p, 0, append_by + 1), TB_OK);
    assert_false(tb_roster_entry_counts(p.roster, 12));
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_grants_on_one_predecessor_the_first_wins),
        cmocka_unit_test(based_on_may_be_any_head_of_the_past),
        cmocka_unit_test(an_entry_stands_on_this_log_and_on_the_newest_of_its_subject),
        cmocka_unit_test(sets_have_no_predecessor_and_no_copies),
        cmocka_unit_test(a_second_root_does_not_begin_a_log_anew),
        cmocka_unit_test(a_grant_seen_too_late_stands_in_the_log_and_does_not_count),
        cmocka_unit_test(a_grant_seen_in_time_counts_to_the_last_millisecond),
        cmocka_unit_test(a_late_registrar_or_credential_does_not_count_either),
        cmocka_unit_test(a_removal_never_comes_too_late),
        cmocka_unit_test(trying_tells_when_a_grant_would_not_count),
        cmocka_unit_test(a_statement_of_a_freshness_key_is_kept_if_it_is_newer),
        cmocka_unit_test(a_freshness_key_signs_only_while_valid),
        cmocka_unit_test(a_statement_for_another_log_shows_that_the_relay_shows_two),
        cmocka_unit_test(the_form_of_a_statement_is_checked),
        cmocka_unit_test(a_witness_makes_a_late_grant_count),
        cmocka_unit_test(a_witness_that_came_late_itself_proves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
