/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_migrate.c - the tables, version by version; a new file goes through all of them.
 *
 * All in one transaction: a file is of one version or of the next. */
#include <sqlite3.h>
#include <string.h>

#include "server/store_sql.h"

static const char SCHEMA_1[] =
    "CREATE TABLE meta(k TEXT PRIMARY KEY, v BLOB NOT NULL, row_hash BLOB NOT NULL) WITHOUT ROWID;"
    /* roster */
    "CREATE TABLE entry(pos INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, seen_ms INTEGER NOT "
    "NULL,"
    " signed BLOB NOT NULL, receipt BLOB NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE TABLE freshness(signer BLOB PRIMARY KEY, signed BLOB NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE TABLE card(cred BLOB PRIMARY KEY, no INTEGER NOT NULL UNIQUE, box BLOB NOT NULL,"
    " row_hash BLOB NOT NULL);"
    /* enrolment */
    "CREATE TABLE invite(id BLOB PRIMARY KEY, ticket BLOB NOT NULL, request BLOB NOT NULL,"
    " approval BLOB NOT NULL, at_ms INTEGER NOT NULL, second_try INTEGER NOT NULL,"
    " row_hash BLOB NOT NULL);"
    /* prekeys */
    "CREATE TABLE prekeys(cred BLOB PRIMARY KEY, signed BLOB NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE TABLE one_time(cred BLOB NOT NULL REFERENCES prekeys(cred) ON DELETE CASCADE,"
    " id INTEGER NOT NULL, row_hash BLOB NOT NULL, PRIMARY KEY(cred, id)) WITHOUT ROWID;"
    /* pages */
    "CREATE TABLE page(no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, header_hash BLOB NOT NULL,"
    " sender_cred BLOB NOT NULL, sender TEXT NOT NULL, policy BLOB NOT NULL, class INTEGER NOT "
    "NULL,"
    " tiers INTEGER NOT NULL, header INTEGER NOT NULL, body INTEGER NOT NULL, at_ms INTEGER NOT "
    "NULL,"
    " row_hash BLOB NOT NULL);"
    "CREATE TABLE page_receipt(page INTEGER PRIMARY KEY REFERENCES page(no) ON DELETE CASCADE,"
    " signed BLOB NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE TABLE page_state(page INTEGER PRIMARY KEY REFERENCES page(no) ON DELETE CASCADE,"
    " state INTEGER NOT NULL, tier INTEGER NOT NULL, round INTEGER NOT NULL, loop INTEGER NOT NULL,"
    " released INTEGER NOT NULL, skipped INTEGER NOT NULL, said_nobody INTEGER NOT NULL,"
    " loop_began_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, ever_released INTEGER NOT NULL,"
    " owner TEXT NOT NULL, offer_to TEXT NOT NULL, offer BLOB NOT NULL, release_no INTEGER NOT "
    "NULL,"
    " release BLOB NOT NULL, ended_ms INTEGER NOT NULL, row_hash BLOB NOT NULL,"
    " aside INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX page_due ON page_state(due_ms) WHERE aside = 0 AND due_ms < 9223372036854775807;"
    "CREATE INDEX page_open ON page_state(page) WHERE state < 3;"
    "CREATE TABLE blob(id INTEGER PRIMARY KEY, page INTEGER NOT NULL REFERENCES page(no)"
    " ON DELETE CASCADE, data BLOB NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE INDEX blob_page ON blob(page);"
    "CREATE TABLE recipient(page INTEGER NOT NULL REFERENCES page(no) ON DELETE CASCADE,"
    " t INTEGER NOT NULL, cred BLOB NOT NULL, account TEXT NOT NULL, capsule INTEGER NOT NULL,"
    " row_hash BLOB NOT NULL, PRIMARY KEY(page, t, cred)) WITHOUT ROWID;"
    "CREATE INDEX recipient_cred ON recipient(cred);"
    "CREATE TABLE share(page INTEGER NOT NULL REFERENCES page(no) ON DELETE CASCADE,"
    " t INTEGER NOT NULL, share BLOB NOT NULL, row_hash BLOB NOT NULL, PRIMARY KEY(page, t))"
    " WITHOUT ROWID;"
    "CREATE TABLE release(page INTEGER NOT NULL REFERENCES page(no) ON DELETE CASCADE,"
    " no INTEGER NOT NULL, hash BLOB NOT NULL, round INTEGER NOT NULL, t INTEGER NOT NULL,"
    " step INTEGER NOT NULL, statement INTEGER NOT NULL, row_hash BLOB NOT NULL,"
    " PRIMARY KEY(page, no)) WITHOUT ROWID;"
    "CREATE INDEX release_hash ON release(page, hash);"
    "CREATE TABLE act(actor BLOB NOT NULL, id BLOB NOT NULL, hash BLOB NOT NULL,"
    " page INTEGER NOT NULL REFERENCES page(no) ON DELETE CASCADE, result INTEGER NOT NULL,"
    " row_hash BLOB NOT NULL, PRIMARY KEY(actor, id)) WITHOUT ROWID;"
    "CREATE INDEX act_page ON act(page);"
    "CREATE TABLE receipt(page INTEGER NOT NULL REFERENCES page(no) ON DELETE CASCADE,"
    " cred BLOB NOT NULL, kind INTEGER NOT NULL, release BLOB NOT NULL, row_hash BLOB NOT NULL,"
    " PRIMARY KEY(page, cred, kind, release)) WITHOUT ROWID;"
    "CREATE TABLE decline(page INTEGER NOT NULL REFERENCES page(no) ON DELETE CASCADE,"
    " round INTEGER NOT NULL, account TEXT NOT NULL, row_hash BLOB NOT NULL,"
    " PRIMARY KEY(page, round, account)) WITHOUT ROWID;"
    "CREATE TABLE reset(sender BLOB NOT NULL, target BLOB NOT NULL, hash BLOB NOT NULL,"
    " number INTEGER NOT NULL, at_ms INTEGER NOT NULL, row_hash BLOB NOT NULL,"
    " PRIMARY KEY(sender, target)) WITHOUT ROWID;"
    /* mailboxes */
    "CREATE TABLE device(cred BLOB PRIMARY KEY, next_seq INTEGER NOT NULL, live INTEGER NOT NULL,"
    " row_hash BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE mail(cred BLOB NOT NULL REFERENCES device(cred), seq INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, sender BLOB NOT NULL, page INTEGER NOT NULL, statement INTEGER NOT "
    "NULL,"
    " body INTEGER NOT NULL, own BLOB NOT NULL, capsule_t INTEGER NOT NULL,"
    " capsule_type INTEGER NOT NULL, capsule BLOB NOT NULL, share_t INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, row_hash BLOB NOT NULL, PRIMARY KEY(cred, seq)) WITHOUT ROWID;"
    "PRAGMA application_id = 1416774241;"
    "PRAGMA user_version = 1;";

/* Which devices receive pages. */
static const char SCHEMA_2[] =
    "CREATE TABLE duty(cred BLOB PRIMARY KEY, no INTEGER NOT NULL UNIQUE, number INTEGER NOT NULL,"
    " off INTEGER NOT NULL, signed BLOB NOT NULL, row_hash BLOB NOT NULL);"
    "PRAGMA user_version = 2;";

/* Envelopes in the order in which they came, so that a commit writes few pages however many devices it is for;
 * their place, one number that holds device and sequence, is a small index. */
static const char SCHEMA_3[] =
    "ALTER TABLE device RENAME TO device_2;"
    "ALTER TABLE mail RENAME TO mail_2;"
    "CREATE TABLE device(no INTEGER PRIMARY KEY, cred BLOB NOT NULL UNIQUE,"
    " next_seq INTEGER NOT NULL, live INTEGER NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE INDEX device_live ON device(no) WHERE live = 1;"
    "CREATE TABLE mail(id INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, kind INTEGER NOT "
    "NULL, sender BLOB NOT NULL,"
    " page INTEGER NOT NULL, statement INTEGER NOT NULL, body INTEGER NOT NULL, own BLOB NOT NULL,"
    " capsule_t INTEGER NOT NULL, capsule_type INTEGER NOT NULL, capsule BLOB NOT NULL,"
    " share_t INTEGER NOT NULL, at_ms INTEGER NOT NULL, row_hash BLOB NOT NULL);"
    "CREATE INDEX mail_page ON mail(page) WHERE page > 0;";
static const char SCHEMA_3_END[] = "DROP TABLE mail_2; DROP TABLE device_2;"
                                   "PRAGMA user_version = 3;";

static tb_result run(struct store *s, const char *text)
{
    sqlite3_stmt *st = NULL;
    tb_result r = TB_OK;

    while (r == TB_OK && *text) {
        r = sql_result(s, sqlite3_prepare_v2(s->db, text, -1, &st, &text));
        if (r == TB_OK)
            r = sql_result(s, sqlite3_step(st));
        (void)sqlite3_finalize(st);
    }
    return r;
}

static tb_result to_schema_1(struct store *s)
{
    return run(s, SCHEMA_1);
}

static tb_result to_schema_2(struct store *s)
{
    return run(s, SCHEMA_2);
}

/* A row whose hash is wrong is left behind, as it was never served before; its number goes on all the same. */
static tb_result copy_mail(struct store *s, const struct tb_hash *cred)
{
    sqlite3_stmt *q = sql_query(
        s, "SELECT cred,seq,kind,sender,page,statement,body,own,capsule_t,capsule_type,capsule,"
           "share_t,at_ms,row_hash FROM mail_2 WHERE cred=? ORDER BY seq");
    struct stream *st;
    tb_result r = stream_get(s, cred, &st);

    if (q)
        sql_blob(q, 1, cred->b, sizeof cred->b);
    while (r == TB_OK && (r = row_next(s, "mail", q)) != TB_E_NOTFOUND) {
        uint64_t seq = q ? (uint64_t)sqlite3_column_int64(q, 1) : 0;
        if (r == TB_OK)
            r = mail_copy(s, st->no << SEQ_BITS | (seq & SEQ_MAX), q, 2);
        else if (store_health(s) == STORE_FINE)
            r = TB_OK;
        if (r == TB_OK && seq >= st->next_seq)
            st->next_seq = seq + 1;
    }
    if (q)
        (void)sqlite3_reset(q);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

static tb_result copy_device(struct store *s, sqlite3_stmt *q)
{
    struct stream *st;
    struct tb_hash cred;

    if (!col_bytes(q, 0, cred.b, sizeof cred.b))
        return TB_OK;
    tb_result r = stream_get(s, &cred, &st);
    if (r == TB_OK)
        r = stream_change(s, st);
    if (r != TB_OK)
        return r;
    st->next_seq = (uint64_t)sqlite3_column_int64(q, 1);
    st->live = sqlite3_column_int64(q, 2) != 0;
    return copy_mail(s, &cred);
}

/* A device's row with a wrong hash is taken as it stands: its envelopes say what its next number must be. */
static tb_result to_schema_3(struct store *s)
{
    tb_result r = run(s, SCHEMA_3);
    sqlite3_stmt *q =
        r == TB_OK ? sql_query(s, "SELECT cred,next_seq,live,row_hash FROM device_2") : NULL;

    while (r == TB_OK && (r = row_next(s, "device", q)) != TB_E_NOTFOUND)
        if (q && (r == TB_OK || store_health(s) == STORE_FINE))
            r = copy_device(s, q);
    if (q)
        (void)sqlite3_reset(q);
    if (r != TB_E_NOTFOUND)
        return r;
    r = streams_write(s);
    sql_forget(s); /* statements on what is dropped */
    return r == TB_OK ? run(s, SCHEMA_3_END) : r;
}

/* One per version that a file can have: what brings it to the next one. */
static tb_result (*const steps[STORE_SCHEMA])(struct store *s) = { to_schema_1, to_schema_2,
                                                                   to_schema_3 };

tb_result store_migrate(struct store *s, int64_t from)
{
    tb_result r = TB_OK;

    for (int64_t v = from; v < STORE_SCHEMA && r == TB_OK; v++)
        r = steps[v](s);
    return r;
}
