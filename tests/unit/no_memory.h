/* SPDX-License-Identifier: GPL-3.0-or-later */
/* no_memory.h - the nth allocation fails, or some from there on: of what is linked into the test, or of SQLite below it.
 *
 * The test says `wrap: malloc calloc realloc reallocarray sodium_malloc`, and
 * which of its code is meant: nothing is counted unless *no_memory_inside is set.
 * Allocations inside shared libraries other than SQLite are not reached. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

static const bool *no_memory_inside;
static struct {
    bool of_sqlite;
    long at, n, calls; /* n calls fail, the first of them the at-th from now on */
} no_memory;

static inline void no_memory_for(bool of_sqlite, long nth, long n)
{
    no_memory.of_sqlite = of_sqlite;
    no_memory.at = nth;
    no_memory.n = n;
    no_memory.calls = 0;
}

static inline void no_memory_at(bool of_sqlite, long nth)
{
    no_memory_for(of_sqlite, nth, 1);
}

static inline bool no_memory_struck(void)
{
    return no_memory.calls >= no_memory.at;
}

static inline bool no_memory_fails(bool is_sqlite)
{
    if (!no_memory_inside || !*no_memory_inside || is_sqlite != no_memory.of_sqlite)
        return false;
    no_memory.calls++;
    return no_memory.calls >= no_memory.at && no_memory.calls < no_memory.at + no_memory.n;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__real_sodium_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_sodium_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
    return no_memory_fails(false) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return no_memory_fails(false) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return no_memory_fails(false) ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    return no_memory_fails(false) ? NULL : __real_reallocarray(p, n, size);
}

void *__wrap_sodium_malloc(size_t n)
{
    return no_memory_fails(false) ? NULL : __real_sodium_malloc(n);
}

static sqlite3_mem_methods no_memory_usual;

static inline void *no_memory_sqlite_malloc(int n)
{
    return no_memory_fails(true) ? NULL : no_memory_usual.xMalloc(n);
}

static inline void *no_memory_sqlite_realloc(void *p, int n)
{
    return no_memory_fails(true) ? NULL : no_memory_usual.xRealloc(p, n);
}

/* Before anything uses SQLite; SQLITE_OK. */
static inline int no_memory_begin(void)
{
    sqlite3_mem_methods mine;
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &no_memory_usual);

    if (code != SQLITE_OK)
        return code;
    mine = no_memory_usual;
    mine.xMalloc = no_memory_sqlite_malloc;
    mine.xRealloc = no_memory_sqlite_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &mine);
}
