/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_row.c - rows with their hashes, and the cache of prepared statements. */
#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

#include "server/log.h"
#include "server/store_sql.h"

enum { SCRATCH_MOST = 64 * 1024 };

tb_result sql_result(struct store *s, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return TB_OK;
    case SQLITE_CONSTRAINT:
        return TB_E_CONFLICT;
    case SQLITE_NOMEM:
        return TB_E_NOMEM;
    case SQLITE_FULL:
        if (s->health == STORE_FINE)
            s->health = STORE_FULL;
        return TB_E_FULL;
    default:
        log_line(LOG_ERROR, "store", "code=%d text=%s", sqlite3_extended_errcode(s->db),
                 sqlite3_errmsg(s->db));
        s->health = STORE_FAILED;
        return TB_E_STORE;
    }
}

static sqlite3_stmt *fresh(sqlite3_stmt *st)
{
    (void)sqlite3_reset(st); /* says again what the last step said */
    (void)sqlite3_clear_bindings(st);
    return st;
}

sqlite3_stmt *sql_query(struct store *s, const char *text)
{
    size_t i = ((uintptr_t)text >> 3) * 0x9E3779B1u % SQL_SLOTS;

    for (size_t n = 0; n < SQL_SLOTS; n++, i = (i + 1) % SQL_SLOTS) {
        if (s->slot[i].text == text)
            return fresh(s->slot[i].st);
        if (s->slot[i].text)
            continue;
        sqlite3_stmt *st = NULL;
        if (sql_result(s, sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &st,
                                             NULL)) != TB_OK)
            return NULL;
        s->slot[i].text = text;
        s->slot[i].st = st;
        return st;
    }
    return NULL;
}

void sql_forget(struct store *s)
{
    for (size_t i = 0; i < SQL_SLOTS; i++) {
        (void)sqlite3_finalize(s->slot[i].st);
        s->slot[i].st = NULL;
        s->slot[i].text = NULL;
    }
}

/* Binding fails only for want of memory or a wrong index; either way the step that follows meets a
 * NULL where the schema allows none. */
void sql_int(sqlite3_stmt *st, int at, int64_t v)
{
    (void)sqlite3_bind_int64(st, at, v);
}

void sql_blob(sqlite3_stmt *st, int at, const void *p, size_t n)
{
    (void)sqlite3_bind_blob64(st, at, n ? p : "", n, SQLITE_TRANSIENT);
}

void sql_text(sqlite3_stmt *st, int at, const char *v)
{
    (void)sqlite3_bind_text(st, at, v, -1, SQLITE_TRANSIENT);
}

/* What a statement that could not be prepared means: that is not a damaged row. */
static tb_result unprepared(const struct store *s)
{
    return s->health == STORE_FINE ? TB_E_NOMEM : TB_E_STORE;
}

tb_result sql_run(struct store *s, sqlite3_stmt *st)
{
    if (!st)
        return unprepared(s);
    tb_result r = sql_result(s, sqlite3_step(st));
    (void)sqlite3_reset(st);
    return r;
}

tb_result sql_one(struct store *s, sqlite3_stmt *st, int64_t none, int64_t *ret)
{
    if (!st)
        return unprepared(s);
    int rc = sqlite3_step(st);
    tb_result r = sql_result(s, rc);
    if (r == TB_OK)
        *ret = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : none;
    (void)sqlite3_reset(st);
    return r;
}

/* ---- writing */

static void hash_int(struct tb_buf *h, int64_t v)
{
    tb_put_u8(h, 'i');
    tb_put_u64(h, (uint64_t)v);
}

static void hash_bytes(struct tb_buf *h, char type, const void *p, size_t n)
{
    tb_put_u8(h, (uint8_t)type);
    tb_put_var(h, p, n);
}

/* One buffer for all rows, so that none is allocated for each. */
static struct tb_buf take_scratch(struct store *s)
{
    struct tb_buf b = s->scratch;

    s->scratch = (struct tb_buf){ 0 };
    return b;
}

/* Shares were in it. */
static void give_scratch(struct store *s, struct tb_buf *b)
{
    if (b->failed || b->cap > SCRATCH_MOST || s->scratch.p) {
        tb_buf_wipe(b);
        return;
    }
    if (b->n)
        sodium_memzero(b->p, b->n);
    b->n = 0;
    s->scratch = *b;
    *b = (struct tb_buf){ 0 };
}

struct row row_write(struct store *s, const char *table, const char *text)
{
    struct row w = { .s = s, .st = sql_query(s, text), .h = take_scratch(s) };

    hash_bytes(&w.h, 'T', table, strlen(table));
    return w;
}

void row_put_int(struct row *w, int64_t v)
{
    hash_int(&w->h, v);
    if (w->st)
        sql_int(w->st, ++w->at, v);
}

void row_put_blob(struct row *w, const void *p, size_t n)
{
    hash_bytes(&w->h, 'b', p, n);
    if (w->st)
        (void)sqlite3_bind_blob64(w->st, ++w->at, n ? p : "", n, SQLITE_STATIC);
}

void row_put_text(struct row *w, const char *v)
{
    hash_bytes(&w->h, 't', v, strlen(v));
    if (w->st)
        (void)sqlite3_bind_text(w->st, ++w->at, v, -1, SQLITE_STATIC);
}

tb_result row_done(struct row *w)
{
    tb_result r = tb_buf_check(&w->h);

    if (r == TB_OK && !w->st)
        r = TB_E_STORE;
    if (r == TB_OK) {
        struct tb_hash h = tb_hash_of(TB_L_ROW, tb_buf_view(&w->h));
        sql_blob(w->st, ++w->at, h.b, sizeof h.b);
        r = sql_run(w->s, w->st);
        (void)sqlite3_clear_bindings(w->st); /* shares do not linger in bound values */
    }
    give_scratch(w->s, &w->h);
    return r;
}

/* ---- reading */

static void hash_column(struct tb_buf *h, sqlite3_stmt *st, int i)
{
    switch (sqlite3_column_type(st, i)) {
    case SQLITE_INTEGER:
        hash_int(h, sqlite3_column_int64(st, i));
        break;
    case SQLITE_TEXT: {
        const unsigned char *text = sqlite3_column_text(st, i);
        hash_bytes(h, 't', text, (size_t)sqlite3_column_bytes(st, i));
        break;
    }
    case SQLITE_BLOB: {
        const void *blob = sqlite3_column_blob(st, i);
        hash_bytes(h, 'b', blob, (size_t)sqlite3_column_bytes(st, i));
        break;
    }
    default: /* we store no NULL and no float: such a row is damaged */
        tb_put_u8(h, '?');
    }
}

/* TB_E_STORE: the row is damaged.  TB_E_NOMEM: nobody knows. */
static tb_result check_hash(struct store *s, const char *table, sqlite3_stmt *st)
{
    struct tb_buf h = take_scratch(s);
    int last = sqlite3_column_count(st) - 1;
    struct tb_view stored = col_blob(st, last);

    hash_bytes(&h, 'T', table, strlen(table));
    for (int i = 0; i < last; i++)
        hash_column(&h, st, i);
    bool whole = !h.failed, fits = false;
    if (whole && stored.n == TB_HASH_BYTES) {
        struct tb_hash is = tb_hash_of(TB_L_ROW, tb_buf_view(&h));
        fits = memcmp(is.b, stored.p, sizeof is.b) == 0;
    }
    give_scratch(s, &h);
    if (fits)
        return TB_OK;
    return !whole || (sqlite3_errcode(s->db) & 0xff) == SQLITE_NOMEM ? TB_E_NOMEM : TB_E_STORE;
}

/* Says which row it is by its first two columns, which are its key. */
static void log_damaged(const char *table, sqlite3_stmt *st)
{
    char key[2][17] = { "-", "-" };

    for (int i = 0; i < 2 && i < sqlite3_column_count(st) - 1; i++) {
        if (sqlite3_column_type(st, i) == SQLITE_INTEGER) {
            (void)sqlite3_snprintf(sizeof key[i], key[i], "%lld", sqlite3_column_int64(st, i));
        } else {
            struct tb_view v = col_blob(st, i);
            tb_hex(v.p, v.n < 8 ? v.n : 8, key[i]);
        }
    }
    log_line(LOG_ERROR, "damaged-row", "table=%s key=%s,%s", table, key[0], key[1]);
}

tb_result row_next(struct store *s, const char *table, sqlite3_stmt *st)
{
    if (!st)
        return unprepared(s);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_DONE)
        return TB_E_NOTFOUND;
    tb_result r = sql_result(s, rc);
    if (r != TB_OK)
        return r;
    r = check_hash(s, table, st);
    if (r == TB_E_STORE)
        log_damaged(table, st);
    return r;
}

tb_result row_only(struct store *s, const char *table, sqlite3_stmt *st)
{
    tb_result r = row_next(s, table, st);

    if (r != TB_OK && st)
        (void)sqlite3_reset(st);
    return r;
}

struct tb_view col_blob(sqlite3_stmt *st, int i)
{
    const void *p = sqlite3_column_blob(st, i); /* before the size: it may convert */

    return tb_view_of(p, (size_t)sqlite3_column_bytes(st, i));
}

bool col_bytes(sqlite3_stmt *st, int i, void *ret, size_t n)
{
    struct tb_view v = col_blob(st, i);

    if (v.n != n)
        return false;
    memcpy(ret, v.p, n);
    return true;
}

bool col_text(sqlite3_stmt *st, int i, char *ret, size_t cap)
{
    struct tb_view v = col_blob(st, i);

    if (v.n >= cap)
        return false;
    if (v.n)
        memcpy(ret, v.p, v.n);
    ret[v.n] = 0;
    return true;
}

uint32_t col_u32(sqlite3_stmt *st, int i)
{
    return (uint32_t)sqlite3_column_int64(st, i);
}
