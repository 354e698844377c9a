/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_mailbox.c - one ordered stream of envelopes per device.
 *
 * A stream's next number outlives the envelopes in it: numbers are never given
 * twice within an era.  Statements and bodies stand once in `blob`, however
 * many devices get them. */
#include <sqlite3.h>
#include <string.h>

#include "server/store_sql.h"

struct device {
    uint64_t next_seq; /* 0: no such row yet */
    bool live;
};

static tb_result device_get(struct store *s, const struct tb_hash *cred, struct device *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT cred,next_seq,live,row_hash FROM device WHERE cred=?");

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = row_only(s, "device", q);
    if (r == TB_E_NOTFOUND) {
        *ret = (struct device){ 0 };
        return TB_OK;
    }
    if (r != TB_OK)
        return r;
    ret->next_seq = (uint64_t)sqlite3_column_int64(q, 1);
    ret->live = sqlite3_column_int64(q, 2) != 0;
    (void)sqlite3_reset(q);
    return TB_OK;
}

static tb_result device_put(struct store *s, const struct tb_hash *cred, const struct device *d)
{
    struct row w = row_write(s, "device",
                             "INSERT INTO device(cred,next_seq,live,row_hash) VALUES(?,?,?,?) ON "
                             "CONFLICT(cred) DO UPDATE SET next_seq=excluded.next_seq, "
                             "live=excluded.live, row_hash=excluded.row_hash");

    row_put_blob(&w, cred->b, sizeof cred->b);
    row_put_int(&w, (int64_t)(d->next_seq ? d->next_seq : 1));
    row_put_int(&w, d->live);
    return row_done(&w);
}

tb_result store_device_live(struct store *s, const struct tb_hash *cred, bool live)
{
    struct device d;
    tb_result r = device_get(s, cred, &d);

    if (r != TB_OK || (d.next_seq && d.live == live))
        return r;
    d.live = live;
    return device_put(s, cred, &d);
}

tb_result store_devices_live(struct store *s, store_device_fn *fn, void *user)
{
    sqlite3_stmt *q = sql_query(s, "SELECT cred,next_seq,live,row_hash FROM device WHERE live=1");
    struct tb_hash cred;
    tb_result r;

    while ((r = row_next(s, "device", q)) != TB_E_NOTFOUND) {
        if (r == TB_E_STORE && store_health(s) == STORE_FINE)
            continue; /* damaged: that device just does not count as live */
        if (r == TB_OK && col_bytes(q, 0, cred.b, sizeof cred.b))
            r = fn(user, &cred);
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

/* ---- envelopes */

static tb_result mail_insert(struct store *s, const struct tb_hash *cred, uint64_t seq,
                             const struct store_mail *m)
{
    struct row w = row_write(
        s, "mail",
        "INSERT INTO mail(cred,seq,kind,sender,page,statement,body,own,capsule_t,capsule_type,"
        "capsule,share_t,at_ms,row_hash) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

    row_put_blob(&w, cred->b, sizeof cred->b);
    row_put_int(&w, (int64_t)seq);
    row_put_int(&w, m->kind);
    row_put_blob(&w, m->from ? m->from->b : NULL, m->from ? sizeof m->from->b : 0);
    row_put_int(&w, (int64_t)m->page);
    row_put_int(&w, (int64_t)m->statement);
    row_put_int(&w, (int64_t)m->body);
    row_put_blob(&w, m->own.p, m->own.n);
    row_put_int(&w, m->capsule_t);
    row_put_int(&w, m->capsule_type);
    row_put_blob(&w, m->capsule.p, m->capsule.n);
    row_put_int(&w, m->share_t);
    row_put_int(&w, m->at_ms);
    return row_done(&w);
}

tb_result store_mail_put(struct store *s, const struct tb_hash *cred, const struct store_mail *m)
{
    struct device d;
    tb_result r = device_get(s, cred, &d);

    if (r != TB_OK)
        return r;
    uint64_t seq = d.next_seq ? d.next_seq : 1;
    d.next_seq = seq + 1;
    r = device_put(s, cred, &d);
    return r == TB_OK ? mail_insert(s, cred, seq, m) : r;
}

static struct store_mail from_row(sqlite3_stmt *q, struct tb_hash *from)
{
    struct tb_view sender = col_blob(q, 3);

    if (sender.n == sizeof from->b)
        memcpy(from->b, sender.p, sizeof from->b);
    return (struct store_mail){
        .seq = (uint64_t)sqlite3_column_int64(q, 1),
        .kind = col_u32(q, 2),
        .from = sender.n == sizeof from->b ? from : NULL,
        .page = (uint64_t)sqlite3_column_int64(q, 4),
        .statement = (uint64_t)sqlite3_column_int64(q, 5),
        .body = (uint64_t)sqlite3_column_int64(q, 6),
        .own = col_blob(q, 7),
        .capsule_t = col_u32(q, 8),
        .capsule_type = col_u32(q, 9),
        .capsule = col_blob(q, 10),
        .share_t = col_u32(q, 11),
        .at_ms = sqlite3_column_int64(q, 12),
    };
}

tb_result store_mails(struct store *s, const struct tb_hash *cred, uint64_t after,
                      store_mail_fn *fn, void *user)
{
    sqlite3_stmt *q = sql_query(
        s, "SELECT cred,seq,kind,sender,page,statement,body,own,capsule_t,capsule_type,capsule,"
           "share_t,at_ms,row_hash FROM mail WHERE cred=? AND seq>? ORDER BY seq");
    tb_result r;

    if (q) {
        sql_blob(q, 1, cred->b, sizeof cred->b);
        sql_int(q, 2, (int64_t)after);
    }
    while ((r = row_next(s, "mail", q)) != TB_E_NOTFOUND) {
        struct tb_hash from;
        if (r == TB_E_STORE && store_health(s) == STORE_FINE)
            continue; /* logged; what comes after it must still arrive */
        if (r == TB_OK) {
            struct store_mail m = from_row(q, &from);
            r = fn(user, &m);
        }
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND || r == TB_E_LIMIT ? TB_OK : r;
}

tb_result store_mail_ack(struct store *s, const struct tb_hash *cred, uint64_t upto)
{
    sqlite3_stmt *q = sql_query(s, "DELETE FROM mail WHERE cred=? AND seq<=?");

    if (q) {
        sql_blob(q, 1, cred->b, sizeof cred->b);
        sql_int(q, 2, (int64_t)upto);
    }
    return sql_run(s, q);
}

tb_result store_mail_newest(struct store *s, const struct tb_hash *cred, uint64_t *ret)
{
    struct device d;
    tb_result r = device_get(s, cred, &d);

    if (r == TB_OK)
        *ret = d.next_seq ? d.next_seq - 1 : 0;
    return r;
}

tb_result store_mail_queued(struct store *s, const struct tb_hash *cred, uint64_t *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT count(*) FROM mail WHERE cred=?");
    int64_t n = 0;

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = sql_one(s, q, 0, &n);
    if (r == TB_OK)
        *ret = (uint64_t)n;
    return r;
}

tb_result store_mail_pair(struct store *s, const struct tb_hash *cred, const struct tb_hash *from,
                          uint32_t *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT count(*) FROM mail WHERE cred=? AND sender=? AND length(capsule)>0");
    int64_t n = 0;

    if (q) {
        sql_blob(q, 1, cred->b, sizeof cred->b);
        sql_blob(q, 2, from->b, sizeof from->b);
    }
    tb_result r = sql_one(s, q, 0, &n);
    if (r == TB_OK)
        *ret = (uint32_t)n;
    return r;
}
