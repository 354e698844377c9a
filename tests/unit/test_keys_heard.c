/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_heard.c - what was typed instead of the six words is told apart. */
#include <string.h>

#include "keys/heard.h"
#include "proto/words.h"
#include "tb_cmocka.h"

#define FIVE "mèo xanh · vịt đỏ · trâu vàng · ngựa tím · thỏ đen"

static struct heard read_of(const char *typed)
{
    struct heard h;

    heard_read(typed, &h);
    return h;
}

static void six_words_are_six_however_they_are_typed(void **state)
{
    static const char *const ways[] = {
        FIVE " · tôm nâu",
        "meo xanh, vit do, trau vang, ngua tim, tho den, tom nau",
        "MEO XANH VIT DO TRAU VANG NGUA TIM THO DEN TOM NAU",
        "meoxanh vitdo trauvang nguatim thoden tomnau",
    };

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct heard h = read_of(ways[i]);
        assert_int_equal(h.words, 6);
        assert_false(h.half);
        assert_string_equal(h.strange, "");
    }
}

static void every_word_of_the_list_is_known(void **state)
{
    uint8_t bits[TB_WORDS_BYTES];
    char text[160];

    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        memset(bits, (int)i, sizeof bits);
        tb_words_print(bits, text);
        struct heard h = read_of(text);
        assert_int_equal(h.words, 6);
        assert_false(h.half);
    }
}

static void missing_words_are_counted(void **state)
{
    (void)state;
    assert_int_equal(read_of(FIVE).words, 5);
    assert_false(read_of(FIVE).half);
    assert_int_equal(read_of("").words, 0);
    assert_int_equal(read_of(FIVE " · tôm nâu · rùa cao").words, 7);
}

static void a_word_without_its_other_half_is_noticed(void **state)
{
    (void)state;
    assert_true(read_of(FIVE " · tôm").half);
    assert_true(read_of("xanh vịt đỏ").half);
    assert_true(read_of("mèo vịt đỏ").half);
}

static void a_syllable_that_is_in_no_list_is_named(void **state)
{
    (void)state;
    struct heard h = read_of("mèo xanh · chó đỏ · xyz");
    assert_string_equal(h.strange, "chó");
    h = read_of(FIVE " · rungg nâu");
    assert_string_equal(h.strange, "rungg");
    h = read_of("kienn xanh");
    assert_string_equal(h.strange, "kienn");
    assert_string_equal(h.meant, "kiến");
}

static void junk_is_read_to_its_end(void **state)
{
    char junk[300];

    (void)state;
    memset(junk, 0xc3, sizeof junk);
    junk[sizeof junk - 1] = '\0';
    assert_int_equal(read_of(junk).words, 0);
    assert_string_not_equal(read_of(junk).strange, "");
    assert_int_equal(read_of("\xc2").words, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_words_are_six_however_they_are_typed),
        cmocka_unit_test(every_word_of_the_list_is_known),
        cmocka_unit_test(missing_words_are_counted),
        cmocka_unit_test(a_word_without_its_other_half_is_noticed),
        cmocka_unit_test(a_syllable_that_is_in_no_list_is_named),
        cmocka_unit_test(junk_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
