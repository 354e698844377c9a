/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_restart.c - the relay and every agent may die and come back in every state
 * of a page; nothing is lost, nothing happens twice, nothing happens early. */
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

enum { BACK_MS = 20000 }; /* reconnecting backs off */

static const char *const people[] = { "so-y-te", "an", "binh", "chi", "dung" };

static void kill_and_start_relay(void)
{
    proc_kill(&w.relay);
    world_start_relay(&w);
}

static void kill_and_start_agents(void)
{
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        proc_kill(&world_person(&w, people[i])->agent);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        world_start_agent(&w, people[i]);
}

static size_t count_events(const char *name, const char *id, const char *kind, int t)
{
    size_t n = 0, i;
    json_t *page = world_page(&w, name, id), *event;

    json_array_foreach(json_object_get(page, "events"), i, event) n +=
        strcmp(json_string_value(json_object_get(event, "kind")), kind) == 0 &&
        json_integer_value(json_object_get(event, "tier")) == t &&
        json_integer_value(json_object_get(event, "round")) == 1;
    json_decref(page);
    return n;
}

static void ringing_page_survives(void (*blow)(void))
{
    char id[PAGE_ID];

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    blow();
    world_wait_state(&w, "binh", id, "ringing", BACK_MS);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", BACK_MS);
    assert_int_equal(count_events("so-y-te", id, "release", 1), 1);
    assert_int_equal(count_events("so-y-te", id, "release", 2), 1);
    long long first = world_wait_event(&w, "so-y-te", id, "release", 1, 100);
    long long second = world_wait_event(&w, "so-y-te", id, "release", 2, 100);
    assert_true(second - first >= 2000);
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
    world_wait_state(&w, "so-y-te", id, "resolved", BACK_MS);
}

static void a_killed_relay_goes_on_with_a_ringing_page(void **state)
{
    (void)state;
    ringing_page_survives(kill_and_start_relay);
}

static void killed_agents_go_on_with_a_ringing_page(void **state)
{
    (void)state;
    ringing_page_survives(kill_and_start_agents);
}

static void an_accepted_page_stays_accepted(void (*blow)(void))
{
    char id[PAGE_ID];

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    world_expect_code(&w, 0, "an", "accept", id, "--eta", "10", NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", BACK_MS);
    world_expect_code(&w, 0, "an", "handover", id, "--to", "dung", NULL);
    blow();
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        world_wait_online(&w, people[i]);
    assert_string_equal(world_owner(&w, "so-y-te", id), "an");
    world_wait_state(&w, "dung", id, "accepted", BACK_MS);
    world_expect_code(&w, 0, "dung", "accept", id, NULL);
    for (long long end = now_ms() + BACK_MS; strcmp(world_owner(&w, "so-y-te", id), "dung") != 0;) {
        assert_true(now_ms() < end);
        pause_ms(50);
    }
    assert_int_equal(count_events("so-y-te", id, "release", 2), 0);
    world_expect_code(&w, 0, "dung", "resolve", id, NULL);
    world_wait_state(&w, "so-y-te", id, "resolved", BACK_MS);
    blow();
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        world_wait_online(&w, people[i]);
    world_wait_state(&w, "so-y-te", id, "resolved", 1000);
    world_wait_state(&w, "an", id, "resolved", BACK_MS);
}

static void accept_offer_and_resolve_survive_a_killed_relay(void **state)
{
    (void)state;
    an_accepted_page_stays_accepted(kill_and_start_relay);
}

static void accept_offer_and_resolve_survive_killed_agents(void **state)
{
    (void)state;
    an_accepted_page_stays_accepted(kill_and_start_agents);
}

static void a_step_that_fell_due_while_the_relay_was_dead_fires_once_at_its_start(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 3000);
    proc_kill(&w.relay);
    pause_ms(3000); /* tier 1's two seconds pass */
    world_start_relay(&w);
    world_wait_state(&w, "binh", id, "ringing", BACK_MS);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", BACK_MS);
    assert_int_equal(count_events("so-y-te", id, "release", 2), 1);
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

static void an_exhausted_page_is_still_open_after_everything_died(void **state)
{
    char id[PAGE_ID];
    (void)state;

    /* Whoever was live when the relay died counts as live for a while, unless he came back and left. */
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        world_wait_online(&w, people[i]);
    world_stop_agent(&w, "an");
    world_stop_agent(&w, "binh");
    world_stop_agent(&w, "chi");
    world_report(&w, "so-y-te", 2, id);
    world_wait_state(&w, "so-y-te", id, "exhausted", 3000);
    kill_and_start_relay();
    proc_kill(&world_person(&w, "so-y-te")->agent);
    world_start_agent(&w, "so-y-te");
    world_start_agent(&w, "an");
    world_start_agent(&w, "binh");
    world_start_agent(&w, "chi");
    world_wait_state(&w, "binh", id, "ringing", BACK_MS);
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", BACK_MS);
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_relay_goes_on_with_a_ringing_page),
        cmocka_unit_test(killed_agents_go_on_with_a_ringing_page),
        cmocka_unit_test(accept_offer_and_resolve_survive_a_killed_relay),
        cmocka_unit_test(accept_offer_and_resolve_survive_killed_agents),
        cmocka_unit_test(a_step_that_fell_due_while_the_relay_was_dead_fires_once_at_its_start),
        cmocka_unit_test(an_exhausted_page_is_still_open_after_everything_died),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
