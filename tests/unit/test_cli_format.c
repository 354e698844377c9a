/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_format.c - moments, JSON, words and the choice of language. */
#include <stdlib.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/cli/json.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "tb_cmocka.h"

static const int64_t NOON = 1795323600000; /* 2026-11-22T12:00:00+07:00 */

static void moments_carry_the_offset_of_vietnam(void **state)
{
    (void)state;
    g_autofree char *text = when_rfc3339(NOON + 123);

    assert_string_equal(text, "2026-11-22T12:00:00.123+07:00");
    assert_null(when_rfc3339(0));
}

static void another_zone_is_a_choice(void **state)
{
    (void)state;
    g_setenv("TRUCBAN_TZ", "Europe/Berlin", TRUE);
    g_autofree char *text = when_rfc3339(NOON);
    g_unsetenv("TRUCBAN_TZ");
    assert_string_equal(text, "2026-11-22T06:00:00.000+01:00");
}

static void parsed(const char *text, int64_t expected)
{
    int64_t ms = -1;
    assert_true(when_parse(text, NOON, &ms));
    assert_int_equal(ms, expected);
}

static void times_are_read_as_people_write_them(void **state)
{
    (void)state;
    int64_t ms;

    parsed("2026-11-22T12:00:00+07:00", NOON);
    parsed("2026-11-22 12:00", NOON);
    parsed("22/11/2026 12:00", NOON);
    parsed("11:00", NOON - 3600000);
    parsed("13:00", NOON - 23 * 3600000LL); /* not in the future: yesterday's */
    assert_false(when_parse("noon", NOON, &ms));
    assert_false(when_parse("2026-13-01 10:00", NOON, &ms));
    assert_false(when_parse("12:00 x", NOON, &ms));
    assert_false(when_parse("", NOON, &ms));
}

static void spans_are_short(void **state)
{
    (void)state;
    g_autofree char *s = when_span(2000), *min = when_span(600000), *d = when_span(5 * 86400000LL);

    assert_string_equal(s, "2 s");
    assert_string_equal(min, "10 min");
    assert_string_equal(d, "5 d");
}

static void documents_become_json_by_their_types(void **state)
{
    (void)state;
    g_autoptr(GVariant) doc = g_variant_ref_sink(g_variant_new_parsed(
        "{'id': <'ab'>, 'at': <@x 1795323600000>, 'never': <@x 0>, 'n': <@u 7>, 'skew': <@i -5>,"
        " 'big': <@t 9>, 'ok': <true>, 'list': <['a', 'b']>, 'empty': <@as []>,"
        " 'docs': <[{'t': <@u 1>}]>, 'numbers': <[@u 1, 2]>}"));
    json_t *j = json_of_variant(doc);
    char *text = json_dumps(j, JSON_COMPACT);

    assert_string_equal(
        text, "{\"id\":\"ab\",\"at\":\"2026-11-22T12:00:00.000+07:00\",\"never\":null,\"n\":7,"
              "\"skew\":-5,\"big\":9,\"ok\":true,\"list\":[\"a\",\"b\"],\"empty\":[],"
              "\"docs\":[{\"t\":1}],\"numbers\":[1,2]}");
    free(text);
    json_decref(j);
}

static void clear_language(void)
{
    static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_unsetenv(names[i]);
}

static void chosen(const char *name, const char *value, const char *expected)
{
    clear_language();
    if (name)
        g_setenv(name, value, TRUE);
    assert_string_equal(tba_lang_choose(NULL), expected);
}

static void vietnamese_unless_somebody_asks_for_english(void **state)
{
    (void)state;
    chosen(NULL, NULL, "vi");
    chosen("LC_ALL", "C", "vi");
    chosen("LANG", "C.UTF-8", "vi");
    chosen("LANG", "fr_FR.UTF-8", "vi");
    chosen("LANG", "en_US.UTF-8", "en");
    chosen("LC_MESSAGES", "en_GB", "en");
    chosen("LANGUAGE", "vi:en", "vi");
    chosen("LANGUAGE", "en:vi", "en");
    g_setenv("LANG", "en_US.UTF-8", TRUE);
    assert_string_equal(tba_lang_choose("vi"), "vi");
    g_setenv("LANGUAGE", "vi", TRUE);
    assert_string_equal(tba_lang_choose("en"), "en");
    clear_language();
}

static void trust_is_told_in_words(void **state)
{
    (void)state;
    g_autoptr(GVariant) doc = g_variant_ref_sink(g_variant_new_parsed(
        "{'sender_level': <@u 1>, 'sender_flags': <['expired', 'no-freshness']>}"));
    g_autofree char *text = word_trust(doc, "sender_");
    g_autofree char *named = word_person("Nguyễn Văn An", "an"), *bare = word_person("", "an");

    assert_string_equal(text, "in the roster (level 1), expired");
    assert_string_equal(named, "Nguyễn Văn An (an)");
    assert_string_equal(bare, "an");
}

static void a_socket_path_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    g_autofree char *deep = g_strnfill(120, 'x'), *home = g_strconcat("/tmp/", deep, NULL);
    g_autoptr(GError) error = NULL;

    g_setenv("XDG_RUNTIME_DIR", "/run/user/0", TRUE);
    g_autofree char *elsewhere = tba_profile_socket(home, NULL);
    assert_true(g_str_has_prefix(elsewhere, "/run/user/0/trucban/"));
    g_unsetenv("XDG_RUNTIME_DIR");
    assert_null(tba_profile_socket(home, &error));
    assert_non_null(strstr(error->message, "107"));
    g_autofree char *near = tba_profile_socket("/tmp/an", NULL);
    assert_string_equal(near, "/tmp/an/agent.sock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_carry_the_offset_of_vietnam),
        cmocka_unit_test(another_zone_is_a_choice),
        cmocka_unit_test(times_are_read_as_people_write_them),
        cmocka_unit_test(spans_are_short),
        cmocka_unit_test(documents_become_json_by_their_types),
        cmocka_unit_test(vietnamese_unless_somebody_asks_for_english),
        cmocka_unit_test(trust_is_told_in_words),
        cmocka_unit_test(a_socket_path_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
