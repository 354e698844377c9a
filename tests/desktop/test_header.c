/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_header.c - what every view says all the time: how old the relay's last word is, whether the bell can ring,
 * what is wrong; and that none of it covers or moves what one reads and presses. */
#include <stdlib.h>
#include <string.h>

#include "screen.h"

#define TITLE "Tệp bệnh án bị mã hoá"
#define NO_SOUND "{'do': <'status'>, 'status': <{'bell': <'none'>, 'demo': <true>}>}"

/* ---- on every view */

static void expect_header(struct screen *s, const char *view)
{
    print_message("%s\n", view);
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "s ago. Bell: NO SOUND"); /* the relay is heard */
    (void)screen_text(s, "you will not be woken by it");
    (void)screen_text(s, "DEMONSTRATION province");
}

static void expect_on(struct screen *s, const char *key, AtspiRole role, const char *mark)
{
    screen_key(s, key);
    (void)screen_find(s, role, mark);
    expect_header(s, mark);
}

static void age_bell_and_banners_are_on_every_view(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    dummy_do(s, NO_SOUND);
    (void)screen_find(s, ATSPI_ROLE_FRAME, "chi · Officer on watch"); /* whose window it is */
    expect_header(s, "watch");
    expect_on(s, "ctrl+2", ATSPI_ROLE_PUSH_BUTTON, "Sign and send");
    expect_on(s, "ctrl+4", ATSPI_ROLE_COMBO_BOX, "Language");
    expect_on(s, "ctrl+3", ATSPI_ROLE_LIST_ITEM, "Phạm Thị Bình");
    screen_key(s, "ctrl+f");
    screen_write(s, "binh");
    screen_gone(s, ATSPI_ROLE_LIST_ITEM, "Nguyễn Văn Mẫu");
    expect_on(s, "Return", ATSPI_ROLE_PUSH_BUTTON, "Verify…");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Verify…"));
    (void)screen_text(s, "What do you hear?");
    expect_header(s, "verify");
    screen_key(s, "ctrl+1");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    (void)screen_text(s, "Ba khoa đang ghi chép bằng giấy");
    expect_header(s, "page");
    screen_shot(s, "header-page");
    screen_key(s, "ctrl+l");
    (void)screen_find(s, ATSPI_ROLE_TEXT, "Passphrase");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Bell: NO SOUND");
    (void)screen_text(s, "This machine DOES NOT RING");
    (void)screen_text(s, "DEMONSTRATION province");
    screen_no_text(s, "Test the alarm"); /* it could not */
}

static void a_test_promises_no_ring_where_there_is_no_sound(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    dummy_do(s, NO_SOUND);
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Test the alarm"));
    (void)screen_text(s, "nothing will ring");
    screen_no_text(s, "the alarm must ring");
}

/* ---- how old */

/* The seconds in "Relay heard 7 s ago."; fails for a relay that is said to be away. */
static int age(struct screen *s)
{
    g_autofree char *name = node_name(screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Bell:"));
    const char *heard = strstr(name, "heard ");

    if (!heard)
        fail_msg("a relay that is heard is said to be away: %s", name);
    return (int)strtol(heard + strlen("heard "), NULL, 10);
}

static void hear(struct screen *s, const char *ago, const char *quiet)
{
    g_autofree char *step = g_strdup_printf(
        "{'do': <'status'>, 'quiet': <%s>, 'status': <{'heard_at': <int64 %" G_GINT64_FORMAT ">}>}",
        quiet, g_get_real_time() / 1000 - strtol(ago, NULL, 10) * 1000);

    dummy_do(s, step);
}

static void the_age_follows_a_relay_of_which_no_nudge_tells(void **state)
{
    enum { OLD = 20, YOUNG = 12, WATCH_MS = 6000 };
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    hear(s, "20", "false");
    for (long long end = now_ms() + SCREEN_WAIT_MS; age(s) < OLD; pause_ms(20))
        assert_true(now_ms() < end);
    hear(s, "0", "true");
    while (age(s) >= YOUNG) /* it ends: after ten seconds more the relay would be away */
        pause_ms(50);
    for (long long end = now_ms() + WATCH_MS; now_ms() < end; pause_ms(500)) {
        hear(s, "0", "true");
        (void)age(s);
        assert_null(screen_seek(s, ATSPI_ROLE_LABEL, "NOT CONNECTED"));
    }
}

static void a_relay_that_the_agent_has_lost_is_said_before_half_a_minute(void **state)
{
    enum { OLD = 17, HALF_A_MINUTE = 30 };
    struct screen *s = *state;

    screen_show(s, "night", "en");
    (void)screen_text(s, TITLE);
    long long began = now_ms();
    hear(s, "17", "false");
    for (long long end = now_ms() + SCREEN_WAIT_MS; age(s) < OLD; pause_ms(20))
        assert_true(now_ms() < end);
    assert_null(screen_seek(s, ATSPI_ROLE_LABEL, "NOT CONNECTED"));
    dummy_do(s, "{'do': <'status'>, 'status': <{'online': <'connecting'>}>}");
    (void)screen_text(s, "NOT CONNECTED");
    assert_true(now_ms() - began < (HALF_A_MINUTE - OLD) * 1000);
}

/* ---- nothing is covered, nothing moves */

static void a_banner_that_comes_moves_nothing_that_one_may_be_about_to_press(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node *accept = screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
    AtspiRect before = node_place(accept);
    dummy_do(s, NO_SOUND);
    (void)screen_text(s, "DEMONSTRATION province");
    (void)screen_text(s, "you will not be woken by it");
    AtspiRect after = node_place(accept);
    assert_true(before.height > 0);
    assert_int_equal(after.x, before.x);
    assert_int_equal(after.y, before.y);

    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    (void)screen_text(s, "Ba khoa đang ghi chép bằng giấy");
    accept = screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 10 minutes");
    before = node_place(accept);
    dummy_do(s, "{'do': <'status'>, 'status': <{'bell': <'ok'>, 'demo': <false>}>}");
    screen_no_text(s, "DEMONSTRATION province");
    assert_int_equal(node_place(accept).y, before.y);
}

static void what_was_done_is_said_below_what_one_reads(void **state)
{
    struct screen *s = *state;

    screen_show(s, "night", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page"));
    (void)screen_text(s, "Ba khoa đang ghi chép bằng giấy");
    node *pane = screen_find(s, ATSPI_ROLE_SCROLL_PANE, NULL);
    screen_key(s, "ctrl+t");
    node *notice = screen_find(s, ATSPI_ROLE_LABEL, "A test page is on its way");
    AtspiRect reading = node_place(pane), said = node_place(notice);
    assert_true(reading.height > 0 && said.height > 0);
    assert_true(said.y >= reading.y + reading.height);
    screen_shot(s, "notice");
    screen_no_text(s, "A test page is on its way"); /* and it goes by itself */
}

#define HEADER(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HEADER(age_bell_and_banners_are_on_every_view),
        HEADER(a_test_promises_no_ring_where_there_is_no_sound),
        HEADER(the_age_follows_a_relay_of_which_no_nudge_tells),
        HEADER(a_relay_that_the_agent_has_lost_is_said_before_half_a_minute),
        HEADER(a_banner_that_comes_moves_nothing_that_one_may_be_about_to_press),
        HEADER(what_was_done_is_said_below_what_one_reads),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
