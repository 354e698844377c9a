/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_page.c - pages: what was submitted, what changes, who gets it, and the tiers' shares.
 *
 * Shares stand in a table of their own, so that resolving can destroy those
 * that nobody was given without touching anything else. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "server/store_sql.h"

/* ---- blobs */

tb_result store_blob_put(struct store *s, uint64_t page, struct tb_view data, uint64_t *ret_id)
{
    struct row w = row_write(s, "blob", "INSERT INTO blob(page,data,row_hash) VALUES(?,?,?)");

    row_put_int(&w, (int64_t)page);
    row_put_blob(&w, data.p, data.n);
    tb_result r = row_done(&w);
    if (r == TB_OK)
        *ret_id = (uint64_t)sqlite3_last_insert_rowid(s->db);
    return r;
}

tb_result store_blob_get(struct store *s, uint64_t id, struct tb_buf *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT page,data,row_hash FROM blob WHERE id=?");

    if (q)
        sql_int(q, 1, (int64_t)id);
    tb_result r = row_only(s, "blob", q);
    if (r != TB_OK)
        return r;
    struct tb_view v = col_blob(q, 1);
    tb_put(ret, v.p, v.n);
    (void)sqlite3_reset(q);
    return tb_buf_check(ret);
}

/* ---- the page */

static tb_result page_insert(struct store *s, const struct store_page *p)
{
    struct row w =
        row_write(s, "page",
                  "INSERT INTO page(no,id,header_hash,sender_cred,sender,policy,class,tiers,"
                  "header,body,at_ms,row_hash) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");

    row_put_int(&w, (int64_t)p->no);
    row_put_blob(&w, p->id.b, sizeof p->id.b);
    row_put_blob(&w, p->header_hash.b, sizeof p->header_hash.b);
    row_put_blob(&w, p->sender_cred.b, sizeof p->sender_cred.b);
    row_put_text(&w, p->sender);
    row_put_blob(&w, p->policy_hash.b, sizeof p->policy_hash.b);
    row_put_int(&w, p->page_class);
    row_put_int(&w, p->tiers);
    row_put_int(&w, (int64_t)p->header);
    row_put_int(&w, (int64_t)p->body);
    row_put_int(&w, p->at_ms);
    return row_done(&w);
}

tb_result store_page_put(struct store *s, struct store_page *p, struct tb_view header_signed,
                         struct tb_view body)
{
    struct store_page page = *p;
    int64_t no = 0, blob = 0;
    tb_result r = sql_one(s, sql_query(s, "SELECT coalesce(max(no),0)+1 FROM page"), 0, &no);

    if (r == TB_OK)
        r = sql_one(s, sql_query(s, "SELECT coalesce(max(id),0)+1 FROM blob"), 0, &blob);
    if (r != TB_OK)
        return r;
    page.no = (uint64_t)no;
    page.header = (uint64_t)blob; /* as SQLite numbers them: the next two */
    page.body = page.header + 1;
    r = page_insert(s, &page);
    uint64_t header_id = 0, body_id = 0;
    if (r == TB_OK)
        r = store_blob_put(s, page.no, header_signed, &header_id);
    if (r == TB_OK)
        r = store_blob_put(s, page.no, body, &body_id);
    if (r == TB_OK && (header_id != page.header || body_id != page.body))
        r = TB_E_STORE;
    if (r == TB_OK)
        *p = page;
    return r;
}

static tb_result page_read(struct store *s, sqlite3_stmt *q, struct store_page *ret)
{
    struct store_page p = { 0 };
    tb_result r = row_only(s, "page", q);

    if (r != TB_OK)
        return r;
    bool ok = col_bytes(q, 1, p.id.b, sizeof p.id.b) &&
              col_bytes(q, 2, p.header_hash.b, sizeof p.header_hash.b) &&
              col_bytes(q, 3, p.sender_cred.b, sizeof p.sender_cred.b) &&
              col_text(q, 4, p.sender, sizeof p.sender) &&
              col_bytes(q, 5, p.policy_hash.b, sizeof p.policy_hash.b);
    p.no = (uint64_t)sqlite3_column_int64(q, 0);
    p.page_class = col_u32(q, 6);
    p.tiers = col_u32(q, 7);
    p.header = (uint64_t)sqlite3_column_int64(q, 8);
    p.body = (uint64_t)sqlite3_column_int64(q, 9);
    p.at_ms = sqlite3_column_int64(q, 10);
    (void)sqlite3_reset(q);
    if (ok)
        *ret = p;
    return ok ? TB_OK : TB_E_STORE;
}

tb_result store_page_find(struct store *s, const struct tb_id *id, struct store_page *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT no,id,header_hash,sender_cred,sender,policy,class,tiers,"
                                   "header,body,at_ms,row_hash FROM page WHERE id=?");

    if (q)
        sql_blob(q, 1, id->b, sizeof id->b);
    return page_read(s, q, ret);
}

tb_result store_page_get(struct store *s, uint64_t no, struct store_page *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT no,id,header_hash,sender_cred,sender,policy,class,tiers,"
                                   "header,body,at_ms,row_hash FROM page WHERE no=?");

    if (q)
        sql_int(q, 1, (int64_t)no);
    return page_read(s, q, ret);
}

tb_result store_page_receipt_put(struct store *s, uint64_t no, struct tb_view receipt_signed)
{
    struct row w = row_write(s, "page_receipt",
                             "INSERT INTO page_receipt(page,signed,row_hash) VALUES(?,?,?)");

    row_put_int(&w, (int64_t)no);
    row_put_blob(&w, receipt_signed.p, receipt_signed.n);
    return row_done(&w);
}

tb_result store_page_receipt(struct store *s, uint64_t no, struct tb_buf *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT page,signed,row_hash FROM page_receipt WHERE page=?");

    if (q)
        sql_int(q, 1, (int64_t)no);
    tb_result r = row_only(s, "page_receipt", q);
    if (r != TB_OK)
        return r;
    struct tb_view v = col_blob(q, 1);
    tb_put(ret, v.p, v.n);
    (void)sqlite3_reset(q);
    return tb_buf_check(ret);
}

/* ---- recipients */

void store_recipients_done(struct store_recipients *r)
{
    free(r->at);
    *r = (struct store_recipients){ 0 };
}

tb_result store_recipient_put(struct store *s, uint64_t page, const struct store_recipient *r)
{
    struct row w =
        row_write(s, "recipient",
                  "INSERT INTO recipient(page,t,cred,account,capsule,row_hash) "
                  "VALUES(?,?,?,?,?,?) ON CONFLICT(page,t,cred) DO UPDATE SET "
                  "account=excluded.account, capsule=excluded.capsule, row_hash=excluded.row_hash");

    row_put_int(&w, (int64_t)page);
    row_put_int(&w, r->t);
    row_put_blob(&w, r->cred.b, sizeof r->cred.b);
    row_put_text(&w, r->account);
    row_put_int(&w, r->capsule);
    return row_done(&w);
}

static tb_result add_recipient(struct store_recipients *l, sqlite3_stmt *q)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        struct store_recipient *at = reallocarray(l->at, cap, sizeof *at);
        if (!at)
            return TB_E_NOMEM;
        l->at = at;
        l->cap = cap;
    }
    struct store_recipient *r = &l->at[l->n];
    r->t = col_u32(q, 1);
    if (!col_bytes(q, 2, r->cred.b, sizeof r->cred.b) ||
        !col_text(q, 3, r->account, sizeof r->account))
        return TB_E_STORE;
    r->capsule = (enum store_capsule)col_u32(q, 4);
    l->n++;
    return TB_OK;
}

tb_result store_recipients(struct store *s, uint64_t page, struct store_recipients *ret)
{
    TB_CLEANUP(store_recipients_done) struct store_recipients l = { 0 };
    sqlite3_stmt *q =
        sql_query(s, "SELECT page,t,cred,account,capsule,row_hash FROM recipient WHERE page=?");
    tb_result r;

    if (q)
        sql_int(q, 1, (int64_t)page);
    while ((r = row_next(s, "recipient", q)) != TB_E_NOTFOUND) {
        if (r == TB_E_STORE && store_health(s) == STORE_FINE)
            continue; /* logged; the others must still be paged */
        if (r == TB_OK)
            r = add_recipient(&l, q);
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    if (r != TB_E_NOTFOUND)
        return r;
    *ret = l;
    l = (struct store_recipients){ 0 };
    return TB_OK;
}

/* ---- shares */

tb_result store_share_put(struct store *s, uint64_t page, uint32_t t, const struct tb_key *share)
{
    struct row w =
        row_write(s, "share", "INSERT INTO share(page,t,share,row_hash) VALUES(?,?,?,?)");

    row_put_int(&w, (int64_t)page);
    row_put_int(&w, t);
    row_put_blob(&w, share->b, sizeof share->b);
    return row_done(&w);
}

tb_result store_share_get(struct store *s, uint64_t page, uint32_t t, struct tb_key *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT page,t,share,row_hash FROM share WHERE page=? AND t=?");

    if (q) {
        sql_int(q, 1, (int64_t)page);
        sql_int(q, 2, t);
    }
    tb_result r = row_only(s, "share", q);
    if (r != TB_OK)
        return r;
    if (!col_bytes(q, 2, ret->b, sizeof ret->b))
        r = TB_E_STORE;
    (void)sqlite3_reset(q);
    return r;
}

tb_result store_shares_destroy(struct store *s, uint64_t page, uint16_t keep)
{
    sqlite3_stmt *q = sql_query(s, "DELETE FROM share WHERE page=? AND ((1<<t) & ?)=0");

    if (q) {
        sql_int(q, 1, (int64_t)page);
        sql_int(q, 2, keep);
        s->scrub = true;
    }
    return sql_run(s, q);
}
