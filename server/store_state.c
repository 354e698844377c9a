/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_state.c - what changes while a page lives, and which pages are due, open or over. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "server/store_sql.h"

tb_result store_state_put(struct store *s, uint64_t no, const struct store_state *st)
{
    const struct escalation *e = &st->esc;
    struct row w = row_write(
        s, "page_state",
        "INSERT INTO "
        "page_state(page,state,tier,round,loop,released,skipped,said_nobody,loop_began_ms,"
        "due_ms,ever_released,owner,offer_to,offer,release_no,release,ended_ms,row_hash) "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(page) DO UPDATE SET "
        "state=excluded.state, tier=excluded.tier, round=excluded.round, loop=excluded.loop,"
        "released=excluded.released, skipped=excluded.skipped, said_nobody=excluded.said_nobody,"
        "loop_began_ms=excluded.loop_began_ms, due_ms=excluded.due_ms,"
        "ever_released=excluded.ever_released, owner=excluded.owner, offer_to=excluded.offer_to,"
        "offer=excluded.offer, release_no=excluded.release_no, release=excluded.release,"
        "ended_ms=excluded.ended_ms, row_hash=excluded.row_hash");

    row_put_int(&w, (int64_t)no);
    row_put_int(&w, (int64_t)e->state);
    row_put_int(&w, e->tier);
    row_put_int(&w, e->round);
    row_put_int(&w, e->loop);
    row_put_int(&w, e->released);
    row_put_int(&w, e->skipped);
    row_put_int(&w, e->said_nobody);
    row_put_int(&w, e->loop_began_ms);
    row_put_int(&w, e->due_ms);
    row_put_int(&w, st->ever_released);
    row_put_text(&w, st->owner);
    row_put_text(&w, st->offer_to);
    row_put_blob(&w, st->offer_hash.b, sizeof st->offer_hash.b);
    row_put_int(&w, st->release_no);
    row_put_blob(&w, st->release_hash.b, sizeof st->release_hash.b);
    row_put_int(&w, st->ended_ms);
    return row_done(&w);
}

static struct escalation esc_from(sqlite3_stmt *q)
{
    return (struct escalation){
        .state = (enum esc_state)sqlite3_column_int(q, 1),
        .tier = (uint8_t)sqlite3_column_int(q, 2),
        .round = col_u32(q, 3),
        .loop = col_u32(q, 4),
        .released = (uint16_t)sqlite3_column_int(q, 5),
        .skipped = (uint16_t)sqlite3_column_int(q, 6),
        .said_nobody = sqlite3_column_int(q, 7) != 0,
        .loop_began_ms = sqlite3_column_int64(q, 8),
        .due_ms = sqlite3_column_int64(q, 9),
    };
}

tb_result store_state_get(struct store *s, uint64_t no, struct store_state *ret)
{
    sqlite3_stmt *q = sql_query(
        s,
        "SELECT page,state,tier,round,loop,released,skipped,said_nobody,loop_began_ms,due_ms,"
        "ever_released,owner,offer_to,offer,release_no,release,ended_ms,row_hash FROM page_state "
        "WHERE page=?");
    struct store_state st = { 0 };

    if (q)
        sql_int(q, 1, (int64_t)no);
    tb_result r = row_only(s, "page_state", q);
    if (r != TB_OK)
        return r;
    st.esc = esc_from(q);
    st.ever_released = (uint16_t)sqlite3_column_int(q, 10);
    bool ok = col_text(q, 11, st.owner, sizeof st.owner) &&
              col_text(q, 12, st.offer_to, sizeof st.offer_to) &&
              col_bytes(q, 13, st.offer_hash.b, sizeof st.offer_hash.b) &&
              col_bytes(q, 15, st.release_hash.b, sizeof st.release_hash.b);
    st.release_no = col_u32(q, 14);
    st.ended_ms = sqlite3_column_int64(q, 16);
    (void)sqlite3_reset(q);
    if (ok)
        *ret = st;
    return ok ? TB_OK : TB_E_STORE;
}

tb_result store_page_aside(struct store *s, uint64_t no)
{
    sqlite3_stmt *q = sql_query(s, "UPDATE page_state SET aside=1 WHERE page=?");

    if (q)
        sql_int(q, 1, (int64_t)no);
    return sql_run(s, q);
}

/* ---- which pages */

void store_list_done(struct store_list *l)
{
    free(l->no);
    *l = (struct store_list){ 0 };
}

static tb_result list_add(struct store_list *l, uint64_t no)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        uint64_t *at = reallocarray(l->no, cap, sizeof *at);
        if (!at)
            return TB_E_NOMEM;
        l->no = at;
        l->cap = cap;
    }
    l->no[l->n++] = no;
    return TB_OK;
}

/* The key of an index is not covered by a row's hash; whoever uses the number reads the row. */
static tb_result list(struct store *s, sqlite3_stmt *q, struct store_list *ret)
{
    TB_CLEANUP(store_list_done) struct store_list l = { 0 };
    tb_result r = q ? TB_OK : TB_E_STORE;

    while (r == TB_OK) {
        int rc = sqlite3_step(q);
        r = sql_result(s, rc);
        if (rc == SQLITE_DONE)
            break;
        if (r == TB_OK)
            r = list_add(&l, (uint64_t)sqlite3_column_int64(q, 0));
    }
    if (q)
        (void)sqlite3_reset(q);
    if (r == TB_OK) {
        *ret = l;
        l = (struct store_list){ 0 };
    }
    return r;
}

tb_result store_pages_due(struct store *s, int64_t now_ms, struct store_list *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT page FROM page_state WHERE aside=0 AND "
                                   "due_ms<9223372036854775807 AND due_ms<=? ORDER BY due_ms");

    if (q)
        sql_int(q, 1, now_ms);
    return list(s, q, ret);
}

tb_result store_pages_open(struct store *s, struct store_list *ret)
{
    return list(s, sql_query(s, "SELECT page FROM page_state WHERE state<3"), ret);
}

tb_result store_pages_unresolved(struct store *s, struct store_list *ret)
{
    return list(s, sql_query(s, "SELECT page FROM page_state WHERE ended_ms=0"), ret);
}

tb_result store_pages_open_of(struct store *s, const struct tb_hash *cred, struct store_list *ret)
{
    sqlite3_stmt *q = sql_query(s, "SELECT DISTINCT r.page FROM recipient r JOIN page_state p ON "
                                   "p.page=r.page WHERE r.cred=? AND p.state<3 AND p.aside=0");

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    return list(s, q, ret);
}

tb_result store_due_ms(struct store *s, int64_t *ret)
{
    return sql_one(s,
                   sql_query(s, "SELECT due_ms FROM page_state WHERE aside=0 AND "
                                "due_ms<9223372036854775807 ORDER BY due_ms LIMIT 1"),
                   INT64_MAX, ret);
}

static tb_result purge_one(struct store *s, uint64_t no)
{
    sqlite3_stmt *q = sql_query(s, "DELETE FROM mail WHERE page=? AND page>0");

    if (q)
        sql_int(q, 1, (int64_t)no);
    tb_result r = sql_run(s, q);
    if (r != TB_OK)
        return r;
    q = sql_query(s, "DELETE FROM page WHERE no=?");
    if (q)
        sql_int(q, 1, (int64_t)no);
    return sql_run(s, q);
}

/* Resets and notes for devices that never came back for them; a slice each time, from where the last one
 * ended, so that nobody waits for a look at every envelope. */
static tb_result purge_loose(struct store *s, int64_t before_ms)
{
    sqlite3_stmt *q =
        sql_query(s, "SELECT max(id) FROM (SELECT id FROM mail WHERE id>? ORDER BY id LIMIT 1000)");
    int64_t upto = 0;

    if (q)
        sql_int(q, 1, s->swept);
    tb_result r = sql_one(s, q, 0, &upto);
    if (r != TB_OK)
        return r;
    q = sql_query(s, "DELETE FROM mail WHERE id>? AND id<=? AND page=0 AND at_ms<?");
    if (q) {
        sql_int(q, 1, s->swept);
        sql_int(q, 2, upto);
        sql_int(q, 3, before_ms);
    }
    s->swept = upto; /* 0 behind the last one: begins anew */
    return sql_run(s, q);
}

/* The oldest stand in front. */
tb_result store_pages_purge(struct store *s, int64_t before_ms, uint32_t *ret_n)
{
    TB_CLEANUP(store_list_done) struct store_list l = { 0 };
    sqlite3_stmt *q = sql_query(s, "SELECT no FROM (SELECT no, at_ms FROM page ORDER BY no LIMIT "
                                   "1000) WHERE at_ms<? AND no NOT IN (SELECT page FROM page_state "
                                   "WHERE aside=0 AND due_ms<9223372036854775807) LIMIT 32");

    if (q)
        sql_int(q, 1, before_ms);
    tb_result r = list(s, q, &l);
    for (size_t i = 0; i < l.n && r == TB_OK; i++)
        r = purge_one(s, l.no[i]);
    if (r == TB_OK)
        r = purge_loose(s, before_ms);
    if (r == TB_OK)
        *ret_n = (uint32_t)l.n;
    return r;
}
