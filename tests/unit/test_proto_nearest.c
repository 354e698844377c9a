/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_nearest.c - a slip of the finger is understood, another word is not. */
#include <string.h>

#include "proto/nearest.h"
#include "tb_cmocka.h"

static const char *const commands[] = { "init", "invite", "inspect", "approve", "freshness", NULL };

static void a_slip_finds_the_word(void **state)
{
    (void)state;
    assert_string_equal(tb_nearest("aprove", commands), "approve");
    assert_string_equal(tb_nearest("apporve", commands), "approve");
    assert_string_equal(tb_nearest("invites", commands), "invite");
    assert_string_equal(tb_nearest("int", commands), "init");
    assert_string_equal(tb_nearest("fresh", commands), "freshness");
}

static void another_word_finds_nothing(void **state)
{
    char longest[200];

    (void)state;
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_null(tb_nearest("publish", commands));
    assert_null(tb_nearest("x", commands));
    assert_null(tb_nearest("", commands));
    assert_null(tb_nearest(longest, commands));
    assert_null(tb_nearest("init", (const char *const[]){ longest, NULL }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_finds_the_word),
        cmocka_unit_test(another_word_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
