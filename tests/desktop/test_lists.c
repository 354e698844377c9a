/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lists.c - years of pages in the window: what is open is there at once, however old it is, the rest as one
 * goes there; and no row of it is out of the keyboard's reach. */
#include "screen.h"

static void what_is_open_comes_however_old_it_is(void **state)
{
    struct screen *s = *state;

    screen_show(s, "years", "en");
    (void)screen_text(s, "Bị bỏ quên từ lâu");
    (void)dummy_called(s, "Pages", "'open': <true>");
}

/* Strikes the key until the row is there and has the focus. */
static void go_to(struct screen *s, const char *key, const char *row)
{
    enum { EACH_MS = 200 };
    long long end = now_ms() + SCREEN_WAIT_MS;
    node *n;

    do {
        assert_true(now_ms() < end);
        screen_key(s, key);
        pause_ms(EACH_MS);
        n = screen_seek(s, ATSPI_ROLE_LIST_ITEM, row);
    } while (!n || !node_is(n, ATSPI_STATE_FOCUSED));
}

static void the_oldest_page_is_reached_by_keyboard(void **state)
{
    struct screen *s = *state; /* with the window of the test before */
    node *older = screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Show older pages");

    go_to(s, "Down", "số 450.");
    screen_key(s, "End");
    screen_key(s, "Tab");
    node_wait_state(older, ATSPI_STATE_FOCUSED, true);
    int before = dummy_count(s, "Pages", "");
    screen_key(s, "space");
    screen_gone(s, ATSPI_ROLE_PUSH_BUTTON, "Show older pages");
    go_to(s, "End", "số 1.");
    assert_true(dummy_count(s, "Pages", "") > before);
    screen_shot(s, "oldest");
    screen_key(s, "Return");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Back");
}

static void arrows_go_over_cards_and_headings(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Hand over…");
    go_to(s, "Down", "Mất điện phòng máy chủ khu B");
    go_to(s, "Up", "Thư giả mạo lãnh đạo sở");
}

#define LISTS(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open_comes_however_old_it_is),
        LISTS(the_oldest_page_is_reached_by_keyboard),
        LISTS(arrows_go_over_cards_and_headings),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
