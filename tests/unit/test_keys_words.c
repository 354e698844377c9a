/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_words.c - what people type: times, roles, options, policies. */
#include <stdlib.h>
#include <string.h>

#include "keys/args.h"
#include "keys/parse.h"
#include "keys/policyfile.h"
#include "keys/when.h"
#include "tb_cmocka.h"

static void spans_have_one_unit(void **state)
{
    static const char *const bad[] = { "",      "h",  "72",          "72 h", "-1h",
                                       "1h30m", "0d", "9999999999d", "1w" };
    int64_t ms = 0;

    (void)state;
    assert_int_equal(when_span("72h", &ms), TB_OK);
    assert_int_equal(ms, 72 * 3600 * 1000LL);
    assert_int_equal(when_span("2y", &ms), TB_OK);
    assert_int_equal(ms, 730 * WHEN_DAY_MS);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(when_span(bad[i], &ms), TB_E_RANGE);
}

static void times_name_their_offset(void **state)
{
    static const char *const bad[] = { "",
                                       "2026",
                                       "2026-13-01",
                                       "2026-01-01T00:00:00",
                                       "2026-01-01T24:00:00Z",
                                       "2026-01-01T00:00:00+15:00",
                                       "2026-01-01T00:00:00Zz",
                                       "20260101" };
    char text[WHEN_TEXT];
    int64_t ms = 0, other = 0;

    (void)state;
    assert_int_equal(when_time("2026-01-31T08:00:00+07:00", &ms), TB_OK);
    assert_int_equal(when_time("2026-01-31T01:00:00Z", &other), TB_OK);
    assert_int_equal(ms, other);
    when_print(ms, text);
    assert_int_equal(when_time(text, &other), TB_OK);
    assert_int_equal(ms, other);
    assert_int_equal(when_either("1h", 1000, &ms), TB_OK);
    assert_int_equal(ms, 3601000);
    assert_int_equal(when_either("9999y", 1000, &ms), TB_E_RANGE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(when_time(bad[i], &ms), TB_E_RANGE);
}

static void pairs_and_counts_are_digits_only(void **state)
{
    char name[TB_NAME_MAX + 1];
    uint32_t n = 0;

    (void)state;
    assert_int_equal(parse_pair("responder=2", name, &n), TB_OK);
    assert_string_equal(name, "responder");
    assert_int_equal(n, 2);
    assert_int_equal(parse_pair("accept=0", name, &n), TB_OK);
    assert_int_equal(parse_pair("=2", name, &n), TB_E_RANGE);
    assert_int_equal(parse_pair("accept", name, &n), TB_E_RANGE);
    assert_int_equal(parse_pair("accept=-1", name, &n), TB_E_RANGE);
    assert_int_equal(parse_pair("a-name-that-is-longer-than-any-name-may-be=1", name, &n),
                     TB_E_RANGE);
    assert_int_equal(parse_count("0", 9, &n), TB_E_RANGE);
    assert_int_equal(parse_count("10", 9, &n), TB_E_RANGE);
    assert_int_equal(parse_count("99999999999999999999", UINT32_MAX, &n), TB_E_RANGE);
}

static void roles_are_known_and_stand_once(void **state)
{
    struct roles roles;

    (void)state;
    assert_int_equal(parse_roles("agency,responder", &roles), TB_OK);
    assert_int_equal(roles.n, 2);
    assert_int_equal(parse_roles("all", &roles), TB_OK);
    assert_int_equal(roles.n, 7);
    assert_int_equal(parse_roles("agency,agency", &roles), TB_E_CONFLICT);
    assert_int_equal(parse_roles("agency,", &roles), TB_E_RANGE);
    assert_int_equal(parse_roles("invite", &roles), TB_E_RANGE);
}

static tb_result parse_args(const char *const *argv, struct words *rest, struct words *list,
                            const char **text, bool *flag)
{
    struct option own[] = { { "key", OPTION_LIST, list },
                            { "out", OPTION_TEXT, text },
                            { "json", OPTION_FLAG, flag },
                            { NULL, OPTION_FLAG, NULL } };
    const struct option *const tables[] = { own, NULL };
    char *copy[16];
    int n = 0;

    for (; argv[n] != NULL; n++)
        copy[n] = strdup(argv[n]);
    tb_result r = args_parse(n, copy, tables, rest);
    for (int i = 0; i < n; i++)
        free(copy[i]);
    return r;
}

static void options_stand_anywhere_and_once(void **state)
{
    struct words rest, list = { .n = 0 };
    const char *text = NULL;
    bool flag = false;

    (void)state;
    assert_int_equal(parse_args((const char *const[]){ "a", "--key", "k1", "--key=k2", "--json",
                                                       "b", "--", "--c", NULL },
                                &rest, &list, &text, &flag),
                     TB_OK);
    assert_int_equal(rest.n, 3);
    assert_int_equal(list.n, 2);
    assert_true(flag);
    assert_int_equal(parse_args((const char *const[]){ "--out", "x", "--out", "y", NULL }, &rest,
                                &list, &text, &flag),
                     TB_E_CONFLICT);
    text = NULL;
    assert_int_equal(parse_args((const char *const[]){ "--out", NULL }, &rest, &list, &text, &flag),
                     TB_E_TRUNCATED);
    assert_int_equal(
        parse_args((const char *const[]){ "--json=1", NULL }, &rest, &list, &text, &flag),
        TB_E_TRAILING);
    assert_int_equal(parse_args((const char *const[]){ "-k", NULL }, &rest, &list, &text, &flag),
                     TB_E_NOTFOUND);
    assert_int_equal(
        parse_args((const char *const[]){ "--ke", "x", NULL }, &rest, &list, &text, &flag),
        TB_E_NOTFOUND);
}

/* ---- policies */

static tb_result parse_policy(const char *text, struct policy_body *b, struct policy_problem *p)
{
    *p = (struct policy_problem){ .line = 0 };
    return policy_parse(tb_view_of(text, strlen(text)), b, p);
}

static void a_policy_reads_as_it_is_written(void **state)
{
    struct policy_body *b = calloc(1, sizeof *b);
    struct policy_problem p;

    (void)state;
    assert_int_equal(
        parse_policy("# x\n\nid: su-co\r\nname: Sự cố nghiêm trọng \nclasses: 1 3\n"
                     "tier 1: an  binh wait 60 repeat 15\ntier 2:\tchi wait 120 repeat 30",
                     b, &p),
        TB_OK);
    assert_string_equal(b->m.id, "su-co");
    assert_string_equal(b->m.name, "Sự cố nghiêm trọng");
    assert_int_equal(b->m.n_page_class, 2);
    assert_int_equal(b->m.page_class[1], 3);
    assert_int_equal(b->m.n_tier, 2);
    assert_int_equal(b->m.tier[0]->n_target, 2);
    assert_string_equal(b->m.tier[1]->target[0]->id, "chi");
    assert_int_equal(b->m.tier[1]->repeat_s, 30);
    free(b);
}

static void a_wrong_policy_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        { "", 0 },
        { "id: a\nname: A\n", 0 },
        { "id: A\nname: A\ntier 1: an wait 1 repeat 5\n", 0 },
        { "id: a\nname: A\ntier 2: an wait 1 repeat 5\n", 3 },
        { "id: a\nname: A\ntier 1: An wait 1 repeat 5\n", 3 },
        { "id: a\nname: A\ntier 1: an wait 1\n", 3 },
        { "id: a\nname: A\ntier 1: wait 1 repeat 5\n", 3 },
        { "id: a\nname: A\ntier 1: an wait -1 repeat 5\n", 3 },
        { "id: a\nname: A\ntier 1: an wait 1 repeat\n", 3 },
        { "id: a\nname: A\nclasses: 4\n", 3 },
        { "id: a\nname: A\nclasses: 1 2 3 1\n", 3 },
        { "id: a\nname: A\ncolour: red\n", 3 },
        { "id: a\nname: A\nhello\n", 3 },
        { "id: a\nname: \n", 2 },
    };
    struct policy_body *b = calloc(1, sizeof *b);
    struct policy_problem p;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse_policy(bad[i].text, b, &p), TB_E_RANGE);
        assert_int_equal(p.line, bad[i].line);
        assert_true(p.text[0] != '\0');
    }
    free(b);
}

static void a_policy_has_room_for_what_the_limits_allow_and_no_more(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf text = { 0 };
    struct policy_body *b = calloc(1, sizeof *b);
    struct policy_problem p;

    (void)state;
    tb_put(&text, "id: a\nname: A\ntier 1:", 21);
    for (int i = 0; i < TB_TARGETS_MAX; i++)
        tb_put(&text, " an", 3);
    size_t n = text.n;
    tb_put(&text, " wait 1 repeat 5\n", 17);
    assert_int_equal(policy_parse(tb_buf_view(&text), b, &p), TB_OK);
    text.n = n;
    tb_put(&text, " an wait 1 repeat 5\n", 20);
    assert_int_equal(policy_parse(tb_buf_view(&text), b, &p), TB_E_RANGE);
    text.n = 14;
    for (char t = '1'; t <= '9'; t++) {
        char line[] = "tier 0: an wait 1 repeat 5\n";
        line[5] = t;
        tb_put(&text, line, sizeof line - 1);
    }
    assert_int_equal(policy_parse(tb_buf_view(&text), b, &p), TB_E_RANGE);
    assert_int_equal(p.line, 3 + TB_TIERS_MAX);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_have_one_unit),
        cmocka_unit_test(times_name_their_offset),
        cmocka_unit_test(pairs_and_counts_are_digits_only),
        cmocka_unit_test(roles_are_known_and_stand_once),
        cmocka_unit_test(options_stand_anywhere_and_once),
        cmocka_unit_test(a_policy_reads_as_it_is_written),
        cmocka_unit_test(a_wrong_policy_is_refused_with_its_line),
        cmocka_unit_test(a_policy_has_room_for_what_the_limits_allow_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
