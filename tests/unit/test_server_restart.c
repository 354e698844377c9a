/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_restart.c - a relay that stops, is killed, or comes back from a backup loses nothing. */
#include "support_server_world.h"

#include <fcntl.h>

enum { WAIT = 60000 };

static struct world w;
static struct client *sender, *an, *binh, *chi;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void everyone_logs_in(void)
{
    sender = world_login(&w, "so-y-te");
    an = world_login(&w, "an");
    binh = world_login(&w, "binh");
    chi = world_login(&w, "chi");
}

static struct wpage submit(uint32_t page_class)
{
    struct wpage p = world_page(sender, "truc-dem", page_class);

    assert_int_equal(world_submit(sender, &p), TB_OK);
    return p;
}

typedef void stop_fn(struct world *w);

/* A stop at `when` ms after the submit, down for `down` ms: the second tier is called at its time, or
 * as soon as the relay is back, and once. */
static void second_tier_after(stop_fn *stop, int64_t when, int64_t down)
{
    everyone_logs_in();
    struct wpage p = submit(2);
    world_pass(&w, when);
    w.now += down;
    stop(&w);
    everyone_logs_in();
    int64_t left = WAIT - when - down;
    if (left > 1) {
        world_pass(&w, left - 1);
        assert_int_equal(world_find_release(binh, TB_RELEASE_TIER, 2), SIZE_MAX);
    }
    world_pass(&w, left > 1 ? 1 : 0);
    assert_int_equal(world_count(binh, TB_ENV_RELEASE), 2);
    assert_int_equal(world_release(binh, 1)->t, 2);
    assert_int_equal(world_env(binh, TB_ENV_RELEASE, 1)->share.len, 32);
    assert_memory_equal(world_env(binh, TB_ENV_RELEASE, 1)->share.data, p.share[1].b, 32);
}

static void a_deadline_survives_a_stop(void **state)
{
    (void)state;
    second_tier_after(world_restart, 20000, 10000);
}

static void a_deadline_survives_a_kill(void **state)
{
    (void)state;
    second_tier_after(world_crash, 20000, 10000);
}

static void what_became_due_while_it_was_down_fires_at_once(void **state)
{
    (void)state;
    second_tier_after(world_restart, 20000, 3000000);
}

static void what_became_due_while_it_was_dead_fires_at_once(void **state)
{
    (void)state;
    second_tier_after(world_crash, 30000, 3000000);
}

static void a_wall_clock_that_was_set_back_makes_nothing_late(void **state)
{
    (void)state;
    everyone_logs_in();
    (void)submit(2);
    world_pass(&w, 20000);
    w.now -= 100 * PROVINCE_DAY;
    world_restart(&w);
    everyone_logs_in();
    world_pass(&w, WAIT / 2);
    assert_int_equal(world_ping(binh), TB_OK);
    world_pass(&w, WAIT / 2);
    assert_true(world_find_release(binh, TB_RELEASE_TIER, 2) != SIZE_MAX);
}

static void a_restart_skips_no_tier_whose_devices_are_on_their_way_back(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage first = submit(1);
    assert_int_equal(world_accept(an, &first), TB_OK);
    for (int i = 0; i < 2; i++) {
        (i ? world_crash : world_restart)(&w);
        sender = world_login(&w, "so-y-te"); /* the others are still reconnecting */
        size_t n = world_count(sender, TB_ENV_RELEASE);
        (void)submit(2);
        const Tb__Release *m = world_release(sender, n);
        assert_int_equal(m->step, TB_RELEASE_TIER);
        assert_int_equal(m->t, 1);
        everyone_logs_in();
    }
    world_restart(&w);
    sender = world_login(&w, "so-y-te");
    world_pass(&w, TB_LIVE_MS + 1); /* they had their time */
    assert_int_equal(world_ping(sender), TB_OK);
    size_t n = world_count(sender, TB_ENV_RELEASE);
    (void)submit(2);
    assert_int_equal(world_release(sender, n)->step, TB_RELEASE_SKIP);
}

static void who_came_back_after_a_restart_and_left_does_not_count_as_there(void **state)
{
    (void)state;
    everyone_logs_in();
    world_restart(&w);
    everyone_logs_in();
    world_hang_up(an);
    (void)submit(2);
    assert_int_equal(world_release(sender, 0)->step, TB_RELEASE_SKIP);
    assert_int_equal(world_release(sender, 1)->t, 2);
}

static void who_hung_up_long_before_the_stop_does_not_count_as_there(void **state)
{
    (void)state;
    everyone_logs_in();
    world_hang_up(an);
    world_pass(&w, 3 * TB_LIVE_MS);
    assert_int_equal(world_ping(binh), TB_OK);
    world_restart(&w);
    sender = world_login(&w, "so-y-te");
    (void)submit(2);
    assert_int_equal(world_release(sender, 0)->step, TB_RELEASE_SKIP);
    assert_int_equal(world_release(sender, 1)->t, 2);
}

static void every_state_of_a_page_survives(void **state)
{
    static stop_fn *const stops[] = { world_restart, world_crash };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        everyone_logs_in();
        size_t before = world_count(sender, TB_ENV_RELEASE);
        struct wpage p = submit(2); /* ringing */
        stops[i](&w);
        everyone_logs_in();
        assert_int_equal(world_count(sender, TB_ENV_RELEASE) - before > 0, 1);
        assert_int_equal(world_accept(an, &p), TB_OK); /* accepted */
        stops[i](&w);
        everyone_logs_in();
        assert_int_equal(world_accept(an, &p), TB_OK); /* still his */
        size_t n = world_count(sender, TB_ENV_RELEASE);
        world_pass(&w, 10 * WAIT);
        assert_int_equal(world_count(sender, TB_ENV_RELEASE), n);
        assert_int_equal(world_put_act(sender, world_act(sender, &p, TB_ACT_RESOLVE, SIZE_MAX)),
                         TB_OK);
        stops[i](&w);
        everyone_logs_in();
        assert_int_equal(world_accept(an, &p), TB_E_CONFLICT); /* resolved */
    }
}

static void what_was_not_acknowledged_comes_again_and_nothing_else(void **state)
{
    (void)state;
    everyone_logs_in();
    (void)submit(2);
    assert_int_equal(an->env[0]->seq, 1);
    assert_int_equal(an->env[1]->seq, 2);
    assert_int_equal(world_ack(an, 1), TB_OK);
    world_pass(&w, 3000); /* acknowledgements ride with a commit */
    world_crash(&w);
    an = world_login(&w, "an");
    assert_int_equal(an->n_env, 1);
    assert_int_equal(an->env[0]->seq, 2);
}

static void a_resubmission_after_a_kill_gets_the_same_receipt(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    struct tb_buf first = { 0 };
    tb_put(&first, sender->reply->body.data, sender->reply->body.len);
    world_crash(&w);
    everyone_logs_in();
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(sender->reply->body.len, first.n);
    assert_memory_equal(sender->reply->body.data, first.p, first.n);
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1);
    tb_buf_done(&first);
}

static void what_was_not_committed_when_it_was_killed_was_never_answered(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = world_page(sender, "truc-dem", 1);
    world_send(sender, TB_OP_SUBMIT, &p.m.base);
    assert_null(sender->reply);
    assert_int_equal(an->n_env, 0);
    world_crash(&w); /* in the middle of a turn */
    everyone_logs_in();
    assert_int_equal(an->n_env, 0);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1);
}

static void a_second_relay_in_the_same_folder_is_refused(void **state)
{
    static const struct relay_wire none;
    struct relay_options o = { .state_dir = w.dir };
    struct relay *second = NULL;

    (void)state;
    assert_int_equal(relay_open(&o, &none, w.now, &second), TB_E_CONFLICT);
    o.state_dir = "/tmp/tb-no-such-folder";
    assert_int_equal(relay_open(&o, &none, w.now, &second), TB_E_NOTFOUND);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_deadline_survives_a_stop),
        WITH_WORLD(a_deadline_survives_a_kill),
        WITH_WORLD(what_became_due_while_it_was_down_fires_at_once),
        WITH_WORLD(what_became_due_while_it_was_dead_fires_at_once),
        WITH_WORLD(a_wall_clock_that_was_set_back_makes_nothing_late),
        WITH_WORLD(a_restart_skips_no_tier_whose_devices_are_on_their_way_back),
        WITH_WORLD(who_came_back_after_a_restart_and_left_does_not_count_as_there),
        WITH_WORLD(who_hung_up_long_before_the_stop_does_not_count_as_there),
        WITH_WORLD(every_state_of_a_page_survives),
        WITH_WORLD(what_was_not_acknowledged_comes_again_and_nothing_else),
        WITH_WORLD(a_resubmission_after_a_kill_gets_the_same_receipt),
        WITH_WORLD(what_was_not_committed_when_it_was_killed_was_never_answered),
        WITH_WORLD(a_second_relay_in_the_same_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
