/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_off_duty.c - a responder stops receiving pages: others are called at once, everybody sees why,
 * and when the responder is back the page rings there after all. */
/* link: PkgConfig::JANSSON */
#include <stdlib.h>
#include <string.h>

#include "tb_cmocka.h"
#include "world.h"

static struct world w;

static int open_province(void **state)
{
    (void)state;
    (void)setenv("PULSE_SERVER", "unix:/nonexistent", 1);
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    world_open(&w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static bool is_off(const char *who, const char *account)
{
    json_t *contact = world_do(&w, who, "contacts", account, NULL);
    bool off = json_is_string(json_object_get(contact, "duty_off_at"));

    json_decref(contact);
    return off;
}

static void wait_off(const char *who, const char *account, bool off)
{
    for (long long end = now_ms() + 5000; is_off(who, account) != off; pause_ms(50))
        if (now_ms() > end)
            fail_msg("%s does not hear that %s is %s duty", who, account, off ? "off" : "on");
}

static bool rings(const char *who, const char *id)
{
    json_t *status = world_do(&w, who, "status", NULL), *r;
    bool hit = false;
    size_t i;

    json_array_foreach(json_object_get(status, "ringing"), i, r) hit =
        hit || strcmp(json_string_value(json_object_get(r, "page")), id) == 0;
    json_decref(status);
    return hit;
}

static void to_stop_is_confirmed_and_names_what_is_left_empty(void **state)
{
    (void)state;
    world_expect_code(&w, 2, "an", "duty", "off", NULL); /* no terminal to ask */
    world_expect_code(&w, 2, "an", "duty", "sometimes", NULL);
    json_t *duty = world_do(&w, "an", "duty", NULL);
    assert_false(json_is_true(json_object_get(duty, "off")));
    json_t *alone = json_array_get(json_object_get(duty, "alone"), 0);
    assert_string_equal(json_string_value(json_object_get(alone, "policy")), "su-co");
    assert_int_equal(json_integer_value(json_object_get(alone, "tier")), 1);
    json_decref(duty);
    assert_false(is_off("so-y-te", "an"));
}

static void the_next_tier_is_called_at_once_and_the_clerk_sees_why(void **state)
{
    char id[PAGE_ID];

    (void)state;
    json_t *duty = world_do(&w, "an", "duty", "off", "--yes", NULL);
    assert_true(json_is_true(json_object_get(duty, "told")));
    json_decref(duty);
    wait_off("so-y-te", "an", true);
    world_report(&w, "so-y-te", 1, id);
    long long skipped = world_wait_event(&w, "so-y-te", id, "skip", 1, 3000);
    long long called = world_wait_event(&w, "so-y-te", id, "release", 2, 3000);
    assert_true(called - skipped < 1500); /* tier 1 alone would have had two seconds */
    world_wait_state(&w, "binh", id, "ringing", 3000);
    char *shown = world_tool(&w, "trucban", "--home", world_person(&w, "so-y-te")->home, "--lang",
                             "en", "show", id, NULL);
    assert_non_null(strstr(shown, "nobody there receives pages"));
    assert_non_null(strstr(shown, "RECEIVES NO PAGES"));
    free(shown);
    assert_false(rings("an", id));
    world_expect_code(&w, 0, "binh", "accept", id, NULL);
    world_wait_state(&w, "an", id, "accepted", 3000); /* an may read along */
    world_expect_code(&w, 0, "binh", "resolve", id, NULL);
}

static void a_restart_leaves_it_off_and_coming_back_rings(void **state)
{
    char id[PAGE_ID];

    (void)state;
    world_stop_agent(&w, "an");
    world_start_agent(&w, "an");
    world_wait_online(&w, "an");
    json_t *status = world_do(&w, "an", "status", NULL);
    assert_true(json_is_string(json_object_get(status, "duty_off_at")));
    json_decref(status);
    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "binh", id, "ringing", 5000);
    assert_false(rings("an", id));
    world_expect_code(&w, 0, "an", "duty", "on", NULL);
    (void)world_wait_event(&w, "so-y-te", id, "release", 1, 3000);
    world_wait_state(&w, "an", id, "ringing", 3000);
    assert_true(rings("an", id));
    wait_off("so-y-te", "an", false);
    world_expect_code(&w, 0, "an", "accept", id, "--eta", "5", NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", 3000);
    assert_string_equal(world_owner(&w, "so-y-te", id), "an");
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_stop_is_confirmed_and_names_what_is_left_empty),
        cmocka_unit_test(the_next_tier_is_called_at_once_and_the_clerk_sees_why),
        cmocka_unit_test(a_restart_leaves_it_off_and_coming_back_rings),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
