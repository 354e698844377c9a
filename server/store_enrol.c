/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_enrol.c - one row per invite that was used: ticket, request, approval. */
#include <sqlite3.h>

#include "server/store_sql.h"

void store_invite_done(struct store_invite *i)
{
    tb_buf_done(&i->ticket_signed);
    tb_buf_done(&i->request_signed);
    tb_buf_done(&i->approval_signed);
}

tb_result store_invite_put(struct store *s, const struct store_invite *i)
{
    struct row w =
        row_write(s, "invite",
                  "INSERT INTO invite(id,ticket,request,approval,at_ms,second_try,row_hash) "
                  "VALUES(?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET ticket=excluded.ticket,"
                  "request=excluded.request, approval=excluded.approval, at_ms=excluded.at_ms,"
                  "second_try=excluded.second_try, row_hash=excluded.row_hash");

    row_put_blob(&w, i->id.b, sizeof i->id.b);
    row_put_blob(&w, i->ticket_signed.p, i->ticket_signed.n);
    row_put_blob(&w, i->request_signed.p, i->request_signed.n);
    row_put_blob(&w, i->approval_signed.p, i->approval_signed.n);
    row_put_int(&w, i->at_ms);
    row_put_int(&w, i->second_try);
    return row_done(&w);
}

static void put_column(struct tb_buf *ret, sqlite3_stmt *q, int i)
{
    struct tb_view v = col_blob(q, i);

    tb_put(ret, v.p, v.n);
}

static tb_result from_row(sqlite3_stmt *q, struct store_invite *ret)
{
    struct store_invite i = { 0 };

    if (!col_bytes(q, 0, i.id.b, sizeof i.id.b))
        return TB_E_STORE;
    put_column(&i.ticket_signed, q, 1);
    put_column(&i.request_signed, q, 2);
    put_column(&i.approval_signed, q, 3);
    i.at_ms = sqlite3_column_int64(q, 4);
    i.second_try = sqlite3_column_int64(q, 5) != 0;
    if (i.ticket_signed.failed || i.request_signed.failed || i.approval_signed.failed) {
        store_invite_done(&i);
        return TB_E_NOMEM;
    }
    *ret = i;
    return TB_OK;
}

tb_result store_invite_get(struct store *s, const struct tb_id *id, struct store_invite *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT id,ticket,request,approval,at_ms,second_try,row_hash "
                                   "FROM invite WHERE id=?");

    if (q)
        sql_blob(q, 1, id->b, sizeof id->b);
    tb_result r = row_only(s, "invite", q);
    if (r != TB_OK)
        return r;
    r = from_row(q, ret);
    (void)sqlite3_reset(q);
    return r;
}

tb_result store_invites(struct store *s, store_invite_fn *fn, void *user)
{
    sqlite3_stmt *q = sql_query(s, "SELECT id,ticket,request,approval,at_ms,second_try,row_hash "
                                   "FROM invite ORDER BY at_ms");
    tb_result r;

    while ((r = row_next(s, "invite", q)) == TB_OK) {
        TB_CLEANUP(store_invite_done) struct store_invite i = { 0 };
        r = from_row(q, &i);
        if (r == TB_OK)
            r = fn(user, &i);
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}
