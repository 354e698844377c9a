/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ballast.c - space kept back for the night when the disk is full.
 *
 * A file of BALLAST_BYTES beside the store.  When SQLite says that the disk is full it is deleted, so
 * that acts and severe pages still find room; it is made again once there is plenty of space. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "server/log.h"
#include "server/relay_priv.h"

static void path_of(const struct relay *r, char ret[static 300])
{
    (void)snprintf(ret, 300, "%s/ballast", r->dir);
}

bool ballast_drop(struct relay *r)
{
    char path[300];

    path_of(r, path);
    r->ballast = false;
    return unlink(path) == 0;
}

void ballast_make(struct relay *r)
{
    char path[300];
    struct statvfs v;

    path_of(r, path);
    r->ballast = access(path, F_OK) == 0;
    if (r->ballast || statvfs(r->dir, &v) != 0 ||
        (uint64_t)v.f_bavail * v.f_frsize < 4 * (uint64_t)BALLAST_BYTES)
        return;
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    r->ballast = posix_fallocate(fd, 0, BALLAST_BYTES) == 0;
    if (!r->ballast)
        (void)unlink(path);
    else
        log_line(LOG_NOTE, "ballast", "bytes=%d", BALLAST_BYTES);
}
