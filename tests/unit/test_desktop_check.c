/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_check.c - what is wrong with a field of a report is said with its value. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "client/desktop/check.h"
#include "proto/limits.h"
#include "tb_cmocka.h"

static const int64_t NOON = 1795323600000; /* 2026-11-22T12:00:00+07:00 */

static void says(char *complaint, const char *part)
{
    g_autofree char *text = complaint;

    assert_non_null(text);
    if (!strstr(text, part))
        fail_msg("'%s' does not name '%s'", text, part);
}

static void a_wrong_moment_is_named(void **state)
{
    int64_t ms = 7;

    (void)state;
    says(check_hour("25:10"), "25:10");
    says(check_hour(""), "–");
    says(check_date("31/02/2026"), "31/02/2026");
    says(check_moment("2026-11-22", "25:10", NOON, &ms), "25:10");
    says(check_moment("2026-11-22", "13:00", NOON, &ms), "13:00"); /* still to come */
    assert_int_equal(ms, 7);
    assert_null(check_moment("22/11/2026", "11:30", NOON, &ms));
    assert_int_equal(ms, NOON - 30 * 60000);
    assert_null(check_moment("2026-11-22", "12:04", NOON, &ms)); /* clocks differ a little */
}

static void the_two_fields_show_what_they_read(void **state)
{
    g_autofree char *date = check_print_date(NOON), *hour = check_print_hour(NOON);
    int64_t ms = 0;

    (void)state;
    assert_string_equal(hour, "12:00");
    assert_null(check_moment(date, hour, NOON, &ms));
    assert_int_equal(ms, NOON);
}

static void a_file_that_is_too_large_is_told_with_size_and_limit(void **state)
{
    g_autofree char *long_name = g_strnfill(TB_FILE_NAME_MAX + 1, 'x');

    (void)state;
    assert_null(check_file("nhật-ký.log", TB_INLINE_FILE_MAX));
    says(check_file("nhật-ký.log", TB_INLINE_FILE_MAX + 1), "nhật-ký.log");
    says(check_file("a", 10 << 20), "10.0\xc2\xa0MiB");
    says(check_file("a", 10 << 20), "24.0\xc2\xa0KiB");
    says(check_file(long_name, 1), "200");
    assert_null(check_file_count(TB_INLINE_FILES));
    says(check_file_count(TB_INLINE_FILES + 1), "4");
}

static void pasted_text_is_made_what_the_protocol_takes(void **state)
{
    g_autofree char *line = check_tidy(" a\xe2\x80\x8b"
                                       "b\r\n\tc\xe2\x80\xae ",
                                       false);
    g_autofree char *prose = check_tidy("a\r\n\tb\x01", true);
    g_autofree char *composed = check_tidy("e\xcc\x82\xcc\x81", false);
    g_autofree char *broken = check_tidy("\xff", false);

    (void)state;
    assert_string_equal(line, "ab  c");
    assert_string_equal(prose, "a\n\tb");
    assert_string_equal(composed, "ế");
    assert_null(check_title(composed));
    assert_true(g_utf8_validate(broken, -1, NULL));
}

static void lengths_are_counted_and_told(void **state)
{
    g_autofree char *title = g_strnfill(TB_TITLE_MAX + 1, 'x');
    g_autofree char *text = g_strnfill(TB_TEXT_MAX + 1, 'x');

    (void)state;
    says(check_title(title), "401");
    says(check_text(text), "32769");
    says(check_line(title, 240), "240");
    assert_non_null(title);
    says(check_title(""), "line");
    assert_null(check_text(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_moment_is_named),
        cmocka_unit_test(the_two_fields_show_what_they_read),
        cmocka_unit_test(a_file_that_is_too_large_is_told_with_size_and_limit),
        cmocka_unit_test(pasted_text_is_made_what_the_protocol_takes),
        cmocka_unit_test(lengths_are_counted_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
