/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_chaos.c - a line that is slow, one-sided or dead, and a machine that sleeps: both ends notice, people are told
 * the truth, and what was reported meanwhile gets through once. */
/* timeout: 400 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb_cmocka.h"
#include "world_chaos.h"
#include "world_look.h"

enum {
    BUSY_MS = 10000, /* what a busy machine may add */
    BACK_MS = 60000, /* dialling again backs off */
    FILE_BYTES = 24000,
};

static struct world w;
static char file[2 * WORLD_PATH]; /* to be attached */

static int open_province(void **state)
{
    (void)state;
    world_open_behind(&w, NULL, chaos_start);
    (void)snprintf(file, sizeof file, "%s/log.txt", w.dir);
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    for (int i = 0; i < FILE_BYTES; i++)
        (void)fputc("0123456789abcdef"[random() % 16], f);
    return fclose(f);
}

static int close_province(void **state)
{
    (void)state;
    chaos("heal");
    world_close(&w);
    chaos_stop();
    return 0;
}

/* A31 */
static void a_dead_line_is_noticed_at_both_ends_and_the_clerk_is_told(void **state)
{
    struct look_reported page;

    (void)state;
    look_wait_online(&w, BACK_MS);
    chaos("dead");
    long long began = now_ms();
    look_report_is_kept(&w, &page);
    print_message("the relay noticed after %lld ms\n", look_relay_notices(&w, 0, began));
    for (size_t i = 0; i < w.n; i++)
        print_message("%s noticed after %lld ms\n", w.person[i].name,
                      look_agent_notices(&w, w.person[i].name, began));
    chaos("heal");
    look_wait_online(&w, BACK_MS);
    look_goes_through_once(&w, page.id, BACK_MS);
}

/* A31: what the sender says arrives nowhere, though he hears.  His agent dials anew by itself, on a line that works. */
static void a_line_that_carries_nothing_up_is_noticed_and_replaced(void **state)
{
    struct look_reported page;

    (void)state;
    look_wait_online(&w, BACK_MS);
    world_stop_agent(&w, "so-y-te");
    world_start_agent(&w, "so-y-te");
    world_wait_online(&w, "so-y-te");
    unsigned before = chaos_stats().taken;
    chaos("stall up last");
    long long began = now_ms();
    look_report_is_kept(&w, &page);
    while (chaos_stats().taken == before) {
        assert_true(now_ms() - began < LOOK_NOTICE_MS);
        pause_ms(50);
    }
    print_message("so-y-te dialled anew after %lld ms\n", now_ms() - began);
    look_goes_through_once(&w, page.id, BACK_MS);
    chaos("heal");
}

/* A31: a device that takes nothing costs the relay no more than a window of pages; the others go on. */
static void a_line_that_carries_nothing_down_does_not_fill_the_relay(void **state)
{
    enum { PAGES = 8 };
    struct look_reported page[PAGES];

    (void)state;
    look_wait_online(&w, BACK_MS);
    world_stop_agent(&w, "an");
    world_start_agent(&w, "an");
    world_wait_online(&w, "an");
    unsigned before = chaos_stats().taken;
    unsigned long long sent = look_metric(&w, "trucban_bytes_out_total");
    chaos("stall down last");
    long long began = now_ms();
    for (int i = 0; i < PAGES; i++)
        assert_int_equal(look_report(&w, file, 4, &page[i]), 0);
    print_message("%d pages of 100 KB to 4 devices: %llu KB sent, the last after %lld ms\n", PAGES,
                  (look_metric(&w, "trucban_bytes_out_total") - sent) / 1024, now_ms() - began);
    while (chaos_stats().taken == before) {
        assert_true(now_ms() - began < LOOK_NOTICE_MS);
        pause_ms(50);
    }
    print_message("an dialled anew after %lld ms\n", now_ms() - began);
    for (int i = 0; i < PAGES; i++) {
        world_wait_state(&w, "an", page[i].id, "ringing", BACK_MS);
        assert_int_equal(look_rows(&w, "an", page[i].id), 1);
        world_expect_code(&w, 0, "chi", "resolve", page[i].id, NULL);
    }
    assert_int_equal(look_metric(&w, "trucban_slow_total"), 0); /* it was the silence, not 32 MiB */
    chaos("heal");
}

/* A28: the relay takes a page and its answer is lost, so that it comes again; a device rings, what it says is lost, and
 * it is killed, five times. */
static void a_page_that_comes_again_and_again_is_one_page_and_one_row(void **state)
{
    struct look_reported page;

    (void)state;
    look_wait_online(&w, BACK_MS);
    world_stop_agent(&w, "so-y-te");
    world_start_agent(&w, "so-y-te");
    world_wait_online(&w, "so-y-te");
    chaos("stall down last");
    look_report_is_kept(&w, &page);
    world_wait_state(&w, "an", page.id, "ringing", BACK_MS);
    for (int i = 0; i < 5; i++) {
        proc_kill(&world_person(&w, "an")->agent);
        world_start_agent(&w, "an");
        world_wait_online(&w, "an");
        chaos("stall up last");
        world_wait_state(&w, "an", page.id, "ringing", BACK_MS);
        assert_int_equal(look_rows(&w, "an", page.id), 1);
    }
    look_goes_through_once(&w, page.id, BACK_MS);
    chaos("heal");
}

/* A32 */
static void a_laptop_that_sleeps_is_passed_over_and_catches_up(void **state)
{
    struct look_reported early, late;

    (void)state;
    look_wait_online(&w, BACK_MS);
    proc_freeze(&world_person(&w, "an")->agent);
    long long began = now_ms();
    /* Nobody knows yet that it sleeps: the next tier has its turn after the wait, no later. */
    assert_int_equal(look_report(&w, NULL, 0, &early), 0);
    long long first = world_wait_event(&w, "so-y-te", early.id, "release", 1, BACK_MS);
    long long second = world_wait_event(&w, "so-y-te", early.id, "release", 2, BACK_MS);
    assert_true(second - first >= 2000);
    assert_true(second - first < 2000 + BUSY_MS);
    world_expect_code(&w, 0, "chi", "resolve", early.id, NULL);
    print_message("the relay noticed after %lld ms\n", look_relay_notices(&w, 4, began));
    /* Now it is known: the next tier at once, and the coordinator sees why. */
    assert_int_equal(look_report(&w, NULL, 0, &late), 0);
    first = world_wait_event(&w, "chi", late.id, "skip", 1, BACK_MS);
    second = world_wait_event(&w, "chi", late.id, "release", 2, BACK_MS);
    assert_true(second - first < 2000);
    world_wait_state(&w, "binh", late.id, "ringing", BACK_MS);
    world_expect_code(&w, 0, "binh", "accept", late.id, NULL);
    proc_thaw(&world_person(&w, "an")->agent);
    world_wait_state(&w, "an", late.id, "accepted", BACK_MS);
    world_wait_state(&w, "an", early.id, "resolved", BACK_MS);
    assert_int_equal(look_rows(&w, "an", late.id), 1);
    assert_int_equal(look_rows(&w, "an", early.id), 1);
    assert_int_equal(look_count(&w, "so-y-te", late.id, "skip", 1), 1);
    world_expect_code(&w, 0, "binh", "resolve", late.id, NULL);
}

/* A31: pings and their answers wait behind a long message; both ends took each other for dead, for ever. */
static void a_thin_line_carries_a_long_report_both_ways_without_being_given_up(void **state)
{
    struct look_reported page;

    (void)state;
    look_wait_online(&w, BACK_MS);
    unsigned before = chaos_stats().taken;
    chaos("rate 5000"); /* 100 KB: 20 seconds */
    long long began = now_ms();
    assert_int_equal(look_report(&w, file, 4, &page), 3); /* not yet confirmed, and said so */
    (void)world_wait_event(&w, "so-y-te", page.id, "release", 1, BACK_MS + BUSY_MS);
    print_message("the relay had it after %lld ms\n", now_ms() - began);
    for (long long end = now_ms() + BACK_MS + BUSY_MS; look_rows(&w, "an", page.id) == 0;
         pause_ms(200))
        assert_true(now_ms() < end);
    print_message("an had it after %lld ms\n", now_ms() - began);
    print_message("new connections meanwhile: %u\n", chaos_stats().taken - before);
    chaos("heal");
    look_goes_through_once(&w, page.id, BACK_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_line_is_noticed_at_both_ends_and_the_clerk_is_told),
        cmocka_unit_test(a_line_that_carries_nothing_up_is_noticed_and_replaced),
        cmocka_unit_test(a_line_that_carries_nothing_down_does_not_fill_the_relay),
        cmocka_unit_test(a_page_that_comes_again_and_again_is_one_page_and_one_row),
        cmocka_unit_test(a_laptop_that_sleeps_is_passed_over_and_catches_up),
        cmocka_unit_test(a_thin_line_carries_a_long_report_both_ways_without_being_given_up),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
