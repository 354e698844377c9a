/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_text.c - tables of texts and names that are taken and refused. */
#include "tb_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "proto/text.h"
#include "proto/text_nfc.h"

static void vietnamese_and_other_composed_text_is_taken(void **state)
{
    static const char *const good[] = {
        "",
        "a",
        "Máy chủ Sở Y tế bị mã hóa lúc 03:12",
        "ĐẶNG THỊ NGUYỆT ÁNH",
        "ắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữự ỳýỷỹỵ đĐ",
        "50 % – “gấp” … €",
        "日本語 한국어 русский",
        "\xf0\x9f\x94\xa5 lửa",
        "\xf4\x80\x80\x80",
        "tab none",
        "a\xc2\xa0"
        "b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(tb_text_check(good[i], 400, TB_TEXT_LINE), TB_OK);
        assert_int_equal(tb_text_check(good[i], 400, TB_TEXT_PROSE), TB_OK);
    }
    assert_int_equal(tb_text_check(NULL, 0, TB_TEXT_LINE), TB_OK);
    assert_int_equal(tb_text_check("a\n\tb", 400, TB_TEXT_PROSE), TB_OK);
    assert_int_equal(tb_text_check("a\nb", 400, TB_TEXT_LINE), TB_E_RANGE);
    assert_int_equal(tb_text_check("a\tb", 400, TB_TEXT_LINE), TB_E_RANGE);
}

static const struct {
    const char *what, *text;
} bad[] = {
    { "bell", "a\a" },
    { "escape", "\x1b[31m" },
    { "delete", "a\x7f" },
    { "carriage return", "a\rb" },
    { "C1 control", "\xc2\x85" },
    { "C1 CSI", "\xc2\x9b" },
    { "soft hyphen", "a\xc2\xad"
                     "b" },
    { "left-to-right override U+202D", "\xe2\x80\xad" },
    { "right-to-left override U+202E", "nv.\xe2\x80\xae"
                                       "fdp" },
    { "right-to-left embedding U+202B", "\xe2\x80\xab" },
    { "pop U+202C", "\xe2\x80\xac" },
    { "left-to-right mark U+200E", "\xe2\x80\x8e" },
    { "right-to-left mark U+200F", "\xe2\x80\x8f" },
    { "isolate U+2066", "\xe2\x81\xa6" },
    { "isolate U+2068", "\xe2\x81\xa8" },
    { "pop isolate U+2069", "\xe2\x81\xa9" },
    { "arabic letter mark U+061C", "\xd8\x9c" },
    { "zero width space U+200B", "a\xe2\x80\x8b" },
    { "zero width non-joiner", "a\xe2\x80\x8c"
                               "b" },
    { "zero width joiner", "a\xe2\x80\x8d"
                           "b" },
    { "word joiner U+2060", "\xe2\x81\xa0" },
    { "byte order mark", "\xef\xbb\xbf"
                         "a" },
    { "line separator U+2028", "\xe2\x80\xa8" },
    { "paragraph separator U+2029", "\xe2\x80\xa9" },
    { "interlinear annotation U+FFF9", "\xef\xbf\xb9" },
    { "hangul filler U+3164", "\xe3\x85\xa4" },
    { "halfwidth filler U+FFA0", "\xef\xbe\xa0" },
    { "blank braille U+2800", "\xe2\xa0\x80" },
    { "variation selector U+FE0F", "\xe2\x9a\xa0\xef\xb8\x8f" },
    { "grapheme joiner U+034F", "\xcd\x8f" },
    { "tag U+E0041", "\xf3\xa0\x81\x81" },
    { "supplement selector U+E0100", "\xf3\xa0\x84\x80" },
    { "NFD a acute", "a\xcc\x81" },
    { "NFD hook U+0309", "a\xcc\x89" },
    { "NFD tilde", "n\xcc\x83" },
    { "NFD dot below", "e\xcc\xa3" },
    { "NFD horn U+031B", "o\xcc\x9b" },
    { "NFD breve", "a\xcc\x86" },
    { "half composed \xc3\xa2 + acute", "\xc3\xa2\xcc\x81" },
    { "deprecated tone mark U+0340", "\xcd\x80" },
    { "deprecated tone mark U+0341", "\xcd\x81" },
    { "angstrom sign U+212B", "\xe2\x84\xab" },
    { "kelvin sign U+212A", "\xe2\x84\xaa" },
    { "ohm sign U+2126", "\xe2\x84\xa6" },
    { "greek question mark U+037E", "\xcd\xbe" },
    { "compatibility ideograph U+F900", "\xef\xa4\x80" },
    { "hebrew presentation U+FB1D", "\xef\xac\x9d" },
    { "jamo vowel U+1161", "\xe1\x84\x80\xe1\x85\xa1" },
    { "enclosing circle U+20DD", "a\xe2\x83\x9d" },
    { "noncharacter U+FFFE", "\xef\xbf\xbe" },
    { "noncharacter U+FFFF", "\xef\xbf\xbf" },
    { "noncharacter U+FDD0", "\xef\xb7\x90" },
    { "noncharacter U+10FFFF", "\xf4\x8f\xbf\xbf" },
    { "overlong NUL", "\xc0\x80" },
    { "overlong slash, 2 bytes", "\xc0\xaf" },
    { "overlong slash, 3 bytes", "\xe0\x80\xaf" },
    { "overlong slash, 4 bytes", "\xf0\x80\x80\xaf" },
    { "overlong U+007F", "\xc1\xbf" },
    { "overlong U+07FF", "\xe0\x9f\xbf" },
    { "overlong U+FFFF", "\xf0\x8f\xbf\xbf" },
    { "high surrogate", "\xed\xa0\x80" },
    { "low surrogate", "\xed\xbf\xbf" },
    { "surrogate pair", "\xed\xa0\xbd\xed\xb4\xa5" },
    { "above U+10FFFF", "\xf4\x90\x80\x80" },
    { "far above", "\xf7\xbf\xbf\xbf" },
    { "five bytes", "\xf8\x88\x80\x80\x80" },
    { "six bytes", "\xfc\x84\x80\x80\x80\x80" },
    { "byte FE", "\xfe" },
    { "byte FF", "\xff" },
    { "lone continuation", "\x80" },
    { "cut after one of two", "a\xc3" },
    { "cut after two of three", "\xe2\x80" },
    { "cut after three of four", "\xf0\x9f\x94" },
    { "cut by a letter", "\xe2\x80"
                         "a" },
    { "Latin-1", "s\xf4"
                 "c" },
};

static void bad_text_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (tb_text_check(bad[i].text, 400, TB_TEXT_PROSE) != TB_E_RANGE)
            fail_msg("taken: %s", bad[i].what);
        assert_int_equal(tb_text_check(bad[i].text, 400, TB_TEXT_LINE), TB_E_RANGE);
    }
}

static void the_limit_counts_bytes(void **state)
{
    char *long_text = malloc(1000001);

    (void)state;
    memset(long_text, 'a', 1000000);
    long_text[1000000] = 0;
    assert_int_equal(tb_text_check(long_text, TB_TEXT_MAX, TB_TEXT_PROSE), TB_E_RANGE);
    assert_int_equal(tb_text_check(long_text, 999999, TB_TEXT_PROSE), TB_E_RANGE);
    assert_int_equal(tb_text_check(long_text, 1000000, TB_TEXT_PROSE), TB_OK);
    assert_int_equal(tb_text_check("ấ", 2, TB_TEXT_LINE), TB_E_RANGE);
    assert_int_equal(tb_text_check("ấ", 3, TB_TEXT_LINE), TB_OK);
    free(long_text);
}

static void every_letter_of_vietnamese_is_composed(void **state)
{
    const uint8_t *p =
        (const uint8_t *)"aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqr"
                         "stuùúủũụưừứửữựvxyỳýỷỹỵAÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆGHIÌÍỈĨỊ"
                         "KLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVXYỲÝỶỸỴ";
    size_t n = 0;

    (void)state;
    for (uint32_t c; (c = tb_text_next(&p)); n++)
        assert_false(tb_text_refused(c));
    assert_int_equal(n, 2 * 89);
    assert_int_equal(*p, 0);
}

static void names_are_small_letters_digits_and_inner_hyphens(void **state)
{
    static const char *const good[] = { "a", "so-y-te", "0", "an2",
                                        "abcdefghijklmnopqrstuvwxyz012345" };
    static const char *const wrong[] = { "",  "-a",  "a-",  "-",
                                         "A", "a b", "a_b", "a.b",
                                         "ă", "a/b", "a\n", "abcdefghijklmnopqrstuvwxyz0123456" };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(tb_name_check(good[i]), TB_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(tb_name_check(wrong[i]), TB_E_RANGE);
    assert_int_equal(tb_name_check(NULL), TB_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vietnamese_and_other_composed_text_is_taken),
        cmocka_unit_test(bad_text_is_refused),
        cmocka_unit_test(the_limit_counts_bytes),
        cmocka_unit_test(every_letter_of_vietnamese_is_composed),
        cmocka_unit_test(names_are_small_letters_digits_and_inner_hyphens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
