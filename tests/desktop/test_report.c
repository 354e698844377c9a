/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_report.c - a report from the first key to the name of who took it, or to the word that nobody does; what is
 * missing is said beside the field; a draft is kept. */
#include "screen.h"

static void open_form(struct screen *s, const char *scene)
{
    screen_show(s, scene, "en");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Report");
    screen_key(s, "ctrl+n");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Sign and send");
}

static void choose_kind(struct screen *s, const char *part)
{
    node_reach(s, screen_find(s, ATSPI_ROLE_LIST_ITEM, "Kind of incident"));
    screen_key(s, "Return");
    node *kind = screen_find(s, ATSPI_ROLE_LIST_ITEM, part);
    screen_shot(s, "report-kinds");
    node_reach(s, kind);
    screen_key(s, "Return");
    (void)screen_find(s, ATSPI_ROLE_LIST_ITEM, part);
}

static void fill(struct screen *s)
{
    choose_kind(s, "ransomware");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "In one line"), "Tệp kế toán bị mã hoá");
    node_press(s, screen_find(s, ATSPI_ROLE_CHECK_BOX, "Severe"));
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "What is seen"), "Ba máy báo không mở được tệp.");
    node_press(s, screen_find(s, ATSPI_ROLE_CHECK_BOX, "contain no state secrets"));
}

static void a_report_is_sent_and_shows_live_who_took_it(void **state)
{
    struct screen *s = *state;

    open_form(s, "night");
    fill(s);
    screen_shot(s, "report-filled");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Sign and send"));
    (void)dummy_called(s, "Report", "'Tệp kế toán bị mã hoá'");
    (void)screen_text(s, "People are being called");
    dummy_do(s, "{'do': <'accept'>, 'by': <'an'>, 'eta_min': <20>}");
    (void)screen_text(s, "Nguyễn Văn Mẫu has it");
    screen_shot(s, "report-receipt");
    assert_int_equal(dummy_count(s, "Report", ""), 1);
}

static void an_empty_report_is_not_sent_and_says_what_is_missing(void **state)
{
    struct screen *s = *state;

    open_form(s, "night");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Sign and send"));
    screen_shot(s, "report-errors");
    pause_ms(500);
    assert_int_equal(dummy_count(s, "Report", ""), 0);
    assert_true(screen_names_are_true(s, "report with errors") > 5);
}

static void without_the_state_secret_gate_nothing_is_sent(void **state)
{
    struct screen *s = *state;

    open_form(s, "night");
    fill(s);
    node_press(s, screen_find(s, ATSPI_ROLE_CHECK_BOX, "contain no state secrets"));
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Sign and send"));
    pause_ms(500);
    assert_int_equal(dummy_count(s, "Report", ""), 0);
}

static void what_is_written_is_kept_as_a_draft(void **state)
{
    struct screen *s = *state;

    open_form(s, "night");
    node_type(s, screen_find(s, ATSPI_ROLE_TEXT, "In one line"), "Đang viết dở");
    (void)dummy_called(s, "DraftPut", "Đang viết dở");
    (void)screen_text(s, "Draft saved");
    screen_end_window(s);
    screen_start_window(s, NULL, "en");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Report");
    screen_key(s, "ctrl+n");
    (void)screen_text(s, "Đang viết dở");
}

/* The clerk's card and page say it as the receipt did, and with the same numbers, while a further round rings. */
static void a_report_that_nobody_took_says_so_on_card_and_page(void **state)
{
    struct screen *s = *state;

    screen_show(s, "silent", "en");
    (void)screen_text(s, "NOBODY ANSWERED · tier 1, round 2");
    (void)screen_text(s, "nobody took it; round 2 is being called. Use the telephone now:");
    (void)screen_find(s, ATSPI_ROLE_LINK, "Nguyễn Văn Mẫu: 0000 000 001");
    (void)screen_find(s, ATSPI_ROLE_LINK, "Phạm Thị Bình: 0000 000 002");
    screen_shot(s, "silent-cards");
    assert_true(screen_names_are_true(s, "silent") > 6);
    node *card = screen_find(s, ATSPI_ROLE_PANEL, "Tệp bệnh án bị mã hoá");
    node_press(s, screen_find_in(s, card, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Back");
    (void)screen_text(s, "NOBODY ANSWERED · tier 1, round 2");
    (void)screen_text(s, "nobody took it; round 2 is being called. Use the telephone now:");
    (void)screen_find(s, ATSPI_ROLE_LINK, "Phạm Thị Bình: 0000 000 002");
    (void)screen_text(s, "called after 0:00, again after 15:01 (round 2)");
    screen_shot(s, "silent-page");
    dummy_do(s, "{'do': <'accept'>, 'by': <'an'>, 'eta_min': <20>}"); /* the newest page */
    screen_no_text(s, "Use the telephone now:");
}

/* Opened, it says what its card says. */
static void a_report_that_the_relay_has_not_got_shows_whom_to_ring_up(void **state)
{
    struct screen *s = *state;

    screen_show(s, "offline", "en");
    (void)screen_text(s, "The relay does not have it yet.");
    node *card = screen_find(s, ATSPI_ROLE_PANEL, "Mất đường kết nối Internet");
    node_press(s, screen_find_in(s, card, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Back");
    (void)screen_text(s, "The relay does not have it yet.");
    (void)screen_find(s, ATSPI_ROLE_LINK, "Nguyễn Văn Mẫu: 0000 000 001");
}

static void advice_to_telephone_is_not_followed_by_nothing(void **state)
{
    struct screen *s = *state;

    screen_show(s, "alone", "en");
    (void)screen_text(s, "Use the telephone now:");
    (void)screen_text(s, "(no telephone number is known here)");
}

/* No word of the agent comes: the card itself notices. */
static void a_relay_that_calls_no_further_is_told_on_the_card_with_the_numbers(void **state)
{
    struct screen *s = *state;

    screen_show(s, "silent", "vi");
    (void)screen_text(s, "Quá giờ gọi bậc tiếp theo từ");
    (void)screen_text(s, "QUÁ GIỜ GỌI BẬC TIẾP THEO · bậc 1, vòng 1");
    (void)screen_text(s, "KHÔNG AI TRẢ LỜI · bậc 1, vòng 2");
    node *card = screen_find(s, ATSPI_ROLE_PANEL, "Mất đường kết nối Internet");
    (void)screen_find_in(s, card, ATSPI_ROLE_LINK, "Phạm Thị Bình: 0000 000 002");
    screen_shot(s, "silent-cards-vi");
    node_press(s, screen_find_in(s, card, ATSPI_ROLE_PUSH_BUTTON, "Mở lệnh gọi"));
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Quay lại");
    (void)screen_text(s, "Lẽ ra bậc 2 phải được gọi lúc");
    screen_no_text(s, "Đang chuyển lên bậc tiếp theo");
}

#define REPORT(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT(a_report_is_sent_and_shows_live_who_took_it),
        REPORT(an_empty_report_is_not_sent_and_says_what_is_missing),
        REPORT(without_the_state_secret_gate_nothing_is_sent),
        REPORT(what_is_written_is_kept_as_a_draft),
        REPORT(a_report_that_nobody_took_says_so_on_card_and_page),
        REPORT(a_report_that_the_relay_has_not_got_shows_whom_to_ring_up),
        REPORT(advice_to_telephone_is_not_followed_by_nothing),
        REPORT(a_relay_that_calls_no_further_is_told_on_the_card_with_the_numbers),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
