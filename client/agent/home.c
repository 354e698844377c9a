/* SPDX-License-Identifier: GPL-3.0-or-later */
/* home.c - see home.h.
 *
 * Deleted files live on as long as we hold them: without looking, an agent whose
 * folder was removed or restored from elsewhere would go on, and answer for a
 * profile that is not there any more. */
#include "client/agent/home.h"

#include <glib.h>
#include <sys/stat.h>

static bool look(const char *folder, const char *name, struct stat *ret)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return stat(path, ret) == 0;
}

struct home home_of(char *folder, int lock_fd)
{
    struct home h = { .folder = folder, .lock_fd = lock_fd };
    struct stat book;

    if (look(folder, "core.db", &book)) {
        h.dev = book.st_dev;
        h.book = book.st_ino;
    }
    return h;
}

bool home_stands(const struct home *h)
{
    struct stat mine, lock, book;

    return fstat(h->lock_fd, &mine) == 0 && look(h->folder, "agent.lock", &lock) &&
           lock.st_dev == mine.st_dev && lock.st_ino == mine.st_ino &&
           look(h->folder, "core.db", &book) && book.st_dev == h->dev && book.st_ino == h->book;
}
