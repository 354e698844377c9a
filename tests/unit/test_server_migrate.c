/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_migrate.c - a store of version 2, with envelopes in it, becomes one of today. */
/* link: PkgConfig::SQLITE */
#include "tb_cmocka.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/kdf.h"
#include "server/log.h"
#include "server/store.h"

static const char BACK_TO_2[] =
    "DROP TABLE mail; DROP TABLE device;"
    "CREATE TABLE device(cred BLOB PRIMARY KEY, next_seq INTEGER NOT NULL, live INTEGER NOT NULL,"
    " row_hash BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE mail(cred BLOB NOT NULL REFERENCES device(cred), seq INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, sender BLOB NOT NULL, page INTEGER NOT NULL, statement INTEGER NOT "
    "NULL,"
    " body INTEGER NOT NULL, own BLOB NOT NULL, capsule_t INTEGER NOT NULL,"
    " capsule_type INTEGER NOT NULL, capsule BLOB NOT NULL, share_t INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, row_hash BLOB NOT NULL, PRIMARY KEY(cred, seq)) WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

static char dir[] = "/tmp/tb-migrate-XXXXXX", path[64];
static sqlite3 *db;

/* ---- rows as that version wrote them */

struct old_row {
    sqlite3_stmt *st;
    struct tb_buf h;
    int at;
};

static struct old_row old_row(const char *table, const char *text)
{
    struct old_row w = { 0 };

    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &w.st, NULL), SQLITE_OK);
    tb_put_u8(&w.h, 'T');
    tb_put_var(&w.h, table, strlen(table));
    return w;
}

static void old_int(struct old_row *w, int64_t v)
{
    tb_put_u8(&w->h, 'i');
    tb_put_u64(&w->h, (uint64_t)v);
    assert_int_equal(sqlite3_bind_int64(w->st, ++w->at, v), SQLITE_OK);
}

static void old_blob(struct old_row *w, const void *p, size_t n)
{
    tb_put_u8(&w->h, 'b');
    tb_put_var(&w->h, p, n);
    assert_int_equal(sqlite3_bind_blob64(w->st, ++w->at, n ? p : "", n, SQLITE_TRANSIENT),
                     SQLITE_OK);
}

static void old_done(struct old_row *w, bool damaged)
{
    struct tb_hash h = tb_hash_of(TB_L_ROW, tb_buf_view(&w->h));

    h.b[0] ^= damaged;
    assert_int_equal(sqlite3_bind_blob(w->st, ++w->at, h.b, sizeof h.b, SQLITE_TRANSIENT),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(w->st), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(w->st), SQLITE_OK);
    tb_buf_done(&w->h);
}

static struct tb_hash name(uint8_t c)
{
    struct tb_hash h;

    memset(h.b, c, sizeof h.b);
    return h;
}

static void old_device(uint8_t c, uint64_t next_seq, bool live, bool damaged)
{
    struct old_row w = old_row("device", "INSERT INTO device VALUES(?,?,?,?)");
    struct tb_hash cred = name(c);

    old_blob(&w, cred.b, sizeof cred.b);
    old_int(&w, (int64_t)next_seq);
    old_int(&w, live);
    old_done(&w, damaged);
}

static void old_mail(uint8_t c, uint64_t seq, bool damaged)
{
    struct old_row w = old_row("mail", "INSERT INTO mail VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    struct tb_hash cred = name(c), from = name('f');

    old_blob(&w, cred.b, sizeof cred.b);
    old_int(&w, (int64_t)seq);
    old_int(&w, 7);
    old_blob(&w, from.b, seq % 2 ? sizeof from.b : 0); /* of the relay: none */
    old_int(&w, 0);
    old_int(&w, 0);
    old_int(&w, 0);
    old_blob(&w, "own", 3);
    old_int(&w, 0);
    old_int(&w, 2);
    old_blob(&w, "capsule", 7);
    old_int(&w, 0);
    old_int(&w, 1000 + (int64_t)seq);
    old_done(&w, damaged);
}

/* ---- */

static int setup(void **state)
{
    struct tb_id relay = { { 1 } };

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/relay.db", dir);
    assert_int_equal(store_create(path, &relay, 9), TB_OK);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, BACK_TO_2, NULL, NULL, NULL), SQLITE_OK);
    old_device('a', 12, true, false);
    old_mail('a', 10, false);
    old_mail('a', 11, false);
    old_device('b', 5, false, false); /* has all of its envelopes */
    old_device('c', 3, false, true);  /* a damaged row: its envelopes know more */
    old_mail('c', 7, false);
    old_mail('c', 8, true);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static uint64_t seqs[8];
static size_t n_seqs;

static tb_result take(void *user, const struct store_mail *m)
{
    struct tb_hash from = name('f');

    (void)user;
    assert_int_equal(m->kind, 7);
    assert_int_equal(m->at_ms, 1000 + (int64_t)m->seq);
    assert_int_equal(m->capsule.n, 7);
    assert_memory_equal(m->capsule.p, "capsule", 7);
    assert_memory_equal(m->own.p, "own", 3);
    assert_int_equal(m->from != NULL, m->seq % 2);
    if (m->from)
        assert_true(tb_hash_equal(m->from, &from));
    seqs[n_seqs++] = m->seq;
    return TB_OK;
}

static uint64_t newest(struct store *s, uint8_t c)
{
    struct tb_hash cred = name(c);
    uint64_t n = 0;

    assert_int_equal(store_mail_newest(s, &cred, &n), TB_OK);
    return n;
}

static size_t taken(struct store *s, uint8_t c)
{
    struct tb_hash cred = name(c);

    n_seqs = 0;
    assert_int_equal(store_mails(s, &cred, 0, take, NULL), TB_OK);
    return n_seqs;
}

static tb_result one_live(void *user, const struct tb_hash *cred)
{
    *(struct tb_hash *)user = *cred;
    return TB_OK;
}

static void bad(void *user, const char *what)
{
    (void)user;
    fail_msg("%s", what);
}

static void envelopes_and_their_numbers_come_along(void **state)
{
    struct tb_hash live = { { 0 } }, a = name('a');
    struct store *s = NULL;

    (void)state;
    log_set_level(LOG_ERROR - 1); /* the damaged rows are told */
    assert_int_equal(store_open(path, &s), TB_OK);
    assert_int_equal(taken(s, 'a'), 2);
    assert_int_equal(seqs[0], 10);
    assert_int_equal(seqs[1], 11);
    assert_int_equal(newest(s, 'a'), 11);
    assert_int_equal(taken(s, 'b'), 0);
    assert_int_equal(newest(s, 'b'), 4);
    assert_int_equal(taken(s, 'c'), 1);
    assert_int_equal(newest(s, 'c'), 8); /* never given twice, though its envelope was damaged */
    assert_int_equal(store_devices_live(s, one_live, &live), TB_OK);
    assert_true(tb_hash_equal(&live, &a));
    assert_int_equal(store_check(s, bad, NULL), TB_OK);
    store_close(s);
    assert_int_equal(store_open(path, &s), TB_OK); /* nothing is left to do */
    assert_int_equal(taken(s, 'a'), 2);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(
        envelopes_and_their_numbers_come_along, setup, teardown) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
