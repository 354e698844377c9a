/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_fold.c - searching without marks and case. */
#include <glib.h>
#include <stdlib.h>

#include "client/text/fold.h"
#include "tb_cmocka.h"

static void found(const char *text, const char *query, bool expected)
{
    g_autofree char *folded = text_fold(text), *words = text_fold(query);

    assert_int_equal(text_found(folded, words), expected);
}

static void vietnamese_is_found_without_marks(void **state)
{
    (void)state;
    g_autofree char *folded = text_fold("Nguyễn Đình Ưởng – SỞ Y TẾ");

    assert_string_equal(folded, "nguyen dinh uong – so y te");
    found("Nguyễn Văn Mẫu", "nguyen", true);
    found("Nguyễn Văn Mẫu", "nguyễn", true);
    found("Nguye\xcc\x82\xcc\x83n Va\xcc\x86n Mâ\xcc\x83u", "nguyễn mẫu", true); /* decomposed */
    found("Nguyễn Văn Mẫu", "MAU nguyen", true);                                 /* any order */
    found("Nguyễn Văn Mẫu", "nguyen binh", false);
    found("Nguyễn Văn Mẫu", "", true);
    found("Nguyễn Văn Mẫu", "  ", true);
    found("", "a", false);
}

static void what_is_not_text_is_folded_to_something_harmless(void **state)
{
    (void)state;
    g_autofree char *folded = text_fold("\xff\xfe"
                                        "A"),
                    *nothing = text_fold(NULL);

    assert_true(g_utf8_validate(folded, -1, NULL));
    assert_string_equal(nothing, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vietnamese_is_found_without_marks),
        cmocka_unit_test(what_is_not_text_is_folded_to_something_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
