/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_policy.c - a policy is read strictly, and a mistake is named by its place. */
#include <string.h>

#include "client/cli/policy.h"
#include "tb_cmocka.h"

#define GOOD                                                            \
    "{\"id\":\"su-co\",\"name\":\"Sự cố\",\"classes\":[1,2],"       \
    "\"tiers\":[{\"accounts\":[\"an\"],\"wait_s\":60,\"repeat_s\":15}," \
    "{\"accounts\":[\"binh\",\"cuc\"],\"wait_s\":180}]}"

static void a_good_policy_becomes_a_document(void **state)
{
    (void)state;
    g_autofree char *error = NULL;
    GVariant *doc = policy_parse(GOOD, strlen(GOOD), &error);

    assert_null(error);
    assert_non_null(doc);
    g_autoptr(GVariant) owned = g_variant_ref_sink(doc);
    g_autofree char *text = g_variant_print(owned, FALSE);
    assert_string_equal(text,
                        "{'id': <'su-co'>, 'name': <'Sự cố'>, 'tiers': <[{'wait_s': <uint32 60>, "
                        "'repeat_s': <uint32 15>, 'accounts': <['an']>}, {'wait_s': <uint32 180>, "
                        "'repeat_s': <uint32 30>, 'accounts': <['binh', 'cuc']>}]>, "
                        "'classes': <[uint32 1, 2]>}");
}

static void refused(const char *json, const char *expected)
{
    g_autofree char *error = NULL;
    GVariant *doc = policy_parse(json, strlen(json), &error);

    assert_null(doc);
    assert_non_null(error);
    if (!strstr(error, expected))
        fail_msg("%s: expected '%s' in '%s'", json, expected, error);
}

static void a_slip_of_the_pen_is_named_by_line_and_column(void **state)
{
    (void)state;
    refused("{\"id\": \"su-co\",\n \"name\" \"x\"}", "line 2, column");
    refused("{\"id\":\"a\",\"id\":\"b\"}", "line 1");
    refused("", "line 1");
    refused("[]", "object");
}

/* A55, A53: what a file holds is quoted, and a terminal obeys nothing of it. */
static void what_a_policy_file_holds_commands_no_terminal(void **state)
{
    (void)state;
    static const char *const files[] = {
        "{\"\\u001b[2J\\u001b]0;x\\u0007\":1}",
        "{\"id\":\"\\u001b[2J\"}",
        "{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"\\u202e%n%s\":1}]}",
        "{\"id\":\"0123456789012345678901234567890123456\\u001b89\"}",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        g_autofree char *error = NULL;
        assert_null(policy_parse(files[i], strlen(files[i]), &error));
        assert_non_null(error);
        assert_null(strchr(error, 0x1b));
        assert_null(strchr(error, 0x07));
        assert_null(strstr(error, "\xe2\x80\xae"));
    }
}

static void a_wrong_value_is_named_by_its_path(void **state)
{
    (void)state;
    refused("{\"id\":\"Sự cố\",\"name\":\"x\",\"tiers\":[]}", "id:");
    refused("{\"id\":\"a\",\"tiers\":[{}]}", "name:");
    refused("{\"id\":\"a\",\"name\":\"x\"}", "tiers:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[]}", "tiers:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[7]}", "tiers[0]:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"an\"]}]}",
            "tiers[0].wait_s:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"an\"],\"wait_s\":\"1\"}]}",
            "tiers[0].wait_s:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"an\"],\"wait_s\":9,\"repeat_"
            "s\":1}]}",
            "tiers[0].repeat_s:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[],\"wait_s\":9}]}",
            "tiers[0].accounts:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"An\"],\"wait_s\":9}]}",
            "tiers[0].accounts:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"classes\":[4],\"tiers\":[{\"accounts\":[\"an\"],\"wait_"
            "s\":9}]}",
            "classes:");
}

static void a_key_that_is_not_known_is_not_ignored(void **state)
{
    (void)state;
    refused("{\"id\":\"a\",\"name\":\"x\",\"tier\":[]}", "tier:");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"an\"],\"wait\":9}]}",
            "tiers[0].wait: there is no such key: did you mean \"wait_s\"?");
}

static void a_wrong_value_is_shown(void **state)
{
    (void)state;
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"an\"],\"wait_s\":\"1\"}]}",
            "tiers[0].wait_s: \"1\";");
    refused("{\"id\":\"a\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"An\"],\"wait_s\":9}]}",
            "\"An\"");
    refused("{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
            "aaa…;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_policy_becomes_a_document),
        cmocka_unit_test(a_slip_of_the_pen_is_named_by_line_and_column),
        cmocka_unit_test(what_a_policy_file_holds_commands_no_terminal),
        cmocka_unit_test(a_wrong_value_is_named_by_its_path),
        cmocka_unit_test(a_wrong_value_is_shown),
        cmocka_unit_test(a_key_that_is_not_known_is_not_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
