/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_report.c - a report from the first key to the name of who took it; what is missing is said beside the
 * field; a draft is kept. */
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

#define REPORT(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT(a_report_is_sent_and_shows_live_who_took_it),
        REPORT(an_empty_report_is_not_sent_and_says_what_is_missing),
        REPORT(without_the_state_secret_gate_nothing_is_sent),
        REPORT(what_is_written_is_kept_as_a_draft),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
