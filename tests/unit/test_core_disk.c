/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_disk.c - a device whose disk fails, fills up, or stops in the middle of a new schema. */
/* link: tb_server tb_disk tb_sent PkgConfig::SQLITE */
/* wrap: clock_gettime sqlite3_prepare_v2 */
#include "core_disk.h"
#include "core_story.h"

#include <sqlite3.h>
#include <stdarg.h>

#include "client/core/store_sql.h"
#include "tests/crash/agent_sent.h"
#include "tests/crash/crash.h"

enum { CUTS = 60, CUTS_LONG = 1000 };

static struct town t;
static struct sent sent;

void crash_lost(const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail_msg("%s", text);
    abort();
}

static bool leaves(struct node *n, struct tb_view batch)
{
    sent_see(&sent, n->account, batch);
    return true;
}

static void open_town(void)
{
    sent.n = sent.again = sent.resets = 0;
    town_open_on_disk(&t, leaves);
}

static void close_town(void)
{
    disk_fail("", DISK_NONE, 0, false);
    disk_room("", 0, NULL);
    town_close_on_disk(&t);
}

static const char *below(const struct node *n)
{
    static char under[200];

    (void)snprintf(under, sizeof under, "%s/", n->dir);
    return under;
}

static struct tbc_status status(struct node *n)
{
    struct tbc_status s;

    tbc_status(n->core, &s);
    return s;
}

/* ---- a file system, or a libsqlite, that does not do what was asked */

static const char *refused, *instead; /* a pragma that has another effect */

typedef int prepare_fn(sqlite3 *db, const char *sql, int n, sqlite3_stmt **ret, const char **tail);
prepare_fn __real_sqlite3_prepare_v2, __wrap_sqlite3_prepare_v2;
#define WRAP(f) __wrap_##f

int WRAP(sqlite3_prepare_v2)(sqlite3 *db, const char *sql, int n, sqlite3_stmt **ret,
                             const char **tail)
{
    prepare_fn *real = __real_sqlite3_prepare_v2;
    const char *at = sql + strspn(sql, " ");

    if (!refused || strncmp(at, refused, strlen(refused)) != 0)
        return real(db, sql, n, ret, tail);
    int code = real(db, instead, -1, ret, NULL);
    if (tail)
        *tail = strchr(at, ';') + 1;
    return code;
}

/* A71 */
static void without_what_durability_needs_a_profile_does_not_open(void **state)
{
    static const char *const pragmas[][2] = {
        { "PRAGMA journal_mode = WAL;", "" },
        { "PRAGMA synchronous = FULL;", "PRAGMA synchronous = NORMAL;" },
        { "PRAGMA secure_delete = ON;", "PRAGMA secure_delete = FAST;" },
    };
    struct cs *s = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++) {
        refused = pragmas[i][0];
        instead = pragmas[i][1];
        assert_int_equal(cs_open("/nowhere/core.db", &s), TB_E_STORE);
        disk_clear();
    }
    refused = NULL;
    assert_int_equal(cs_open("/nowhere/core.db", &s), TB_OK);
    cs_close(s);
    disk_clear();
}

/* A72, A75: SQLite undoes a transaction by itself when memory or disk fail in the middle of a statement. */
static void what_follows_a_lost_transaction_is_not_written_alone(void **state)
{
    const struct cs_key k = key_meta("draft");

    (void)state;
    open_town();
    struct cs *s = town_node(&t, "an")->core->store;
    assert_int_equal(cs_begin(s), TB_OK);
    assert_int_equal(sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(cs_put(s, &k, NULL, tb_view_of("x", 1)), TB_E_STORE);
    assert_int_equal(cs_mark(s), TB_E_STORE);
    assert_int_equal(cs_set_open_value(s, "x", tb_view_of("x", 1)), TB_E_STORE);
    assert_int_equal(cs_commit(s), TB_E_STORE);
    assert_int_equal(cs_begin(s), TB_OK);
    assert_int_equal(cs_put(s, &k, NULL, tb_view_of("x", 1)), TB_OK);
    cs_rollback(s);
    close_town();
}

/* ---- a fault at the nth call, of the sender's disk or of the responder's */

static long step(enum disk_fault kind, long nth)
{
    return kind == DISK_SYNC_EIO || getenv("TRUCBAN_LONG") ? 1 : 3 + nth;
}

/* The power goes as well: what was only seen, and never safe, is lost. */
static void power_fails(struct node *n, const struct tb_id *page)
{
    disk_cut_now(below(n));
    town_kill(n);
    disk_power_on();
    town_hang_up(n);
    town_revive(n);
    assert_string_equal(town_page(n, page).owner, "an");
    town_pass(&t, 20000);
    assert_int_equal(rows(n), 1);
    assert_int_equal(status(n).outbox, 0);
    assert_int_equal(sent.resets, 0); /* no ratchet went back */
}

static void at_any_call(const char *account, enum disk_fault kind)
{
    unsigned struck = 0;
    bool again = true;

    for (long nth = 1; again; nth += step(kind, nth)) {
        open_town();
        struct node *n = town_node(&t, account);
        disk_fail(below(n), kind, (uint64_t)nth, false);
        struct tb_id page = story(&t);
        town_kill(n); /* its log is copied back */
        again = disk_has_failed();
        struck += again;
        disk_fail("", DISK_NONE, 0, false);
        town_hang_up(n);
        town_revive(n);
        power_fails(n, &page);
        close_town();
    }
    assert_true(struck > 3);
}

/* A72 */
static void a_sync_that_fails_at_any_call_loses_nothing(void **state)
{
    (void)state;
    at_any_call("so-y-te", DISK_SYNC_EIO);
    at_any_call("an", DISK_SYNC_EIO);
}

/* A72 */
static void a_write_that_fails_at_any_call_loses_nothing(void **state)
{
    (void)state;
    at_any_call("so-y-te", DISK_WRITE_EIO);
    at_any_call("an", DISK_WRITE_EIO);
}

/* A73 */
static void a_write_that_finds_no_room_at_any_call_loses_nothing(void **state)
{
    (void)state;
    at_any_call("so-y-te", DISK_WRITE_FULL);
    at_any_call("an", DISK_WRITE_FULL);
}

/* Most of what is read stands in the cache: it reads from the start. */
static void a_read_that_fails_at_any_call_loses_nothing(void **state)
{
    bool again = true;

    (void)state;
    for (long nth = 1; again; nth += step(DISK_READ_EIO, nth)) {
        open_town();
        struct node *n = town_node(&t, "an");
        struct tb_id page = story(&t);
        town_kill(n);
        town_hang_up(n);
        disk_fail(below(n), DISK_READ_EIO, (uint64_t)nth, false);
        struct tbc *core = NULL;
        const struct tbc_env env = { .user = n };
        const struct transport_maker maker = { town_make, n };
        tb_result r = tbc_open_over(n->dir, &env, &maker, &core);
        if (r == TB_OK)
            r = tbc_unlock(core, tb_view_of("mat-khau", 8));
        again = disk_has_failed();
        assert_true(r == TB_OK || (again && r == TB_E_STORE));
        tbc_close(core);
        disk_fail("", DISK_NONE, 0, false);
        town_revive(n);
        assert_string_equal(town_page(n, &page).owner, "an");
        close_town();
    }
}

/* ---- a disk that fails, or is full, for long */

static const enum disk_fault lasting[] = { DISK_SYNC_EIO, DISK_WRITE_EIO, DISK_WRITE_FULL };
enum { LASTING = sizeof lasting / sizeof lasting[0] };

/* A72, A73 */
static void whatever_the_disk_does_the_bell_rings(void **state)
{
    (void)state;
    for (size_t i = 0; i < LASTING; i++) {
        open_town();
        struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
        disk_fail(below(an), lasting[i], 1, true);
        struct tb_id id = town_report(so, "Đĩa hỏng", 2);
        town_pass(&t, 25000);
        assert_int_equal(town_rings(an, &id, TBC_RING_UNKEPT), 1);
        assert_non_null(strstr(status(an).last_error, an->dir));
        assert_non_null(strstr(status(an).last_error,
                               lasting[i] == DISK_WRITE_FULL ? "make room" : "look at the disk"));
        assert_int_not_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
        disk_fail("", DISK_NONE, 0, false);
        town_pass(&t, 15000);
        assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
        assert_true(town_page(an, &id).readable);
        assert_string_equal(status(an).last_error, "");
        assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
        town_pass(&t, 5000);
        assert_string_equal(town_page(so, &id).owner, "an");
        close_town();
    }
}

static tb_result try_report(struct node *n, struct tb_id *ret, struct tbc_why *why)
{
    const struct tbc_report r = {
        .kind = "ATT-06", .title = "Không còn chỗ", .page_class = 2, .no_state_secret = true
    };

    return tbc_report(n->core, &r, ret, why);
}

/* A72, A73: it goes out once and whole, or not at all, and it is this machine that is named. */
static void a_report_that_cannot_be_kept_is_refused_and_never_leaves(void **state)
{
    (void)state;
    for (size_t i = 0; i < LASTING; i++) {
        struct tbc_why why = { "" };
        struct tb_id id;
        open_town();
        struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
        disk_fail(below(so), lasting[i], 1, true);
        size_t before = sent.n;
        tb_result how = try_report(so, &id, &why);
        assert_int_equal(how, lasting[i] == DISK_WRITE_FULL ? TB_E_FULL : TB_E_STORE);
        assert_non_null(strstr(why.text, "this device"));
        town_pass(&t, 25000);
        assert_int_equal(sent.n, before);
        disk_fail("", DISK_NONE, 0, false);
        assert_int_equal(rows(so), 0);
        assert_int_equal(try_report(so, &id, &why), TB_OK);
        town_pass(&t, 25000);
        assert_int_equal(rows(an), 1);
        assert_true(town_page(an, &id).readable);
        assert_int_equal(sent.resets, 0);
        close_town();
    }
}

/* A73: nothing may grow any more; the file system says so, not a statement. */
static void a_disk_without_a_byte_left_rings_and_takes_up_again(void **state)
{
    (void)state;
    open_town();
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    disk_room(below(an), disk_used(below(an)), NULL);
    for (int i = 0; i < 40 && !town_rings(an, NULL, TBC_RING_UNKEPT); i++) {
        (void)town_report(so, "Đĩa đầy dần", 2);
        town_pass(&t, 5000);
        assert_int_equal(an->n_rings, (size_t)i + 1); /* from the store, or from memory */
    }
    assert_true(town_rings(an, NULL, TBC_RING_UNKEPT) > 0);
    size_t rang = an->n_rings;
    disk_room("", 0, NULL);
    town_pass(&t, 20000);
    assert_int_equal(rows(an), rang);
    close_town();
}

/* ---- a new schema */

static void make_old(const char *db, int version)
{
    sqlite3 *s;

    assert_int_equal(sqlite3_open(db, &s), SQLITE_OK);
    if (version == 1)
        assert_int_equal(
            sqlite3_exec(s, "DROP TABLE held; PRAGMA user_version = 1", NULL, NULL, NULL),
            SQLITE_OK);
    else
        assert_int_equal(sqlite3_exec(s, "PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(s, "DROP INDEX page_open", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(s), SQLITE_OK);
}

/* What was there before is there; it goes on. */
static void profile_is_whole(struct node *n, const struct tb_id *page)
{
    town_revive(n);
    if (page) {
        assert_string_equal(town_page(n, page).owner, "an");
        assert_int_equal(rows(n), 1);
    }
    town_kill(n);
    town_hang_up(n);
}

/* Stopped at the nth change of the disk, by a cut or by a fault; false: it was done before. */
static bool stopped_at(const char *db, uint64_t nth, enum disk_fault kind)
{
    struct cs *s = NULL;
    bool stopped;

    if (kind == DISK_NONE)
        disk_cut_after(db, nth);
    else
        disk_fail(db, kind, nth, false);
    tb_result r = cs_open(db, &s);
    stopped = kind == DISK_NONE ? disk_is_cut() : disk_has_failed();
    assert_true(r == TB_OK || (kind == DISK_WRITE_FULL && r == TB_E_FULL) ||
                (kind != DISK_NONE && r == TB_E_STORE));
    disk_cut_now(db);
    disk_fail("", DISK_NONE, 0, false);
    if (r == TB_OK)
        cs_close(s);
    disk_power_on();
    return stopped;
}

static unsigned stop_at_every_change(struct node *n, const struct disk_image *old, const char *db,
                                     const struct tb_id *page, enum disk_fault kind)
{
    unsigned stops = 0;
    bool stopped = true;

    for (uint64_t nth = 1; stopped; nth++) {
        disk_load(old);
        stopped = stopped_at(db, nth, kind);
        stops += stopped;
        profile_is_whole(n, page);
    }
    return stops;
}

/* A84 */
static void a_migration_that_stops_at_any_write_is_done_whole_later(void **state)
{
    static const enum disk_fault kinds[] = { DISK_NONE, DISK_WRITE_EIO, DISK_SYNC_EIO,
                                             DISK_WRITE_FULL };
    unsigned stops = 0, wanted = getenv("TRUCBAN_LONG") ? CUTS_LONG : CUTS;
    char db[200];

    (void)state;
    open_town();
    struct node *an = town_node(&t, "an");
    struct tb_id page = story(&t);
    town_stop(&t);
    (void)snprintf(db, sizeof db, "%s/core.db", an->dir);
    struct disk_image *new = disk_save();
    for (uint64_t seed = 0; stops < wanted; seed++) {
        disk_load(new);
        make_old(db, 1 + (int)(seed % 2));
        struct disk_image *old = disk_save();
        disk_seed(seed);
        stops += stop_at_every_change(an, old, db, &page, kinds[seed % 4]);
        disk_forget(old);
    }
    print_message("%u times stopped\n", stops);
    disk_forget(new);
    close_town();
}

/* A84: the first start of all, and a file that a newer program wrote. */
static void a_new_file_is_made_whole_and_a_newer_one_is_left_alone(void **state)
{
    static const char db[] = "/nowhere/core.db";
    struct cs *s = NULL;
    bool stopped = true;
    sqlite3 *raw;

    (void)state;
    for (uint64_t nth = 1; stopped; nth++) {
        disk_clear();
        stopped = stopped_at(db, nth, DISK_NONE);
        assert_int_equal(cs_open(db, &s), TB_OK);
        cs_close(s);
    }
    assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "PRAGMA user_version = 1000", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
    assert_int_equal(cs_open(db, &s), TB_E_VERSION);
    disk_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_what_durability_needs_a_profile_does_not_open),
        cmocka_unit_test(a_new_file_is_made_whole_and_a_newer_one_is_left_alone),
        cmocka_unit_test(what_follows_a_lost_transaction_is_not_written_alone),
        cmocka_unit_test(a_sync_that_fails_at_any_call_loses_nothing),
        cmocka_unit_test(a_write_that_fails_at_any_call_loses_nothing),
        cmocka_unit_test(a_write_that_finds_no_room_at_any_call_loses_nothing),
        cmocka_unit_test(a_read_that_fails_at_any_call_loses_nothing),
        cmocka_unit_test(whatever_the_disk_does_the_bell_rings),
        cmocka_unit_test(a_report_that_cannot_be_kept_is_refused_and_never_leaves),
        cmocka_unit_test(a_disk_without_a_byte_left_rings_and_takes_up_again),
        cmocka_unit_test(a_migration_that_stops_at_any_write_is_done_whole_later),
    };

    disk_begin(4);
    int status = cmocka_run_group_tests(tests, NULL, town_done_on_disk);
    disk_end();
    return status;
}
