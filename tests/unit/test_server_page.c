/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_page.c - the night: who is called when, what stops it, and what does not. */
#include "support_server_world.h"

enum { WAIT = 60000 }; /* of every tier of "truc-dem"; repeats after 10 s */

static struct world w;
static struct client *sender, *an, *binh, *chi;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    sender = world_login(&w, "so-y-te");
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
    an = world_login(&w, "an");
    binh = world_login(&w, "binh");
    chi = world_login(&w, "chi");
}

/* Time passes while everybody's program says hello now and then. */
static void pass_awake(int64_t ms)
{
    int64_t until = w.now + ms;

    while (w.now < until) {
        world_pass(&w, until - w.now < 20000 ? until - w.now : 20000);
        for (size_t i = 0; i < w.n; i++)
            if (w.client[i]->peer)
                assert_int_equal(world_ping(w.client[i]), TB_OK);
    }
}

static struct wpage submit(uint32_t page_class)
{
    struct wpage p = world_page(sender, "truc-dem", page_class);

    assert_int_equal(world_submit(sender, &p), TB_OK);
    return p;
}

static size_t releases(void)
{
    return world_count(sender, TB_ENV_RELEASE);
}

static void silence_releases_the_next_tier_not_early_and_not_twice(void **state)
{
    (void)state;
    everyone_logs_in();
    (void)submit(2);
    assert_int_equal(releases(), 1);
    pass_awake(WAIT - 1);
    assert_int_equal(releases(), 1);
    pass_awake(1);
    assert_int_equal(releases(), 2);
    pass_awake(WAIT - 1);
    assert_int_equal(releases(), 2);
    const Tb__Release *second = world_release(sender, 1);
    assert_int_equal(second->t, 2);
    assert_string_equal(second->account[0], "binh");
    assert_int_equal(world_find_release(binh, TB_RELEASE_TIER, 2), 1);
    assert_int_equal(world_env(binh, TB_ENV_RELEASE, 1)->share.len, 32);
    assert_int_equal(world_env(an, TB_ENV_RELEASE, 1)->share.len, 0);
}

static void releases_are_numbered_and_chained(void **state)
{
    struct tb_hash prev = { 0 };

    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    pass_awake(5 * WAIT);
    assert_true(releases() > 4);
    for (size_t i = 0; i < releases(); i++) {
        const Tb__Release *m = world_release(sender, i);
        assert_int_equal(m->release_no, i + 1);
        assert_memory_equal(m->prev_release_hash.data, prev.b, 32);
        assert_memory_equal(m->policy_hash.data, p.h.policy_hash.data, 32);
        prev = world_release_hash(sender, i);
    }
}

static void an_accepted_page_never_escalates(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    assert_int_equal(world_accept(an, &p), TB_OK);
    pass_awake(10 * WAIT);
    assert_int_equal(releases(), 1);
    assert_int_equal(world_count(binh, TB_ENV_ACT), 1); /* everybody hears who has it */
    assert_int_equal(world_count(sender, TB_ENV_ACT), 1);
    assert_memory_equal(world_env(sender, TB_ENV_ACT, 0)->from_cred.data, an->d->cred.b, 32);
}

static void who_comes_second_hears_who_has_it(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    pass_awake(WAIT);
    assert_int_equal(world_accept(binh, &p), TB_OK);
    assert_int_equal(world_accept(an, &p), TB_E_CONFLICT);
    assert_non_null(strstr(world_detail(an), "binh has the page"));
}

static void an_empty_tier_is_skipped_at_once_and_called_when_it_wakes(void **state)
{
    (void)state;
    binh = world_login(&w, "binh");
    struct wpage p = submit(1);
    assert_int_equal(releases(), 2);
    assert_int_equal(world_release(sender, 0)->step, TB_RELEASE_SKIP);
    assert_int_equal(world_release(sender, 0)->n_account, 0);
    assert_int_equal(world_release(sender, 1)->t, 2);
    an = world_login(&w, "an"); /* comes alive before the page ends */
    assert_int_equal(world_find_release(an, TB_RELEASE_TIER, 1), 2);
    assert_int_equal(world_accept(an, &p), TB_OK);
}

static void a_device_that_fell_silent_does_not_count_as_there(void **state)
{
    (void)state;
    everyone_logs_in();
    world_pass(&w, TB_LIVE_MS + 1); /* nobody said a word */
    assert_int_equal(world_ping(binh), TB_OK);
    (void)submit(1);
    assert_int_equal(world_release(sender, 0)->step, TB_RELEASE_SKIP);
    assert_int_equal(world_release(sender, 1)->t, 2);
    assert_int_equal(world_ping(an), TB_OK); /* heard again: called late */
    assert_true(world_find_release(an, TB_RELEASE_TIER, 1) != SIZE_MAX);
}

static void a_tier_that_declined_does_not_hold_up_the_next(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    assert_int_equal(world_decline(an, &p), TB_OK);
    assert_int_equal(releases(), 2);
    assert_int_equal(world_decline(binh, &p), TB_OK);
    assert_int_equal(world_decline(chi, &p), TB_OK);
    assert_int_equal(world_release(sender, 3)->step, TB_RELEASE_NOBODY);
}

static void a_tier_that_cannot_read_does_not_hold_up_the_next(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    assert_int_equal(world_receipt(an, &p, TB_RECEIPT_CAPSULE_BAD, SIZE_MAX), TB_OK);
    assert_int_equal(releases(), 2);
    assert_int_equal(world_find_release(binh, TB_RELEASE_TIER, 2), 1);
    assert_int_equal(world_count(sender, TB_ENV_RECEIPT), 1);
    assert_int_equal(world_count(chi, TB_ENV_RECEIPT), 1);  /* a coordinator among the recipients */
    assert_int_equal(world_count(binh, TB_ENV_RECEIPT), 1); /* who opens the page may wrap again */
    assert_int_equal(world_receipt(an, &p, TB_RECEIPT_CAPSULE_BAD, SIZE_MAX), TB_OK);
    assert_int_equal(world_count(sender, TB_ENV_RECEIPT), 1); /* said once */
}

static tb_result rewrap(struct client *by, struct client *to, const struct wpage *p,
                        struct tb_buf *act)
{
    static uint8_t data[120];
    Tb__CapsulesAdd m;
    Tb__WireCapsule c;
    Tb__WireCapsule *list[] = { &c };
    ProtobufCBinaryData acts[1];

    randombytes_buf(data, sizeof data);
    tb__wire_capsule__init(&c);
    c.to_cred = tb_field(to->d->cred.b, 32);
    c.t = 1;
    c.type = 3;
    c.data = tb_field(data, sizeof data);
    tb__capsules_add__init(&m);
    m.page_id = tb_field(p->id.b, sizeof p->id.b);
    m.n_capsule = 1;
    m.capsule = list;
    if (act) {
        acts[0] = tb_field(act->p, act->n);
        m.n_act_signed = 1;
        m.act_signed = acts;
    }
    tb_result r = world_ask(by, TB_OP_CAPSULES_ADD, &m.base);
    if (r == TB_OK) { /* the same again changes nothing */
        size_t n = world_count(to, TB_ENV_REWRAP);
        assert_int_equal(world_ask(by, TB_OP_CAPSULES_ADD, &m.base), TB_OK);
        assert_int_equal(world_count(to, TB_ENV_REWRAP), n);
    }
    return r;
}

static void the_sender_wraps_again_for_who_could_not_read(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    assert_int_equal(world_receipt(an, &p, TB_RECEIPT_CAPSULE_BAD, SIZE_MAX), TB_OK);
    assert_int_equal(rewrap(sender, an, &p, NULL), TB_OK);
    assert_int_equal(world_count(an, TB_ENV_REWRAP), 1);
    struct client *dung = world_login(&w, "dung");
    assert_int_equal(rewrap(sender, dung, &p, NULL), TB_E_DENIED); /* not a recipient */
    assert_int_equal(world_env(an, TB_ENV_REWRAP, 0)->capsule->data.len, 120);
    assert_int_equal(world_receipt(an, &p, TB_RECEIPT_CAPSULE_OK, SIZE_MAX), TB_OK);
    assert_int_equal(world_count(sender, TB_ENV_RECEIPT), 2);
}

static void a_request_that_fails_half_way_leaves_nothing(void **state)
{
    static uint8_t data[40];
    Tb__WireCapsule c[2];
    Tb__WireCapsule *list[] = { &c[0], &c[1] };
    Tb__CapsulesAdd m;

    (void)state;
    everyone_logs_in();
    struct client *dung = world_login(&w, "dung");
    struct wpage p = submit(1);
    for (size_t i = 0; i < 2; i++) {
        tb__wire_capsule__init(&c[i]);
        c[i].to_cred = tb_field((i ? dung : an)->d->cred.b, 32);
        c[i].type = 2;
        c[i].data = tb_field(data, sizeof data);
    }
    tb__capsules_add__init(&m);
    m.page_id = tb_field(p.id.b, sizeof p.id.b);
    m.n_capsule = 2;
    m.capsule = list;
    assert_int_equal(world_ask(sender, TB_OP_CAPSULES_ADD, &m.base), TB_E_DENIED);
    assert_int_equal(world_count(an, TB_ENV_REWRAP), 0); /* the first one was good */
}

static void others_wrap_again_only_when_they_were_called_and_say_so(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    assert_int_equal(rewrap(an, binh, &p, NULL), TB_E_DENIED); /* no act */
    Tb__Act *m = world_act(an, &p, TB_ACT_REWRAP, 0);
    m->to_cred = tb_field(binh->d->cred.b, 32);
    TB_CLEANUP(tb_buf_done) struct tb_buf act = world_sign(an, TB_TYPE_ACT, &m->base);
    assert_int_equal(rewrap(an, chi, &p, &act),
                     TB_E_RANGE); /* for somebody else than the act says */
    assert_int_equal(rewrap(an, binh, &p, &act), TB_OK);
    assert_memory_equal(world_env(binh, TB_ENV_REWRAP, 0)->statement.data, act.p, act.n);
    assert_int_equal(world_count(sender, TB_ENV_ACT), 1); /* everybody hears who did */
    assert_int_equal(world_count(chi, TB_ENV_ACT), 1);
    assert_int_equal(world_count(binh, TB_ENV_ACT), 0); /* has it with the capsule */
    assert_int_equal(world_receipt(binh, &p, TB_RECEIPT_CAPSULE_OK, SIZE_MAX), TB_OK);
    assert_int_equal(world_count(an, TB_ENV_RECEIPT), 1); /* and that it helped */
    m = world_act(chi, &p, TB_ACT_REWRAP, SIZE_MAX);
    m->to_cred = tb_field(binh->d->cred.b, 32);
    TB_CLEANUP(tb_buf_done) struct tb_buf early = world_sign(chi, TB_TYPE_ACT, &m->base);
    assert_int_equal(rewrap(chi, binh, &p, &early), TB_E_DENIED); /* tier 3 was not called yet */
}

static void a_severe_page_loops_until_somebody_takes_it(void **state)
{
    (void)state;
    everyone_logs_in();
    struct client *dung = world_login(&w, "dung"); /* a coordinator who stands in no tier */
    struct wpage p = submit(1);
    pass_awake(3 * WAIT);
    size_t nobody = world_find_release(sender, TB_RELEASE_NOBODY, 0);
    assert_int_equal(nobody, 3);
    assert_int_equal(world_release(dung, 0)->step, TB_RELEASE_NOBODY);
    assert_int_equal(dung->env[0]->kind, TB_ENV_CAPSULE); /* from whom, which class; not the text */
    assert_null(dung->env[0]->capsule);
    assert_int_equal(world_release(sender, 4)->round, 2); /* the next loop began */
    assert_int_equal(world_release(sender, 4)->loop, 1);
    assert_int_equal(world_env(an, TB_ENV_RELEASE, 4)->share.len, 32); /* the same share again */
    assert_int_equal(world_accept(an, &p), TB_OK);
    assert_int_equal(world_count(dung, TB_ENV_ACT), 1); /* and that somebody has it after all */
    size_t n = releases();
    pass_awake(5 * WAIT);
    assert_int_equal(releases(), n);
}

static void an_ordinary_page_ends_with_nobody_and_can_still_be_taken(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(2);
    pass_awake(20 * WAIT);
    assert_int_equal(releases(), 4);
    assert_int_equal(world_release(sender, 3)->step, TB_RELEASE_NOBODY);
    assert_int_equal(world_accept(an, &p), TB_OK);
}

static void with_nobody_there_the_sender_hears_it_at_once(void **state)
{
    (void)state;
    (void)submit(1);
    assert_int_equal(releases(), 4); /* three skipped, then nobody */
    assert_int_equal(world_release(sender, 3)->step, TB_RELEASE_NOBODY);
    world_pass(&w, 10000); /* a loop lasts at least repeat_s */
    assert_int_equal(releases(), 8);
    assert_int_equal(world_release(sender, 4)->round, 2);
}

static void delivered_cites_a_release_of_this_relay(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    (void)submit(1);
    assert_int_equal(world_receipt(an, &p, TB_RECEIPT_DELIVERED, 0), TB_OK);
    assert_int_equal(world_receipt(an, &p, TB_RECEIPT_DELIVERED, 1),
                     TB_E_NOTFOUND); /* the other page's */
    assert_int_equal(world_count(sender, TB_ENV_RECEIPT), 1);
    struct client *dung = world_login(&w, "dung");
    assert_int_equal(world_receipt(dung, &p, TB_RECEIPT_CAPSULE_OK, SIZE_MAX), TB_E_DENIED);
}

static void a_device_that_joins_while_the_page_rings_is_called_too(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    struct province_device *d = province_enrol(&w.p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    world_sync(&w);
    struct client *late = world_login_device(&w, d);
    assert_int_equal(world_count(late, TB_ENV_CAPSULE), 1);
    assert_null(world_env(late, TB_ENV_CAPSULE, 0)->capsule);
    assert_int_equal(world_find_release(late, TB_RELEASE_TIER, 1), 0);
    assert_int_equal(world_env(late, TB_ENV_RELEASE, 0)->share.len, 32);
    assert_int_equal(world_receipt(late, &p, TB_RECEIPT_CAPSULE_BAD, SIZE_MAX), TB_OK);
    assert_int_equal(rewrap(sender, late, &p, NULL), TB_OK); /* the sender wraps for it */
    assert_int_equal(world_accept(late, &p), TB_OK);
}

static void a_renewed_credential_does_not_fall_out_of_a_page(void **state)
{
    (void)state;
    everyone_logs_in();
    struct wpage p = submit(1);
    struct province_device *d = province_find(&w.p, "an");
    assert_int_equal(province_admit(&w.p, d), TB_OK);
    world_sync(&w);
    assert_null(an->peer); /* the old credential is out */
    an = world_login_device(&w, d);
    assert_int_equal(world_find_release(an, TB_RELEASE_TIER, 1), 0);
    assert_int_equal(world_accept(an, &p), TB_OK);
    (void)p;
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(silence_releases_the_next_tier_not_early_and_not_twice),
        WITH_WORLD(releases_are_numbered_and_chained),
        WITH_WORLD(an_accepted_page_never_escalates),
        WITH_WORLD(who_comes_second_hears_who_has_it),
        WITH_WORLD(an_empty_tier_is_skipped_at_once_and_called_when_it_wakes),
        WITH_WORLD(a_device_that_fell_silent_does_not_count_as_there),
        WITH_WORLD(a_tier_that_declined_does_not_hold_up_the_next),
        WITH_WORLD(a_tier_that_cannot_read_does_not_hold_up_the_next),
        WITH_WORLD(the_sender_wraps_again_for_who_could_not_read),
        WITH_WORLD(a_request_that_fails_half_way_leaves_nothing),
        WITH_WORLD(others_wrap_again_only_when_they_were_called_and_say_so),
        WITH_WORLD(a_severe_page_loops_until_somebody_takes_it),
        WITH_WORLD(an_ordinary_page_ends_with_nobody_and_can_still_be_taken),
        WITH_WORLD(with_nobody_there_the_sender_hears_it_at_once),
        WITH_WORLD(delivered_cites_a_release_of_this_relay),
        WITH_WORLD(a_device_that_joins_while_the_page_rings_is_called_too),
        WITH_WORLD(a_renewed_credential_does_not_fall_out_of_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
