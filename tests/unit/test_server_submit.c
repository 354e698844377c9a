/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_submit.c - what is verified before a page is stored, and what is not a reason to refuse. */
#include "support_server_world.h"

static struct world w;
static struct client *sender;

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

static Tb__SubmitReply *reply_of(struct client *c)
{
    Tb__SubmitReply *m;

    assert_non_null(c->reply);
    assert_int_equal(
        tb_unpack(&c->arena, &tb__submit_reply__descriptor, tb_field_view(&c->reply->body), &m),
        TB_OK);
    return m;
}

static void a_page_is_stored_and_its_receipt_is_signed(void **state)
{
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    struct wpage p = world_page(sender, "truc-dem", 1);
    struct tb_view payload;
    Tb__RelayReceipt *rr;

    (void)state;
    assert_int_equal(world_submit(sender, &p), TB_OK);
    Tb__SubmitReply *m = reply_of(sender);
    assert_int_equal(m->n_bad_share, 0);
    assert_int_equal(tb_signed_open(&sender->arena, TB_TYPE_RELAY_RECEIPT, &w.p.id,
                                    tb_field_view(&m->receipt_signed), w.p.relay.pk, &payload),
                     TB_OK);
    assert_int_equal(tb_relay_receipt_unpack(&sender->arena, payload, &rr), TB_OK);
    assert_memory_equal(rr->header_hash.data, p.header_hash.b, 32);
    assert_int_equal(rr->capsules, 3);
    /* everybody has the capsule at once, only tier 1 its share */
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_count(binh, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_count(sender, TB_ENV_CAPSULE), 0);
    const Tb__Envelope *e = world_env(an, TB_ENV_CAPSULE, 0);
    assert_int_equal(e->body.len, p.body.n);
    assert_memory_equal(e->statement.data, p.m.header_signed.data, p.m.header_signed.len);
    assert_memory_equal(e->from_cred.data, sender->d->cred.b, 32);
    assert_int_equal(e->capsule->data.len, 200);
    assert_int_equal(world_env(an, TB_ENV_RELEASE, 0)->share.len, 32);
    assert_memory_equal(world_env(an, TB_ENV_RELEASE, 0)->share.data, p.share[0].b, 32);
    assert_int_equal(world_env(binh, TB_ENV_RELEASE, 0)->share.len, 0);
}

static void the_same_page_again_gets_the_same_receipt_and_rings_once(void **state)
{
    struct client *an = world_login(&w, "an");
    struct wpage p = world_page(sender, "truc-dem", 1);

    (void)state;
    assert_int_equal(world_submit(sender, &p), TB_OK);
    ProtobufCBinaryData first = reply_of(sender)->receipt_signed;
    assert_int_equal(world_submit(sender, &p), TB_OK);
    ProtobufCBinaryData second = reply_of(sender)->receipt_signed;
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1);
    p.h.tlp = TB_TLP_RED;
    world_page_sign(sender, &p);
    assert_int_equal(world_submit(sender, &p), TB_E_CONFLICT);
}

/* Changes one thing of a good page, and says what the relay must answer. */
struct wrong {
    const char *what;
    void (*edit)(struct wpage *p);
    tb_result expected;
    bool resign;
};

static void no_edit(struct wpage *p)
{
    (void)p;
}
static void header_of_another(struct wpage *p)
{
    p->h.sender_cred = tb_field(province_find(&w.p, "an")->cred.b, 32);
}
static void header_changed(struct wpage *p)
{
    p->m.header_signed.data[40] ^= 1;
}
static void unknown_policy(struct wpage *p)
{
    static uint8_t none[32] = { 1 };
    p->h.policy_hash = tb_field(none, 32);
}
static void tier_without_its_target(struct wpage *p)
{
    p->h.tier[1]->target[0]->id = p->h.tier[0]->target[0]->id;
}
static void one_tier_less(struct wpage *p)
{
    p->h.n_tier--;
}
static void body_changed(struct wpage *p)
{
    p->m.body.data[7] ^= 1;
}
static void body_cut(struct wpage *p)
{
    p->m.body.len--;
}
static void capsule_left_out(struct wpage *p)
{
    p->m.n_capsule--;
}
static void capsule_for_the_wrong_tier(struct wpage *p)
{
    p->m.capsule[0]->t = 2;
    world_page_recipients(sender, p);
}
static void capsule_for_nobody(struct wpage *p)
{
    static uint8_t none[32] = { 2 };
    p->m.capsule[0]->to_cred = tb_field(none, 32);
    world_page_recipients(sender, p);
}
static void capsule_twice(struct wpage *p)
{
    p->m.capsule[p->m.n_capsule++] = p->m.capsule[0];
    world_page_recipients(sender, p);
}
static void capsule_for_an_outsider_as_own(struct wpage *p)
{
    p->m.capsule[0]->t = 0;
    world_page_recipients(sender, p);
}
static void capsule_of_no_type(struct wpage *p)
{
    p->m.capsule[0]->type = 7;
}
static void share_of_no_tier(struct wpage *p)
{
    p->m.share[0]->t = 4;
}
static void schedule_as_target(struct wpage *p)
{
    p->h.tier[0]->target[0]->kind = TB_TARGET_SCHEDULE;
}
static void chat(struct wpage *p)
{
    p->h.type = TB_MSG_CHAT;
}
static void no_class(struct wpage *p)
{
    p->h.page_class = 4;
}
static void no_tiers_but_a_policy(struct wpage *p)
{
    p->h.n_tier = 0;
    p->h.drill = true;
    p->h.page_class = 3;
}

static void each_thing_that_is_wrong_is_refused_and_leaves_nothing(void **state)
{
    static const struct wrong wrongs[] = {
        { "another's header", header_of_another, TB_E_BADSIG, true },
        { "changed header", header_changed, TB_E_BADSIG, false },
        { "unknown policy", unknown_policy, TB_E_NOTFOUND, true },
        { "other target", tier_without_its_target, TB_E_CONFLICT, true },
        { "fewer tiers", one_tier_less, TB_E_CONFLICT, true },
        { "changed body", body_changed, TB_E_BADSIG, false },
        { "cut body", body_cut, TB_E_LIMIT, false },
        { "missing capsule", capsule_left_out, TB_E_BADSIG, false },
        { "wrong tier", capsule_for_the_wrong_tier, TB_E_DENIED, true },
        { "unknown device", capsule_for_nobody, TB_E_NOTFOUND, true },
        { "capsule twice", capsule_twice, TB_E_RANGE, true },
        { "not my device", capsule_for_an_outsider_as_own, TB_E_DENIED, true },
        { "no such type", capsule_of_no_type, TB_E_RANGE, false },
        { "share of no tier", share_of_no_tier, TB_E_RANGE, false },
        { "schedule", schedule_as_target, TB_E_RESERVED, true },
        { "chat", chat, TB_E_RESERVED, true },
        { "class 4", no_class, TB_E_RANGE, true },
        { "no tiers", no_tiers_but_a_policy, TB_E_RANGE, true },
        { "nothing", no_edit, TB_OK, true },
    };
    struct client *an = world_login(&w, "an");

    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct wpage p = world_page(sender, "truc-dem", 1);
        wrongs[i].edit(&p);
        if (wrongs[i].resign)
            world_page_sign(sender, &p);
        tb_result r = world_submit(sender, &p);
        if (r != wrongs[i].expected)
            fail_msg("%s: %s, not %s (%s)", wrongs[i].what, tb_result_name(r),
                     tb_result_name(wrongs[i].expected), world_detail(sender));
        if (r != TB_OK)
            assert_true(strlen(world_detail(sender)) > 10); /* says what and why */
    }
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1); /* only the good one */
}

static void a_role_that_pages_nobody_is_refused(void **state)
{
    (void)state;
    (void)province_enrol(&w.p, "giu-so", "pa05", "may-1", TB_ROLE_REGISTRAR);
    world_sync(&w);
    struct client *guest = world_login(&w, "giu-so");
    struct wpage p = world_page(guest, "truc-dem", 1);
    assert_int_equal(world_submit(guest, &p), TB_E_DENIED);
}

static void a_share_that_does_not_fit_is_named_and_the_page_rings_all_the_same(void **state)
{
    struct client *an = world_login(&w, "an");
    struct wpage p = world_page(sender, "truc-dem", 1);

    (void)state;
    p.m.share[0]->share.data[0] ^= 1;
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(reply_of(sender)->n_bad_share, 1);
    assert_int_equal(reply_of(sender)->bad_share[0], 1);
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_env(an, TB_ENV_RELEASE, 0)->share.len, 0);
}

static void a_clock_that_is_off_is_no_reason_to_refuse(void **state)
{
    struct wpage p = world_page(sender, "truc-dem", 1);

    (void)state;
    p.h.created_ms -= 400 * PROVINCE_DAY;
    p.h.expires_ms -= 400 * PROVINCE_DAY;
    world_page_sign(sender, &p);
    assert_int_equal(world_submit(sender, &p), TB_OK);
}

static void a_device_without_a_capsule_gets_the_page_without_one(void **state)
{
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    struct wpage p = world_page(sender, "truc-dem", 1);

    (void)state;
    p.m.capsule[0] = p.m.capsule[p.m.n_capsule - 1]; /* tier 1's */
    p.m.n_capsule--;
    world_page_recipients(sender, &p);
    world_page_sign(sender, &p);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_null(world_env(an, TB_ENV_CAPSULE, 0)->capsule);
    /* it rings from the header, and does not hold up who can read */
    assert_true(world_find_release(an, TB_RELEASE_TIER, 1) != SIZE_MAX);
    assert_true(world_find_release(binh, TB_RELEASE_TIER, 2) != SIZE_MAX);
}

static void the_senders_other_devices_get_the_page_and_its_releases(void **state)
{
    (void)state;
    struct province_device *d = province_enrol(&w.p, "so-y-te", "so-y-te", "may-2", TB_ROLE_AGENCY);
    world_sync(&w);
    struct client *second = world_login_device(&w, d);
    struct wpage p = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(world_count(second, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_env(second, TB_ENV_CAPSULE, 0)->capsule->t, 0);
    assert_true(world_count(second, TB_ENV_RELEASE) >= 1);
    assert_int_equal(world_env(second, TB_ENV_RELEASE, 0)->share.len, 0);
}

static void a_removed_device_gets_nothing_although_the_sender_wrapped_for_it(void **state)
{
    struct client *an = world_login(&w, "an");
    struct wpage p = world_page(sender, "truc-dem", 1);

    (void)state;
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    province_by(&e, &w.p.registrar[0]);
    province_put(&w.p, &e);
    world_sync(&w);
    assert_null(an->peer);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    uint64_t queued = 1;
    assert_int_equal(
        store_mail_queued(w.relay->store, &province_find(&w.p, "an")->cred, 0, &queued), TB_OK);
    assert_int_equal(queued, 0);
}

static void a_test_page_goes_to_the_sender_alone(void **state)
{
    (void)state;
    struct province_device *d = province_enrol(&w.p, "so-y-te", "so-y-te", "may-2", TB_ROLE_AGENCY);
    world_sync(&w);
    struct client *second = world_login_device(&w, d), *an = world_login(&w, "an");
    struct wpage p = world_page(sender, NULL, 3);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(world_count(second, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_count(sender, TB_ENV_RELEASE), 1);
    const Tb__Release *rel = world_release(second, 0);
    assert_int_equal(rel->step, TB_RELEASE_TIER);
    assert_int_equal(rel->t, 0);
    assert_int_equal(rel->round, 1);
    assert_string_equal(rel->account[0], "so-y-te");
    assert_int_equal(an->n_env, 0);
    assert_int_equal(world_receipt(sender, &p, TB_RECEIPT_DELIVERED, 0), TB_OK);
    assert_int_equal(world_accept(second, &p), TB_OK);
    assert_int_equal(world_accept(sender, &p), TB_E_CONFLICT); /* it ended */
    world_pass(&w, 3600000);
    assert_int_equal(world_count(sender, TB_ENV_RELEASE), 1);
    p = world_page(sender, NULL, 3);
    p.h.page_class = 1;
    world_page_sign(sender, &p);
    assert_int_equal(world_submit(sender, &p), TB_E_RANGE);
}

static void many_requests_of_one_turn_share_one_commit(void **state)
{
    struct wpage p[5];
    struct relay_stats before, after;

    (void)state;
    relay_stats(w.relay, &before);
    for (size_t i = 0; i < 5; i++) {
        p[i] = world_page(sender, "truc-dem", 2);
        if (i == 2)
            p[i].m.body.data[0] ^= 1;
        world_send(sender, TB_OP_SUBMIT, &p[i].m.base);
    }
    assert_null(sender->reply);
    world_turn(&w);
    assert_int_equal(sender->reply->result, TB_OK);
    relay_stats(w.relay, &after);
    assert_int_equal(after.commits - before.commits, 1);
    assert_int_equal(after.pages_total - before.pages_total, 4); /* the bad one failed alone */
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_page_is_stored_and_its_receipt_is_signed),
        WITH_WORLD(the_same_page_again_gets_the_same_receipt_and_rings_once),
        WITH_WORLD(each_thing_that_is_wrong_is_refused_and_leaves_nothing),
        WITH_WORLD(a_role_that_pages_nobody_is_refused),
        WITH_WORLD(a_share_that_does_not_fit_is_named_and_the_page_rings_all_the_same),
        WITH_WORLD(a_clock_that_is_off_is_no_reason_to_refuse),
        WITH_WORLD(a_device_without_a_capsule_gets_the_page_without_one),
        WITH_WORLD(the_senders_other_devices_get_the_page_and_its_releases),
        WITH_WORLD(a_removed_device_gets_nothing_although_the_sender_wrapped_for_it),
        WITH_WORLD(a_test_page_goes_to_the_sender_alone),
        WITH_WORLD(many_requests_of_one_turn_share_one_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
