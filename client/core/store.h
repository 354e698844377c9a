/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.h - what a profile keeps on disk, without a word of SQL.
 *
 * One shape for every table: (key, n) -> sealed bytes, with two open numbers
 * (ord: order, flag: a yes or no) that lists need.  A key is stored only as a
 * keyed hash; the plaintext repeats key and n, so that a row moved to another
 * place does not open.  The plaintexts are the messages of local.proto.  What
 * the file shows to a thief: how many rows, how large, which belong together.
 *
 * WAL, synchronous = FULL, secure_delete.  The caller owns the transaction;
 * every write must stand in one.  (cs_: the relay has a store_ of its own, and
 * tests link both.)
 *   store.c  file, schema, transactions, open values     store_row.c  sealed rows */
#pragma once

#include "client/core/vault.h"

struct cs;

#define CS_TABLES(X)                                                             \
    X(CS_META, "meta")         /* key: name */                                   \
    X(CS_RECORD, "record")     /* sessions and prekeys; n: enum e2e_record */    \
    X(CS_ENTRY, "entry")       /* roster log; n: position */                     \
    X(CS_FRESH, "fresh")       /* freshness statements; key: signer */           \
    X(CS_CARD, "card")         /* key: cred */                                   \
    X(CS_SECRET, "secret")     /* province secrets; n: epoch */                  \
    X(CS_COMPARED, "compared") /* key: account */                                \
    X(CS_PEER, "peer")         /* key: cred */                                   \
    X(CS_PAGE, "page")         /* key: page; ord: change; flag: open */          \
    X(CS_BODY, "body")         /* key: page; n: 0 sealed body, 1 plaintext */    \
    X(CS_EVENT, "event")       /* key: page; n: order */                         \
    X(CS_LADDER, "ladder")     /* devices of a page; key: page */                \
    X(CS_SEEN, "seen")         /* dedup; key: cred || act id; data: page || n */ \
    X(CS_REWRAP, "rewrap")     /* key: page || cred */                           \
    X(CS_OUTBOX, "outbox")     /* n: order */                                    \
    X(CS_HELD, "held")         /* key: content; n: 0 note (ord: order), 1 all */

enum cs_table {
#define X(name, text) name,
    CS_TABLES(X)
#undef X
        CS_TABLE_COUNT
};

/* TB_E_VERSION: written by a newer program.  TB_E_STORE: not a database, damaged, or a disk that fails. */
tb_result cs_open(const char *path, struct cs **ret);
void cs_close(struct cs *s); /* what was not committed is gone */
/* Rows are sealed and opened with it from now on; borrowed; NULL: none can be read. */
void cs_use(struct cs *s, const struct vault *v);

/* Open values, not secret: the wrapped key.  TB_E_NOTFOUND. */
tb_result cs_open_value(struct cs *s, const char *name, struct tb_buf *ret);
tb_result cs_set_open_value(struct cs *s, const char *name, struct tb_view value);

tb_result cs_begin(struct cs *s);
tb_result cs_commit(struct cs *s); /* on failure nothing of it is on disk */
void cs_rollback(struct cs *s);
/* SQLite may lack the memory even to undo: until the next cs_begin() has done it, what was undone is still read. */
bool cs_is_undone(const struct cs *s);
bool cs_in_transaction(const struct cs *s);
/* Part of a transaction that may be undone alone. */
tb_result cs_mark(struct cs *s);
tb_result cs_keep(struct cs *s);
void cs_undo(struct cs *s);

struct cs_key {
    enum cs_table table;
    struct tb_view key; /* may be empty */
    int64_t n;
};
/* TB_E_NOTFOUND: no such row.  TB_E_DAMAGED: it does not open, or was moved; of a row without which
 * there is no profile that is TB_E_STORE, as when the disk fails.  Appends to *ret. */
tb_result cs_get(struct cs *s, const struct cs_key *k, struct tb_buf *ret);
struct cs_sort {
    int64_t ord;
    bool flag;
};
/* Writes or replaces; `sort` NULL: zeros. */
tb_result cs_put(struct cs *s, const struct cs_key *k, const struct cs_sort *sort,
                 struct tb_view plain);
tb_result cs_drop(struct cs *s, const struct cs_key *k); /* nothing there is fine */

/* Called with each row's n and plaintext; any other result than TB_OK and TB_E_DAMAGED stops and is given
 * back.  TB_E_DAMAGED at the end: all the others came.
 * It may write to other tables and to rows that came already. */
typedef tb_result cs_row_fn(void *user, int64_t n, struct tb_view plain);
/* Rows of one key by ascending n, from `from_n` on. */
tb_result cs_rows(struct cs *s, const struct cs_key *from, cs_row_fn *fn, void *user);
struct cs_query {
    enum cs_table table;
    int64_t above; /* ord */
    bool flagged;  /* only rows with the flag */
};
/* All rows of a table with ord above a number, newest first. */
tb_result cs_newest(struct cs *s, const struct cs_query *q, cs_row_fn *fn, void *user);
/* The same in parts, for tables whose ords differ. */
struct cs_part {
    int64_t below; /* ord; 0: from the newest on */
    size_t max;    /* rows looked at, damaged ones too; 0: all */
    int64_t next;  /* set: `below` of the next part; 0: there is none */
};
tb_result cs_newest_part(struct cs *s, const struct cs_query *q, struct cs_part *part,
                         cs_row_fn *fn, void *user);
/* Calls fn for each damaged row of such a query, with the start of its hidden key. */
typedef void cs_damaged_fn(void *user, const struct tb_id *name);
tb_result cs_damaged(struct cs *s, const struct cs_query *q, cs_damaged_fn *fn, void *user);
const char *cs_path(const struct cs *s); /* of the file; lives as long as s */
tb_result cs_count(struct cs *s, enum cs_table table, bool flagged, uint32_t *ret);
