/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_prekey.c - the signed batch of each device and which of its one-time keys are left. */
#include <sqlite3.h>

#include "server/store_sql.h"

static tb_result forget(struct store *s, const struct tb_hash *cred)
{
    sqlite3_stmt *q = sql_query(s, "DELETE FROM one_time WHERE cred=?");

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    return sql_run(s, q);
}

static tb_result put_one(struct store *s, const struct tb_hash *cred, uint32_t id)
{
    struct row w = row_write(s, "one_time", "INSERT INTO one_time(cred,id,row_hash) VALUES(?,?,?)");

    row_put_blob(&w, cred->b, sizeof cred->b);
    row_put_int(&w, id);
    return row_done(&w);
}

tb_result store_prekeys_put(struct store *s, const struct tb_hash *cred,
                            struct tb_view prekeys_signed, const uint32_t *ids, size_t n)
{
    struct row w =
        row_write(s, "prekeys",
                  "INSERT INTO prekeys(cred,signed,row_hash) VALUES(?,?,?) ON CONFLICT(cred) "
                  "DO UPDATE SET signed=excluded.signed, row_hash=excluded.row_hash");

    row_put_blob(&w, cred->b, sizeof cred->b);
    row_put_blob(&w, prekeys_signed.p, prekeys_signed.n);
    tb_result r = row_done(&w);
    if (r == TB_OK)
        r = forget(s, cred);
    for (size_t i = 0; i < n && r == TB_OK; i++)
        r = put_one(s, cred, ids[i]);
    return r;
}

tb_result store_prekeys_get(struct store *s, const struct tb_hash *cred, struct tb_buf *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT cred,signed,row_hash FROM prekeys WHERE cred=?");

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = row_only(s, "prekeys", q);
    if (r != TB_OK)
        return r;
    struct tb_view v = col_blob(q, 1);
    tb_put(ret, v.p, v.n);
    (void)sqlite3_reset(q);
    return tb_buf_check(ret);
}

tb_result store_prekey_take(struct store *s, const struct tb_hash *cred, uint32_t *ret_id)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT cred,id,row_hash FROM one_time WHERE cred=? ORDER BY id LIMIT 1");

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = row_only(s, "one_time", q);
    if (r == TB_E_NOTFOUND) {
        *ret_id = 0;
        return TB_OK;
    }
    if (r != TB_OK)
        return r;
    uint32_t id = col_u32(q, 1);
    (void)sqlite3_reset(q);
    q = sql_query(s, "DELETE FROM one_time WHERE cred=? AND id=?");
    if (q) {
        sql_blob(q, 1, cred->b, sizeof cred->b);
        sql_int(q, 2, id);
    }
    r = sql_run(s, q);
    if (r == TB_OK)
        *ret_id = id;
    return r;
}

tb_result store_prekeys_left(struct store *s, const struct tb_hash *cred, uint32_t *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT count(*) FROM one_time WHERE cred=?");
    int64_t n = 0;

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = sql_one(s, q, 0, &n);
    if (r == TB_OK)
        *ret = (uint32_t)n;
    return r;
}
