/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_duty.c - a device that receives pages no more: who is called in its place, and who knows. */
#include <sqlite3.h>

#include "support_server_world.h"

enum { WAIT = 60000 }; /* of every tier of "truc-dem" */

static struct world w;
static struct client *sender, *an, *binh, *chi;
static uint64_t number;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    number = 0;
    sender = world_login(&w, "so-y-te");
    an = world_login(&w, "an");
    binh = world_login(&w, "binh");
    chi = world_login(&w, "chi");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static Tb__Duty duty_of(struct client *c, bool off)
{
    Tb__Duty m;

    tb__duty__init(&m);
    m.suite = TB_SUITE;
    m.cred = tb_field(c->d->cred.b, TB_HASH_BYTES);
    m.off = off;
    m.at_ms = w.now;
    m.number = ++number;
    return m;
}

static tb_result put(struct client *c, const Tb__Duty *m)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_DUTY, &m->base);
    Tb__DutyPut p;

    tb__duty_put__init(&p);
    p.duty_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_DUTY_PUT, &p.base);
}

static tb_result turn(struct client *c, bool off)
{
    Tb__Duty m = duty_of(c, off);

    return put(c, &m);
}

static Tb__RosterReply *served(struct client *c, uint64_t duty_from)
{
    Tb__RosterGet m;
    Tb__RosterReply *reply;

    tb__roster_get__init(&m);
    m.from = tb_roster_size(w.p.roster);
    m.duty_from = duty_from;
    assert_int_equal(world_ask(c, TB_OP_ROSTER_GET, &m.base), TB_OK);
    assert_int_equal(
        tb_unpack(&c->arena, &tb__roster_reply__descriptor, tb_field_view(&c->reply->body), &reply),
        TB_OK);
    return reply;
}

static Tb__Duty *served_duty(struct client *c, const Tb__RosterReply *r, size_t i)
{
    struct tb_signed s;
    Tb__Duty *m;

    assert_true(i < r->n_duty_signed);
    assert_int_equal(tb_signed_parse(&c->arena, tb_field_view(&r->duty_signed[i]), &s), TB_OK);
    assert_int_equal(tb_duty_unpack(&c->arena, s.payload, &m), TB_OK);
    return m;
}

static struct wpage submit(uint32_t page_class)
{
    struct wpage p = world_page(sender, "truc-dem", page_class);

    assert_int_equal(world_submit(sender, &p), TB_OK);
    return p;
}

static size_t called(uint32_t t)
{
    return world_find_release(sender, TB_RELEASE_TIER, t);
}

static void a_tier_in_which_everybody_is_off_is_skipped_at_once(void **state)
{
    (void)state;
    assert_int_equal(turn(an, true), TB_OK);
    (void)submit(2);
    assert_int_equal(world_find_release(sender, TB_RELEASE_SKIP, 1), 0);
    assert_int_equal(called(2), 1);
    /* He gets the page all the same, and may read that others were called. */
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 1);
    assert_int_equal(world_count(an, TB_ENV_RELEASE), 2);
}

static void who_comes_back_is_called_late(void **state)
{
    (void)state;
    assert_int_equal(turn(an, true), TB_OK);
    struct wpage p = submit(2);
    assert_int_equal(called(1), SIZE_MAX);
    assert_int_equal(turn(an, false), TB_OK);
    assert_int_equal(called(1), 2);
    assert_int_equal(world_env(an, TB_ENV_RELEASE, 2)->share.len, 32);
    assert_int_equal(world_accept(an, &p), TB_OK);
}

static void who_goes_off_while_it_rings_does_not_hold_up_the_next(void **state)
{
    (void)state;
    struct wpage p = submit(2);
    assert_int_equal(called(1), 0);
    assert_int_equal(called(2), SIZE_MAX);
    assert_int_equal(turn(an, true), TB_OK);
    assert_int_equal(called(2), 1);
    assert_int_equal(world_accept(an, &p), TB_OK); /* he may still answer */
}

static void one_device_that_rings_is_enough_for_its_account(void **state)
{
    (void)state;
    struct province_device *d = province_enrol(&w.p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    world_sync(&w);
    struct client *second = world_login_device(&w, d);
    (void)submit(2);
    assert_int_equal(turn(an, true), TB_OK);
    assert_int_equal(called(2), SIZE_MAX);
    number = 0;
    assert_int_equal(turn(second, true), TB_OK);
    assert_int_equal(called(2), 1);
}

static void a_restart_calls_nobody_who_is_off(void **state)
{
    (void)state;
    assert_int_equal(turn(an, true), TB_OK);
    world_restart(&w);
    sender = world_login(&w, "so-y-te");
    an = world_login(&w, "an");
    binh = world_login(&w, "binh");
    (void)submit(2);
    assert_int_equal(called(1), SIZE_MAX);
    assert_int_equal(called(2), 1);
}

static void an_older_number_never_replaces_a_newer(void **state)
{
    (void)state;
    Tb__Duty first = duty_of(an, true), second = duty_of(an, false), other = second;

    assert_int_equal(put(an, &second), TB_OK);
    assert_int_equal(put(an, &first), TB_E_STALE);
    assert_int_equal(put(an, &second), TB_OK); /* said before: nothing changes */
    other.off = true;
    assert_int_equal(put(an, &other), TB_E_CONFLICT);
    assert_false(served_duty(sender, served(sender, 0), 0)->off);
    (void)submit(2);
    assert_int_equal(called(1), 0);
}

static void nobody_turns_another_device_off(void **state)
{
    Tb__Duty m = duty_of(an, true);

    (void)state;
    assert_int_equal(put(chi, &m), TB_E_BADSIG); /* not even a coordinator */
    struct client *registrar = chi;
    struct province_device *d = registrar->d;
    registrar->d = an->d; /* signed by an's own key, brought by another's connection */
    assert_int_equal(put(registrar, &m), TB_E_BADSIG);
    registrar->d = d;
    assert_int_equal(served(sender, 0)->n_duty_signed, 0);
    (void)submit(2);
    assert_int_equal(called(1), 0);
}

static void a_removed_device_says_nothing_any_more(void **state)
{
    (void)state;
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    province_by(&e, &w.p.registrar[0]);
    assert_int_equal(province_append(&w.p, &e), TB_OK);
    /* In one turn: the removal is in the log before the statement is looked at. */
    world_sync(&w);
    assert_true(an->peer == NULL || turn(an, true) != TB_OK);
    assert_int_equal(served(sender, 0)->n_duty_signed, 0);
}

static void everybody_is_told_and_asks_only_for_what_is_new(void **state)
{
    (void)state;
    unsigned heads = sender->heads;
    assert_int_equal(turn(an, true), TB_OK);
    assert_int_equal(sender->heads, heads + 1);
    const Tb__RosterReply *r = served(sender, 0);
    assert_int_equal(r->n_duty_signed, 1);
    assert_true(served_duty(sender, r, 0)->off);
    uint64_t to = r->duty_to;
    r = served(sender, to);
    assert_int_equal(r->n_duty_signed, 0);
    assert_int_equal(r->duty_to, to);
    assert_int_equal(turn(an, false), TB_OK);
    r = served(sender, to);
    assert_int_equal(r->n_duty_signed, 1); /* the newest of each, not every one */
    assert_false(served_duty(sender, r, 0)->off);
}

static void a_store_of_the_version_before_is_brought_forward(void **state)
{
    char path[128];
    sqlite3 *db;

    (void)state;
    relay_close(w.relay);
    for (size_t i = 0; i < w.n; i++)
        w.client[i]->peer = NULL;
    (void)snprintf(path, sizeof path, "%s/relay.db", w.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "DROP TABLE duty; DROP TABLE mail; DROP TABLE device;"
            "CREATE TABLE device(cred BLOB PRIMARY KEY, next_seq INTEGER NOT NULL,"
            " live INTEGER NOT NULL, row_hash BLOB NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE mail(cred BLOB NOT NULL REFERENCES device(cred),"
            " seq INTEGER NOT NULL, kind INTEGER NOT NULL, sender BLOB NOT NULL,"
            " page INTEGER NOT NULL, statement INTEGER NOT NULL, body INTEGER NOT NULL,"
            " own BLOB NOT NULL, capsule_t INTEGER NOT NULL, capsule_type INTEGER NOT NULL,"
            " capsule BLOB NOT NULL, share_t INTEGER NOT NULL, at_ms INTEGER NOT NULL,"
            " row_hash BLOB NOT NULL, PRIMARY KEY(cred, seq)) WITHOUT ROWID;"
            "PRAGMA user_version = 1;",
            NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    world_start(&w);
    an = world_login(&w, "an");
    assert_int_equal(turn(an, true), TB_OK);
    assert_int_equal(served(an, 0)->n_duty_signed, 1);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_tier_in_which_everybody_is_off_is_skipped_at_once),
        WITH_WORLD(who_comes_back_is_called_late),
        WITH_WORLD(who_goes_off_while_it_rings_does_not_hold_up_the_next),
        WITH_WORLD(one_device_that_rings_is_enough_for_its_account),
        WITH_WORLD(a_restart_calls_nobody_who_is_off),
        WITH_WORLD(an_older_number_never_replaces_a_newer),
        WITH_WORLD(nobody_turns_another_device_off),
        WITH_WORLD(a_removed_device_says_nothing_any_more),
        WITH_WORLD(everybody_is_told_and_asks_only_for_what_is_new),
        WITH_WORLD(a_store_of_the_version_before_is_brought_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
