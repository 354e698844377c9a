/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_people.c - the directory searched as typed, and a key compared by typing what is heard. */
#include <stdlib.h>
#include <string.h>

#include "screen.h"

static void show_directory(struct screen *s, const char *scene)
{
    screen_show(s, scene, "en");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Directory");
    screen_key(s, "ctrl+3");
}

static void a_person_is_found_as_the_name_is_typed_without_marks(void **state)
{
    struct screen *s = *state;

    show_directory(s, "night");
    (void)screen_text(s, "Nguyễn Văn Mẫu");
    screen_key(s, "ctrl+f");
    screen_write(s, "binh");
    screen_no_text(s, "Nguyễn Văn Mẫu");
    (void)screen_text(s, "Phạm Thị Bình");
    screen_shot(s, "directory-search");
}

static void a_changed_key_stands_out(void **state)
{
    struct screen *s = *state;

    show_directory(s, "night");
    (void)screen_text(s, "KEY CHANGED");
    (void)screen_text(s, "Đặng Văn Ví");
}

static void a_thousand_people_are_searched_as_typed(void **state)
{
    enum { BOUND_MS = 45000 };
    struct screen *s = *state;

    show_directory(s, "big");
    (void)screen_text(s, "xa-");
    screen_key(s, "ctrl+f");
    long long before = now_ms();
    screen_write(s, "0737");
    (void)screen_text(s, "737");
    print_message("1,000 people searched, seen through the tree: %lld ms\n", now_ms() - before);
    assert_true(now_ms() - before < BOUND_MS);
}

/* The other side reads its group from the same twelve. */
static void expected_group(struct screen *s, int group, char ret[6])
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        s->link, NULL, "/vn/trucban/agent", "vn.trucban.Agent1", "Fingerprint",
        g_variant_new("(s)", "binh"), NULL, G_DBUS_CALL_FLAGS_NONE, 5000, NULL, NULL);
    const char *digits = NULL;

    assert_non_null(reply);
    g_variant_get(reply, "(&s)", &digits);
    (void)g_strlcpy(ret, digits + (gsize)(group - 1) * 6, 6);
}

static void open_verify(struct screen *s)
{
    show_directory(s, "night");
    (void)screen_text(s, "Phạm Thị Bình");
    screen_key(s, "ctrl+f");
    screen_write(s, "binh");
    screen_no_text(s, "Nguyễn Văn Mẫu");
    screen_key(s, "Return"); /* the first that fits */
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Verify…"));
    (void)screen_text(s, "What do you hear?");
}

static int asked_group(struct screen *s)
{
    g_autofree char *question = node_name(screen_text(s, "Ask for group"));
    const char *number = strstr(question, "group ");

    assert_non_null(number);
    return (int)strtol(number + strlen("group "), NULL, 10);
}

static void a_person_is_verified_by_typing_the_group_that_is_heard(void **state)
{
    struct screen *s = *state;
    char digits[6];

    open_verify(s);
    screen_shot(s, "verify-en");
    expected_group(s, asked_group(s), digits);
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "five digits as heard"), digits);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Compare"));
    (void)dummy_called(s, "Verify", digits);
    (void)screen_text(s, "The digits are the same");
}

/* The roster's level is somebody else's word: it neither heads the view nor stands beside a tick. */
static void who_was_never_compared_is_not_taken_for_verified(void **state)
{
    struct screen *s = *state;

    open_verify(s);
    node *verdict = screen_find(s, ATSPI_ROLE_PANEL, "NOT YET COMPARED BY YOU");
    (void)screen_find_in(s, verdict, ATSPI_ROLE_LABEL, "You have never compared keys");
    (void)screen_find_in(s, verdict, ATSPI_ROLE_LABEL, "registrar's word");
    screen_no_text(s, "`");
}

static void other_digits_are_a_loud_alarm(void **state)
{
    struct screen *s = *state;

    open_verify(s);
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "five digits as heard"), "00000");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Compare"));
    (void)screen_text(s, "THE DIGITS DIFFER");
    screen_shot(s, "verify-differ");
}

#define PEOPLE(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEOPLE(a_person_is_found_as_the_name_is_typed_without_marks),
        PEOPLE(a_changed_key_stands_out),
        PEOPLE(a_thousand_people_are_searched_as_typed),
        PEOPLE(a_person_is_verified_by_typing_the_group_that_is_heard),
        PEOPLE(who_was_never_compared_is_not_taken_for_verified),
        PEOPLE(other_digits_are_a_loud_alarm),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
