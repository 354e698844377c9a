/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_term.c - text of peers is harmless on a terminal, and columns line up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "tb_cmocka.h"

static void cleaned(const char *in, bool prose, const char *expected)
{
    g_autofree char *out = text_clean(in, prose);
    assert_string_equal(out, expected);
}

static void terminal_commands_become_symbols(void **state)
{
    (void)state;
    cleaned("a\033[2Jb", false, "a␛[2Jb");
    cleaned("a\177b", false, "a␡b");
    cleaned("a\nb\tc", false, "a␊b␉c");
    cleaned("a\nb\tc", true, "a\nb\tc");
    cleaned("a\rb", true, "a␍b");
    cleaned("\302\233"
            "31m",
            false,
            "\357\277\275"
            "31m"); /* the one-character CSI of C1 */
    cleaned(NULL, false, "");
}

/* It names what the agent, the relay or a file said. */
static void what_is_said_beside_the_answer_commands_no_terminal(void **state)
{
    char said[200] = "";
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    (void)state;

    assert_true(file && before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    assert_int_equal(cli_say(3, "no page '%s'",
                             "\033]0;x\007\302\233"
                             "31m\342\200\256"),
                     3);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    (void)close(before);
    rewind(file);
    assert_non_null(fgets(said, sizeof said, file));
    (void)fclose(file);
    assert_string_equal(said, "trucban: no page '␛]0;x␇\357\277\275"
                              "31m\357\277\275'\n");
}

static void direction_overrides_do_not_survive(void **state)
{
    (void)state;
    cleaned("ab\342\200\256"
            "dc",
            false,
            "ab\357\277\275"
            "dc");
    cleaned("ab\342\201\246"
            "dc",
            false,
            "ab\357\277\275"
            "dc");
    cleaned("\357\273\277x", false, "\357\277\275x");
}

static void right_to_left_text_is_isolated_and_vietnamese_is_left_alone(void **state)
{
    (void)state;
    cleaned("Nguyễn Văn An", false, "Nguyễn Văn An");
    cleaned("שלום", false, "\342\201\250שלום\342\201\251");
}

static void bad_utf8_is_replaced(void **state)
{
    (void)state;
    g_autofree char *out = text_clean("a\xff"
                                      "b",
                                      false);
    assert_true(g_utf8_validate(out, -1, NULL));
}

static void width_counts_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(term_width("Nguyễn"), 6);
    assert_int_equal(term_width("日本"), 4);
    assert_int_equal(term_width("e\314\201"), 1); /* a combining mark */
}

static void fitted(const char *in, size_t columns, const char *expected)
{
    g_autofree char *out = term_fit(in, columns);
    assert_string_equal(out, expected);
    assert_true(term_width(out) <= columns);
}

static void cutting_respects_letters(void **state)
{
    (void)state;
    fitted("Nguyễn", 6, "Nguyễn");
    fitted("Nguyễn Văn", 6, "Nguyễ…");
    fitted("日本日本", 5, "日本…");
    fitted("日本日本", 4, "日…");
}

static void a_table_lines_up_under_its_heads(void **state)
{
    (void)state;
    const char *heads[] = { "Ai", "Mức", "x" };
    const char *one[] = { "Nguyễn", "2", "" };
    const char *two[] = { "日\033", NULL, "!" };
    struct table *t = table_new(3, heads);
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    assert_non_null(f);
    table_add(t, one);
    table_add(t, two);
    table_print(t, f);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(text, "Ai      Mức  x\nNguyễn  2\n日␛          !\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_commands_become_symbols),
        cmocka_unit_test(what_is_said_beside_the_answer_commands_no_terminal),
        cmocka_unit_test(direction_overrides_do_not_survive),
        cmocka_unit_test(right_to_left_text_is_isolated_and_vietnamese_is_left_alone),
        cmocka_unit_test(bad_utf8_is_replaced),
        cmocka_unit_test(width_counts_columns_not_bytes),
        cmocka_unit_test(cutting_respects_letters),
        cmocka_unit_test(a_table_lines_up_under_its_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
