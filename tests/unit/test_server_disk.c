/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_disk.c - what a relay insists on of its file system, and what it does when the disk fails or fills up. */
/* link: tb_disk PkgConfig::SQLITE */
/* wrap: sqlite3_exec */
#include "support_server_world.h"

#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "server/log.h"
#include "server/store_sql.h"
#include "tests/crash/disk.h"

static struct world w;

/* ---- a file system, or a libsqlite, that does not do what was asked */

static const char *refused, *instead; /* a pragma that has another effect */

typedef int exec_fn(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                    void *user, char **why);
exec_fn __real_sqlite3_exec, __wrap_sqlite3_exec;
#define WRAP(f) __wrap_##f

int WRAP(sqlite3_exec)(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                       void *user, char **why)
{
    exec_fn *real = __real_sqlite3_exec;
    char text[2000];
    const char *at = refused ? strstr(sql, refused) : NULL;

    if (!at)
        return real(db, sql, fn, user, why);
    assert_true(strlen(sql) < sizeof text);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - sql), sql, instead,
                   at + strlen(refused));
    return real(db, text, fn, user, why);
}

/* A71 */
static void without_what_durability_needs_there_is_no_store(void **state)
{
    static const char *const pragmas[][2] = {
        { "PRAGMA journal_mode=WAL;", "" },
        { "PRAGMA synchronous=FULL;", "PRAGMA synchronous=NORMAL;" },
        { "PRAGMA secure_delete=ON;", "PRAGMA secure_delete=FAST;" },
        { "PRAGMA foreign_keys=ON;", "PRAGMA foreign_keys=OFF;" },
    };
    char dir[] = "/tmp/tb-disk-XXXXXX", path[64];
    struct tb_id id = { { 1 } };

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/relay.db", dir);
    log_set_level(LOG_ERROR - 1);
    for (size_t i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++) {
        refused = pragmas[i][0];
        instead = pragmas[i][1];
        assert_int_equal(store_create(path, &id, 1), TB_E_STORE);
        assert_int_equal(unlink(path), 0);
        disk_clear();
    }
    refused = NULL;
    assert_int_equal(store_create(path, &id, 1), TB_OK);
    assert_int_equal(unlink(path) + rmdir(dir), 0);
    disk_clear();
}

/* A72, A75: SQLite undoes a transaction by itself when memory or disk fail in the middle of a statement. */
static void a_request_after_a_lost_transaction_is_not_kept_alone(void **state)
{
    char dir[] = "/tmp/tb-disk-XXXXXX", path[64];
    struct tb_id id = { { 1 } };
    struct store *s = NULL;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/relay.db", dir);
    assert_int_equal(store_create(path, &id, 1), TB_OK);
    assert_int_equal(store_open(path, &s), TB_OK);
    assert_int_equal(store_begin(s), TB_OK);
    assert_int_equal(sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_mark(s), TB_E_STORE);
    store_close(s);
    assert_int_equal(unlink(path) + rmdir(dir), 0);
    disk_clear();
}

/* ---- a disk that fails: the relay stops, and what was answered is there when it starts again */

enum { KEPT = 16 };

/* What a relay answered, written down where its process cannot take it along. */
struct kept {
    struct tb_id page[KEPT];
    struct {
        struct tb_hash actor;
        struct tb_id id;
    } act[KEPT];
    size_t n_pages, n_acts, n_full;
};
static struct kept *kept;

static int setup(void **state)
{
    (void)state;
    disk_seed(1);
    world_open(&w);
    log_set_level(LOG_ERROR - 1);
    memset(kept, 0, sizeof *kept);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_fail("", DISK_NONE, 0, false);
    disk_room("", 0, NULL);
    world_close(&w);
    disk_clear();
    return 0;
}

static tb_result act_of(struct client *c, const struct wpage *p, enum tb_act_kind kind)
{
    size_t release = kind == TB_ACT_ACCEPT ? world_count(c, TB_ENV_RELEASE) - 1 : SIZE_MAX;
    Tb__Act *m = world_act(c, p, kind, release);

    if (kind == TB_ACT_ACCEPT)
        m->eta_min = 10;
    tb_result r = world_put_act(c, m);
    if (r == TB_OK) {
        kept->act[kept->n_acts].actor = c->d->cred;
        kept->act[kept->n_acts++].id = tb_id_from(m->act_id.data);
    }
    return r;
}

static void a_night(struct client *sender, struct client *an)
{
    for (int i = 0; i < 5; i++) {
        struct wpage p = world_page(sender, "truc-dem", 2);
        tb_result r = world_submit(sender, &p);
        kept->n_full += r == TB_E_FULL;
        if (r != TB_OK)
            continue;
        kept->page[kept->n_pages++] = p.id;
        (void)act_of(an, &p, TB_ACT_ACCEPT);
        if (i == 2 && act_of(sender, &p, TB_ACT_RESOLVE) == TB_OK)
            world_pass(&w, 1000); /* the log is copied back, for the sake of the shares */
    }
}

static void say_bad(void *user, const char *what)
{
    (void)user;
    fail_msg("%s", what);
}

static void everything_answered_is_there(void)
{
    assert_int_equal(store_check(w.relay->store, say_bad, NULL), TB_OK);
    for (size_t i = 0; i < kept->n_pages; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
        struct store_page page;
        assert_int_equal(store_page_find(w.relay->store, &kept->page[i], &page), TB_OK);
        assert_int_equal(store_page_receipt(w.relay->store, page.no, &receipt), TB_OK);
    }
    for (size_t i = 0; i < kept->n_acts; i++) {
        struct store_act a;
        assert_int_equal(store_act_find(w.relay->store, &kept->act[i].actor, &kept->act[i].id, &a),
                         TB_OK);
    }
}

/* A relay in a process of its own runs into the fault; its exit status. */
static int run_into(enum disk_fault kind, uint64_t nth, bool for_good)
{
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    int status = 0;

    memset(kept, 0, sizeof *kept);
    disk_fail(w.dir, kind, nth, for_good);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        a_night(sender, an);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The power goes as well: what was only seen, and never safe, is lost. */
static void start_again(void)
{
    bool failed = disk_has_failed();

    disk_cut_now(w.dir);
    disk_fail("", DISK_NONE, 0, false);
    relay_close(w.relay); /* the parent's, which saw nothing of it */
    disk_power_on();
    world_forget_clients(&w);
    world_start(&w);
    everything_answered_is_there();
    if (failed) {
        struct client *c = world_login(&w, "so-y-te");
        struct wpage p = world_page(c, "truc-dem", 1);
        assert_int_equal(world_submit(c, &p), TB_OK);
    }
}

static uint64_t step(uint64_t nth)
{
    if (getenv("TRUCBAN_LONG"))
        return 1;
    return nth < 12 ? 3 : 1 + nth / 3;
}

/* For every n until the night ends before it: stopped with 74, or the fault struck where nobody was harmed. */
static unsigned at_any_call(enum disk_fault kind, bool for_good)
{
    unsigned stopped = 0;
    bool struck = true;

    for (uint64_t nth = 1; struck; nth += step(nth)) {
        int status = run_into(kind, nth, for_good);
        struck = disk_has_failed();
        stopped += status == 74;
        assert_true(status == 74 || status == 0);
        start_again();
    }
    return stopped;
}

/* A72 */
static void a_sync_that_fails_at_any_call_stops_the_relay_and_loses_nothing(void **state)
{
    (void)state;
    assert_true(at_any_call(DISK_SYNC_EIO, false) > 3);
}

/* A72 */
static void a_write_that_fails_at_any_call_stops_the_relay_and_loses_nothing(void **state)
{
    (void)state;
    assert_true(at_any_call(DISK_WRITE_EIO, false) > 3);
}

/* A72 */
static void a_read_that_fails_at_any_call_loses_nothing(void **state)
{
    (void)state;
    (void)at_any_call(DISK_READ_EIO, true);
}

/* A73 */
static void a_disk_that_is_full_at_any_call_loses_nothing_and_stops_nobody(void **state)
{
    (void)state;
    for (int for_good = 0; for_good < 2; for_good++)
        assert_int_equal(at_any_call(DISK_WRITE_FULL, for_good), 0);
}

/* ---- a full disk, with the ballast (A73) */

static void a_full_disk_refuses_reports_and_lets_answers_and_steps_through(void **state)
{
    struct disk_ballast ballast = { .counted_bytes = 256 << 10 };
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an"),
                  *binh = world_login(&w, "binh");
    struct wpage first[2];
    unsigned taken = 0;

    (void)state;
    (void)snprintf(ballast.path, sizeof ballast.path, "%s/ballast", w.dir);
    assert_int_equal(access(ballast.path, F_OK), 0);
    for (size_t i = 0; i < 2; i++) {
        first[i] = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &first[i]), TB_OK);
    }
    disk_room(w.dir, disk_used(w.dir) + (700 << 10), &ballast);
    w.text_bytes = 20000;
    for (tb_result r = TB_OK; r == TB_OK; taken++) {
        struct wpage p = world_page(sender, "truc-dem", 2);
        r = world_submit(sender, &p);
        assert_true(r == TB_OK || r == TB_E_FULL);
        assert_true(taken < 100);
    }
    assert_non_null(strstr(world_detail(sender), "telephone"));
    assert_int_not_equal(access(ballast.path, F_OK), 0);                 /* spent */
    assert_int_equal(act_of(an, &first[0], TB_ACT_ACCEPT), TB_E_DENIED); /* cites another page's */
    assert_int_equal(world_put_act(an, world_act(an, &first[0], TB_ACT_ACCEPT, 0)), TB_OK);
    world_pass(&w, 40000);
    assert_int_equal(world_ping(binh), TB_OK);
    world_pass(&w, 21000);
    assert_true(world_find_release(binh, TB_RELEASE_TIER, 2) !=
                SIZE_MAX); /* the other one went on */

    world_restart(&w);
    sender = world_login(&w, "so-y-te");
    disk_room(w.dir, 0, NULL);
    struct wpage p = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &p), TB_OK);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_what_durability_needs_there_is_no_store),
        cmocka_unit_test(a_request_after_a_lost_transaction_is_not_kept_alone),
        WITH_WORLD(a_sync_that_fails_at_any_call_stops_the_relay_and_loses_nothing),
        WITH_WORLD(a_write_that_fails_at_any_call_stops_the_relay_and_loses_nothing),
        WITH_WORLD(a_read_that_fails_at_any_call_loses_nothing),
        WITH_WORLD(a_disk_that_is_full_at_any_call_loses_nothing_and_stops_nobody),
        WITH_WORLD(a_full_disk_refuses_reports_and_lets_answers_and_steps_through),
    };

    disk_begin(1);
    kept = mmap(NULL, sizeof *kept, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = kept == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    (void)munmap(kept, sizeof *kept);
    disk_end();
    return status;
}
