/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_why.c - a refusal is one line of valid text, whatever strangers put into it. */
#include "tb_cmocka.h"

#include <string.h>

#include "proto/why.h"

static void numbers_and_text_stand_where_they_should(void **state)
{
    struct tb_why w;
    (void)state;

    assert_int_equal(why_no(&w, TB_E_RANGE, "%s has %u of %u, %lld or %llu%%", "'an'", 0u,
                            4294967295u, (long long)INT64_MIN, (unsigned long long)UINT64_MAX),
                     TB_E_RANGE);
    assert_string_equal(w.text, "'an' has 0 of 4294967295, -9223372036854775808 or "
                                "18446744073709551615%");
    (void)why_no(&w, TB_OK, "%d", -5);
    assert_string_equal(w.text, "-5");
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;

    assert_int_equal(why_no(NULL, TB_E_QUORUM, "%u", 1u), TB_E_QUORUM);
}

static void a_long_text_is_cut_between_two_letters(void **state)
{
    struct tb_why w;
    char text[300];
    (void)state;

    memset(text, 'a', sizeof text);
    text[299] = '\0';
    (void)why_no(&w, TB_OK, "%s", text);
    assert_int_equal(strlen(w.text), 199);
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe1\xba\xa1", 4); /* ạ */
        (void)why_no(&w, TB_OK, "%s", text);
        assert_int_equal((strlen(w.text) - shift) % 3, 0);
        assert_true(strlen(w.text) > 190);
    }
    memset(text, 'a', 199); /* fits to the last byte */
    memcpy(text + 196, "\xe1\xba\xa1", 4);
    (void)why_no(&w, TB_OK, "%s", text);
    assert_true(strlen(w.text) == 196 || strlen(w.text) == 199);
}

static void a_short_text_keeps_its_last_letter(void **state)
{
    struct tb_why w;
    (void)state;

    (void)why_no(&w, TB_OK, "Tr\xe1\xba\xa1");
    assert_string_equal(w.text, "Tr\xe1\xba\xa1");
}

static void control_characters_never_get_through(void **state)
{
    struct tb_why w;
    (void)state;

    (void)why_no(&w, TB_OK, "%s", "a\033[2J\nb\x7f");
    assert_string_equal(w.text, "a?[2J?b?");
}

static void of_unchecked_text_only_ascii_is_shown(void **state)
{
    char longer[100];
    (void)state;

    assert_string_equal(why_quote("an").text, "'an'");
    assert_string_equal(why_quote("").text, "''");
    assert_string_equal(why_quote("a\xe2\x80\xae\n").text, "'a?"
                                                           "?"
                                                           "?"
                                                           "?'");
    memset(longer, 'x', sizeof longer);
    longer[99] = '\0';
    struct why_quote q = why_quote(longer);
    assert_int_equal(strlen(q.text), 47);
    assert_string_equal(q.text + 43, "...'");
    static const uint8_t id[8] = { 0xab, 1 };
    assert_string_equal(why_hex(id).text, "ab01000000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_text_stand_where_they_should),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(a_long_text_is_cut_between_two_letters),
        cmocka_unit_test(a_short_text_keeps_its_last_letter),
        cmocka_unit_test(control_characters_never_get_through),
        cmocka_unit_test(of_unchecked_text_only_ascii_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
