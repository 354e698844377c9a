/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_names.c - every node that can have the focus says truly what it is: on every view, in each state of
 * the agent, in both languages. */
#include <stdio.h>
#include <string.h>

#include "screen.h"

enum { VIEWS = 4 };

/* The i-th view's. */
static node *tab(struct screen *s, const char *lang, int i)
{
    static const char *const names[][VIEWS] = { { "Watch", "Report", "Directory", "Settings" },
                                                { "Trực", "Báo cáo", "Danh bạ", "Cài đặt" } };

    return screen_find(s, ATSPI_ROLE_PAGE_TAB, names[strcmp(lang, "vi") == 0][i - 1]);
}

static void walk_views(struct screen *s, const char *scene, const char *lang)
{
    screen_show(s, scene, lang);
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, NULL);
    for (int i = 1; i <= VIEWS; i++) {
        g_autofree char *key = g_strdup_printf("ctrl+%d", i);
        g_autofree char *name = g_strdup_printf("%s-%s-%d", scene, lang, i);
        screen_key(s, key);
        node_wait_state(tab(s, lang, i), ATSPI_STATE_SELECTED, true);
        screen_shot(s, name);
        assert_true(screen_names_are_true(s, name) > VIEWS);
    }
}

static void look_at(struct screen *s, const char *scene, const char *lang, const char *text)
{
    g_autofree char *name = g_strdup_printf("%s-%s", scene, lang);

    screen_show(s, scene, lang);
    (void)screen_text(s, text);
    screen_shot(s, name);
    assert_true(screen_names_are_true(s, name) > 0);
}

static void every_view_of_a_night_has_true_names(void **state)
{
    walk_views(*state, "night", "en");
}

static void the_same_in_vietnamese(void **state)
{
    walk_views(*state, "night", "vi");
}

static void a_quiet_night_has_true_names(void **state)
{
    walk_views(*state, "empty", "vi");
}

static void a_window_without_relay_has_true_names(void **state)
{
    walk_views(*state, "offline", "en");
}

static void a_window_with_a_stale_roster_has_true_names(void **state)
{
    walk_views(*state, "stale", "en");
}

static void a_drill_has_true_names(void **state)
{
    look_at(*state, "drill", "vi", "DIỄN TẬP");
}

static void an_unreadable_page_has_true_names(void **state)
{
    look_at(*state, "unreadable", "en", "cannot be opened here");
}

static void a_locked_profile_has_true_names(void **state)
{
    look_at(*state, "locked", "en", "Passphrase");
}

static void the_first_run_has_true_names(void **state)
{
    look_at(*state, "enrol", "en", "Check the invite");
}

static void the_card_of_a_new_device_has_true_names(void **state)
{
    struct screen *s = *state;

    screen_show(s, "enrol", "en");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "The invite's text"),
              "trucban:1:aabbccddeeff00112233445566778899");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Check the invite"));
    (void)screen_text(s, "Is this you?");
    assert_true(screen_names_are_true(s, "enrol card") > 5);
}

static void comparing_keys_has_true_names(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Directory");
    screen_key(s, "ctrl+3");
    screen_key(s, "ctrl+f");
    screen_write(s, "binh");
    screen_no_text(s, "Nguyễn Văn Mẫu");
    screen_key(s, "Return");
    assert_true(screen_names_are_true(s, "person") > 3);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Verify"));
    (void)screen_text(s, "What do you hear?");
    assert_true(screen_names_are_true(s, "verify") > 3);
}

static void hostile_text_makes_no_name_untrue(void **state)
{
    walk_views(*state, "hostile", "en");
}

static void an_opened_page_has_true_names(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    (void)screen_text(s, "Ba khoa đang ghi chép bằng giấy");
    screen_shot(s, "page-en");
    assert_true(screen_names_are_true(s, "page") > 3);
}

static void the_shortcuts_have_true_names(void **state)
{
    struct screen *s = *state;

    screen_show(s, "empty", "en");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, NULL);
    screen_key(s, "F1");
    (void)screen_text(s, "Accept the page that waits longest");
    screen_shot(s, "shortcuts-en");
    assert_true(screen_names_are_true(s, "shortcuts") > 0);
}

/* GTK's own title of it too. */
static void the_shortcuts_speak_vietnamese(void **state)
{
    struct screen *s = *state;

    screen_show(s, "empty", "vi");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, NULL);
    screen_key(s, "F1");
    (void)screen_text(s, "Nhận lệnh gọi chờ lâu nhất");
    (void)screen_find(s, ATSPI_ROLE_FRAME, "Phím tắt");
    screen_no_text(s, "Shortcuts");
}

#define WALK(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WALK(every_view_of_a_night_has_true_names),
        WALK(the_same_in_vietnamese),
        WALK(a_quiet_night_has_true_names),
        WALK(a_window_without_relay_has_true_names),
        WALK(a_window_with_a_stale_roster_has_true_names),
        WALK(a_drill_has_true_names),
        WALK(an_unreadable_page_has_true_names),
        WALK(a_locked_profile_has_true_names),
        WALK(the_first_run_has_true_names),
        WALK(the_card_of_a_new_device_has_true_names),
        WALK(comparing_keys_has_true_names),
        WALK(hostile_text_makes_no_name_untrue),
        WALK(an_opened_page_has_true_names),
        WALK(the_shortcuts_have_true_names),
        WALK(the_shortcuts_speak_vietnamese),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
