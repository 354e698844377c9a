/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_row.c - sealed rows of one shape (store.h).
 *
 * data = vault_seal(at table|data|row, key hash || i64 n || plaintext). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

#include "client/core/store_sql.h"

enum { PREFIX = TB_HASH_BYTES + 8 };

static const char *const statements[] = {
    [CS_ST_GET] = "SELECT row, key, n, data FROM %s WHERE key = ?1 AND n = ?2",
    [CS_ST_PUT] =
        "INSERT OR REPLACE INTO %s(row, key, n, ord, flag, data) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [CS_ST_DROP] = "DELETE FROM %s WHERE key = ?1 AND n = ?2",
    [CS_ST_ROWS] = "SELECT row, key, n, data FROM %s WHERE key = ?1 AND n >= ?2 ORDER BY n LIMIT 1",
    [CS_ST_NEWEST] =
        "SELECT row, key, n, data, ord FROM %s WHERE ord > ?1 AND ord < ?2 ORDER BY ord DESC",
    [CS_ST_FLAGGED] = ("SELECT row, key, n, data, ord FROM %s WHERE flag = 1 AND ord > ?1 AND"
                       " ord < ?2 ORDER BY ord DESC"),
    [CS_ST_COUNT] = "SELECT count(*) FROM %s WHERE flag >= ?1",
};

tb_result cs_statement(struct cs *s, enum cs_table t, enum cs_statement which, sqlite3_stmt **ret)
{
    sqlite3_stmt **st = &s->st[t][which];

    if (!s->vault)
        return TB_E_LOCKED;
    if (cs_transaction_is_lost(s))
        return TB_E_STORE;
    if (!*st) {
        char sql[200];
        char *end = strstr(statements[which], "%s");
        (void)snprintf(sql, sizeof sql, "%.*s%s%s", (int)(end - statements[which]),
                       statements[which], cs_table_name(t), end + 2);
        tb_result r =
            cs_result(sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL));
        if (r != TB_OK)
            return r;
    }
    (void)sqlite3_reset(*st);
    (void)sqlite3_clear_bindings(*st);
    *ret = *st;
    return TB_OK;
}

static struct tb_hash index_of(struct cs *s, enum cs_table t, struct tb_view key)
{
    return vault_index(s->vault, cs_table_name(t), key);
}

static void put_prefix(struct tb_buf *b, const struct tb_hash *key, int64_t n)
{
    tb_put(b, key->b, sizeof key->b);
    tb_put_u64(b, (uint64_t)n);
}

/* Without these there is no profile: nothing can be set aside. */
static bool is_vital(enum cs_table t)
{
    return t == CS_META || t == CS_ENTRY || t == CS_SECRET || t == CS_FRESH;
}

/* Opens the row that a statement stands on. */
static tb_result open_row(struct cs *s, enum cs_table t, sqlite3_stmt *st, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf prefix = { 0 };
    const struct vault_place at = { cs_table_name(t), "data", sqlite3_column_int64(st, 0) };
    struct tb_hash key = { 0 };

    const tb_result damaged = is_vital(t) ? TB_E_STORE : TB_E_DAMAGED;
    if (sqlite3_column_bytes(st, 1) != TB_HASH_BYTES)
        return damaged;
    memcpy(key.b, sqlite3_column_blob(st, 1), sizeof key.b);
    struct tb_view sealed =
        tb_view_of(sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3));
    tb_result r = vault_unseal(s->vault, &at, sealed, &plain);
    if (r != TB_OK)
        return r == TB_E_NOMEM ? r : damaged;
    put_prefix(&prefix, &key, sqlite3_column_int64(st, 2));
    if (tb_buf_check(&prefix) != TB_OK)
        return TB_E_NOMEM;
    if (plain.n < PREFIX || memcmp(plain.p, prefix.p, PREFIX) != 0)
        return damaged; /* moved here from another place */
    tb_put(ret, plain.p + PREFIX, plain.n - PREFIX);
    return tb_buf_check(ret);
}

static tb_result bind_key(struct cs *s, sqlite3_stmt *st, int first, const struct cs_key *k)
{
    struct tb_hash key = index_of(s, k->table, k->key);
    tb_result r = cs_result(sqlite3_bind_blob(st, first, key.b, sizeof key.b, SQLITE_TRANSIENT));

    return r == TB_OK ? cs_result(sqlite3_bind_int64(st, first + 1, k->n)) : r;
}

tb_result cs_get(struct cs *s, const struct cs_key *k, struct tb_buf *ret)
{
    sqlite3_stmt *st;
    tb_result r = cs_statement(s, k->table, CS_ST_GET, &st);

    if (r == TB_OK)
        r = bind_key(s, st, 1, k);
    if (r != TB_OK)
        return r;
    int code = sqlite3_step(st);
    r = code == SQLITE_DONE ? TB_E_NOTFOUND : cs_result(code);
    if (r == TB_OK)
        r = open_row(s, k->table, st, ret);
    (void)sqlite3_reset(st);
    return r;
}

/* The number of the row that is there, or a new one: random, so that deleting tells nothing. */
static tb_result row_number(struct cs *s, const struct cs_key *k, int64_t *ret)
{
    sqlite3_stmt *st;
    uint64_t fresh;
    tb_result r = cs_statement(s, k->table, CS_ST_GET, &st);

    if (r == TB_OK)
        r = bind_key(s, st, 1, k);
    if (r != TB_OK)
        return r;
    int code = sqlite3_step(st);
    randombytes_buf(&fresh, sizeof fresh);
    *ret = code == SQLITE_ROW ? sqlite3_column_int64(st, 0) : (int64_t)(fresh >> 2);
    (void)sqlite3_reset(st);
    return cs_result(code);
}

static tb_result step_put(sqlite3_stmt *st, int64_t row, const struct cs_sort *sort,
                          struct tb_view sealed)
{
    tb_result r = cs_result(sqlite3_bind_int64(st, 1, row));

    if (r == TB_OK)
        r = cs_result(sqlite3_bind_int64(st, 4, sort ? sort->ord : 0));
    if (r == TB_OK)
        r = cs_result(sqlite3_bind_int(st, 5, sort && sort->flag));
    if (r == TB_OK)
        r = cs_result(sqlite3_bind_blob64(st, 6, sealed.p, sealed.n, SQLITE_STATIC));
    if (r == TB_OK)
        r = cs_result(sqlite3_step(st));
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
    return r;
}

tb_result cs_put(struct cs *s, const struct cs_key *k, const struct cs_sort *sort,
                 struct tb_view plain)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf full = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    int64_t row = 0;
    sqlite3_stmt *st;

    if (!s->in_tx)
        return TB_E_STORE; /* our own mistake: a write outside a transaction would not be atomic */
    tb_result r = row_number(s, k, &row);
    if (r != TB_OK)
        return r;
    struct tb_hash key = index_of(s, k->table, k->key);
    const struct vault_place at = { cs_table_name(k->table), "data", row };
    put_prefix(&full, &key, k->n);
    tb_put(&full, plain.p, plain.n);
    r = tb_buf_check(&full);
    if (r == TB_OK)
        r = vault_seal(s->vault, &at, tb_buf_view(&full), &sealed);
    if (r == TB_OK)
        r = cs_statement(s, k->table, CS_ST_PUT, &st);
    if (r == TB_OK)
        r = bind_key(s, st, 2, k);
    return r == TB_OK ? step_put(st, row, sort, tb_buf_view(&sealed)) : r;
}

tb_result cs_drop(struct cs *s, const struct cs_key *k)
{
    sqlite3_stmt *st;

    if (!s->in_tx)
        return TB_E_STORE;
    tb_result r = cs_statement(s, k->table, CS_ST_DROP, &st);
    if (r == TB_OK)
        r = bind_key(s, st, 1, k);
    if (r == TB_OK)
        r = cs_result(sqlite3_step(st));
    if (r == TB_OK)
        (void)sqlite3_reset(st);
    return r;
}

/* One row at a time, so that fn may write. */
static tb_result next_row(struct cs *s, const struct cs_key *k, int64_t *ret_n, struct tb_buf *ret)
{
    sqlite3_stmt *st;
    tb_result r = cs_statement(s, k->table, CS_ST_ROWS, &st);

    if (r == TB_OK)
        r = bind_key(s, st, 1, k);
    if (r != TB_OK)
        return r;
    int code = sqlite3_step(st);
    r = code == SQLITE_DONE ? TB_E_NOTFOUND : cs_result(code);
    if (r == TB_OK)
        r = open_row(s, k->table, st, ret);
    if (r == TB_OK || r == TB_E_DAMAGED)
        *ret_n = sqlite3_column_int64(st, 2);
    (void)sqlite3_reset(st);
    return r;
}

tb_result cs_rows(struct cs *s, const struct cs_key *from, cs_row_fn *fn, void *user)
{
    struct cs_key at = *from;
    tb_result all = TB_OK;

    for (;;) {
        TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
        int64_t n = 0;
        tb_result r = next_row(s, &at, &n, &plain);
        if (r == TB_OK)
            r = fn(user, n, tb_buf_view(&plain));
        else if (r == TB_E_NOTFOUND)
            return all;
        if (r == TB_E_DAMAGED)
            all = r;
        else if (r != TB_OK)
            return r;
        if (n == INT64_MAX)
            return all;
        at.n = n + 1;
    }
}

struct collected {
    struct {
        int64_t n;
        struct tb_buf plain;
    } * row;
    size_t n;
    bool damaged; /* some are, and are not among them */
};

/* The statement of a query, bound; it walks along an index and stops where its user does. */
static tb_result newest(struct cs *s, const struct cs_query *q, int64_t below, sqlite3_stmt **ret)
{
    sqlite3_stmt *st;
    tb_result r = cs_statement(s, q->table, q->flagged ? CS_ST_FLAGGED : CS_ST_NEWEST, &st);

    if (r == TB_OK)
        r = cs_result(sqlite3_bind_int64(st, 1, q->above));
    if (r == TB_OK)
        r = cs_result(sqlite3_bind_int64(st, 2, below > 0 ? below : INT64_MAX));
    if (r == TB_OK)
        *ret = st;
    return r;
}

static void collected_done(struct collected *c)
{
    for (size_t i = 0; i < c->n; i++)
        tb_buf_wipe(&c->row[i].plain);
    free(c->row);
}

static tb_result collect(struct cs *s, const struct cs_query *q, struct cs_part *part,
                         sqlite3_stmt *st, struct collected *c)
{
    tb_result r = TB_OK;
    int code = SQLITE_DONE;
    int64_t last = 0;

    for (size_t seen = 0; r == TB_OK && (code = sqlite3_step(st)) == SQLITE_ROW; seen++) {
        if (part->max && seen == part->max) {
            part->next = last;
            break;
        }
        last = sqlite3_column_int64(st, 4);
        void *more = reallocarray(c->row, c->n + 1, sizeof *c->row);
        if (!more)
            return TB_E_NOMEM;
        c->row = more;
        c->row[c->n].n = sqlite3_column_int64(st, 2);
        c->row[c->n].plain = (struct tb_buf){ 0 };
        r = open_row(s, q->table, st, &c->row[c->n].plain);
        c->n += r == TB_OK;
        if (r != TB_E_DAMAGED)
            continue;
        tb_buf_wipe(&c->row[c->n].plain);
        c->damaged = true;
        r = TB_OK;
    }
    return r == TB_OK ? cs_result(code) : r;
}

tb_result cs_newest_part(struct cs *s, const struct cs_query *q, struct cs_part *part,
                         cs_row_fn *fn, void *user)
{
    TB_CLEANUP(collected_done) struct collected c = { 0 };
    sqlite3_stmt *st;
    tb_result r = newest(s, q, part->below, &st);

    part->next = 0;
    if (r != TB_OK)
        return r;
    r = collect(s, q, part, st, &c);
    (void)sqlite3_reset(st);
    for (size_t i = 0; i < c.n && r == TB_OK; i++) {
        r = fn(user, c.row[i].n, tb_buf_view(&c.row[i].plain));
        if (r != TB_E_DAMAGED)
            continue;
        c.damaged = true;
        r = TB_OK;
    }
    return r == TB_OK && c.damaged ? TB_E_DAMAGED : r;
}

tb_result cs_newest(struct cs *s, const struct cs_query *q, cs_row_fn *fn, void *user)
{
    struct cs_part all = { 0 };

    return cs_newest_part(s, q, &all, fn, user);
}

tb_result cs_damaged(struct cs *s, const struct cs_query *q, cs_damaged_fn *fn, void *user)
{
    sqlite3_stmt *st;
    int code = SQLITE_DONE;
    tb_result r = newest(s, q, 0, &st);

    if (r != TB_OK)
        return r;
    while (r == TB_OK && (code = sqlite3_step(st)) == SQLITE_ROW) {
        TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
        struct tb_id name = { 0 };
        size_t n = (size_t)sqlite3_column_bytes(st, 1);
        r = open_row(s, q->table, st, &plain);
        if (r != TB_E_DAMAGED)
            continue;
        if (n >= sizeof name.b)
            memcpy(name.b, sqlite3_column_blob(st, 1), sizeof name.b);
        fn(user, &name);
        r = TB_OK;
    }
    if (r == TB_OK)
        r = cs_result(code);
    (void)sqlite3_reset(st);
    return r;
}

const char *cs_path(const struct cs *s)
{
    const char *path = sqlite3_db_filename(s->db, "main");

    return path ? path : "";
}

tb_result cs_count(struct cs *s, enum cs_table table, bool flagged, uint32_t *ret)
{
    sqlite3_stmt *st;
    tb_result r = cs_statement(s, table, CS_ST_COUNT, &st);

    if (r == TB_OK)
        r = cs_result(sqlite3_bind_int(st, 1, flagged));
    if (r == TB_OK)
        r = sqlite3_step(st) == SQLITE_ROW ? TB_OK : TB_E_STORE;
    if (r == TB_OK)
        *ret = (uint32_t)sqlite3_column_int(st, 0);
    if (r == TB_OK)
        (void)sqlite3_reset(st);
    return r;
}
