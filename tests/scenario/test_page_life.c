/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_page_life.c - one page after another through the whole province, as the
 * plan's night goes.  All tests share one province; each makes its own page. */
#include <stdlib.h>
#include <string.h>

#include "tb_cmocka.h"
#include "world.h"

static struct world w;

static int open_province(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void a_clerk_reports_and_sees_the_verified_name_of_who_accepted(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    json_decref(world_do(&w, "an", "accept", id, "--eta", "10", NULL));
    world_wait_state(&w, "so-y-te", id, "accepted", 3000);
    assert_string_equal(world_owner(&w, "so-y-te", id), "an");

    json_t *page = world_page(&w, "so-y-te", id);
    assert_int_equal(json_integer_value(json_object_get(page, "eta_min")), 10);
    assert_true(json_integer_value(json_object_get(page, "owner_level")) >= 1);
    json_decref(page);
    json_decref(world_do(&w, "an", "resolve", id, NULL));
    world_wait_state(&w, "so-y-te", id, "resolved", 3000);
}

static void what_was_reported_is_read_only_by_those_released(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    json_decref(world_do(&w, "an", "accept", id, NULL));
    world_wait_state(&w, "binh", id, "accepted", 3000);

    json_t *an = world_page(&w, "an", id), *binh = world_page(&w, "binh", id);
    assert_true(json_is_true(json_object_get(an, "readable")));
    assert_non_null(strstr(json_string_value(json_object_get(an, "text")), "chim-báo-bão"));
    assert_false(json_is_true(json_object_get(binh, "readable")));
    json_decref(an);
    json_decref(binh);
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
}

static void silence_moves_the_page_to_the_next_tier_never_early(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    long long first = world_wait_event(&w, "so-y-te", id, "release", 1, 3000);
    world_wait_state(&w, "binh", id, "ringing", 6000);
    long long second = world_wait_event(&w, "so-y-te", id, "release", 2, 1000);
    assert_true(second - first >= 2000);
    assert_true(second - first < 3500);
    world_expect_code(&w, 0, "binh", "accept", id, "--eta", "10", NULL);
    world_wait_state(&w, "an", id, "accepted", 1500);
    assert_string_equal(world_owner(&w, "an", id), "binh");
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

static void when_everybody_of_a_tier_declined_the_next_one_rings_at_once(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    world_expect_code(&w, 0, "an", "decline", id, "--reason", "đang ở xa", NULL);
    long long first = world_wait_event(&w, "so-y-te", id, "release", 1, 1000);
    long long second = world_wait_event(&w, "so-y-te", id, "release", 2, 2000);
    assert_true(second - first < 2000);
    world_expect_code(&w, 0, "chi", "resolve", id, NULL);
}

static void a_page_handed_over_belongs_to_the_taker_after_the_takers_own_accept(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 3000);
    world_expect_code(&w, 0, "an", "handover", id, "--to", "dung", NULL);
    world_wait_state(&w, "dung", id, "accepted", 3000);
    assert_string_equal(world_owner(&w, "so-y-te", id), "an");
    world_expect_code(&w, 0, "dung", "accept", id, "--eta", "5", NULL);
    for (long long end = now_ms() + 3000; strcmp(world_owner(&w, "so-y-te", id), "dung") != 0;) {
        assert_true(now_ms() < end);
        pause_ms(50);
    }
    json_t *page = world_page(&w, "dung", id);
    assert_true(json_is_true(json_object_get(page, "readable")));
    json_decref(page);
    world_expect_code(&w, 0, "dung", "resolve", id, NULL);
}

static void a_tier_without_a_live_device_is_skipped_at_once_and_said_so(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_stop_agent(&w, "an");
    long long began = now_ms();
    world_report(&w, "so-y-te", 1, id);
    (void)world_wait_event(&w, "so-y-te", id, "skip", 1, 2000);
    world_wait_state(&w, "binh", id, "ringing", 2000);
    assert_true(now_ms() - began < 4000);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_start_agent(&w, "an");
    world_wait_state(&w, "an", id, "accepted", 5000);
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

/* By each of the commands that show it, with whom to ring up. */
static void clerk_is_told(char *id, const char *advice)
{
    char *home = world_person(&w, "so-y-te")->home;
    char *said[] = {
        world_tool(&w, "trucban", "--home", home, "--lang", "en", "show", id, NULL),
        world_tool(&w, "trucban", "--home", home, "--lang", "en", "pages", "--open", NULL),
        world_tool(&w, "trucban", "--home", home, "--lang", "en", "status", NULL),
    };

    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (!strstr(said[i], "NOBODY ") || !strstr(said[i], advice) ||
            !strstr(said[i], "  0000 000 000  ") || !strstr(said[i], "(binh)") ||
            strstr(said[i], "(so-y-te)\n"))
            fail_msg("%zu does not say it: %s", i, said[i]);
        free(said[i]);
    }
}

/* And whoever waits for an answer to what he sends, at once. */
static void who_waits_is_told(void)
{
    struct run r =
        world_run(&w, "so-y-te", "page", "--class", "2", "--title", "Ai đó", "--wait", "2", NULL);

    assert_int_equal(r.code, 5);
    assert_non_null(strstr(r.err, "  0000 000 000  "));
    assert_non_null(strstr(r.err, "(binh)"));
    char *id = strstr(r.out, "\"page\"");
    assert_non_null(id);
    id = strchr(id + strlen("\"page\""), '"') + 1;
    id[PAGE_ID - 1] = 0;
    world_expect_code(&w, 0, "so-y-te", "resolve", id, NULL);
    run_done(&r);
}

static void nobody_there_is_said_loudly_and_whoever_comes_back_is_still_paged(void **state)
{
    static const char *const team[] = { "an", "binh", "chi" };
    char id[PAGE_ID];
    (void)state;

    for (size_t i = 0; i < 3; i++)
        world_stop_agent(&w, team[i]);
    world_report(&w, "so-y-te", 2, id);
    (void)world_wait_event(&w, "so-y-te", id, "nobody", 0, 3000);
    world_wait_state(&w, "so-y-te", id, "exhausted", 1000);
    clerk_is_told(id, "All tiers have passed and nobody took it. Use the telephone now:");
    who_waits_is_told();
    world_start_agent(&w, "binh");
    world_wait_state(&w, "binh", id, "ringing", 5000);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 3000);
    world_start_agent(&w, "an");
    world_start_agent(&w, "chi");
    world_wait_online(&w, "an");
    world_wait_online(&w, "chi");
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

static void a_page_goes_on_without_its_sender(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    proc_kill(&world_person(&w, "so-y-te")->agent);
    world_wait_state(&w, "binh", id, "ringing", 6000);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_start_agent(&w, "so-y-te");
    world_wait_state(&w, "so-y-te", id, "accepted", 5000);
    assert_string_equal(world_owner(&w, "so-y-te", id), "binh");
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

static void a_report_made_while_the_relay_is_down_is_kept_and_sent_later(void **state)
{
    (void)state;

    proc_stop(&w.relay);
    struct run r = world_run(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "1", "--title",
                             "Máy chủ bị mã hóa", "--no-state-secrets", NULL);
    assert_int_equal(r.code, 3);
    json_t *said = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(said);
    char id[PAGE_ID] = { 0 };
    memcpy(id, json_string_value(json_object_get(said, "page")), PAGE_ID - 1);
    json_decref(said);
    run_done(&r);

    world_start_relay(&w);
    world_wait_state(&w, "an", id, "ringing", 20000);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 5000);
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clerk_reports_and_sees_the_verified_name_of_who_accepted),
        cmocka_unit_test(what_was_reported_is_read_only_by_those_released),
        cmocka_unit_test(silence_moves_the_page_to_the_next_tier_never_early),
        cmocka_unit_test(when_everybody_of_a_tier_declined_the_next_one_rings_at_once),
        cmocka_unit_test(a_page_handed_over_belongs_to_the_taker_after_the_takers_own_accept),
        cmocka_unit_test(a_tier_without_a_live_device_is_skipped_at_once_and_said_so),
        cmocka_unit_test(nobody_there_is_said_loudly_and_whoever_comes_back_is_still_paged),
        cmocka_unit_test(a_page_goes_on_without_its_sender),
        cmocka_unit_test(a_report_made_while_the_relay_is_down_is_kept_and_sent_later),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
