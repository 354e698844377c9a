/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_act.c - what was said about a page, and resets: enough to answer the same thing twice. */
#include <sqlite3.h>
#include <string.h>

#include "server/store_sql.h"

/* ---- releases */

tb_result store_release_put(struct store *s, uint64_t page, const struct store_release *r)
{
    struct row w = row_write(s, "release",
                             "INSERT INTO release(page,no,hash,round,t,step,statement,row_hash) "
                             "VALUES(?,?,?,?,?,?,?,?)");

    row_put_int(&w, (int64_t)page);
    row_put_int(&w, r->no);
    row_put_blob(&w, r->hash.b, sizeof r->hash.b);
    row_put_int(&w, r->round);
    row_put_int(&w, r->t);
    row_put_int(&w, r->step);
    row_put_int(&w, (int64_t)r->statement);
    return row_done(&w);
}

static tb_result release_read(struct store *s, sqlite3_stmt *q, struct store_release *ret)
{
    struct store_release out = { 0 };
    tb_result r = row_only(s, "release", q);

    if (r != TB_OK)
        return r;
    out.no = col_u32(q, 1);
    if (!col_bytes(q, 2, out.hash.b, sizeof out.hash.b))
        r = TB_E_STORE;
    out.round = col_u32(q, 3);
    out.t = col_u32(q, 4);
    out.step = col_u32(q, 5);
    out.statement = (uint64_t)sqlite3_column_int64(q, 6);
    (void)sqlite3_reset(q);
    if (r == TB_OK)
        *ret = out;
    return r;
}

tb_result store_release_find(struct store *s, uint64_t page, const struct tb_hash *hash,
                             struct store_release *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT page,no,hash,round,t,step,statement,row_hash FROM release "
                     "WHERE page=? AND hash=?");

    if (q) {
        sql_int(q, 1, (int64_t)page);
        sql_blob(q, 2, hash->b, sizeof hash->b);
    }
    return release_read(s, q, ret);
}

tb_result store_release_of_tier(struct store *s, uint64_t page, uint32_t t,
                                struct store_release *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT page,no,hash,round,t,step,statement,row_hash FROM release "
                     "WHERE page=? AND t=? AND step=1 ORDER BY no DESC LIMIT 1");

    if (q) {
        sql_int(q, 1, (int64_t)page);
        sql_int(q, 2, t);
    }
    return release_read(s, q, ret);
}

tb_result store_release_last(struct store *s, uint64_t page, struct store_release *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT page,no,hash,round,t,step,statement,row_hash FROM release "
                     "WHERE page=? ORDER BY no DESC LIMIT 1");

    if (q)
        sql_int(q, 1, (int64_t)page);
    return release_read(s, q, ret);
}

/* ---- acts */

tb_result store_act_put(struct store *s, const struct store_act *a)
{
    struct row w = row_write(
        s, "act", "INSERT INTO act(actor,id,hash,page,result,row_hash) VALUES(?,?,?,?,?,?)");

    row_put_blob(&w, a->actor.b, sizeof a->actor.b);
    row_put_blob(&w, a->act_id.b, sizeof a->act_id.b);
    row_put_blob(&w, a->hash.b, sizeof a->hash.b);
    row_put_int(&w, (int64_t)a->page);
    row_put_int(&w, a->result);
    return row_done(&w);
}

tb_result store_act_find(struct store *s, const struct tb_hash *actor, const struct tb_id *act_id,
                         struct store_act *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT actor,id,hash,page,result,row_hash FROM act WHERE actor=? AND id=?");
    struct store_act a = { .actor = *actor, .act_id = *act_id };

    if (q) {
        sql_blob(q, 1, actor->b, sizeof actor->b);
        sql_blob(q, 2, act_id->b, sizeof act_id->b);
    }
    tb_result r = row_only(s, "act", q);
    if (r != TB_OK)
        return r;
    if (!col_bytes(q, 2, a.hash.b, sizeof a.hash.b))
        r = TB_E_STORE;
    a.page = (uint64_t)sqlite3_column_int64(q, 3);
    a.result = sqlite3_column_int(q, 4);
    (void)sqlite3_reset(q);
    if (r == TB_OK)
        *ret = a;
    return r;
}

/* ---- receipts */

tb_result store_receipt_put(struct store *s, const struct store_receipt *r)
{
    struct row w = row_write(
        s, "receipt", "INSERT INTO receipt(page,cred,kind,release,row_hash) VALUES(?,?,?,?,?)");

    row_put_int(&w, (int64_t)r->page);
    row_put_blob(&w, r->cred.b, sizeof r->cred.b);
    row_put_int(&w, r->kind);
    row_put_blob(&w, r->release_hash.b, sizeof r->release_hash.b);
    return row_done(&w);
}

tb_result store_receipt_forget(struct store *s, uint64_t page, const struct tb_hash *cred)
{
    static const uint8_t none[TB_HASH_BYTES];
    sqlite3_stmt *q = sql_query(s, "DELETE FROM receipt WHERE page=? AND cred=? AND release=?");

    if (q) {
        sql_int(q, 1, (int64_t)page);
        sql_blob(q, 2, cred->b, sizeof cred->b);
        sql_blob(q, 3, none, sizeof none);
    }
    return sql_run(s, q);
}

tb_result store_receipt_any(struct store *s, uint64_t page, const struct tb_hash *cred,
                            uint32_t kind, bool *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT count(*) FROM receipt WHERE page=? AND cred=? AND kind=?");

    if (!q)
        return TB_E_STORE;
    sql_int(q, 1, (int64_t)page);
    sql_blob(q, 2, cred->b, sizeof cred->b);
    sql_int(q, 3, kind);
    bool there = sqlite3_step(q) == SQLITE_ROW;
    if (there)
        *ret = sqlite3_column_int64(q, 0) > 0;
    (void)sqlite3_reset(q);
    return there ? TB_OK : TB_E_STORE;
}

/* ---- declines */

tb_result store_decline_put(struct store *s, uint64_t page, uint32_t round, const char *account)
{
    struct row w = row_write(
        s, "decline", "INSERT OR IGNORE INTO decline(page,round,account,row_hash) VALUES(?,?,?,?)");

    row_put_int(&w, (int64_t)page);
    row_put_int(&w, round);
    row_put_text(&w, account);
    return row_done(&w);
}

tb_result store_declined(struct store *s, uint64_t page, uint32_t round, const char *account,
                         bool *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT page,round,account,row_hash FROM decline WHERE page=? AND "
                     "round=? AND account=?");

    if (q) {
        sql_int(q, 1, (int64_t)page);
        sql_int(q, 2, round);
        sql_text(q, 3, account);
    }
    tb_result r = row_only(s, "decline", q);
    if (r == TB_OK)
        (void)sqlite3_reset(q);
    if (r != TB_OK && r != TB_E_NOTFOUND)
        return r;
    *ret = r == TB_OK;
    return TB_OK;
}

/* ---- resets */

tb_result store_reset_get(struct store *s, const struct tb_hash *from, const struct tb_hash *to,
                          struct store_reset *ret)
{
    sqlite3_stmt *q = sql_query(
        s,
        "SELECT sender,target,hash,number,at_ms,row_hash FROM reset WHERE sender=? AND target=?");
    struct store_reset out = { .from = *from, .to = *to };

    if (q) {
        sql_blob(q, 1, from->b, sizeof from->b);
        sql_blob(q, 2, to->b, sizeof to->b);
    }
    tb_result r = row_only(s, "reset", q);
    if (r != TB_OK)
        return r;
    if (!col_bytes(q, 2, out.hash.b, sizeof out.hash.b))
        r = TB_E_STORE;
    out.number = (uint64_t)sqlite3_column_int64(q, 3);
    out.at_ms = sqlite3_column_int64(q, 4);
    (void)sqlite3_reset(q);
    if (r == TB_OK)
        *ret = out;
    return r;
}

tb_result store_reset_put(struct store *s, const struct store_reset *r)
{
    struct row w = row_write(s, "reset",
                             "INSERT INTO reset(sender,target,hash,number,at_ms,row_hash) "
                             "VALUES(?,?,?,?,?,?) ON CONFLICT(sender,target) DO UPDATE SET "
                             "hash=excluded.hash, number=excluded.number, at_ms=excluded.at_ms,"
                             "row_hash=excluded.row_hash");

    row_put_blob(&w, r->from.b, sizeof r->from.b);
    row_put_blob(&w, r->to.b, sizeof r->to.b);
    row_put_blob(&w, r->hash.b, sizeof r->hash.b);
    row_put_int(&w, (int64_t)r->number);
    row_put_int(&w, r->at_ms);
    return row_done(&w);
}
