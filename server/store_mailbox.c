/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_mailbox.c - one ordered stream of envelopes per device.
 *
 * A stream's next number outlives the envelopes in it: numbers are never given
 * twice within an era.  Statements and bodies stand once in `blob`, however
 * many devices get them. */
#include <sqlite3.h>
#include <string.h>

#include "server/store_sql.h"

/* The first two parameters: keys of this device above one number, up to another. */
static void bind_range(sqlite3_stmt *q, const struct stream *st, uint64_t above, uint64_t upto)
{
    if (!q)
        return;
    sql_int(q, 1, (int64_t)(st->no << SEQ_BITS | above));
    sql_int(q, 2, (int64_t)(st->no << SEQ_BITS | upto));
}

static tb_result change_live(struct store *s, struct stream *st, bool live)
{
    tb_result r = stream_change(s, st);

    if (r == TB_OK)
        st->live = live;
    return r;
}

tb_result store_device_live(struct store *s, const struct tb_hash *cred, bool live)
{
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (r != TB_OK || (st->no && st->live == live))
        return r;
    return change_live(s, st, live);
}

tb_result store_devices_live(struct store *s, store_device_fn *fn, void *user)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT no,cred,next_seq,live,row_hash FROM device WHERE live=1");
    struct tb_hash cred;
    tb_result r;

    while ((r = row_next(s, "device", q)) != TB_E_NOTFOUND) {
        if (r == TB_E_STORE && store_health(s) == STORE_FINE)
            continue; /* damaged: that device just does not count as live */
        if (r == TB_OK && col_bytes(q, 1, cred.b, sizeof cred.b))
            r = fn(user, &cred);
        if (r != TB_OK)
            break;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

/* ---- envelopes */

static const char INSERT[] =
    "INSERT INTO mail(place,kind,sender,page,statement,body,own,capsule_t,capsule_type,capsule,"
    "share_t,at_ms,row_hash) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)";

static tb_result mail_insert(struct store *s, uint64_t place, const struct store_mail *m)
{
    struct row w = row_write(s, "mail", INSERT);

    row_put_int(&w, (int64_t)place);
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
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (r == TB_OK && st->next_seq > SEQ_MAX)
        r = TB_E_LIMIT;
    if (r == TB_OK)
        r = stream_change(s, st);
    return r == TB_OK ? mail_insert(s, st->no << SEQ_BITS | st->next_seq++, m) : r;
}

static struct store_mail from_row(sqlite3_stmt *q, int at, struct tb_hash *from)
{
    struct tb_view sender = col_blob(q, at + 1);

    if (sender.n == sizeof from->b)
        memcpy(from->b, sender.p, sizeof from->b);
    return (struct store_mail){
        .kind = col_u32(q, at),
        .from = sender.n == sizeof from->b ? from : NULL,
        .page = (uint64_t)sqlite3_column_int64(q, at + 2),
        .statement = (uint64_t)sqlite3_column_int64(q, at + 3),
        .body = (uint64_t)sqlite3_column_int64(q, at + 4),
        .own = col_blob(q, at + 5),
        .capsule_t = col_u32(q, at + 6),
        .capsule_type = col_u32(q, at + 7),
        .capsule = col_blob(q, at + 8),
        .share_t = col_u32(q, at + 9),
        .at_ms = sqlite3_column_int64(q, at + 10),
    };
}

tb_result mail_copy(struct store *s, uint64_t place, sqlite3_stmt *q, int at)
{
    struct tb_hash from;
    struct store_mail m = from_row(q, at, &from);

    return mail_insert(s, place, &m);
}

tb_result store_mails(struct store *s, const struct tb_hash *cred, uint64_t after,
                      store_mail_fn *fn, void *user)
{
    sqlite3_stmt *q = sql_query(
        s, "SELECT place,kind,sender,page,statement,body,own,capsule_t,capsule_type,capsule,"
           "share_t,at_ms,row_hash FROM mail WHERE place>? AND place<=? ORDER BY place");
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (r != TB_OK || st->no == 0 || after > SEQ_MAX)
        return r;
    bind_range(q, st, after, SEQ_MAX);
    while ((r = row_next(s, "mail", q)) != TB_E_NOTFOUND) {
        struct tb_hash from;
        if (r == TB_E_STORE && store_health(s) == STORE_FINE)
            continue; /* logged; what comes after it must still arrive */
        if (r == TB_OK) {
            struct store_mail m = from_row(q, 1, &from);
            m.seq = (uint64_t)sqlite3_column_int64(q, 0) & SEQ_MAX;
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
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (r != TB_OK || st->no == 0)
        return r;
    sqlite3_stmt *q = sql_query(s, "DELETE FROM mail WHERE place>? AND place<=?");
    bind_range(q, st, 0, upto < SEQ_MAX ? upto : SEQ_MAX);
    return sql_run(s, q);
}

tb_result store_mail_newest(struct store *s, const struct tb_hash *cred, uint64_t *ret)
{
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (r == TB_OK)
        *ret = st->next_seq - 1;
    return r;
}

tb_result store_mail_found(struct store *s, const struct tb_hash *cred, uint64_t *ret)
{
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (r == TB_OK)
        *ret = st->found;
    return r;
}

/* From the oldest that is there to the newest that was given: nothing is counted. */
tb_result store_mail_queued(struct store *s, const struct tb_hash *cred, uint64_t above,
                            uint64_t *ret)
{
    struct stream *st;
    int64_t first = 0;
    tb_result r = stream_get(s, cred, &st);

    if (r == TB_OK && st->no) {
        sqlite3_stmt *q = sql_query(
            s, "SELECT place FROM mail WHERE place>? AND place<=? ORDER BY place LIMIT 1");
        bind_range(q, st, above, SEQ_MAX);
        r = sql_one(s, q, 0, &first);
    }
    if (r == TB_OK)
        *ret = first ? st->next_seq - ((uint64_t)first & SEQ_MAX) : 0;
    return r;
}

tb_result store_mail_pair(struct store *s, const struct tb_hash *cred, const struct tb_hash *from,
                          uint64_t above, uint32_t *ret)
{
    struct stream *st;
    int64_t n = 0;
    tb_result r = stream_get(s, cred, &st);

    if (r == TB_OK && st->no) {
        sqlite3_stmt *q = sql_query(s, "SELECT count(*) FROM mail WHERE place>? AND place<=? AND "
                                       "sender=? AND length(capsule)>0");
        bind_range(q, st, above, SEQ_MAX);
        if (q)
            sql_blob(q, 3, from->b, sizeof from->b);
        r = sql_one(s, q, 0, &n);
    }
    if (r == TB_OK)
        *ret = (uint32_t)n;
    return r;
}
