/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_newcomer.c - whose roster is behind: a page of somebody who was enrolled meanwhile comes
 * together with the log that names its sender, and is there once, verified, ringing. */
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

static bool is_said(const json_t *page, const char *key, const char *text)
{
    const char *is = json_string_value(json_object_get(page, key));

    return is && strcmp(is, text) == 0;
}

static size_t count_pages(const char *name, const char *id)
{
    struct run r = world_run(&w, name, "pages", NULL);
    size_t n = 0;

    for (const char *p = r.out; (p = strstr(p, id)) != NULL; p++)
        n++;
    run_done(&r);
    return n;
}

static void a_page_of_somebody_enrolled_while_an_was_away_rings_once_and_verified(void **state)
{
    char id[PAGE_ID];
    (void)state;

    world_stop_agent(&w, "an");
    world_enrol(&w, "so-cong-thuong", "so-ct", "agency", "chi");
    world_wait_online(&w, "so-cong-thuong");
    world_report(&w, "so-cong-thuong", 1, id);
    world_start_agent(&w, "an");
    world_wait_state(&w, "an", id, "ringing", 20000);
    json_t *page = world_page(&w, "an", id);
    assert_true(is_said(page, "sender", "so-cong-thuong"));
    json_decref(page);
    assert_int_equal(count_pages("an", id), 1);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-cong-thuong", id, "accepted", 5000);
    assert_string_equal(world_owner(&w, "so-cong-thuong", id), "an");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_somebody_enrolled_while_an_was_away_rings_once_and_verified),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
