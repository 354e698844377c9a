/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_act.c - acts: what stops a page, and everything that must not. */
#include "support_server_world.h"

enum { WAIT = 60000 };

static struct world w;
static struct client *sender, *an, *binh, *chi;
static struct wpage page;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    sender = world_login(&w, "so-y-te");
    an = world_login(&w, "an");
    binh = world_login(&w, "binh");
    chi = world_login(&w, "chi");
    page = world_page(sender, "truc-dem", 1);
    assert_int_equal(world_submit(sender, &page), TB_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* The escalation goes on: the next tier is called when its time has come. */
static void goes_on(void)
{
    size_t before = world_count(sender, TB_ENV_RELEASE);

    world_pass(&w, WAIT);
    for (size_t i = 0; i < w.n; i++)
        if (w.client[i]->peer)
            (void)world_ping(w.client[i]);
    assert_true(world_count(sender, TB_ENV_RELEASE) > before);
}

static void a_forged_accept_stops_nothing(void **state)
{
    (void)state;
    Tb__Act *m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    struct province_device *d = an->d, liar = *an->d;
    liar.sign = province_pair("sign", "ke-la"); /* a key that is not in the roster */
    an->d = &liar;
    assert_int_equal(world_put_act(an, m), TB_E_BADSIG);
    an->d = d;
    m->actor_cred = tb_field(binh->d->cred.b, 32); /* in somebody else's name */
    m->account = binh->d->account;
    assert_int_equal(world_put_act(an, m), TB_E_BADSIG);
    goes_on();
}

static void an_accept_of_a_tier_that_was_not_called_stops_nothing(void **state)
{
    (void)state;
    Tb__Act *m = world_act(binh, &page, TB_ACT_ACCEPT, 0); /* cites tier 1's release */
    assert_int_equal(world_put_act(binh, m), TB_E_DENIED);
    m = world_act(binh, &page, TB_ACT_ACCEPT, SIZE_MAX); /* cites nothing */
    assert_int_equal(world_put_act(binh, m), TB_E_DENIED);
    m = world_act(sender, &page, TB_ACT_ACCEPT, 0); /* the sender was not called */
    assert_int_equal(world_put_act(sender, m), TB_E_DENIED);
    goes_on();
}

static void an_accept_of_another_page_stops_nothing(void **state)
{
    (void)state;
    struct wpage other = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &other), TB_OK);
    Tb__Act *m = world_act(an, &page, TB_ACT_ACCEPT, 1); /* cites the other page's release */
    assert_int_equal(world_put_act(an, m), TB_E_DENIED);
    m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    m->header_hash = tb_field(other.header_hash.b, 32);
    assert_int_equal(world_put_act(an, m), TB_E_NOTFOUND);
    m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    m->page_id.data[0] ^= 1;
    assert_int_equal(world_put_act(an, m), TB_E_NOTFOUND);
    goes_on();
}

static void a_late_accept_is_told_and_stops_nothing(void **state)
{
    (void)state;
    Tb__Act *m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    for (int i = 0; i < 10; i++) {
        world_pass(&w, 20000);
        for (size_t j = 0; j < w.n; j++)
            assert_int_equal(world_ping(w.client[j]), TB_OK);
    }
    assert_int_equal(world_release(sender, 4)->round, 2);
    assert_int_equal(world_put_act(an, m), TB_E_STALE);
    assert_int_equal(world_count(sender, TB_ENV_ACT), 1);
    assert_int_equal(world_put_act(an, m), TB_E_STALE); /* again: the same answer, told once */
    assert_int_equal(world_count(sender, TB_ENV_ACT), 1);
    goes_on();
    assert_int_equal(world_accept(an, &page), TB_OK);
}

static void a_stale_accept_of_somebody_who_was_never_called_is_not_told(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        world_pass(&w, 20000);
        for (size_t j = 0; j < w.n; j++)
            assert_int_equal(world_ping(w.client[j]), TB_OK);
    }
    Tb__Act *m = world_act(binh, &page, TB_ACT_ACCEPT, 0); /* round 1, tier 1 */
    assert_int_equal(world_put_act(binh, m), TB_E_STALE);
    assert_int_equal(world_count(sender, TB_ENV_ACT), 0);
}

static void an_accept_of_a_removed_device_stops_nothing(void **state)
{
    (void)state;
    Tb__Act *m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(an, TB_TYPE_ACT, &m->base);
    Tb__Removal gone = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &gone.base);
    province_by(&e, &w.p.registrar[0]);
    province_put(&w.p, &e);

    /* The removal and the accept come in the same turn of the loop. */
    Tb__RosterAppend append;
    struct tb_view entry = tb_roster_entry(w.p.roster, tb_roster_size(w.p.roster) - 1);
    tb__roster_append__init(&append);
    append.entry_signed = tb_field(entry.p, entry.n);
    Tb__ActPut put;
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    world_send(chi, TB_OP_ROSTER_APPEND, &append.base);
    assert_int_equal(world_ask(an, TB_OP_ACT, &put.base), TB_E_OFFLINE);
    assert_null(an->peer);
    goes_on();
}

static void an_expired_device_may_page_and_accept_and_nothing_else(void **state)
{
    (void)state;
    w.now = an->d->until_ms + PROVINCE_DAY;
    for (size_t i = 0; i < w.n; i++)
        assert_int_equal(world_ping(w.client[i]), TB_OK);
    page = world_page(sender, "truc-dem", 1);
    assert_int_equal(world_submit(sender, &page), TB_OK); /* alarming fails open */
    size_t mine = world_find_release(an, TB_RELEASE_TIER, 1);
    Tb__Act *m = world_act(an, &page, TB_ACT_DECLINE, mine);
    assert_int_equal(world_put_act(an, m), TB_E_EXPIRED);
    assert_int_equal(world_accept(an, &page), TB_OK);
    m = world_act(an, &page, TB_ACT_RESOLVE, SIZE_MAX);
    assert_int_equal(world_put_act(an, m), TB_E_EXPIRED);
    w.now += TB_EXPIRED_GRACE_MS;
    struct wpage late = world_page(sender, "truc-dem", 1);
    assert_int_equal(world_submit(sender, &late), TB_E_EXPIRED);
}

static void one_act_id_stands_for_one_act(void **state)
{
    (void)state;
    Tb__Act *m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    assert_int_equal(world_put_act(an, m), TB_OK);
    assert_int_equal(world_put_act(an, m), TB_OK); /* the answer was lost, say */
    assert_int_equal(world_count(sender, TB_ENV_ACT), 1);
    m->eta_min = 5;
    assert_int_equal(world_put_act(an, m), TB_E_CONFLICT);
}

static void what_is_reserved_is_refused(void **state)
{
    (void)state;
    Tb__Act *m = world_act(an, &page, TB_ACT_ACCEPT, 0);
    m->accept_expires_ms = w.now + 1000;
    assert_int_equal(world_put_act(an, m), TB_E_RESERVED);
    m = world_act(chi, &page, TB_ACT_TAKEOVER, SIZE_MAX);
    assert_int_equal(world_put_act(chi, m), TB_E_RESERVED);
    m = world_act(an, &page, TB_ACT_REWRAP, 0);
    m->to_cred = tb_field(binh->d->cred.b, 32);
    assert_int_equal(world_put_act(an, m), TB_E_RANGE); /* its capsule is missing */
    goes_on();
}

/* ---- hand-over */

static tb_result offer(struct client *by, struct client *to, Tb__Act **ret, bool with_capsule)
{
    static uint8_t data[99];
    Tb__Act *m = world_act(by, &page, TB_ACT_OFFER, SIZE_MAX);
    Tb__WireCapsule c;
    Tb__WireCapsule *list[] = { &c };
    Tb__ActPut put;

    randombytes_buf(data, sizeof data);
    m->target_account = to->d->account;
    *ret = m;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(by, TB_TYPE_ACT, &m->base);
    tb__wire_capsule__init(&c);
    c.to_cred = tb_field(to->d->cred.b, 32);
    c.type = 2;
    c.data = tb_field(data, sizeof data);
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    put.n_rewrap = with_capsule;
    put.rewrap = list;
    return world_ask(by, TB_OP_ACT, &put.base);
}

static struct tb_hash hash_of(struct client *c, const Tb__Act *m)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf payload = { 0 };

    (void)c;
    assert_int_equal(tb_pack(&m->base, &payload), TB_OK);
    return tb_act_hash(tb_buf_view(&payload));
}

static tb_result take_over(struct client *c, const struct tb_hash *offered)
{
    Tb__Act *m = world_act(c, &page, TB_ACT_ACCEPT, SIZE_MAX);

    m->refers_to = tb_field(offered->b, 32);
    return world_put_act(c, m);
}

static void a_page_is_handed_over_and_the_offerer_owns_until_it_is_taken(void **state)
{
    Tb__Act *m;

    (void)state;
    struct client *dung =
        world_login(&w, "dung"); /* stands in no tier: has nothing of the page yet */
    assert_int_equal(offer(an, dung, &m, true), TB_E_DENIED); /* not his yet */
    assert_int_equal(world_accept(an, &page), TB_OK);
    assert_int_equal(offer(an, dung, &m, true), TB_OK);
    struct tb_hash offered = hash_of(an, m);
    assert_int_equal(world_count(dung, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_env(dung, TB_ENV_CAPSULE, 0)->body.len, page.body.n);
    assert_int_equal(world_env(dung, TB_ENV_CAPSULE, 0)->capsule->data.len, 99);
    assert_int_equal(world_count(dung, TB_ENV_ACT), 1);
    assert_int_equal(take_over(binh, &offered), TB_E_DENIED);   /* not offered to him */
    assert_int_equal(offer(dung, binh, &m, true), TB_E_DENIED); /* not hers yet */
    assert_int_equal(take_over(dung, &offered), TB_OK);
    assert_int_equal(take_over(dung, &offered), TB_E_STALE);  /* the offer is answered */
    assert_int_equal(offer(an, binh, &m, true), TB_E_DENIED); /* no longer his */
    assert_int_equal(offer(dung, binh, &m, true), TB_OK);
    assert_int_equal(world_count(binh, TB_ENV_REWRAP),
                     1); /* has the page, gets a capsule he can open */
    assert_int_equal(world_receipt(dung, &page, TB_RECEIPT_CAPSULE_OK, SIZE_MAX), TB_OK);
    size_t n = world_count(sender, TB_ENV_RELEASE);
    world_pass(&w, 5 * WAIT);
    assert_int_equal(world_count(sender, TB_ENV_RELEASE), n);
}

static void an_offer_to_who_cannot_take_it_is_refused(void **state)
{
    Tb__Act *m;

    (void)state;
    assert_int_equal(world_accept(an, &page), TB_OK);
    struct province_device nobody = *binh->d;
    memcpy(nobody.account, "khong-co", 9);
    struct client ghost = { .w = &w, .d = &nobody };
    assert_int_equal(offer(an, &ghost, &m, false), TB_E_NOTFOUND);
    m = world_act(an, &page, TB_ACT_OFFER, SIZE_MAX);
    m->target_account = an->d->account; /* to himself */
    assert_int_equal(world_put_act(an, m), TB_E_DENIED);
}

/* ---- resolve */

static bool share_is_there(uint32_t t)
{
    struct store_page is;
    struct tb_key k;

    assert_int_equal(store_page_find(w.relay->store, &page.id, &is), TB_OK);
    return store_share_get(w.relay->store, is.no, t, &k) == TB_OK;
}

static void resolving_destroys_the_shares_that_nobody_was_given(void **state)
{
    (void)state;
    assert_true(share_is_there(1) && share_is_there(2) && share_is_there(3));
    assert_int_equal(world_accept(an, &page), TB_OK);
    assert_int_equal(world_put_act(binh, world_act(binh, &page, TB_ACT_RESOLVE, SIZE_MAX)),
                     TB_E_DENIED);
    assert_int_equal(world_put_act(an, world_act(an, &page, TB_ACT_RESOLVE, SIZE_MAX)), TB_OK);
    assert_true(share_is_there(1));
    assert_false(share_is_there(2) || share_is_there(3));
    assert_int_equal(world_count(sender, TB_ENV_ACT), 2);
    assert_int_equal(world_put_act(chi, world_act(chi, &page, TB_ACT_RESOLVE, SIZE_MAX)),
                     TB_E_CONFLICT);
    assert_int_equal(world_accept(an, &page), TB_E_CONFLICT);
}

static void the_sender_and_a_coordinator_may_resolve(void **state)
{
    (void)state;
    assert_int_equal(world_put_act(sender, world_act(sender, &page, TB_ACT_RESOLVE, SIZE_MAX)),
                     TB_OK);
    size_t n = world_count(sender, TB_ENV_RELEASE);
    world_pass(&w, 5 * WAIT);
    assert_int_equal(world_count(sender, TB_ENV_RELEASE), n);
    struct wpage other = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &other), TB_OK);
    assert_int_equal(world_put_act(chi, world_act(chi, &other, TB_ACT_RESOLVE, SIZE_MAX)), TB_OK);
}

/* ---- sealed details */

static tb_result put_detail(struct client *by, struct client *to, uint8_t flip)
{
    static uint8_t body[1064], capsule[99];
    Tb__Act *m = world_act(by, &page, TB_ACT_ACCEPT, 0);
    struct tb_hash hash, kc = { { 7 } };
    Tb__WireCapsule c;
    Tb__WireCapsule *list[] = { &c };
    Tb__ActPut put;

    hash = tb_body_hash(tb_view_of(body, sizeof body));
    hash.b[0] ^= flip;
    m->detail_hash = tb_field(hash.b, sizeof hash.b);
    m->detail_kc = tb_field(kc.b, sizeof kc.b);
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(by, TB_TYPE_ACT, &m->base);
    tb__wire_capsule__init(&c);
    c.to_cred = tb_field(to->d->cred.b, 32);
    c.type = 2;
    c.data = tb_field(capsule, sizeof capsule);
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    put.detail_body = tb_field(body, sizeof body);
    put.n_capsule = 1;
    put.capsule = list;
    return world_ask(by, TB_OP_ACT, &put.base);
}

static void a_detail_travels_sealed_with_a_capsule_for_each(void **state)
{
    (void)state;
    assert_int_equal(put_detail(an, sender, 1), TB_E_BADSIG); /* not the one that the act names */
    assert_int_equal(put_detail(an, sender, 0), TB_OK);
    const Tb__Envelope *e = world_env(sender, TB_ENV_ACT, 0);
    assert_int_equal(e->body.len, 1064);
    assert_int_equal(e->capsule->data.len, 99);
    assert_null(world_env(binh, TB_ENV_ACT, 0)->capsule);
}

#define WITH_PAGE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAGE(a_forged_accept_stops_nothing),
        WITH_PAGE(an_accept_of_a_tier_that_was_not_called_stops_nothing),
        WITH_PAGE(an_accept_of_another_page_stops_nothing),
        WITH_PAGE(a_late_accept_is_told_and_stops_nothing),
        WITH_PAGE(a_stale_accept_of_somebody_who_was_never_called_is_not_told),
        WITH_PAGE(an_accept_of_a_removed_device_stops_nothing),
        WITH_PAGE(an_expired_device_may_page_and_accept_and_nothing_else),
        WITH_PAGE(one_act_id_stands_for_one_act),
        WITH_PAGE(what_is_reserved_is_refused),
        WITH_PAGE(a_page_is_handed_over_and_the_offerer_owns_until_it_is_taken),
        WITH_PAGE(an_offer_to_who_cannot_take_it_is_refused),
        WITH_PAGE(resolving_destroys_the_shares_that_nobody_was_given),
        WITH_PAGE(the_sender_and_a_coordinator_may_resolve),
        WITH_PAGE(a_detail_travels_sealed_with_a_capsule_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
