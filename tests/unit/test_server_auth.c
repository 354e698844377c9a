/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_auth.c - who gets in, who does not, and what a connection may ask for. */
#include "support_server_world.h"

#include "proto/unpack.h"

static void a_device_logs_in(void **state)
{
    struct world w;
    Tb__AuthReply *reply;

    (void)state;
    world_open(&w);
    struct client *c = world_login(&w, "an");
    assert_int_equal(
        tb_unpack(&c->arena, &tb__auth_reply__descriptor, tb_field_view(&c->reply->body), &reply),
        TB_OK);
    assert_int_equal(reply->era, 1);
    assert_int_equal(reply->queued, 0);
    assert_int_equal(world_ping(c), TB_OK);
    world_close(&w);
}

static uint8_t other[32];
static void other_exporter(Tb__AuthClaim *m)
{
    m->exporter = tb_field(other, 32);
}
static void other_relay(Tb__AuthClaim *m)
{
    m->relay_id = tb_field(other, 16);
}
static void other_nonce(Tb__AuthClaim *m)
{
    m->nonce = tb_field(other, 32);
}
static void short_nonce(Tb__AuthClaim *m)
{
    m->nonce = tb_field(other, 31);
}

static tb_result try_edited(struct world *w, void (*edit)(Tb__AuthClaim *m))
{
    struct client *c = world_connect(w);

    assert_int_equal(world_hello(c), TB_OK);
    tb_result r = world_auth(c, province_find(&w->p, "an"), 0, 0, edit);
    assert_null(c->peer); /* and the door closes */
    return r;
}

static void a_claim_made_for_something_else_is_refused(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    assert_int_equal(try_edited(&w, other_exporter), TB_E_BADSIG);
    assert_int_equal(try_edited(&w, other_relay), TB_E_BADSIG);
    assert_int_equal(try_edited(&w, other_nonce), TB_E_BADSIG);
    assert_int_equal(try_edited(&w, short_nonce), TB_E_RANGE);
    world_close(&w);
}

static void a_claim_by_another_key_is_refused(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    struct client *c = world_connect(&w);
    struct province_device liar = *province_find(&w.p, "an");
    liar.sign = province_find(&w.p, "binh")->sign;
    assert_int_equal(world_hello(c), TB_OK);
    assert_int_equal(world_auth(c, &liar, 0, 0, NULL), TB_E_BADSIG);
    world_close(&w);
}

static void a_challenge_is_good_once(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    struct client *c = world_connect(&w);
    assert_int_equal(world_auth(c, province_find(&w.p, "an"), 0, 0, NULL),
                     TB_E_STALE); /* no HELLO */
    c = world_connect(&w);
    struct client *d = world_connect(&w);
    assert_int_equal(world_hello(c), TB_OK);
    assert_int_equal(world_hello(d), TB_OK);
    memcpy(d->nonce, c->nonce, sizeof d->nonce); /* replayed on another connection */
    assert_int_equal(world_auth(d, province_find(&w.p, "an"), 0, 0, NULL), TB_E_BADSIG);
    assert_int_equal(world_auth(c, province_find(&w.p, "an"), 0, 0, NULL), TB_OK);
    world_close(&w);
}

static void a_version_that_is_not_served_is_refused(void **state)
{
    struct world w;
    Tb__Hello m;

    (void)state;
    world_open(&w);
    struct client *c = world_connect(&w);
    tb__hello__init(&m);
    m.version_min = 2;
    m.version_max = 9;
    assert_int_equal(world_ask(c, TB_OP_HELLO, &m.base), TB_E_VERSION);
    assert_non_null(strstr(world_detail(c), "versions 2 to 9"));
    world_close(&w);
}

static void a_second_log_in_supersedes_the_first(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    struct client *first = world_login(&w, "an"), *second = world_login(&w, "an");
    assert_null(first->peer);
    assert_string_equal(first->why, "superseded");
    assert_int_equal(first->notices, 1);
    assert_true(first->notice->superseded);
    assert_int_equal(world_ping(second), TB_OK);
    world_close(&w);
}

static void suspend(struct world *w, const char *account)
{
    Tb__Removal m = province_removal(account);
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, account, &m.base);

    province_by(&e, &w->p.registrar[0]);
    province_put(&w->p, &e);
}

static void a_removed_device_is_out_at_once_and_stays_out(void **state)
{
    struct world w;
    Tb__RosterAppend m;

    (void)state;
    world_open(&w);
    struct client *an = world_login(&w, "an"), *chi = world_login(&w, "chi");
    suspend(&w, "an");
    struct tb_view e = tb_roster_entry(w.p.roster, tb_roster_size(w.p.roster) - 1);
    tb__roster_append__init(&m);
    m.entry_signed = tb_field(e.p, e.n);
    assert_int_equal(world_ask(chi, TB_OP_ROSTER_APPEND, &m.base), TB_OK);
    assert_int_equal(chi->heads, 1);
    assert_null(an->peer);
    struct client *again = world_connect(&w);
    assert_int_equal(world_hello(again), TB_OK);
    assert_int_equal(world_auth(again, province_find(&w.p, "an"), 0, 0, NULL), TB_E_REVOKED);
    world_close(&w);
}

static void an_expired_device_gets_in_for_thirty_days(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    w.now = province_find(&w.p, "an")->until_ms + 29 * PROVINCE_DAY;
    assert_non_null(world_login(&w, "an"));
    w.now += 2 * PROVINCE_DAY;
    struct client *c = world_connect(&w);
    assert_int_equal(world_hello(c), TB_OK);
    assert_int_equal(world_auth(c, province_find(&w.p, "an"), 0, 0, NULL), TB_E_EXPIRED);
    world_close(&w);
}

static void every_role_may_ask_for_what_the_table_says_and_nothing_else(void **state)
{
    static const struct {
        enum tb_op op;
        const char *account;
        bool may;
    } cases[] = {
        { TB_OP_ENROL_LIST, "an", false },
        { TB_OP_ENROL_LIST, "chi", true },
        { TB_OP_ENROL_LIST, "so-y-te", false },
        { TB_OP_ENROL_PUT, "chi", false },
        { TB_OP_ENROL_POLL, "an", false },
        { TB_OP_HELLO, "an", false },
        { TB_OP_AUTH, "an", false },
        { TB_OP_ENVELOPES, "an", false },
        { TB_OP_ROSTER_HEAD, "chi", false },
        { TB_OP_NOTICE, "chi", false },
        { TB_OP_APPROVAL_PUT, "binh", false },
        { TB_OP_AUTH_INVITE, "an", false },
    };
    struct world w;
    Tb__EnrolList m;

    (void)state;
    world_open(&w);
    tb__enrol_list__init(&m);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client *c = world_login(&w, cases[i].account);
        tb_result r = world_ask(c, cases[i].op, &m.base);
        assert_int_equal(r, cases[i].may ? TB_OK : TB_E_DENIED);
        assert_int_equal(c->peer != NULL, cases[i].may); /* it hangs up on who tries */
    }
    struct client *stranger = world_connect(&w);
    assert_int_equal(world_ping(stranger), TB_E_DENIED);
    world_close(&w);
}

static void bell_keys_are_reserved(void **state)
{
    struct world w;
    Tb__EnrolList m;

    (void)state;
    world_open(&w);
    struct client *c = world_connect(&w);
    tb__enrol_list__init(&m);
    assert_int_equal(world_ask(c, TB_OP_AUTH_BELL, &m.base), TB_E_RESERVED);
    world_close(&w);
}

static void say_raw(struct client *c, const void *p, size_t n)
{
    relay_message(c->w->relay, c->peer, tb_view_of(p, n), c->w->now);
    world_turn(c->w);
}

static void rubbish_closes_the_connection_and_nothing_else(void **state)
{
    static const uint8_t rubbish[] = { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f };
    static uint8_t large[TB_FRAME_ANON_MAX + 1];
    struct world w;

    (void)state;
    world_open(&w);
    struct client *a = world_connect(&w), *b = world_connect(&w), *an = world_login(&w, "an");
    say_raw(a, rubbish, sizeof rubbish);
    assert_null(a->peer);
    say_raw(b, large, sizeof large);
    assert_null(b->peer);
    assert_int_equal(world_ping(an), TB_OK);
    say_raw(an, rubbish, sizeof rubbish);
    assert_null(an->peer);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_logs_in),
        cmocka_unit_test(a_claim_made_for_something_else_is_refused),
        cmocka_unit_test(a_claim_by_another_key_is_refused),
        cmocka_unit_test(a_challenge_is_good_once),
        cmocka_unit_test(a_version_that_is_not_served_is_refused),
        cmocka_unit_test(a_second_log_in_supersedes_the_first),
        cmocka_unit_test(a_removed_device_is_out_at_once_and_stays_out),
        cmocka_unit_test(an_expired_device_gets_in_for_thirty_days),
        cmocka_unit_test(every_role_may_ask_for_what_the_table_says_and_nothing_else),
        cmocka_unit_test(bell_keys_are_reserved),
        cmocka_unit_test(rubbish_closes_the_connection_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
