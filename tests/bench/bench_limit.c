/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_limit.c - what the machine can do at this moment: disk, SQLite, TLS. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "bench_world.h"

enum { BLOCK = 4096, BODY = 600, ROWS = 100, PATH = 256, PACE_NS = 10000000, PACED = 30 };

/* ---- SQLite: the same PRAGMAs as server/store.c, the plainest table that could hold the bytes */

static void sql(sqlite3 *db, sqlite3_stmt *st)
{
    if (sqlite3_step(st) != SQLITE_DONE || sqlite3_reset(st) != SQLITE_OK)
        die("SQLite: %s", sqlite3_errmsg(db));
}

static sqlite3_stmt *statement(sqlite3 *db, const char *text)
{
    sqlite3_stmt *st = NULL;

    if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
        die("SQLite: %s", sqlite3_errmsg(db));
    return st;
}

static const char PRAGMAS[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
    "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
    "PRAGMA cell_size_check=ON;"
    "CREATE TABLE note(id INTEGER PRIMARY KEY, target BLOB NOT NULL, at_ms INTEGER NOT NULL,"
    " body BLOB NOT NULL);";

static double rows_in(sqlite3 *db, double seconds)
{
    sqlite3_stmt *begin = statement(db, "BEGIN IMMEDIATE"), *commit = statement(db, "COMMIT");
    sqlite3_stmt *insert = statement(db, "INSERT INTO note(target,at_ms,body) VALUES(?,?,?)");
    uint8_t body[BODY];
    uint64_t rows = 0;
    int64_t start = now_ns(), until = start + (int64_t)(seconds * 1e9);

    if (getrandom(body, sizeof body, 0) != (ssize_t)sizeof body)
        die("no random bytes");
    do {
        sql(db, begin);
        for (int i = 0; i < ROWS; i++) {
            memcpy(body, &rows, sizeof rows);
            (void)sqlite3_bind_blob(insert, 1, body, 32, SQLITE_STATIC);
            (void)sqlite3_bind_int64(insert, 2, (int64_t)rows++);
            (void)sqlite3_bind_blob(insert, 3, body, sizeof body, SQLITE_STATIC);
            sql(db, insert);
        }
        sql(db, commit);
    } while (now_ns() < until);
    double took = (double)(now_ns() - start) / 1e9;
    (void)sqlite3_finalize(begin);
    (void)sqlite3_finalize(commit);
    (void)sqlite3_finalize(insert);
    return (double)rows / took;
}

static double measure_rows(const char *dir, double seconds)
{
    char path[PATH], more[PATH + 8];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof path, "%s/limit-rows", dir);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, PRAGMAS, NULL, NULL, NULL) != SQLITE_OK)
        die("%s: %s", path, sqlite3_errmsg(db));
    double rate = rows_in(db, seconds);
    (void)sqlite3_close(db);
    (void)unlink(path);
    (void)snprintf(more, sizeof more, "%s-wal", path);
    (void)unlink(more);
    return rate;
}

/* ---- the disk */

static void append(int fd)
{
    static const uint8_t block[BLOCK] = { 1 };

    if (write(fd, block, sizeof block) != (ssize_t)sizeof block || fdatasync(fd) != 0)
        die("fdatasync: %s", strerror(errno));
}

static void measure_syncs(const char *dir, double seconds, struct limits *ret)
{
    char path[PATH];
    struct samples paced = { 0 };
    const struct timespec pace = { .tv_nsec = PACE_NS };
    int64_t n = 0, start, until;

    (void)snprintf(path, sizeof path, "%s/limit-sync", dir);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        die("%s: %s", path, strerror(errno));
    start = now_ns();
    until = start + (int64_t)(seconds * 1e9);
    do {
        append(fd);
        n++;
    } while (now_ns() < until);
    ret->syncs_s = (double)n * 1e9 / (double)(now_ns() - start);
    for (int i = 0; i < PACED; i++) {
        (void)nanosleep(&pace, NULL);
        start = now_ns();
        append(fd);
        samples_add(&paced, (double)(now_ns() - start) / 1e3);
    }
    ret->paced_us = samples_part(&paced, 0.5);
    samples_done(&paced);
    (void)close(fd);
    (void)unlink(path);
}

/* ---- TLS: both ends here, only the server's part is timed */

static SSL_CTX *server_context(const struct world *w)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    char key[PATH], crt[PATH];

    (void)snprintf(key, sizeof key, "%s/tls.key", w->state);
    (void)snprintf(crt, sizeof crt, "%s/tls.crt", w->state);
    if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_certificate_file(ctx, crt, SSL_FILETYPE_PEM) != 1)
        die("no TLS server with %s", key);
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return ctx;
}

static int64_t one_handshake(SSL_CTX *server, SSL_CTX *client)
{
    BIO *a = NULL, *b = NULL;
    int64_t cost = 0;
    int c = 0, s = 0;

    int64_t start = now_ns();
    SSL *at_server = SSL_new(server);
    cost += now_ns() - start;
    SSL *at_client = SSL_new(client);
    if (!at_server || !at_client || BIO_new_bio_pair(&a, 0, &b, 0) != 1)
        die("no memory");
    SSL_set_bio(at_server, a, a);
    SSL_set_bio(at_client, b, b);
    for (int i = 0; i < 10 && (c != 1 || s != 1); i++) {
        c = SSL_connect(at_client);
        start = now_ns();
        s = SSL_accept(at_server);
        cost += now_ns() - start;
    }
    if (c != 1 || s != 1)
        die("no handshake");
    SSL_free(at_client);
    start = now_ns();
    SSL_free(at_server);
    return cost + now_ns() - start;
}

static double measure_tls(const struct world *w, double seconds)
{
    SSL_CTX *server = server_context(w), *client = SSL_CTX_new(TLS_client_method());
    int64_t until = now_ns() + (int64_t)(seconds * 1e9), cost = 0, n = 0;

    if (!client)
        die("no memory");
    do {
        cost += one_handshake(server, client);
        n++;
    } while (now_ns() < until);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    return (double)n * 1e9 / (double)cost;
}

/* What else the machine does, seen from a thread that only computes. */
static double measure_busy(double seconds)
{
    int64_t start = now_ns(), cpu = thread_cpu_ns();

    while ((double)(thread_cpu_ns() - cpu) < seconds * 1e9)
        ;
    return (double)(now_ns() - start) / (double)(thread_cpu_ns() - cpu);
}

void limits_measure(const struct world *w, double seconds, struct limits *ret)
{
    *ret = (struct limits){ 0 };
    ret->rows_s = measure_rows(w->dir, seconds);
    measure_syncs(w->dir, seconds / 2, ret);
    ret->tls_s = measure_tls(w, seconds / 2);
    ret->busy = measure_busy(seconds / 5);
}
