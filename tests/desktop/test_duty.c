/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_duty.c - a watch, through the screen reader's tree and the keyboard: be paged, accept with a time,
 * decline, hand over, see that somebody else was first. */
#include <stdlib.h>

#include "screen.h"
#include "screen_mock.h"

#define RINGING "0900000000000005"
#define TITLE "Tệp bệnh án bị mã hoá"

static void a_page_is_accepted_in_one_step_with_a_time(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes"));
    (void)dummy_called(s, "Answer", "'accept', {'eta_min': <uint32 10>");
    (void)screen_text(s, "You have it · in 10 min"); /* the notice itself lasts some seconds only */
    screen_gone(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
    assert_int_equal(dummy_count(s, "Answer", RINGING), 1);
}

static void a_page_is_accepted_from_the_keyboard_alone(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    screen_key(s, "ctrl+Return");
    (void)screen_text(s, "In how many minutes can you be at it?");
    screen_shot(s, "accept-dialog");
    (void)screen_names_are_true(s, "accept dialog");
    screen_key(s, "Return");
    (void)dummy_called(s, "Answer", "'accept'");
}

static void to_decline_asks_why_and_says_it(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Decline"));
    (void)screen_text(s, "Why not?");
    screen_shot(s, "decline-dialog");
    (void)screen_names_are_true(s, "decline dialog");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "I am ill"));
    node *dialog = screen_find(s, ATSPI_ROLE_DIALOG, "");
    node_press(s, screen_find_in(s, dialog, ATSPI_ROLE_PUSH_BUTTON, "Decline"));
    (void)dummy_called(s, "Answer", "'reason': <'I am ill'>");
    screen_gone(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
}

static void a_page_is_handed_to_somebody_of_the_team(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Hand over"));
    node *dialog = screen_find(s, ATSPI_ROLE_DIALOG, "");
    screen_shot(s, "hand-over-dialog");
    (void)screen_names_are_true(s, "hand-over dialog");
    node_reach(s, screen_find_in(s, dialog, ATSPI_ROLE_LIST_ITEM, "Phạm Thị Bình"));
    screen_key(s, "space");
    node_press(s, screen_find_in(s, dialog, ATSPI_ROLE_PUSH_BUTTON, "Accept and hand over"));
    (void)dummy_called(s, "Answer", "'accept'");
    (void)dummy_called(s, "Answer", "'to_account': <'binh'>");
}

static void who_was_first_is_shown_and_the_card_goes_away(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
    dummy_do(s, "{'do': <'accept'>, 'page_id': <'" RINGING "'>, 'by': <'an'>, 'eta_min': <7>}");
    screen_gone(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
    (void)screen_text(s, TITLE);
    assert_int_equal(dummy_count(s, "Answer", ""), 0);
}

static void a_page_that_arrives_becomes_a_card(void **state)
{
    struct screen *s = *state;

    screen_show(s, "empty", "en");
    (void)screen_text(s, "All quiet");
    long long before = now_ms();
    dummy_do(s, "{'do': <'page'>, 'page': <{'id': <'0900000000000099'>, 'class': <1>,"
                " 'kind': <'ATT-06'>, 'title': <'" TITLE "'>, 'mine_to_answer': <true>,"
                " 'created_at': <-2>, 'relayed_at': <-1>, 'next_tier_at': <300>}>}");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes");
    print_message("arrival to card, seen through the tree: %lld ms\n", now_ms() - before);
}

static void a_refusal_says_why_and_offers_to_verify(void **state)
{
    struct screen *s = *state;

    screen_show(s, "gate", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes"));
    (void)screen_text(s, "Not verified enough");
    screen_shot(s, "gate-dialog");
    (void)screen_names_are_true(s, "gate dialog");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Cannot wait: danger ahead"));
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Go on all the same"));
    (void)dummy_called(s, "Answer", "'override_reason': <'Cannot wait: danger ahead'>");
}

static void a_class_one_page_opens_with_its_ladder_and_log(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node *card = screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page");
    node_press(s, card);
    (void)screen_text(s, "Ba khoa đang ghi chép bằng giấy");
    (void)screen_text(s, "What happened");
    (void)screen_text(s, "Nguyễn Văn Mẫu");
    (void)dummy_called(s, "Seen", RINGING);
    screen_key(s, "alt+Left");
    screen_no_text(s, "Ba khoa đang ghi chép bằng giấy");
}

static void an_answer_that_the_relay_has_not_confirmed_is_said_to_be_kept(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node *accept = screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
    dummy_do(s, "{'do': <'status'>, 'status': <{'online': <'offline'>, 'outbox': <1>}>}");
    (void)screen_text(s, "NOT CONNECTED");
    node_press(s, accept);
    (void)screen_text(s, "Kept, not yet sent");
    (void)screen_text(s, "the others do not know");
    (void)screen_names_are_true(s, "kept dialog");
    node *dialog = screen_find(s, ATSPI_ROLE_DIALOG, "");
    node_press(s, screen_find_in(s, dialog, ATSPI_ROLE_PUSH_BUTTON, "Close"));
    screen_no_text(s, "Kept, not yet sent");
}

/* A program for tel: links that writes down what it was given. */
static void offer_telephone(struct screen *s, const char *called)
{
    g_autofree char *folder = g_build_filename(s->dir, "data", "applications", NULL);
    g_autofree char *desktop = g_build_filename(folder, "tel.desktop", NULL);
    g_autofree char *list = g_build_filename(folder, "mimeapps.list", NULL);
    g_autofree char *entry = g_strdup_printf("[Desktop Entry]\nType=Application\nName=tel\n"
                                             "Exec=/bin/sh -c 'echo \"$1\" >> %s' sh %%u\n"
                                             "MimeType=x-scheme-handler/tel;\n",
                                             called);

    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(desktop, entry, -1, NULL));
    assert_true(g_file_set_contents(
        list, "[Default Applications]\nx-scheme-handler/tel=tel.desktop\n", -1, NULL));
}

static void a_click_on_the_number_calls_back(void **state)
{
    struct screen *s = *state;
    g_autofree char *called = g_build_filename(s->dir, "called", NULL);

    offer_telephone(s, called);
    screen_show(s, "night", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_LINK, "Call back"));
    (void)file_wait(called, "tel:0000000000", 1, SCREEN_WAIT_MS);
}

static void what_was_attached_is_saved_where_one_chooses(void **state)
{
    struct screen *s = *state;
    g_autofree char *saved = g_build_filename(getenv("HOME"), "thu-doi-tien.txt", NULL);

    screen_show(s, "night", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Save"));
    node *dialog = screen_find(s, ATSPI_ROLE_FILLER, "Save the file");
    node_press(s, screen_find_in(s, dialog, ATSPI_ROLE_PUSH_BUTTON, "Save"));
    (void)file_wait(saved, "YOUR FILES ARE ENCRYPTED", 1, SCREEN_WAIT_MS);
}

static void to_stop_receiving_is_asked_for_twice_and_named(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    screen_key(s, "ctrl+4");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Stop receiving pages on this device"));
    (void)screen_text(s, "NOBODY receives pages in tier 1 of policy chung");
    screen_shot(s, "stop-dialog");
    (void)screen_names_are_true(s, "stop dialog");
    screen_key(s, "Return"); /* what a hasty key does: nothing */
    screen_no_text(s, "NOBODY receives pages in tier 1");
    assert_int_equal(dummy_count(s, "DutySet", ""), 0);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Stop receiving pages on this device"));
    node *dialog = screen_find(s, ATSPI_ROLE_DIALOG, "");
    node_press(s, screen_find_in(s, dialog, ATSPI_ROLE_PUSH_BUTTON, "Stop receiving"));
    (void)dummy_called(s, "DutySet", "true");
    (void)screen_text(s, "This device has received no pages since");
    screen_shot(s, "stop-banner");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Receive again"));
    (void)dummy_called(s, "DutySet", "false");
    screen_no_text(s, "This device has received no pages since");
}

static void a_device_that_receives_no_pages_does_not_say_that_all_is_quiet(void **state)
{
    struct screen *s = *state;

    screen_show(s, "empty", "en");
    (void)screen_text(s, "All quiet");
    screen_key(s, "ctrl+4");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Stop receiving pages on this device"));
    node *dialog = screen_find(s, ATSPI_ROLE_DIALOG, "");
    node_press(s, screen_find_in(s, dialog, ATSPI_ROLE_PUSH_BUTTON, "Stop receiving"));
    (void)screen_text(s, "This device has received no pages since");
    screen_key(s, "ctrl+1");
    (void)screen_text(s, "No page is here");
    screen_no_text(s, "All quiet");
}

static void who_receives_no_pages_is_seen_in_the_directory(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    screen_key(s, "ctrl+3");
    (void)screen_text(s, "RECEIVES NO PAGES since");
}

#define DUTY(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DUTY(a_page_is_accepted_in_one_step_with_a_time),
        DUTY(a_page_is_accepted_from_the_keyboard_alone),
        DUTY(to_decline_asks_why_and_says_it),
        DUTY(a_page_is_handed_to_somebody_of_the_team),
        DUTY(who_was_first_is_shown_and_the_card_goes_away),
        DUTY(a_page_that_arrives_becomes_a_card),
        DUTY(a_refusal_says_why_and_offers_to_verify),
        DUTY(a_class_one_page_opens_with_its_ladder_and_log),
        DUTY(an_answer_that_the_relay_has_not_confirmed_is_said_to_be_kept),
        DUTY(a_click_on_the_number_calls_back),
        DUTY(what_was_attached_is_saved_where_one_chooses),
        DUTY(to_stop_receiving_is_asked_for_twice_and_named),
        DUTY(a_device_that_receives_no_pages_does_not_say_that_all_is_quiet),
        DUTY(who_receives_no_pages_is_seen_in_the_directory),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
