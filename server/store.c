/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.c - the file: opening, schema, transactions (store.h).
 *
 * WAL with synchronous=FULL is what "committed" means here; both are read back
 * at every start, because SQLite only says what it could do.  secure_delete
 * overwrites what is deleted: shares and capsules must not be found in free
 * pages later. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/log.h"
#include "server/store_sql.h"

enum {
    APPLICATION = 0x54724261, /* "TrBa", in the file's header */
    WAL_FRAMES = 1000,        /* 4 MiB: SQLite's own measure */
    WAL_LONG = 4000,          /* 16 MiB: under a load that leaves no quiet moment */
};

static int64_t pragma_int(struct store *s, const char *text)
{
    int64_t v = -1;

    return sql_one(s, sql_query(s, text), -1, &v) == TB_OK ? v : -1;
}

static tb_result migrate(struct store *s)
{
    int64_t version = pragma_int(s, "PRAGMA user_version");

    if (version < 0)
        return TB_E_STORE;
    if (version > STORE_SCHEMA) {
        log_line(LOG_ERROR, "schema", "found=%lld known=%d remedy=newer-program",
                 (long long)version, STORE_SCHEMA);
        return TB_E_VERSION;
    }
    if (version > 0 && pragma_int(s, "PRAGMA application_id") != APPLICATION)
        return TB_E_STORE;
    if (version == STORE_SCHEMA)
        return TB_OK;
    tb_result r = store_begin(s);
    if (r == TB_OK)
        r = store_migrate(s, version);
    if (r == TB_OK)
        r = sql_result(s, sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL));
    if (r == TB_OK)
        s->in_tx = false;
    else
        store_drop(s);
    return r;
}

static bool pragma_is_wal(struct store *s)
{
    sqlite3_stmt *st = sql_query(s, "PRAGMA journal_mode");
    char mode[8] = "";
    bool ok = st && sqlite3_step(st) == SQLITE_ROW && col_text(st, 0, mode, sizeof mode) &&
              strcmp(mode, "wal") == 0;

    if (st)
        (void)sqlite3_reset(st);
    return ok;
}

/* Asks for what durability needs and checks that it was given.  EXTRA for the step to WAL: the rollback
 * journal of a new file must be gone for good, or it takes everything back after a power cut. */
static tb_result harden(struct store *s)
{
    tb_result r = sql_result(
        s,
        sqlite3_exec(s->db,
                     "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "PRAGMA secure_delete=ON;"
                     "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
                     "PRAGMA cell_size_check=ON; PRAGMA cache_size=-16384",
                     NULL, NULL, NULL));
    if (r != TB_OK)
        return r;
    bool ok = pragma_is_wal(s) && pragma_int(s, "PRAGMA synchronous") == 2 &&
              pragma_int(s, "PRAGMA secure_delete") == 1 &&
              pragma_int(s, "PRAGMA foreign_keys") == 1;
    if (!ok)
        log_line(LOG_ERROR, "durability", "remedy=local-file-system-with-shared-memory");
    return ok ? TB_OK : TB_E_STORE;
}

static tb_result meta_put(struct store *s, const char *key, const void *p, size_t n)
{
    struct row w =
        row_write(s, "meta",
                  "INSERT INTO meta(k,v,row_hash) VALUES(?,?,?) ON CONFLICT(k) DO UPDATE "
                  "SET v=excluded.v, row_hash=excluded.row_hash");

    row_put_text(&w, key);
    row_put_blob(&w, p, n);
    return row_done(&w);
}

static tb_result meta_get(struct store *s, const char *key, void *ret, size_t n)
{
    sqlite3_stmt *q = sql_query(s, "SELECT k,v,row_hash FROM meta WHERE k=?");

    if (q)
        sql_text(q, 1, key);
    tb_result r = row_only(s, "meta", q);
    if (r != TB_OK)
        return r;
    if (!col_bytes(q, 1, ret, n))
        r = TB_E_STORE;
    (void)sqlite3_reset(q);
    return r;
}

/* Only counts: store_checkpoint() chooses the time. */
static int on_wal(void *user, sqlite3 *db, const char *name, int frames)
{
    struct store *s = user;

    (void)db, (void)name;
    s->wal_frames = frames;
    return SQLITE_OK;
}

static tb_result connect(const char *path, int flags, struct store **ret)
{
    uint8_t chance = 0;
    TB_CLEANUP(store_closep) struct store *s = calloc(1, sizeof *s);

    if (!s)
        return TB_E_NOMEM;
    int rc = sqlite3_open_v2(path, &s->db, flags, NULL);
    sqlite3_randomness(sizeof chance, &chance); /* seeded now: later /dev/urandom is out of reach */
    tb_result r = sql_result(s, rc);
    if (r == TB_OK)
        r = sql_result(s, sqlite3_busy_timeout(s->db, 5000)); /* a backup may be reading */
    if (r == TB_OK)
        (void)sqlite3_extended_result_codes(s->db, 1);
    if (r == TB_OK)
        r = harden(s);
    if (r == TB_OK)
        (void)sqlite3_wal_hook(s->db, on_wal, s);
    if (r == TB_OK)
        r = migrate(s);
    if (r == TB_OK)
        *ret = TB_TAKE(s);
    return r;
}

tb_result store_create(const char *path, const struct tb_id *relay_id, uint64_t era)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return access(path, F_OK) == 0 ? TB_E_CONFLICT : TB_E_IO;
    tb_result r = connect(path, SQLITE_OPEN_READWRITE, &s);
    if (r == TB_OK)
        r = meta_put(s, "relay", relay_id->b, sizeof relay_id->b);
    if (r == TB_OK)
        r = store_set_era(s, era);
    return r;
}

tb_result store_open(const char *path, struct store **ret)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;

    if (access(path, F_OK) != 0)
        return TB_E_NOTFOUND;
    tb_result r = connect(path, SQLITE_OPEN_READWRITE, &s);
    if (r == TB_OK)
        r = meta_get(s, "relay", s->relay_id.b, sizeof s->relay_id.b);
    if (r == TB_OK)
        r = meta_get(s, "era", &s->era, sizeof s->era);
    if (r == TB_OK)
        *ret = TB_TAKE(s);
    return r == TB_E_NOTFOUND ? TB_E_STORE : r;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    sql_forget(s);
    streams_forget(s);
    tb_buf_wipe(&s->scratch);
    (void)sqlite3_close(s->db); /* what is open is rolled back */
    free(s);
}

void store_relay_id(const struct store *s, struct tb_id *ret)
{
    *ret = s->relay_id;
}

uint64_t store_era(const struct store *s)
{
    return s->era;
}

tb_result store_set_era(struct store *s, uint64_t era)
{
    tb_result r = meta_put(s, "era", &era, sizeof era);

    if (r == TB_OK)
        s->era = era;
    return r;
}

/* ---- transactions */

tb_result store_begin(struct store *s)
{
    if (s->in_tx)
        return TB_OK;
    tb_result r = sql_run(s, sql_query(s, "BEGIN IMMEDIATE"));
    if (r == TB_OK) {
        s->in_tx = true;
        s->changes = sqlite3_total_changes64(s->db);
    }
    return r;
}

/* After a failure SQLite may have undone the transaction by itself: a mark would begin one of its own, and
 * keeping it would commit this request without the others. */
tb_result store_mark_row(struct store *s)
{
    if (s->in_tx && sqlite3_get_autocommit(s->db))
        return s->health == STORE_FULL ? TB_E_FULL : TB_E_STORE;
    tb_result r = streams_mark(s);

    s->row_mark = r == TB_OK;
    return r;
}

tb_result store_mark(struct store *s)
{
    tb_result r = store_mark_row(s);

    s->row_mark = false;
    return r == TB_OK ? sql_run(s, sql_query(s, "SAVEPOINT request")) : r;
}

/* What a request wrote must be in or out: where that cannot be said, the relay stops. */
static tb_result settle(struct store *s, tb_result r)
{
    if (r != TB_OK && s->health == STORE_FINE)
        s->health = STORE_FAILED;
    return r;
}

static bool was_row_mark(struct store *s)
{
    bool was = s->row_mark;

    s->row_mark = false;
    return was;
}

tb_result store_keep(struct store *s)
{
    streams_keep(s);
    return was_row_mark(s) ? TB_OK : settle(s, sql_run(s, sql_query(s, "RELEASE request")));
}

tb_result store_undo(struct store *s)
{
    if (sqlite3_get_autocommit(s->db)) /* SQLite has undone all of it already */
        return TB_E_STORE;
    streams_undo(s);
    if (was_row_mark(s))
        return TB_OK;
    tb_result r = settle(s, sql_run(s, sql_query(s, "ROLLBACK TO request")));
    return r == TB_OK ? settle(s, sql_run(s, sql_query(s, "RELEASE request"))) : r;
}

void store_drop(struct store *s)
{
    if (!sqlite3_get_autocommit(s->db))
        (void)sql_run(s, sql_query(s, "ROLLBACK"));
    streams_forget(s);
    s->in_tx = s->row_mark = false;
    if (s->health == STORE_FULL) /* the file is as it was before */
        s->health = STORE_FINE;
}

void store_commit(struct store *s, store_done_fn *done, void *user)
{
    tb_result r = s->in_tx && s->health == STORE_FINE ? streams_write(s) : TB_OK;

    if (s->health == STORE_FULL)
        r = TB_E_FULL;
    else if (s->health == STORE_FAILED || (s->in_tx && sqlite3_get_autocommit(s->db)))
        r = TB_E_STORE;
    else if (s->in_tx && r == TB_OK)
        r = sql_run(s, sql_query(s, "COMMIT"));
    if (r == TB_OK)
        s->in_tx = false;
    done(user, r);
}

tb_result store_checkpoint(struct store *s)
{
    int mode = s->scrub ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;

    if (s->in_tx || (!s->scrub && s->wal_frames < WAL_FRAMES))
        return TB_OK;
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, NULL, NULL);
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
        return TB_OK; /* a backup is reading: next time */
    tb_result r = sql_result(s, rc);
    if (r == TB_OK) {
        s->wal_frames = 0;
        s->scrub = false;
    }
    return r;
}

bool store_log_is_long(const struct store *s)
{
    return s->wal_frames >= (s->scrub ? WAL_FRAMES : WAL_LONG);
}

enum store_health store_health(const struct store *s)
{
    return s->health;
}

bool store_wrote(const struct store *s)
{
    return s->in_tx && sqlite3_total_changes64(s->db) != s->changes;
}

tb_result store_cap(struct store *s, uint64_t bytes)
{
    int64_t size = pragma_int(s, "PRAGMA page_size");

    if (size <= 0)
        return TB_E_STORE;
    char text[64];
    (void)sqlite3_snprintf(sizeof text, text, "PRAGMA max_page_count=%lld",
                           bytes ? (long long)bytes / size : 4294967294LL);
    sqlite3_stmt *st = NULL;
    tb_result r = sql_result(s, sqlite3_prepare_v2(s->db, text, -1, &st, NULL));
    if (r == TB_OK)
        r = sql_result(s, sqlite3_step(st));
    (void)sqlite3_finalize(st);
    return r;
}
