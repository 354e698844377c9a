/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_check.c - the whole file: every row's hash, SQLite's own checks, counts, a copy. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "server/store_sql.h"

/* Columns in the order in which they are hashed. */
static const struct {
    const char *table, *text;
} tables[] = {
    { "meta", "SELECT k,v,row_hash FROM meta" },
    { "entry", "SELECT pos,hash,seen_ms,signed,receipt,row_hash FROM entry" },
    { "freshness", "SELECT signer,signed,row_hash FROM freshness" },
    { "card", "SELECT no,box,cred,row_hash FROM card" },
    { "duty", "SELECT no,signed,cred,number,off,row_hash FROM duty" },
    { "invite", "SELECT id,ticket,request,approval,at_ms,second_try,row_hash FROM invite" },
    { "prekeys", "SELECT cred,signed,row_hash FROM prekeys" },
    { "one_time", "SELECT cred,id,row_hash FROM one_time" },
    { "page", "SELECT no,id,header_hash,sender_cred,sender,policy,class,tiers,header,body,at_ms,"
              "row_hash FROM page" },
    { "page_receipt", "SELECT page,signed,row_hash FROM page_receipt" },
    { "page_state",
      "SELECT page,state,tier,round,loop,released,skipped,said_nobody,loop_began_ms,due_ms,"
      "ever_released,owner,offer_to,offer,release_no,release,ended_ms,row_hash FROM page_state" },
    { "blob", "SELECT page,data,row_hash FROM blob" },
    { "recipient", "SELECT page,t,cred,account,capsule,row_hash FROM recipient" },
    { "share", "SELECT page,t,share,row_hash FROM share" },
    { "release", "SELECT page,no,hash,round,t,step,statement,row_hash FROM release" },
    { "act", "SELECT actor,id,hash,page,result,row_hash FROM act" },
    { "receipt", "SELECT page,cred,kind,release,row_hash FROM receipt" },
    { "decline", "SELECT page,round,account,row_hash FROM decline" },
    { "reset", "SELECT sender,target,hash,number,at_ms,row_hash FROM reset" },
    { "device", "SELECT no,cred,next_seq,live,row_hash FROM device" },
    { "mail", "SELECT place,kind,sender,page,statement,body,own,capsule_t,capsule_type,capsule,"
              "share_t,at_ms,row_hash FROM mail" },
};

struct verdict {
    store_bad_fn *bad;
    void *user;
    uint64_t n;
};

static void say(struct verdict *v, const char *what)
{
    v->n++;
    v->bad(v->user, what);
}

static tb_result check_rows(struct store *s, const char *table, const char *text, struct verdict *v)
{
    sqlite3_stmt *q = sql_query(s, text);
    char line[64];
    tb_result r;

    while ((r = row_next(s, table, q)) != TB_E_NOTFOUND) {
        if (r == TB_E_STORE && store_health(s) == STORE_FINE) {
            (void)sqlite3_snprintf(sizeof line, line, "%s: a row's hash is wrong", table);
            say(v, line);
        } else if (r != TB_OK) {
            break;
        }
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

/* `sound` is the only text that a check without findings gives; NULL: it gives no row at all. */
static tb_result check_pragma(struct store *s, sqlite3_stmt *q, const char *sound,
                              struct verdict *v)
{
    tb_result r = q ? TB_OK : TB_E_STORE;

    while (r == TB_OK) {
        int rc = sqlite3_step(q);
        r = sql_result(s, rc);
        if (r != TB_OK || rc == SQLITE_DONE)
            break;
        char text[200] = "";
        (void)col_text(q, 0, text, sizeof text);
        if (!sound || strcmp(text, sound) != 0)
            say(v, sound ? text : "a reference points nowhere");
    }
    if (q)
        (void)sqlite3_reset(q);
    return r;
}

tb_result store_check(struct store *s, store_bad_fn *bad, void *user)
{
    struct verdict v = { .bad = bad, .user = user };
    tb_result r = check_pragma(s, sql_query(s, "PRAGMA integrity_check"), "ok", &v);

    if (r == TB_OK)
        r = check_pragma(s, sql_query(s, "PRAGMA foreign_key_check"), NULL, &v);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && r == TB_OK; i++)
        r = check_rows(s, tables[i].table, tables[i].text, &v);
    if (r == TB_OK && v.n)
        r = TB_E_STORE;
    return r;
}

static tb_result count(struct store *s, sqlite3_stmt *q, uint64_t *ret)
{
    int64_t n = 0;
    tb_result r = sql_one(s, q, 0, &n);

    if (r == TB_OK)
        *ret = (uint64_t)n;
    return r;
}

/* Asked for while others wait for answers: no table of envelopes or pages is read from end to end.  Pages
 * are removed oldest first, envelopes from the front of their mailbox. */
tb_result store_count(struct store *s, struct store_counts *ret)
{
    struct store_counts c = { 0 };
    tb_result r =
        count(s, sql_query(s, "SELECT (SELECT max(no) FROM page) - (SELECT min(no) FROM page) + 1"),
              &c.pages);

    if (r == TB_OK)
        r = count(s, sql_query(s, "SELECT count(*) FROM page_state WHERE state<3"), &c.pages_open);
    if (r == TB_OK)
        r = count(s,
                  sql_query(s, "SELECT sum(next_seq - coalesce((SELECT place & 1099511627775 "
                               "FROM mail WHERE place > (no << 40) AND place < ((no + 1) << 40) "
                               "ORDER BY place LIMIT 1), next_seq)) FROM device"),
                  &c.queued);
    if (r == TB_OK)
        r = count(s, sql_query(s, "SELECT count(*) FROM entry"), &c.entries);
    if (r == TB_OK)
        *ret = c;
    return r;
}

tb_result store_copy(const char *from, const char *to)
{
    TB_CLEANUP(store_closep) struct store *s = calloc(1, sizeof *s);

    if (!s)
        return TB_E_NOMEM;
    tb_result r = sql_result(s, sqlite3_open_v2(from, &s->db, SQLITE_OPEN_READWRITE, NULL));
    if (r == TB_OK)
        r = sql_result(s, sqlite3_busy_timeout(s->db, 10000));
    if (r != TB_OK)
        return r;
    sqlite3_stmt *q = sql_query(s, "VACUUM INTO ?");
    if (q)
        sql_text(q, 1, to);
    return sql_run(s, q);
}
