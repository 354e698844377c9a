/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lists.c - years of pages in the window: what is open is there at once, however old it is. */
#include "screen.h"

static void what_is_open_comes_however_old_it_is(void **state)
{
    struct screen *s = *state;

    screen_show(s, "years", "en");
    (void)screen_text(s, "Bị bỏ quên từ lâu");
    (void)dummy_called(s, "Pages", "'open': <true>");
}

#define LISTS(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTS(what_is_open_comes_however_old_it_is),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
