/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.c - the profile's database file: schema, transactions, open values (store.h). */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/store_sql.h"

enum { SCHEMA = 3, BUSY_MS = 5000 };

static const char *const names[] = {
#define X(name, text) text,
    CS_TABLES(X)
#undef X
};

const char *cs_table_name(enum cs_table t)
{
    return names[t];
}

tb_result cs_result(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return TB_OK;
    case SQLITE_NOMEM:
        return TB_E_NOMEM;
    case SQLITE_FULL:
        return TB_E_FULL;
    default:
        return TB_E_STORE;
    }
}

/* Statements of ours, one after the other. */
static tb_result run(struct cs *s, const char *sql)
{
    tb_result r = TB_OK;

    while (r == TB_OK && *sql) {
        sqlite3_stmt *st = NULL;
        r = cs_result(sqlite3_prepare_v2(s->db, sql, -1, &st, &sql));
        int code = SQLITE_ROW;
        while (r == TB_OK && st && code == SQLITE_ROW) {
            code = sqlite3_step(st);
            r = cs_result(code);
        }
        (void)sqlite3_finalize(st);
    }
    return r;
}

static tb_result make_table(struct cs *s, enum cs_table t)
{
    char sql[400];

    (void)snprintf(
        sql, sizeof sql,
        "CREATE TABLE %s(row INTEGER PRIMARY KEY, key BLOB NOT NULL, n INTEGER NOT NULL,"
        " ord INTEGER NOT NULL, flag INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(key, n)) "
        "STRICT;"
        "CREATE INDEX %s_ord ON %s(ord);",
        names[t], names[t], names[t]);
    return run(s, sql);
}

/* The open pages are few among many. */
static tb_result make_open_index(struct cs *s)
{
    return run(s, "CREATE INDEX page_open ON page(ord) WHERE flag = 1;");
}

static tb_result make_tables(struct cs *s)
{
    tb_result r =
        run(s, "CREATE TABLE open_value(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;");

    for (size_t i = 0; i < CS_TABLE_COUNT && r == TB_OK; i++)
        r = make_table(s, (enum cs_table)i);
    return r == TB_OK ? make_open_index(s) : r;
}

static tb_result schema_version(struct cs *s, int *ret)
{
    sqlite3_stmt *st = NULL;
    tb_result r = cs_result(sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL));

    if (r == TB_OK)
        r = sqlite3_step(st) == SQLITE_ROW ? TB_OK : TB_E_STORE;
    if (r == TB_OK)
        *ret = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    return r;
}

/* Later schemas add their step here, each from one version to the next. */
static tb_result step(struct cs *s, int version)
{
    switch (version) {
    case 0:
        return make_tables(s);
    case 1:
        return make_table(s, CS_HELD);
    case 2:
        return make_open_index(s);
    default:
        return TB_E_VERSION;
    }
}

static tb_result migrate(struct cs *s)
{
    int version = 0;
    tb_result r = schema_version(s, &version);

    if (r == TB_OK && version > SCHEMA)
        r = TB_E_VERSION;
    if (r == TB_OK && version < 0)
        r = TB_E_STORE;
    if (r != TB_OK || version == SCHEMA)
        return r;
    char set[60];
    (void)snprintf(set, sizeof set, "PRAGMA user_version = %d; COMMIT;", SCHEMA);
    r = run(s, "BEGIN IMMEDIATE;");
    /* The first step makes the newest schema at once. */
    for (int v = version; r == TB_OK && v < SCHEMA; v = v == 0 ? SCHEMA : v + 1)
        r = step(s, v);
    if (r == TB_OK)
        r = run(s, set);
    if (r != TB_OK)
        (void)run(s, "ROLLBACK;");
    return r;
}

/* The only value of a pragma, as text, is what was asked for. */
static bool pragma_is(struct cs *s, const char *sql, const char *wanted)
{
    sqlite3_stmt *st = NULL;
    bool is = false;

    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW) {
        const char *v = (const char *)sqlite3_column_text(st, 0);
        is = v && strcmp(v, wanted) == 0;
    }
    (void)sqlite3_finalize(st);
    return is;
}

/* Asks for what durability needs and checks that it was given: SQLite only says what it could do.  EXTRA
 * until it is WAL: a new file's rollback journal must be gone for good.  The file is this process's alone, so
 * its log needs no shared memory beside it, for which a full disk has no room. */
static tb_result harden(struct cs *s)
{
    tb_result r = run(s, "PRAGMA locking_mode = EXCLUSIVE;"
                         "PRAGMA synchronous = EXTRA; PRAGMA journal_mode = WAL;"
                         "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                         "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
                         "PRAGMA cell_size_check = ON;");

    if (r != TB_OK)
        return r;
    return pragma_is(s, "PRAGMA journal_mode", "wal") && pragma_is(s, "PRAGMA synchronous", "2") &&
                   pragma_is(s, "PRAGMA secure_delete", "1")
               ? TB_OK
               : TB_E_STORE;
}

tb_result cs_open(const char *path, struct cs **ret)
{
    struct cs *s = calloc(1, sizeof *s);

    if (!s)
        return TB_E_NOMEM;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    tb_result r = cs_result(sqlite3_open_v2(path, &s->db, flags, NULL));
    if (r == TB_OK) {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        (void)sqlite3_extended_result_codes(s->db, 1);
        r = harden(s);
    }
    if (r == TB_OK)
        r = migrate(s);
    if (r != TB_OK) {
        cs_close(s);
        return r;
    }
    *ret = s;
    return TB_OK;
}

void cs_close(struct cs *s)
{
    if (!s)
        return;
    for (size_t t = 0; t < CS_TABLE_COUNT; t++)
        for (size_t i = 0; i < CS_ST_COUNT_ALL; i++)
            (void)sqlite3_finalize(s->st[t][i]);
    (void)sqlite3_close_v2(s->db);
    free(s);
}

void cs_use(struct cs *s, const struct vault *v)
{
    s->vault = v;
}

/* ---- transactions */

tb_result cs_begin(struct cs *s)
{
    if (s->in_tx)
        return TB_E_CONFLICT;
    tb_result r = cs_is_undone(s) ? TB_OK : run(s, "ROLLBACK");
    if (r == TB_OK)
        r = run(s, "BEGIN IMMEDIATE");
    s->in_tx = r == TB_OK;
    return r;
}

tb_result cs_commit(struct cs *s)
{
    tb_result r = cs_transaction_is_lost(s) ? TB_E_STORE : run(s, "COMMIT");

    if (r != TB_OK)
        (void)run(s, "ROLLBACK");
    s->in_tx = false;
    return r;
}

void cs_rollback(struct cs *s)
{
    if (s->in_tx)
        (void)run(s, "ROLLBACK");
    s->in_tx = false;
}

bool cs_is_undone(const struct cs *s)
{
    return s->in_tx || sqlite3_get_autocommit(s->db);
}

bool cs_in_transaction(const struct cs *s)
{
    return s->in_tx;
}

bool cs_transaction_is_lost(const struct cs *s)
{
    return s->in_tx && sqlite3_get_autocommit(s->db);
}

tb_result cs_mark(struct cs *s)
{
    return cs_transaction_is_lost(s) ? TB_E_STORE : run(s, "SAVEPOINT part");
}

tb_result cs_keep(struct cs *s)
{
    return run(s, "RELEASE part");
}

void cs_undo(struct cs *s)
{
    (void)run(s, "ROLLBACK TO part");
    (void)run(s, "RELEASE part");
}

/* ---- open values */

tb_result cs_open_value(struct cs *s, const char *name, struct tb_buf *ret)
{
    sqlite3_stmt *st = NULL;
    tb_result r = cs_result(
        sqlite3_prepare_v2(s->db, "SELECT value FROM open_value WHERE name = ?", -1, &st, NULL));

    if (r == TB_OK)
        r = cs_result(sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC));
    if (r == TB_OK) {
        int code = sqlite3_step(st);
        r = code == SQLITE_DONE ? TB_E_NOTFOUND : cs_result(code);
    }
    if (r == TB_OK) {
        tb_put(ret, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
        r = tb_buf_check(ret);
    }
    (void)sqlite3_finalize(st);
    return r;
}

tb_result cs_set_open_value(struct cs *s, const char *name, struct tb_view value)
{
    sqlite3_stmt *st = NULL;

    if (cs_transaction_is_lost(s))
        return TB_E_STORE;
    tb_result r = cs_result(
        sqlite3_prepare_v2(s->db, "INSERT OR REPLACE INTO open_value VALUES(?, ?)", -1, &st, NULL));

    if (r == TB_OK)
        r = cs_result(sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC));
    if (r == TB_OK)
        r = cs_result(sqlite3_bind_blob64(st, 2, value.p, value.n, SQLITE_STATIC));
    if (r == TB_OK)
        r = sqlite3_step(st) == SQLITE_DONE ? TB_OK : TB_E_STORE;
    (void)sqlite3_finalize(st);
    return r;
}
