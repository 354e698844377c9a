/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_stream.c - where each device's stream stands, in memory as in the table `device`.
 *
 * A row is read once and written once per transaction, however many envelopes it gets: what changed is kept
 * in a journal, which also takes back what a request changed that was undone.  A lost transaction forgets
 * everything; the table is read again. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "server/store_sql.h"

enum { SLOTS_LEAST = 256 };

/* A credential's name is a hash that its owner cannot choose freely. */
static size_t slot_of(const struct streams *t, const struct tb_hash *cred)
{
    uint32_t first;

    memcpy(&first, cred->b, sizeof first);
    size_t i = first & (t->cap - 1);
    while (t->slot[i] && !tb_hash_equal(&t->slot[i]->cred, cred))
        i = (i + 1) & (t->cap - 1);
    return i;
}

static bool grow(struct streams *t)
{
    struct streams more = { .cap = t->cap ? 2 * t->cap : SLOTS_LEAST };

    if (2 * (t->n + 1) <= t->cap)
        return true;
    more.slot = calloc(more.cap, sizeof(struct stream *));
    if (!more.slot)
        return false;
    for (size_t i = 0; i < t->cap; i++)
        if (t->slot[i])
            more.slot[slot_of(&more, &t->slot[i]->cred)] = t->slot[i];
    free(t->slot);
    t->slot = more.slot;
    t->cap = more.cap;
    return true;
}

static tb_result read_row(struct store *s, const struct tb_hash *cred, struct stream *ret)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT no,cred,next_seq,live,row_hash FROM device WHERE cred=?");

    *ret = (struct stream){ .cred = *cred, .next_seq = 1 };
    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    tb_result r = row_only(s, "device", q);
    if (r != TB_OK)
        return r == TB_E_NOTFOUND ? TB_OK : r;
    ret->no = (uint64_t)sqlite3_column_int64(q, 0);
    ret->next_seq = (uint64_t)sqlite3_column_int64(q, 2);
    ret->found = ret->next_seq - 1;
    ret->live = sqlite3_column_int64(q, 3) != 0;
    (void)sqlite3_reset(q);
    return TB_OK;
}

tb_result stream_get(struct store *s, const struct tb_hash *cred, struct stream **ret)
{
    struct streams *t = &s->streams;
    struct stream is;

    if (!grow(t))
        return TB_E_NOMEM;
    size_t i = slot_of(t, cred);
    if (!t->slot[i]) {
        tb_result r = read_row(s, cred, &is);
        if (r != TB_OK)
            return r;
        t->slot[i] = malloc(sizeof is);
        if (!t->slot[i])
            return TB_E_NOMEM;
        *t->slot[i] = is;
        t->n++;
    }
    *ret = t->slot[i];
    return TB_OK;
}

/* ---- changes */

static tb_result note(struct streams *t, struct stream *of)
{
    if (t->n_journal == t->cap_journal) {
        size_t cap = t->cap_journal ? 2 * t->cap_journal : 64;
        struct stream_change *at = reallocarray(t->journal, cap, sizeof *at);
        if (!at)
            return TB_E_NOMEM;
        t->journal = at;
        t->cap_journal = cap;
    }
    struct stream_change *c = &t->journal[t->n_journal++];
    memset(c, 0, sizeof *c);
    c->mark = of == NULL;
    c->of = of;
    if (of)
        c->was = *of;
    return TB_OK;
}

/* Numbers of new rows are given here, because the envelopes need them before the row is written. */
static tb_result new_number(struct store *s, uint64_t *ret)
{
    int64_t most = 0;

    if (s->streams.newest_no == 0) {
        tb_result r = sql_one(s, sql_query(s, "SELECT max(no) FROM device"), 0, &most);
        if (r != TB_OK)
            return r;
        s->streams.newest_no = (uint64_t)most;
    }
    if (s->streams.newest_no >= STREAM_NO_MAX)
        return TB_E_LIMIT;
    *ret = ++s->streams.newest_no;
    return TB_OK;
}

tb_result stream_change(struct store *s, struct stream *st)
{
    tb_result r = note(&s->streams, st);

    if (r == TB_OK && st->no == 0)
        r = new_number(s, &st->no);
    if (r == TB_OK)
        st->dirty = true;
    return r;
}

tb_result streams_mark(struct store *s)
{
    return note(&s->streams, NULL);
}

void streams_keep(struct store *s)
{
    struct streams *t = &s->streams;

    for (size_t i = t->n_journal; i-- > 0;) {
        if (!t->journal[i].mark)
            continue;
        t->journal[i].mark = false;
        return;
    }
}

void streams_undo(struct store *s)
{
    struct streams *t = &s->streams;

    while (t->n_journal > 0) {
        const struct stream_change *c = &t->journal[--t->n_journal];
        if (c->mark)
            return;
        if (c->of)
            *c->of = c->was;
    }
}

static tb_result write_row(struct store *s, const struct stream *st)
{
    struct row w = row_write(s, "device",
                             "INSERT INTO device(no,cred,next_seq,live,row_hash) VALUES(?,?,?,?,?) "
                             "ON CONFLICT(no) DO UPDATE SET cred=excluded.cred, "
                             "next_seq=excluded.next_seq, live=excluded.live, "
                             "row_hash=excluded.row_hash");

    row_put_int(&w, (int64_t)st->no);
    row_put_blob(&w, st->cred.b, sizeof st->cred.b);
    row_put_int(&w, (int64_t)st->next_seq);
    row_put_int(&w, st->live);
    return row_done(&w);
}

tb_result streams_write(struct store *s)
{
    struct streams *t = &s->streams;

    for (size_t i = 0; i < t->n_journal; i++) {
        struct stream *st = t->journal[i].of;
        if (!st || !st->dirty)
            continue;
        tb_result r = write_row(s, st);
        if (r != TB_OK)
            return r;
        st->dirty = false;
    }
    t->n_journal = 0;
    return TB_OK;
}

void streams_forget(struct store *s)
{
    struct streams *t = &s->streams;

    for (size_t i = 0; i < t->cap; i++)
        free(t->slot[i]);
    free(t->slot);
    free(t->journal);
    *t = (struct streams){ 0 };
}
