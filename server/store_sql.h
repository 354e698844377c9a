/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_sql.h - what the store*.c files share; nobody else includes it.
 *
 * A row is written with row_put_* in the order of its columns, the hash last,
 * and read by a SELECT of the same columns in the same order, the hash last:
 *
 *     struct row w = row_write(s, "card", "INSERT INTO card(...,row_hash) VALUES (?,?,?)");
 *     row_put_blob(&w, ...); row_put_int(&w, ...);
 *     return row_done(&w);                                // binds the hash, steps
 *
 *     sqlite3_stmt *q = sql_query(s, "SELECT ...,row_hash FROM card WHERE cred=?");
 *     sql_bind_...; r = row_next(s, "card", q); ...; sqlite3_reset(q);
 *
 * Statements are prepared once: the text's address is the key of the cache, so
 * every text is a literal. */
#pragma once

#include "proto/kdf.h"
#include "server/store.h"

/* As in <sqlite3.h>, which every store*.c includes for itself. */
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

enum { SQL_SLOTS = 256 };

/* A device and the next number of its stream, as this transaction has it (store_stream.c). */
struct stream {
    struct tb_hash cred;
    uint64_t no;       /* of its row; 0: none yet */
    uint64_t next_seq; /* from 1 */
    uint64_t found;    /* newest number of those that were given before the row was read */
    bool live;
    bool dirty; /* not yet as in the table */
};
struct stream_change {
    struct stream *of; /* NULL: a mark, or what was one */
    struct stream was;
    bool mark;
};
struct streams {
    struct stream **slot;
    size_t n, cap; /* cap: a power of two */
    struct stream_change *journal;
    size_t n_journal, cap_journal;
    uint64_t newest_no; /* 0: not read yet */
};
/* An envelope's place: who gets it, then its number; so a mailbox is one range. */
enum { SEQ_BITS = 40 };
#define STREAM_NO_MAX ((UINT64_C(1) << 23) - 1)
#define SEQ_MAX ((UINT64_C(1) << SEQ_BITS) - 1)

struct store {
    sqlite3 *db;
    struct tb_id relay_id;
    uint64_t era;
    enum store_health health;
    bool in_tx, row_mark;
    int wal_frames;  /* in the log since it was last copied back */
    bool scrub;      /* a share was destroyed: the log still has it */
    int64_t changes; /* sqlite3_total_changes64 when the transaction began */
    int64_t swept;   /* up to which row envelopes without a page were looked at for their age */
    struct streams streams;
    struct tb_buf scratch; /* of store_row.c */
    struct {
        const char *text;
        sqlite3_stmt *st;
    } slot[SQL_SLOTS];
};

/* Maps what SQLite said; remembers in s->health what ends a turn or the relay. */
tb_result sql_result(struct store *s, int rc);

/* A cached statement, reset and unbound; NULL if it cannot be prepared. */
sqlite3_stmt *sql_query(struct store *s, const char *text);
void sql_int(sqlite3_stmt *st, int at, int64_t v);
void sql_blob(sqlite3_stmt *st, int at, const void *p, size_t n);
void sql_text(sqlite3_stmt *st, int at, const char *v);
/* Steps a statement that gives no rows, then resets it. */
tb_result sql_run(struct store *s, sqlite3_stmt *st);
/* Ends all cached statements. */
void sql_forget(struct store *s);
/* Gives the first column of the only row; `none` if there is no row. */
tb_result sql_one(struct store *s, sqlite3_stmt *st, int64_t none, int64_t *ret);

struct row {
    struct store *s;
    sqlite3_stmt *st;
    struct tb_buf h;
    int at;
};
struct row row_write(struct store *s, const char *table, const char *text);
/* What is put must stay as it is until row_done(). */
void row_put_int(struct row *w, int64_t v);
void row_put_blob(struct row *w, const void *p, size_t n);
void row_put_text(struct row *w, const char *v);
tb_result row_done(struct row *w);

/* TB_OK: a row whose hash is right.  TB_E_NOTFOUND: no more.  TB_E_STORE: a damaged row, logged. */
tb_result row_next(struct store *s, const char *table, sqlite3_stmt *st);
/* The same for one row: resets the statement unless it gave one. */
tb_result row_only(struct store *s, const char *table, sqlite3_stmt *st);

struct tb_view col_blob(sqlite3_stmt *st, int i);
/* Copies; false if the sizes differ. */
bool col_bytes(sqlite3_stmt *st, int i, void *ret, size_t n);
bool col_text(sqlite3_stmt *st, int i, char *ret, size_t cap);
uint32_t col_u32(sqlite3_stmt *st, int i);

/* --- store_stream.c */
/* Gives the stream, to be changed after stream_change() only; valid until the transaction is lost. */
tb_result stream_get(struct store *s, const struct tb_hash *cred, struct stream **ret);
tb_result stream_change(struct store *s, struct stream *st);
/* With store_mark, store_keep, store_undo; before COMMIT; after a lost transaction, and at the end. */
tb_result streams_mark(struct store *s);
void streams_keep(struct store *s);
void streams_undo(struct store *s);
tb_result streams_write(struct store *s);
void streams_forget(struct store *s);

/* --- store_migrate.c: what brings a file to the next version, from 0 on */
enum { STORE_SCHEMA = 3 };
tb_result store_migrate(struct store *s, int64_t from);
/* --- store_mailbox.c: inserts again at `place` what stands in the row from column `at` (kind) on */
tb_result mail_copy(struct store *s, uint64_t place, sqlite3_stmt *q, int at);
