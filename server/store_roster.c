/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_roster.c - the log's entries as received, freshness statements, sealed cards, who receives pages. */
#include <sqlite3.h>
#include <string.h>

#include "server/store_sql.h"

/* Calls fn(no, data) for every sound row of a query whose columns are {no, data, ..., row_hash}. */
static tb_result each(struct store *s, const char *table, sqlite3_stmt *q, store_blob_fn *fn,
                      void *user)
{
    tb_result r;

    while ((r = row_next(s, table, q)) == TB_OK) {
        r = fn(user, (uint64_t)sqlite3_column_int64(q, 0), col_blob(q, 1));
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

/* ---- entries */

tb_result store_entries(struct store *s, store_entry_fn *fn, void *user)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT pos,hash,seen_ms,signed,receipt,row_hash FROM entry ORDER BY pos");
    tb_result r;

    while ((r = row_next(s, "entry", q)) == TB_OK) {
        r = fn(user, (uint64_t)sqlite3_column_int64(q, 0), col_blob(q, 3),
               sqlite3_column_int64(q, 2));
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

tb_result store_entry_put(struct store *s, const struct store_entry *e)
{
    struct row w = row_write(
        s, "entry",
        "INSERT INTO entry(pos,hash,seen_ms,signed,receipt,row_hash) VALUES(?,?,?,?,?,?)");

    row_put_int(&w, (int64_t)e->pos);
    row_put_blob(&w, e->hash.b, sizeof e->hash.b);
    row_put_int(&w, e->seen_ms);
    row_put_blob(&w, e->entry_signed.p, e->entry_signed.n);
    row_put_blob(&w, e->receipt_signed.p, e->receipt_signed.n);
    return row_done(&w);
}

tb_result store_entry_receipt(struct store *s, const struct tb_hash *hash, struct tb_buf *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT pos,hash,seen_ms,signed,receipt,row_hash FROM entry WHERE hash=?");

    if (q)
        sql_blob(q, 1, hash->b, sizeof hash->b);
    tb_result r = row_only(s, "entry", q);
    if (r != TB_OK)
        return r;
    struct tb_view v = col_blob(q, 4);
    tb_put(ret, v.p, v.n);
    (void)sqlite3_reset(q);
    return tb_buf_check(ret);
}

/* ---- freshness */

tb_result store_freshness_put(struct store *s, const uint8_t signer[static TB_KEY_BYTES],
                              struct tb_view freshness_signed)
{
    struct row w =
        row_write(s, "freshness",
                  "INSERT INTO freshness(signer,signed,row_hash) VALUES(?,?,?) ON CONFLICT(signer) "
                  "DO UPDATE SET signed=excluded.signed, row_hash=excluded.row_hash");

    row_put_blob(&w, signer, TB_KEY_BYTES);
    row_put_blob(&w, freshness_signed.p, freshness_signed.n);
    return row_done(&w);
}

tb_result store_freshness(struct store *s, store_blob_fn *fn, void *user)
{
    return each(s, "freshness", sql_query(s, "SELECT signer,signed,row_hash FROM freshness"), fn,
                user);
}

/* ---- cards */

static tb_result card_same(struct store *s, const struct tb_hash *cred, struct tb_view box,
                           bool *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT count(*) FROM card WHERE cred=? AND box=?");
    int64_t n = 0;

    if (!q)
        return TB_E_STORE;
    sql_blob(q, 1, cred->b, sizeof cred->b);
    sql_blob(q, 2, box.p, box.n);
    tb_result r = sql_one(s, q, 0, &n);
    if (r == TB_OK)
        *ret = n > 0;
    return r;
}

tb_result store_card_put(struct store *s, const struct tb_hash *cred, struct tb_view box)
{
    bool same = false;
    int64_t newest = 0;
    tb_result r = card_same(s, cred, box, &same);

    if (r == TB_OK && !same)
        r = sql_one(s, sql_query(s, "SELECT coalesce(max(no),0) FROM card"), 0, &newest);
    if (r != TB_OK || same)
        return r;
    struct row w =
        row_write(s, "card",
                  "INSERT INTO card(no,box,cred,row_hash) VALUES(?,?,?,?) ON CONFLICT(cred) DO "
                  "UPDATE SET no=excluded.no, box=excluded.box, row_hash=excluded.row_hash");
    row_put_int(&w, newest + 1);
    row_put_blob(&w, box.p, box.n);
    row_put_blob(&w, cred->b, sizeof cred->b);
    return row_done(&w);
}

tb_result store_cards(struct store *s, uint64_t after, store_blob_fn *fn, void *user)
{
    sqlite3_stmt *q = sql_query(s, "SELECT no,box,cred,row_hash FROM card WHERE no>? ORDER BY no");

    if (q)
        sql_int(q, 1, (int64_t)after);
    return each(s, "card", q, fn, user);
}

/* ---- duty */

tb_result store_duty_put(struct store *s, const struct store_duty *d)
{
    int64_t newest = 0;
    tb_result r = sql_one(s, sql_query(s, "SELECT coalesce(max(no),0) FROM duty"), 0, &newest);

    if (r != TB_OK)
        return r;
    struct row w =
        row_write(s, "duty",
                  "INSERT INTO duty(no,signed,cred,number,off,row_hash) VALUES(?,?,?,?,?,?) ON "
                  "CONFLICT(cred) DO UPDATE SET no=excluded.no, signed=excluded.signed, "
                  "number=excluded.number, off=excluded.off, row_hash=excluded.row_hash");
    row_put_int(&w, newest + 1);
    row_put_blob(&w, d->duty_signed.p, d->duty_signed.n);
    row_put_blob(&w, d->cred.b, sizeof d->cred.b);
    row_put_int(&w, (int64_t)d->number);
    row_put_int(&w, d->off);
    return row_done(&w);
}

tb_result store_duty_get(struct store *s, const struct tb_hash *cred, struct store_duty *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT no,signed,cred,number,off,row_hash FROM duty WHERE cred=?");

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = row_only(s, "duty", q);
    if (r != TB_OK)
        return r;
    *ret = (struct store_duty){ .cred = *cred,
                                .number = (uint64_t)sqlite3_column_int64(q, 3),
                                .off = sqlite3_column_int64(q, 4) != 0 };
    (void)sqlite3_reset(q);
    return TB_OK;
}

tb_result store_duties(struct store *s, uint64_t after, store_blob_fn *fn, void *user)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT no,signed,cred,number,off,row_hash FROM duty WHERE no>? ORDER BY no");

    if (q)
        sql_int(q, 1, (int64_t)after);
    return each(s, "duty", q, fn, user);
}
