/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_sql.h - what the two files of the store share; nobody else includes it. */
#pragma once

#include "client/core/store.h"

/* As in <sqlite3.h>, which every store*.c includes for itself. */
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

enum cs_statement {
    CS_ST_GET,
    CS_ST_PUT,
    CS_ST_DROP,
    CS_ST_ROWS,
    CS_ST_NEWEST,
    CS_ST_FLAGGED,
    CS_ST_COUNT,
    CS_ST_COUNT_ALL
};

struct cs {
    sqlite3 *db;
    const struct vault *vault;
    bool in_tx;
    sqlite3_stmt *st[CS_TABLE_COUNT][CS_ST_COUNT_ALL]; /* prepared at first use */
};

/* After a failure of disk or memory SQLite may have undone the transaction by itself: what is written then is
 * committed at once, one row without the others. */
bool cs_transaction_is_lost(const struct cs *s);
const char *cs_table_name(enum cs_table t);
tb_result cs_result(int sqlite_code);
/* Gives a prepared statement, reset and without bindings. */
tb_result cs_statement(struct cs *s, enum cs_table t, enum cs_statement which, sqlite3_stmt **ret);
