/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_store.c - the file on disk: what it insists on, what it notices, what it does when full. */
/* link: PkgConfig::SQLITE */
#define _GNU_SOURCE /* memmem */
#include "support_server_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "server/files.h"
#include "server/log.h"

static struct world w;
static struct client *sender, *an, *binh;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    sender = world_login(&w, "so-y-te");
    an = world_login(&w, "an");
    binh = world_login(&w, "binh");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* What a disk, or somebody with access to it, does to the file. */
static void damage(const char *sql)
{
    char path[128];
    sqlite3 *db;

    (void)snprintf(path, sizeof path, "%s/relay.db", w.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 1000), SQLITE_OK);
    while (*sql) {
        sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(db, sql, -1, &st, &sql) != SQLITE_OK ||
            (sqlite3_step(st), sqlite3_finalize(st)) != SQLITE_OK)
            fail_msg("%s", sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static unsigned bad_things;
static void count_bad(void *user, const char *what)
{
    (void)user, (void)what;
    bad_things++;
}

static void every_row_of_a_night_has_its_hash(void **state)
{
    (void)state;
    struct wpage p = world_page(sender, "truc-dem", 1);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(world_accept(an, &p), TB_OK);
    bad_things = 0;
    assert_int_equal(store_check(w.relay->store, count_bad, NULL), TB_OK);
    assert_int_equal(bad_things, 0);
}

static void a_damaged_envelope_is_left_out_and_the_next_one_arrives(void **state)
{
    (void)state;
    struct wpage p = world_page(sender, "truc-dem", 1);
    world_hang_up(an);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    log_set_level(LOG_ERROR - 1);
    damage("UPDATE mail SET capsule = zeroblob(200) WHERE kind = 1");
    an = world_login(&w, "an");
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 0);
    assert_int_equal(world_count(an, TB_ENV_RELEASE), 3); /* what comes behind it does arrive */
    bad_things = 0;
    assert_int_equal(store_check(w.relay->store, count_bad, NULL), TB_E_STORE);
    assert_true(bad_things > 0);
}

static void a_damaged_header_is_never_served(void **state)
{
    (void)state;
    struct wpage p = world_page(sender, "truc-dem", 1);
    world_hang_up(an);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    log_set_level(LOG_ERROR - 1);
    damage("UPDATE blob SET data = zeroblob(length(data)) WHERE id = 1");
    an = world_login(&w, "an");
    assert_int_equal(world_count(an, TB_ENV_CAPSULE), 0);
    assert_int_equal(world_count(an, TB_ENV_RELEASE), 3); /* what comes behind it does arrive */
}

static void a_damaged_page_is_refused_and_put_aside_and_others_go_on(void **state)
{
    (void)state;
    struct wpage p = world_page(sender, "truc-dem", 2), q = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(world_submit(sender, &q), TB_OK);
    log_set_level(LOG_ERROR - 1);
    damage("UPDATE page_state SET owner = 'ke-la' WHERE page = 1");
    assert_int_equal(world_put_act(an, world_act(an, &p, TB_ACT_ACCEPT, 0)), TB_E_STORE);
    assert_int_equal(world_ping(binh), TB_OK);
    world_pass(&w, 40000);
    assert_int_equal(world_ping(binh), TB_OK);
    world_pass(&w, 20000);
    size_t second = world_find_release(binh, TB_RELEASE_TIER, 2); /* the sound one's */
    assert_true(second != SIZE_MAX);
    assert_memory_equal(world_release(binh, second)->page_id.data, q.id.b, TB_ID_BYTES);
    assert_true(relay_due_ms(w.relay) > w.now);
    assert_int_equal(world_ping(sender), TB_OK);
    size_t said = world_find_release(sender, TB_RELEASE_NOBODY, 0); /* at once, by a signed word */
    assert_true(said != SIZE_MAX);
    const Tb__Release *m = world_release(sender, said);
    assert_memory_equal(m->page_id.data, p.id.b, TB_ID_BYTES);
    assert_int_equal(m->release_no, 2);
}

static void a_damaged_roster_is_not_started_on(void **state)
{
    static const struct relay_wire none;
    struct relay_options o = { .state_dir = w.dir };
    struct relay *r = NULL;

    (void)state;
    log_set_level(LOG_ERROR - 1);
    damage("UPDATE entry SET signed = (SELECT signed FROM entry WHERE pos = 3) WHERE pos = 4");
    relay_close(w.relay);
    assert_int_equal(relay_open(&o, &none, w.now, &r), TB_E_STORE);
    damage("DELETE FROM entry WHERE pos >= 4"); /* so that the teardown has a relay to stop */
    assert_int_equal(relay_open(&o, &none, w.now, &w.relay), TB_OK);
    for (size_t i = 0; i < w.n; i++)
        w.client[i]->peer = NULL;
}

static void a_file_of_a_newer_program_is_refused(void **state)
{
    static const struct relay_wire none;
    struct relay_options o = { .state_dir = w.dir };
    struct relay *r = NULL;

    (void)state;
    log_set_level(LOG_ERROR - 1);
    relay_close(w.relay);
    damage("PRAGMA user_version = 4");
    assert_int_equal(relay_open(&o, &none, w.now, &r), TB_E_VERSION);
    damage("PRAGMA user_version = 3; PRAGMA application_id = 1");
    assert_int_equal(relay_open(&o, &none, w.now, &r), TB_E_STORE); /* somebody else's file */
    damage("PRAGMA application_id = 1416774241");
    assert_int_equal(relay_open(&o, &none, w.now, &w.relay), TB_OK);
    for (size_t i = 0; i < w.n; i++)
        w.client[i]->peer = NULL;
}

static bool on_disk(const char *name, const void *what, size_t n)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf bytes = { 0 };
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", w.dir, name);
    tb_result r = file_read(path, 64 << 20, &bytes);
    assert_true(r == TB_OK || r == TB_E_NOTFOUND);
    return bytes.n && memmem(bytes.p, bytes.n, what, n) != NULL;
}

static void a_destroyed_share_is_nowhere_on_the_disk(void **state)
{
    (void)state;
    struct wpage p = world_page(sender, "truc-dem", 1);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_true(on_disk("relay.db-wal", p.share[1].b, 32) || on_disk("relay.db", p.share[1].b, 32));
    assert_int_equal(world_put_act(sender, world_act(sender, &p, TB_ACT_RESOLVE, SIZE_MAX)), TB_OK);
    world_pass(&w, 1000);
    assert_false(on_disk("relay.db", p.share[1].b, 32) || on_disk("relay.db", p.share[2].b, 32));
    assert_false(on_disk("relay.db-wal", p.share[1].b, 32) ||
                 on_disk("relay.db-wal", p.share[2].b, 32));
    assert_true(on_disk("relay.db", p.share[0].b, 32)); /* tier 1 was given its own */
}

/* ---- failing */

/* The same file underneath, but what is written to it from now on does not get there. */
static void a_store_that_fails_stops_the_relay(void **state)
{
    (void)state;
    struct wpage p = world_page(sender, "truc-dem", 1);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit none = { 0, 0 };
        log_set_level(LOG_ERROR - 1);
        (void)signal(SIGXFSZ, SIG_IGN); /* writing beyond the limit fails with EFBIG */
        if (setrlimit(RLIMIT_FSIZE, &none) != 0)
            _exit(1);
        (void)world_submit(sender, &p);
        _exit(sender->reply ? 2 : 3);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 74);
    assert_int_equal(world_submit(sender, &p), TB_OK); /* this one's store is sound */
}

/* ---- full */

static uint64_t file_pages(void)
{
    char path[128];
    sqlite3_stmt *st;
    sqlite3 *db;

    (void)snprintf(path, sizeof path, "%s/relay.db", w.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA page_count", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    uint64_t n = (uint64_t)sqlite3_column_int64(st, 0);
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return n;
}

static void a_full_disk_takes_acts_first_and_says_so_to_the_rest(void **state)
{
    struct relay_stats stats;
    char ballast[128];

    (void)state;
    (void)snprintf(ballast, sizeof ballast, "%s/ballast", w.dir);
    assert_int_equal(access(ballast, F_OK), 0);
    struct wpage p = world_page(sender, "truc-dem", 1);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    w.text_bytes = 30000;
    struct wpage q = world_page(sender, "truc-dem", 2);

    /* Room for an act, not for the log full of pages that comes in the same turn. */
    assert_int_equal(store_cap(w.relay->store, (file_pages() + 2) * 4096), TB_OK);

    log_set_level(LOG_ERROR - 1);
    Tb__Act *m = world_act(an, &p, TB_ACT_ACCEPT, 0);
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(an, TB_TYPE_ACT, &m->base);
    Tb__ActPut put;
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    world_send(sender, TB_OP_SUBMIT, &q.m.base);
    world_send(an, TB_OP_ACT, &put.base);
    assert_null(an->reply);
    world_turn(&w);
    assert_non_null(an->reply);
    assert_int_equal(an->reply->result, TB_OK);
    assert_int_equal(sender->reply->result, TB_E_FULL);
    assert_non_null(strstr(world_detail(sender), "telephone"));
    assert_int_not_equal(access(ballast, F_OK), 0); /* spent */
    relay_stats(w.relay, &stats);
    assert_int_equal(stats.disk_full, 1);
    assert_int_equal(stats.pages_total, 1);
    assert_int_equal(world_count(binh, TB_ENV_ACT), 1); /* it was told */

    assert_int_equal(store_cap(w.relay->store, 0), TB_OK);
    assert_int_equal(world_submit(sender, &q),
                     TB_E_FULL); /* what the ballast left is for answers */
    w.now += FULL_RETRY_MS;
    assert_int_equal(world_submit(sender, &q), TB_OK);
    world_pass(&w, 120000);
    assert_int_equal(access(ballast, F_OK), 0); /* kept back again */
}

static void a_log_in_of_a_lost_turn_is_done_again(void **state)
{
    (void)state;
    w.text_bytes = 30000;
    struct wpage q = world_page(sender, "truc-dem", 2);
    struct client *c = world_connect(&w);
    assert_int_equal(world_hello(c), TB_OK);
    assert_int_equal(store_cap(w.relay->store, 4096), TB_OK); /* nothing can grow */
    log_set_level(LOG_ERROR - 1);
    world_auth_send(c, province_find(&w.p, "an"), 0, 0, NULL);
    world_send(sender, TB_OP_SUBMIT, &q.m.base);
    world_turn(&w);
    assert_non_null(c->reply);
    assert_int_equal(c->reply->result, TB_OK);
    assert_null(an->peer); /* superseded, once and for all */
    assert_int_equal(an->notices, 1);
    assert_int_equal(sender->reply->result, TB_E_FULL);
    assert_int_equal(world_ping(c), TB_OK);
}

static void a_severe_page_goes_before_others_when_only_one_finds_room(void **state)
{
    (void)state;
    w.text_bytes = 30000; /* 17 pages of the file for the body alone */
    struct client *chi = world_login(&w, "chi");
    struct wpage ordinary = world_page(sender, "truc-dem", 2),
                 severe = world_page(chi, "truc-dem", 1);
    assert_int_equal(store_cap(w.relay->store, (file_pages() + 30) * 4096), TB_OK);
    log_set_level(LOG_ERROR - 1);
    world_send(sender, TB_OP_SUBMIT, &ordinary.m.base);
    world_send(chi, TB_OP_SUBMIT, &severe.m.base);
    world_turn(&w);
    assert_int_equal(chi->reply->result, TB_OK);
    assert_int_equal(sender->reply->result, TB_E_FULL);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(every_row_of_a_night_has_its_hash),
        WITH_WORLD(a_damaged_envelope_is_left_out_and_the_next_one_arrives),
        WITH_WORLD(a_damaged_header_is_never_served),
        WITH_WORLD(a_damaged_page_is_refused_and_put_aside_and_others_go_on),
        WITH_WORLD(a_damaged_roster_is_not_started_on),
        WITH_WORLD(a_file_of_a_newer_program_is_refused),
        WITH_WORLD(a_destroyed_share_is_nowhere_on_the_disk),
        WITH_WORLD(a_store_that_fails_stops_the_relay),
        WITH_WORLD(a_full_disk_takes_acts_first_and_says_so_to_the_rest),
        WITH_WORLD(a_log_in_of_a_lost_turn_is_done_again),
        WITH_WORLD(a_severe_page_goes_before_others_when_only_one_finds_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
