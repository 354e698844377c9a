/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_pieces.c - a message in pieces is the message, or refused before it costs memory. */
#include <string.h>

#include "server/pieces.h"
#include "tb_cmocka.h"

enum { MOST = 4096 };

static enum pieces_verdict add(struct pieces *p, const char *text, size_t rest, const char *flags,
                               struct tb_view *ret)
{
    const struct piece piece = {
        .bytes = tb_view_of(text, strlen(text)),
        .rest = rest,
        .first = strchr(flags, 'f') != NULL,
        .last = strchr(flags, 'l') != NULL,
    };

    return pieces_add(p, &piece, MOST, ret);
}

static void one_piece_is_not_copied(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };
    const char *text = "hello";

    (void)state;
    assert_int_equal(add(&p, text, 0, "fl", &whole), PIECES_WHOLE);
    assert_ptr_equal(whole.p, text);
    assert_null(p.sofar.p);
    pieces_reset(&p);
}

static void pieces_become_one_message(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };

    (void)state;
    assert_int_equal(add(&p, "one ", 4, "f", &whole), PIECES_MORE);
    assert_int_equal(add(&p, "two ", 0, "", &whole), PIECES_MORE);
    assert_int_equal(add(&p, "three", 0, "l", &whole), PIECES_WHOLE);
    assert_int_equal(whole.n, 13);
    assert_memory_equal(whole.p, "one two three", 13);
    pieces_reset(&p);
}

static void a_last_frame_is_not_whole_before_its_end(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };

    (void)state;
    assert_int_equal(add(&p, "half", 4, "fl", &whole), PIECES_MORE);
    assert_int_equal(add(&p, "rest", 0, "l", &whole), PIECES_WHOLE);
    assert_int_equal(whole.n, 8);
    pieces_reset(&p);
}

static void an_announced_giant_takes_no_memory(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };

    (void)state;
    assert_int_equal(add(&p, "abc", (size_t)1 << 40, "f", &whole), PIECES_TOO_LARGE);
    assert_null(p.sofar.p);
    assert_int_equal(add(&p, "abc", SIZE_MAX, "f", &whole), PIECES_TOO_LARGE);
    assert_int_equal(add(&p, "abc", MOST - 3, "f", &whole), PIECES_MORE);
    assert_int_equal(add(&p, "abcd", MOST - 6, "", &whole),
                     PIECES_TOO_LARGE); /* a byte too many in sum */
    pieces_reset(&p);
}

static void many_tiny_pieces_are_refused(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };
    int taken = 0;

    (void)state;
    while (taken < 1000 && add(&p, "a", 0, taken ? "" : "f", &whole) == PIECES_MORE)
        taken++;
    assert_in_range(taken, 10, 100);
    pieces_reset(&p);
}

static void empty_pieces_count(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };
    int taken = 0;

    (void)state;
    while (taken < 1000 && add(&p, "", 0, taken ? "" : "f", &whole) == PIECES_MORE)
        taken++;
    assert_in_range(taken, 10, 100);
    pieces_reset(&p);
}

static void a_new_message_forgets_the_old_one(void **state)
{
    struct pieces p = { 0 };
    struct tb_view whole = { 0 };

    (void)state;
    assert_int_equal(add(&p, "never finished", 0, "f", &whole), PIECES_MORE);
    assert_int_equal(add(&p, "new", 0, "fl", &whole), PIECES_WHOLE);
    assert_int_equal(whole.n, 3);
    pieces_reset(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_piece_is_not_copied),
        cmocka_unit_test(pieces_become_one_message),
        cmocka_unit_test(a_last_frame_is_not_whole_before_its_end),
        cmocka_unit_test(an_announced_giant_takes_no_memory),
        cmocka_unit_test(many_tiny_pieces_are_refused),
        cmocka_unit_test(empty_pieces_count),
        cmocka_unit_test(a_new_message_forgets_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
