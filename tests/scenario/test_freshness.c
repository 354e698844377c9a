/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_freshness.c - custodians appoint a person's agent, and it confirms the roster by itself. */
#include <stdio.h>
#include <stdlib.h>

#include "tb_cmocka.h"
#include "world.h"

static struct world w;

static int open_province(void **state)
{
    (void)state;
    world_open_empty(&w);
    world_enrol(&w, "chi", "cong-an", "coordinator", NULL);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void in_dir(char ret[static 2 * WORLD_PATH], const char *name)
{
    (void)snprintf(ret, 2 * WORLD_PATH, "%s/%s", w.dir, name);
}

static void signer_is(const char *what)
{
    json_t *s = world_do(&w, "chi", "status", NULL);

    assert_string_equal(json_string_value(json_object_get(s, "signer")), what);
    json_decref(s);
}

static void grant(void)
{
    char pub[2 * WORLD_PATH], key[2 * WORLD_PATH], roster[2 * WORLD_PATH], out[2 * WORLD_PATH];

    in_dir(pub, "chi.pub");
    in_dir(key, "keys/custodian.key");
    in_dir(roster, "keys/roster.tbp");
    in_dir(out, "grant.tbp");
    json_decref(world_do(&w, "chi", "roster", "freshness-key", "--out", pub, NULL));
    signer_is("asked");
    free(world_tool(&w, "trucban-keys", "freshness", "grant", "--roster", roster, "--key", key,
                    "--passphrase-file", w.pass, "--append", "--out", out, pub, NULL));
    world_expect_code(&w, 0, "chi", "roster", "publish", out, NULL);
}

/* The first witness as chi sees it, once it has signed. */
static json_t *wait_for_statement(void)
{
    for (int i = 0; i < 400; i++) {
        struct run r = world_run(&w, "chi", "roster", "freshness", NULL);
        json_t *j = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
        run_done(&r);
        if (json_is_string(json_object_get(j, "signed_at")))
            return j;
        json_decref(j);
        pause_ms(100);
    }
    fail_msg("nobody confirmed the roster");
    return NULL;
}

static void an_appointed_agent_confirms_the_roster_without_a_hand(void **state)
{
    (void)state;
    signer_is("none");
    grant();
    json_t *j = wait_for_statement();
    assert_string_equal(json_string_value(json_object_get(j, "holder")), "chi/may-1");
    assert_true(json_is_true(json_object_get(j, "here")));
    json_decref(j);
    signer_is("ready");
    json_t *s = world_do(&w, "chi", "status", NULL);
    assert_true(json_is_string(json_object_get(s, "roster_fresh_at")));
    assert_true(json_is_false(json_object_get(s, "roster_stale")));
    json_decref(s);
}

static void a_suspension_reaches_the_log_and_the_agent_goes_on(void **state)
{
    (void)state;
    world_enrol(&w, "an", "cong-an", "responder", NULL);
    world_wait_online(&w, "chi");
    world_expect_code(&w, 0, "chi", "suspend", "an", "--reason", "lost", "--yes", NULL);
    for (int i = 0; i < 100; i++) {
        json_t *s = world_do(&w, "chi", "status", NULL);
        bool empty = json_integer_value(json_object_get(s, "outbox")) == 0;
        assert_true(json_is_false(json_object_get(s, "roster_alarm")));
        json_decref(s);
        if (empty)
            break;
        pause_ms(100);
    }
    signer_is("ready");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_appointed_agent_confirms_the_roster_without_a_hand),
        cmocka_unit_test(a_suspension_reaches_the_log_and_the_agent_goes_on),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
