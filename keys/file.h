/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.h - files that are there whole or not at all.
 *
 * A file is written under a hidden name in its own folder, synced, and only
 * then gets its name; the folder is synced last.  Sticks formatted with VFAT
 * know no hard links, so the name comes by a rename that never replaces, and
 * by a link where the kernel lacks that.
 * On TB_E_IO errno says what happened. */
#pragma once

#include "proto/bytes.h"

#include <sys/types.h>
#include <time.h>

enum { FILE_SECRET = 0600, FILE_PUBLIC = 0644 };

/* Appends the file's bytes to *ret.  TB_E_LIMIT: longer than `max`.  TB_E_NOTFOUND: no such file. */
tb_result file_read(const char *path, size_t max, struct tb_buf *ret);

/* TB_E_CONFLICT: something has that name already; it stays as it is. */
tb_result file_create(const char *path, struct tb_view data, mode_t mode);

/* Puts the new content in place of the old in one step. */
tb_result file_replace(const char *path, struct tb_view data, mode_t mode);

/* Which content a name stood for: every replacement makes another file. */
struct file_mark {
    dev_t device;
    ino_t number;
    struct timespec changed;
};
tb_result file_mark_of(const char *path, struct file_mark *ret);
bool file_mark_same(const struct file_mark *a, const struct file_mark *b);

bool file_exists(const char *path);
