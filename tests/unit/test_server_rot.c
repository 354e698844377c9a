/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_rot.c - bits that flip on the disk, a migration that is cut in the middle, clocks that jump. */
/* link: tb_disk PkgConfig::SQLITE */
#include "support_server_world.h"

#include <sqlite3.h>
#include <sys/wait.h>

#include "server/clock.h"
#include "server/log.h"
#include "tests/crash/disk.h"

enum {
    WAIT = 60000,
    PAGES = 4,
    FLIPS = 120,
    FLIPS_LONG = 5000,
    CUTS = 100,
    WRONG = 3,
    REFUSED = 4
};
#define HOUR (3600 * 1000LL)
#define YEAR (365 * PROVINCE_DAY)

static struct world w;
static struct wpage page[PAGES];
static struct tb_buf receipt[PAGES];
static char db[128];

static int setup(void **state)
{
    (void)state;
    disk_seed(2);
    world_open(&w);
    log_set_level(LOG_ERROR - 1);
    (void)snprintf(db, sizeof db, "%s/relay.db", w.dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAGES; i++)
        tb_buf_done(&receipt[i]);
    world_close(&w);
    disk_clear();
    return 0;
}

static void a_night(void)
{
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an");

    for (size_t i = 0; i < PAGES; i++) {
        page[i] = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &page[i]), TB_OK);
        tb_put(&receipt[i], sender->reply->body.data, sender->reply->body.len);
    }
    assert_int_equal(world_accept(an, &page[PAGES - 1]), TB_OK);
}

static void stop(void)
{
    relay_close(w.relay);
    w.relay = NULL;
    for (size_t i = 0; i < w.n; i++)
        w.client[i]->peer = NULL;
}

/* ---- bits (A74) */

static struct tb_hash first_seen[64];

static struct tb_hash hash_of(Tb__Envelope *e)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    assert_int_equal(tb_pack(&e->base, &b), TB_OK);
    return tb_hash_of(TB_L_ROW, tb_buf_view(&b));
}

/* In a process of its own: what is served is what was stored, or it is not served. */
static int serve_and_compare(void)
{
    static const struct relay_wire none;
    struct relay_options o = { .state_dir = w.dir, .max_peers = WORLD_CLIENTS };
    struct relay *r = NULL;

    if (relay_open(&o, &none, w.now, &r) != TB_OK)
        return REFUSED;
    relay_close(r);
    world_start(&w);
    struct client *c = world_connect(&w);
    if (world_hello(c) != TB_OK || world_auth(c, province_find(&w.p, "an"), 0, 0, NULL) != TB_OK)
        return REFUSED;
    for (size_t i = 0; i < c->n_env; i++) {
        struct tb_hash h = hash_of(c->env[i]);
        if (c->env[i]->seq >= 64 || !tb_hash_equal(&h, &first_seen[c->env[i]->seq]))
            return WRONG;
    }
    for (size_t i = 0; i < PAGES; i++) {
        struct store_page p;
        if (store_page_find(w.relay->store, &page[i].id, &p) == TB_OK &&
            (!tb_id_equal(&p.id, &page[i].id) ||
             !tb_hash_equal(&p.header_hash, &page[i].header_hash)))
            return WRONG;
    }
    return 0;
}

static void remember_first(void)
{
    struct client *c = world_login(&w, "an");

    for (size_t i = 0; i < c->n_env; i++) {
        assert_true(c->env[i]->seq < 64);
        first_seen[c->env[i]->seq] = hash_of(c->env[i]);
    }
}

static void a_flipped_bit_is_never_served(void **state)
{
    unsigned fine = 0, refused = 0, stopped = 0;
    int flips = getenv("TRUCBAN_LONG") ? FLIPS_LONG : FLIPS;

    (void)state;
    a_night();
    remember_first();
    stop();
    struct disk_image *sound = disk_save();
    for (int i = 0; i < flips; i++) {
        int status = 0;
        disk_load(sound);
        assert_true(
            disk_flip(db, (uint64_t)disk_random((uint32_t)disk_size(db)) * 8 + disk_random(8)));
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(serve_and_compare());
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status)); /* no crash */
        assert_int_not_equal(WEXITSTATUS(status), WRONG);
        assert_int_not_equal(WEXITSTATUS(status), 1);
        fine += WEXITSTATUS(status) == 0;
        refused += WEXITSTATUS(status) == REFUSED;
        stopped += WEXITSTATUS(status) == 74;
    }
    print_message("%d flips: %u served right or left out, %u not started on, %u stopped\n", flips,
                  fine, refused, stopped);
    disk_load(sound);
    disk_forget(sound);
    world_start(&w);
}

/* ---- a new schema (A84) */

static void make_old(void)
{
    sqlite3 *s;

    assert_int_equal(sqlite3_open(db, &s), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            s,
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
    assert_int_equal(sqlite3_close(s), SQLITE_OK);
}

static void say_bad(void *user, const char *what)
{
    (void)user;
    fail_msg("%s", what);
}

/* Cut after the nth change; false: it was done before. */
static bool cut_in_migration(uint64_t nth)
{
    struct store *s = NULL;

    disk_cut_after(w.dir, nth);
    tb_result r = store_open(db, &s);
    bool cut = disk_is_cut();
    assert_int_equal(r, TB_OK);
    disk_cut_now(w.dir);
    store_close(s);
    disk_power_on();
    assert_int_equal(store_open(db, &s), TB_OK);
    assert_int_equal(store_check(s, say_bad, NULL), TB_OK);
    for (size_t i = 0; i < PAGES; i++) {
        struct store_page p;
        assert_int_equal(store_page_find(s, &page[i].id, &p), TB_OK);
    }
    store_close(s);
    return cut;
}

static void a_migration_that_is_cut_at_any_write_is_done_whole_later(void **state)
{
    unsigned cuts = 0;

    (void)state;
    a_night();
    stop();
    make_old();
    struct disk_image *old = disk_save();
    for (uint64_t seed = 0; cuts < CUTS; seed++) {
        disk_seed(seed);
        bool cut = true;
        for (uint64_t nth = 1; cut && cuts < CUTS; nth++) {
            disk_load(old);
            cut = cut_in_migration(nth);
            cuts += cut;
        }
    }
    disk_forget(old);
    world_start(&w);
}

/* ---- clocks (A65) */

/* Runs the relay's time from these clocks until `boot_ms`, as the loop does. */
static void run_until(const struct engine_clock *c, int64_t boot_ms)
{
    world_pass(&w, clock_engine_ms(c, boot_ms) - w.now);
}

static const int64_t jumps[] = { HOUR, -HOUR, YEAR, -YEAR };

static void a_clock_that_jumps_while_it_runs_moves_no_step(void **state)
{
    int64_t boot = 1000000;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct engine_clock c;
        int64_t moved = 0;
        struct client *sender = world_login(&w, "so-y-te"), *binh = world_login(&w, "binh");
        (void)world_login(&w, "an");
        size_t before = world_count(binh, TB_ENV_RELEASE);
        clock_begin(&c, w.now, boot);
        struct wpage p = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &p), TB_OK);
        run_until(&c, boot + 20000);
        assert_int_equal(world_ping(binh), TB_OK);
        assert_true(clock_jumped(&c, w.now + jumps[i], boot + 20000, &moved));
        assert_int_equal(moved, jumps[i]);
        run_until(&c, boot + WAIT - 1);
        assert_int_equal(world_count(binh, TB_ENV_RELEASE), before + 1);
        run_until(&c, boot + WAIT);
        assert_int_equal(world_count(binh, TB_ENV_RELEASE), before + 2);
        assert_int_equal(world_put_act(sender, world_act(sender, &p, TB_ACT_RESOLVE, SIZE_MAX)),
                         TB_OK);
        boot += 1000000;
    }
}

static size_t calls_of(struct client *c, uint32_t t)
{
    size_t n = 0;

    for (size_t i = 0; i < world_count(c, TB_ENV_RELEASE); i++) {
        const Tb__Release *m = world_release(c, i);
        n += m->step == TB_RELEASE_TIER && m->t == t;
    }
    return n;
}

/* The machine's clock was set while the relay was down: a step that was due, or seems so, comes at once and
 * once; none is lost; and the one after it has its whole delay. */
static void a_clock_that_jumped_while_it_was_down_loses_no_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct client *sender = world_login(&w, "so-y-te"), *binh, *chi;
        (void)world_login(&w, "an");
        (void)world_login(&w, "binh");
        (void)world_login(&w, "chi");
        struct wpage p = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &p), TB_OK);
        world_pass(&w, 20000);
        w.now += jumps[i];
        world_restart(&w);
        binh = world_login(&w, "binh");
        chi = world_login(&w, "chi");
        int64_t from = w.now;
        while (world_find_release(chi, TB_RELEASE_TIER, 2) == SIZE_MAX) {
            world_pass(&w, 1000);
            (void)world_ping(chi), (void)world_ping(binh);
            assert_true(w.now - from <= WAIT + 1000); /* at most its whole wait again */
        }
        assert_int_equal(calls_of(chi, 2), 1);
        int64_t second = w.now;
        while (calls_of(chi, 3) == 0) {
            world_pass(&w, 1000);
            (void)world_ping(chi), (void)world_ping(binh);
            assert_true(w.now - second <= WAIT + 1000);
        }
        assert_true(w.now - second >= WAIT - 1000);
        assert_int_equal(calls_of(chi, 2) + calls_of(chi, 3), 2);
        teardown(NULL);
        setup(NULL);
    }
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_flipped_bit_is_never_served),
        WITH_WORLD(a_migration_that_is_cut_at_any_write_is_done_whole_later),
        WITH_WORLD(a_clock_that_jumps_while_it_runs_moves_no_step),
        WITH_WORLD(a_clock_that_jumped_while_it_was_down_loses_no_step),
    };

    disk_begin(1);
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    disk_end();
    return status;
}
