/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_vfs.c - what SQLite sees of the disk (disk.h): files, locks and the shared memory of a log.
 *
 * It promises SQLite what the ordinary Unix VFS does: a write does not touch the
 * bytes beside it, and the entry of a new file is on disk with its first sync. */
#include "tests/crash/disk_part.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANDLES = 64, REGIONS = 64, LOCKS = 8 };

struct handle {
    sqlite3_file base;
    int inode;
    int level; /* SQLITE_LOCK_* */
    bool shm;
    unsigned shared, exclusive; /* bits of shared memory locks */
    char path[PATH];
};

static struct handle *handles[HANDLES];
static struct {
    void *at[REGIONS];
    int users;
} shm[INODES + 1];

static struct inode *file_of(sqlite3_file *f)
{
    return &disk->inode[((struct handle *)f)->inode];
}

/* ---- reading and writing */

static int vfs_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    const struct inode *i = file_of(f);
    int64_t there = i->now_n - at;

    if (disk_strikes(((struct handle *)f)->path, DISK_READ_EIO))
        return SQLITE_IOERR_READ;
    if (there >= n) {
        memcpy(p, i->now + at, (size_t)n);
        return SQLITE_OK;
    }
    memset(p, 0, (size_t)n);
    if (there > 0)
        memcpy(p, i->now + at, (size_t)there);
    return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct handle *h = (struct handle *)f;

    if (disk_strikes(h->path, DISK_WRITE_EIO))
        return SQLITE_IOERR_WRITE;
    if (disk_strikes(h->path, DISK_WRITE_FULL) || disk_is_full(h->path, file_of(f), at + n))
        return SQLITE_FULL;
    disk_write(file_of(f), p, n, at);
    disk_changed(h->path);
    return SQLITE_OK;
}

static int vfs_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    disk_truncate(file_of(f), n);
    disk_changed(((struct handle *)f)->path);
    return SQLITE_OK;
}

static int vfs_sync(sqlite3_file *f, int flags)
{
    struct handle *h = (struct handle *)f;

    (void)flags;
    disk_changed(h->path); /* the cut comes before the disk says that it is done */
    if (disk_strikes(h->path, DISK_SYNC_EIO)) {
        disk_sync_fails(file_of(f));
        return SQLITE_IOERR_FSYNC;
    }
    disk_sync(file_of(f));
    return SQLITE_OK;
}

static int vfs_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    *ret = file_of(f)->now_n;
    return SQLITE_OK;
}

/* ---- locks */

static int highest_of_others(const struct handle *h)
{
    int level = SQLITE_LOCK_NONE;

    for (size_t i = 0; i < HANDLES; i++)
        if (handles[i] && handles[i] != h && handles[i]->inode == h->inode &&
            handles[i]->level > level)
            level = handles[i]->level;
    return level;
}

static int vfs_lock(sqlite3_file *f, int level)
{
    struct handle *h = (struct handle *)f;
    int others = highest_of_others(h);

    if (level <= h->level)
        return SQLITE_OK;
    if ((level == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING) ||
        (level == SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED) ||
        (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED))
        return SQLITE_BUSY;
    h->level = level;
    return SQLITE_OK;
}

static int vfs_unlock(sqlite3_file *f, int level)
{
    ((struct handle *)f)->level = level;
    return SQLITE_OK;
}

static int vfs_is_reserved(sqlite3_file *f, int *ret)
{
    *ret = highest_of_others((struct handle *)f) >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int vfs_control(sqlite3_file *f, int op, void *arg)
{
    (void)f, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}

static int vfs_sector(sqlite3_file *f)
{
    (void)f;
    return 4096;
}

static int vfs_device(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- shared memory: never on disk */

static int vfs_shm_map(sqlite3_file *f, int region, int n, int extend, void volatile **ret)
{
    struct handle *h = (struct handle *)f;

    if (region >= REGIONS)
        return SQLITE_IOERR_SHMSIZE;
    if (!h->shm) {
        h->shm = true;
        shm[h->inode].users++;
    }
    void **at = &shm[h->inode].at[region];
    if (!*at && extend)
        *at = calloc(1, (size_t)n);
    *ret = *at;
    return *at || !extend ? SQLITE_OK : SQLITE_NOMEM;
}

static int vfs_shm_lock(sqlite3_file *f, int from, int n, int flags)
{
    struct handle *h = (struct handle *)f;
    unsigned bits = ((1u << n) - 1) << from, shared = 0, exclusive = 0;

    if (flags & SQLITE_SHM_UNLOCK) {
        h->shared &= ~bits;
        h->exclusive &= ~bits;
        return SQLITE_OK;
    }
    for (size_t i = 0; i < HANDLES; i++)
        if (handles[i] && handles[i] != h && handles[i]->inode == h->inode) {
            shared |= handles[i]->shared;
            exclusive |= handles[i]->exclusive;
        }
    if (exclusive & bits || (flags & SQLITE_SHM_EXCLUSIVE && shared & bits))
        return SQLITE_BUSY;
    if (flags & SQLITE_SHM_EXCLUSIVE)
        h->exclusive |= bits;
    else
        h->shared |= bits;
    return SQLITE_OK;
}

static void vfs_shm_barrier(sqlite3_file *f)
{
    (void)f;
}

static int vfs_shm_unmap(sqlite3_file *f, int drop)
{
    struct handle *h = (struct handle *)f;

    (void)drop; /* it goes with its last user */
    h->shared = h->exclusive = 0;
    if (h->shm && --shm[h->inode].users == 0)
        for (size_t i = 0; i < REGIONS; i++) {
            free(shm[h->inode].at[i]);
            shm[h->inode].at[i] = NULL;
        }
    h->shm = false;
    return SQLITE_OK;
}

/* ---- names */

static int vfs_close(sqlite3_file *f)
{
    struct handle *h = (struct handle *)f;

    (void)vfs_shm_unmap(f, 0);
    for (size_t i = 0; i < HANDLES; i++)
        if (handles[i] == h)
            handles[i] = NULL;
    disk_opens[h->inode]--;
    disk_release(h->inode);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_is_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector,
    .xDeviceCharacteristics = vfs_device,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

static int vfs_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
    struct handle *h = (struct handle *)f;

    (void)v;
    memset(h, 0, sizeof *h);
    if (path && (strlen(path) >= PATH))
        return SQLITE_CANTOPEN;
    if (path) {
        struct name *n = disk_name(path, true);
        if (!n->now)
            n->now = disk_inode();
        h->inode = n->now;
        (void)snprintf(h->path, sizeof h->path, "%s", path);
    } else {
        h->inode = disk_inode();
    }
    for (size_t i = 0; i < HANDLES; i++)
        if (!handles[i]) {
            handles[i] = h;
            break;
        }
    disk_opens[h->inode]++;
    h->base.pMethods = &methods;
    if (ret_flags)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *path, int sync)
{
    struct name *n = disk_name(path, false);

    (void)v;
    if (!n || !n->now)
        return SQLITE_IOERR_DELETE_NOENT;
    int now = n->now, safe = n->safe;
    n->now = 0;
    disk_changed(path);
    if (sync)
        n->safe = 0;
    disk_release(now);
    disk_release(safe);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *v, const char *path, int flags, int *ret)
{
    const struct name *n = disk_name(path, false);

    (void)v;
    *ret = n && n->now && (flags != SQLITE_ACCESS_EXISTS || disk->inode[n->now].now_n > 0);
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *v, const char *path, int n, char *ret)
{
    (void)v;
    return snprintf(ret, (size_t)n, "%s", path) < n ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_random(sqlite3_vfs *v, int n, char *ret)
{
    (void)v;
    for (int i = 0; i < n; i++)
        ret[i] = (char)disk_random(256);
    return n;
}

static int vfs_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return us;
}

static int vfs_now(sqlite3_vfs *v, double *ret)
{
    (void)v;
    *ret = 2460000;
    return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *v, int n, char *text)
{
    (void)v, (void)n, (void)text;
    return 0;
}

static sqlite3_vfs vfs = {
    .iVersion = 1,
    .szOsFile = sizeof(struct handle),
    .mxPathname = PATH - 1,
    .zName = "power",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_random,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_now,
    .xGetLastError = vfs_error,
};

void disk_vfs_begin(void)
{
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}

void disk_vfs_end(void)
{
    (void)sqlite3_vfs_unregister(&vfs);
}
