/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lists.c - years of pages in the window: what is open is there at once, the rest as one scrolls. */
#include <string.h>

#include "screen.h"

enum { KEYS = 60, EACH_MS = 300 };

static void what_is_open_comes_however_old_it_is(void **state)
{
    struct screen *s = *state;

    screen_show(s, "years", "en");
    (void)screen_text(s, "Bị bỏ quên từ lâu");
    (void)dummy_called(s, "Pages", "'open': <true>");
    screen_no_text(s, "số 450"); /* ended, and nobody asked for it */
    assert_int_equal(dummy_count(s, "Pages", "'open': <false>"), 1);
}

static void older_pages_come_as_one_scrolls_to_them(void **state)
{
    struct screen *s = *state;
    bool first = false;

    screen_show(s, "years", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Show older pages"));
    (void)screen_text(s, "số 450");
    int before = dummy_count(s, "Pages", "");
    node_reach(s, screen_find(s, ATSPI_ROLE_LIST_ITEM, "số 450"));
    for (int i = 0; i < KEYS && !first; i++) {
        screen_key(s, "End");
        pause_ms(EACH_MS);
        first = screen_seek(s, ATSPI_ROLE_LIST_ITEM, "số 1.") != NULL;
    }
    assert_true(first);
    assert_true(dummy_count(s, "Pages", "") >= before + 3);
}

#define LISTS(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTS(what_is_open_comes_however_old_it_is),
        LISTS(older_pages_come_as_one_scrolls_to_them),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
