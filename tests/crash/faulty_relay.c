/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faulty_relay.c - the real relay over SQLite's own file system layer, which fails once at the nth sync or write.
 *
 * TRUCBAN_FAULT="sync 12", "write 30" (EIO) or "full 30" (ENOSPC); counted from the start of the process. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char kind[8];
static long left;
static sqlite3_vfs *usual_vfs;
static sqlite3_vfs vfs;
/* SQLite has a table for databases and one for everything else. */
enum { TABLES = 4 };
static const sqlite3_io_methods *usual[TABLES];
static sqlite3_io_methods methods[TABLES];

static const sqlite3_io_methods *usual_of(const sqlite3_file *f)
{
    return usual[f->pMethods - methods];
}

static int on_sync(sqlite3_file *f, int flags)
{
    if (strcmp(kind, "sync") == 0 && --left == 0)
        return SQLITE_IOERR_FSYNC;
    return usual_of(f)->xSync(f, flags);
}

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    if (strcmp(kind, "sync") != 0 && --left == 0)
        return strcmp(kind, "full") == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return usual_of(f)->xWrite(f, p, n, at);
}

static int on_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
    (void)v;
    int code = usual_vfs->xOpen(usual_vfs, path, f, flags, ret_flags);

    size_t i = 0;

    if (code != SQLITE_OK || !f->pMethods)
        return code;
    while (usual[i] && usual[i] != f->pMethods)
        if (++i == TABLES)
            abort();
    usual[i] = f->pMethods;
    methods[i] = *usual[i];
    methods[i].xSync = on_sync;
    methods[i].xWrite = on_write;
    f->pMethods = &methods[i];
    return code;
}

/* Before main(), which knows nothing of it. */
__attribute__((constructor)) static void stand_between(void)
{
    const char *wish = getenv("TRUCBAN_FAULT");

    if (!wish || sscanf(wish, "%7s %ld", kind, &left) != 2 || sqlite3_initialize() != SQLITE_OK)
        return;
    usual_vfs = sqlite3_vfs_find(NULL);
    vfs = *usual_vfs;
    vfs.zName = "faulty";
    vfs.xOpen = on_open;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}
