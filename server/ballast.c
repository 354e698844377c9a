/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ballast.c - space kept back for the night when the disk is full.
 *
 * A file of BALLAST_BYTES beside the store.  When SQLite says that the disk is full it is deleted, so
 * that acts, steps and severe pages still find room: other new pages are refused from then on, and severe
 * ones too when little is left.  It is made again once there is plenty of space. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "server/log.h"
#include "server/relay_priv.h"

static void path_of(const struct relay *r, char ret[static 300])
{
    (void)snprintf(ret, 300, "%s/ballast", r->dir);
}

bool ballast_drop(struct relay *r, int64_t now_ms)
{
    char path[300];

    path_of(r, path);
    r->ballast = false;
    r->short_ms = now_ms;
    return unlink(path) == 0;
}

static bool has_room(const struct relay *r, uint64_t bytes)
{
    struct statvfs v;

    return statvfs(r->dir, &v) != 0 || (uint64_t)v.f_bavail * v.f_frsize >= bytes;
}

bool ballast_admits(struct relay *r, bool severe, int64_t now_ms)
{
    if (r->short_ms && now_ms - r->short_ms >= FULL_RETRY_MS) {
        r->short_ms = now_ms;
        ballast_make(r);
        if (!r->ballast && has_room(r, 2 * (uint64_t)BALLAST_BYTES))
            r->short_ms = 0;
    }
    return !r->short_ms || (severe && has_room(r, BALLAST_FOR_ANSWERS));
}

void ballast_make(struct relay *r)
{
    char path[300];

    path_of(r, path);
    r->ballast = access(path, F_OK) == 0;
    if (r->ballast || !has_room(r, 4 * (uint64_t)BALLAST_BYTES))
        return;
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    r->ballast = posix_fallocate(fd, 0, BALLAST_BYTES) == 0;
    if (!r->ballast) {
        (void)unlink(path);
        return;
    }
    r->short_ms = 0;
    log_line(LOG_NOTE, "ballast", "bytes=%d", BALLAST_BYTES);
}

void ballast_rescue(struct relay *r, int64_t now_ms)
{
    if (has_room(r, BALLAST_START))
        return;
    bool freed = ballast_drop(r, now_ms);
    log_line(LOG_ERROR, "disk-full", "at=start ballast=%s remedy=free-space",
             freed ? "freed" : "gone");
}

void ballast_begin(struct relay *r, int64_t now_ms)
{
    ballast_make(r);
    if (!r->ballast && !has_room(r, BALLAST_BYTES))
        r->short_ms = now_ms;
}
