/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_first.c - the first run from invite to alarm test; locking and unlocking; what a window says that has
 * no relay, a stale roster, a false relay, an older agent, no readable text. */
#include <string.h>

#include "screen.h"

#define INVITE "trucban:1:aabbccddeeff00112233445566778899"

static void somebody_enrols_from_invite_to_alarm_test(void **state)
{
    struct screen *s = *state;

    screen_show(s, "enrol", "en");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "The invite's text"), INVITE);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Check the invite"));
    (void)screen_text(s, "Is this you?");
    screen_shot(s, "enrol-card");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Name"), "Lê Thị Thử");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Telephone"), "0000 000 000");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Name of this device"), "may-1");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Passphrase"), "mot hai ba");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "The same once more"), "mot hai ba");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Make the keys"));
    (void)dummy_called(s, "Enroll", "Lê Thị Thử");
    (void)screen_text(s, "tre\u00a0xanh · lúa\u00a0vàng · đò\u00a0ngang");
    screen_shot(s, "enrol-words");
    (void)screen_text(s, "Does the alarm wake you?");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Ring now"));
    (void)dummy_called(s, "TestPage", "");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "I heard it"));
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Report");
}

static void a_telephone_without_a_digit_is_refused(void **state)
{
    struct screen *s = *state;

    screen_show(s, "enrol", "en");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "The invite's text"), INVITE);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Check the invite"));
    (void)screen_text(s, "Is this you?");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Name"), "Lê Thị Thử");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Telephone"), "abc");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Make the keys"));
    (void)screen_text(s, "There is no digit in the telephone");
    assert_int_equal(dummy_count(s, "Enroll", ""), 0);
}

static void a_torn_invite_is_refused_in_words(void **state)
{
    struct screen *s = *state;

    screen_show(s, "enrol", "en");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "The invite's text"), "trucban:1:aa");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Check the invite"));
    (void)screen_text(s, "not a whole invite");
}

static void expect_in_window(node *n)
{
    AtspiRect at = node_place(n);

    assert_in_range(at.height, 1, SCREEN_HEIGHT);
    assert_in_range(at.y, 0, SCREEN_HEIGHT);
    assert_in_range(at.y + at.height, 1, SCREEN_HEIGHT);
}

static void a_locked_profile_opens_with_its_passphrase_only(void **state)
{
    struct screen *s = *state;

    screen_show(s, "locked", "en");
    (void)screen_text(s, "This machine DOES NOT RING");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Bell: does not ring while locked");
    screen_no_text(s, "NOT CONNECTED");
    screen_no_text(s, "Tệp bị mã hoá");
    node *field = screen_find(s, ATSPI_ROLE_TEXT, "Passphrase");
    node_type(s, field, "sai");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Unlock"));
    (void)screen_text(s, "That is not the passphrase");
    expect_in_window(screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Unlock"));
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "Passphrase"), "mot hai ba bon");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Unlock"));
    (void)screen_text(s, "Tệp bị mã hoá");
}

static void locking_takes_everything_from_the_screen(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, "Tệp bệnh án bị mã hoá");
    screen_key(s, "ctrl+l");
    (void)screen_find(s, ATSPI_ROLE_TEXT, "Passphrase");
    screen_no_text(s, "Tệp bệnh án bị mã hoá");
}

static void a_relay_that_is_not_heard_is_said_on_every_view(void **state)
{
    struct screen *s = *state;

    screen_show(s, "offline", "en");
    (void)screen_text(s, "NOT CONNECTED");
    (void)screen_text(s, "MUTED");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "NOT HEARD");
    screen_key(s, "ctrl+4");
    (void)screen_text(s, "NOT CONNECTED");
    dummy_do(
        s,
        "{'do': <'status'>, 'status': <{'online': <'online'>, 'heard_at': <0>, 'bell': <'ok'>}>}");
    screen_no_text(s, "NOT CONNECTED");
}

static void a_roster_in_doubt_is_said(void **state)
{
    struct screen *s = *state;

    screen_show(s, "stale", "en");
    (void)screen_text(s, "The roster is in doubt");
    (void)screen_text(s, "NO SOUND");
}

static void a_relay_in_doubt_is_said_in_the_readers_language(void **state)
{
    struct screen *s = *state;

    screen_show(s, "stale", "vi");
    (void)screen_text(s, "Trạm chuyển tiếp đáng ngờ: trạm chuyển tiếp đưa khóa giả của binh");
}

static void an_agent_of_another_version_is_not_waited_for_in_silence(void **state)
{
    struct screen *s = *state;

    screen_show(s, "older", "en");
    (void)screen_text(s, "of another version (dummy, interface 1 instead of 2)");
    (void)screen_text(s, "The agent could not be started");
    (void)screen_text(s, "count on NO RING from this machine");
    screen_no_text(s, "Starting the agent");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "No link to the agent. Bell: not known");
    assert_int_equal(dummy_count(s, "Status", ""), 0);

    /* Nor does the command line go on with it. */
    g_autofree char *program = g_strdup_printf("%s/trucban", s->bin);
    g_autofree char *book = g_strdup_printf("%s/core.db", s->home); /* it looks for a profile */
    assert_int_equal(g_mkdir_with_parents(s->home, 0700), 0);
    assert_true(g_file_set_contents(book, "", 0, NULL));
    struct run r =
        proc_run((char *[]){ program, (char[]){ "--home" }, s->home, (char[]){ "--lang" },
                             (char[]){ "en" }, (char[]){ "status" }, NULL },
                 NULL, 60);
    assert_int_not_equal(r.code, 0);
    assert_non_null(strstr(r.err, "interface 1 instead of 2"));
    assert_int_equal(dummy_count(s, "Status", ""), 0);
    run_done(&r);
}

static void a_page_that_cannot_be_read_is_answered_by_telephone(void **state)
{
    struct screen *s = *state;

    screen_show(s, "unreadable", "en");
    (void)screen_text(s, "cannot be opened here");
    (void)screen_text(s, "0000 000 000");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes");
}

static void a_drill_says_so_beside_its_title(void **state)
{
    struct screen *s = *state;

    screen_show(s, "drill", "en");
    (void)screen_text(s, "DRILL");
    (void)screen_text(s, "DEMONSTRATION");
}

static void a_link_that_is_lost_comes_back_by_itself(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, "Tệp bệnh án bị mã hoá");
    int before = dummy_count(s, "Status", "");
    dummy_do(s, "{'do': <'drop'>}");
    for (long long end = now_ms() + SCREEN_WAIT_MS; dummy_count(s, "Status", "") == before;) {
        assert_true(now_ms() < end);
        pause_ms(50);
    }
    (void)screen_text(s, "Tệp bệnh án bị mã hoá");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes"));
    (void)dummy_called(s, "Answer", "'accept'");
}

static void open_settings(struct screen *s)
{
    screen_show(s, "night", "en");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Settings");
    screen_key(s, "ctrl+4");
}

static void diagnostics_are_copied_and_say_nothing_of_pages(void **state)
{
    struct screen *s = *state;

    open_settings(s);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Copy"));
    (void)dummy_called(s, "Diagnostics", "");
    g_autofree char *copied = screen_clipboard(s);
    assert_non_null(strstr(copied, "the roster is fresh"));
    assert_null(strstr(copied, "bệnh án"));
}

/* The box says what is chosen, also to the next start. */
static void another_language_is_chosen_by_keyboard_and_kept(void **state)
{
    enum { TABS = 30, SETTLE_MS = 100 };
    struct screen *s = *state;

    open_settings(s);
    node *box = screen_find(s, ATSPI_ROLE_COMBO_BOX, "Language");
    for (int i = 0; i < TABS && !node_is(box, ATSPI_STATE_FOCUSED); i++) {
        screen_key(s, "Tab");
        pause_ms(SETTLE_MS);
    }
    (void)screen_find_in(s, box, ATSPI_ROLE_LABEL, "As the session");
    screen_key(s, "space");
    screen_key(s, "Down");
    screen_key(s, "Return");
    (void)screen_find_in(s, box, ATSPI_ROLE_LABEL, "Tiếng Việt");
    (void)screen_text(s, "Another language counts from the next start of the window.");
    screen_end_window(s);
    screen_start_window(s, NULL, NULL);
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Cài đặt");
    screen_key(s, "ctrl+4");
    box = screen_find(s, ATSPI_ROLE_COMBO_BOX, "Ngôn ngữ");
    (void)screen_find_in(s, box, ATSPI_ROLE_LABEL, "Tiếng Việt");
}

#define FIRST(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIRST(somebody_enrols_from_invite_to_alarm_test),
        FIRST(a_telephone_without_a_digit_is_refused),
        FIRST(a_torn_invite_is_refused_in_words),
        FIRST(a_locked_profile_opens_with_its_passphrase_only),
        FIRST(locking_takes_everything_from_the_screen),
        FIRST(a_relay_that_is_not_heard_is_said_on_every_view),
        FIRST(a_roster_in_doubt_is_said),
        FIRST(a_page_that_cannot_be_read_is_answered_by_telephone),
        FIRST(a_drill_says_so_beside_its_title),
        FIRST(a_relay_in_doubt_is_said_in_the_readers_language),
        FIRST(an_agent_of_another_version_is_not_waited_for_in_silence),
        FIRST(a_link_that_is_lost_comes_back_by_itself),
        FIRST(diagnostics_are_copied_and_say_nothing_of_pages),
        FIRST(another_language_is_chosen_by_keyboard_and_kept),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
