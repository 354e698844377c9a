/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk.h - a disk in memory below SQLite: its power can be cut, and it can fail, fill up and rot.
 *
 *     disk_begin(seed);                       // from now on every sqlite3_open() lands here
 *     ... the real store code runs ...
 *     disk_cut_after("/state/", 17);          // the 17th change below that path is the last
 *     ... until disk_is_cut(): what happens from then on happens nowhere ...
 *     disk_power_on("/state/", ...);          // the files are what a disk could have kept
 *
 * Every file has two images: what the program sees, and what is safe since the
 * last sync.  At a cut each sector of 512 bytes that was written and not synced
 * is lost or kept by the seed (in any order, one of them torn in the middle), the
 * length is the old or the new one, and a file that was made or deleted since is
 * there or not.  The program runs on after the cut, on images that nobody will
 * read, until whoever drives it notices and throws it away: so no cut leaks.
 *
 * A failed sync behaves like Linux: the data is dropped as if it had been written,
 * and the program still sees it.  All images are in shared memory: a child may run
 * into a failure and end, and its parent looks at what is left.
 *
 *   disk.c  the medium     disk_vfs.c  what SQLite sees of it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void disk_begin(uint64_t seed);
void disk_end(void);
void disk_seed(uint64_t seed);
/* From the disk's own seeded stream: 0 to n-1. */
uint32_t disk_random(uint32_t n);
/* Seeded bytes for libsodium too, so that a run can be repeated; before anything else asks for some. */
void disk_fix_randomness(void);

/* --- power */
/* Counts changes (write, truncate, sync, delete) to files whose path begins with `under`. */
void disk_cut_after(const char *under, uint64_t nth);
bool disk_is_cut(void);
/* Cuts now.  Files elsewhere than below `under` stay as they are. */
void disk_cut_now(const char *under);
/* What lay below `under` at the cut is what is there now.  Nothing of it may be open. */
void disk_power_on(void);

/* --- images of all files, as if everything had been synced */
struct disk_image;
struct disk_image *disk_save(void);
void disk_load(const struct disk_image *i);
void disk_forget(struct disk_image *i);
void disk_clear(void); /* no file is left */

/* --- faults, below `under`; each strikes at the nth call of its kind, 1 = the next */
enum disk_fault {
    DISK_NONE,
    DISK_SYNC_EIO,
    DISK_WRITE_EIO,
    DISK_WRITE_FULL,
    DISK_READ_EIO,
};
void disk_fail(const char *under, enum disk_fault kind, uint64_t nth, bool for_good);
bool disk_has_failed(void); /* since disk_fail() */
/* At most so many bytes below `under`; 0: no limit.  A file of the real disk counts with `counted_bytes` as
 * long as it is there (a ballast); NULL: none. */
struct disk_ballast {
    char path[160];
    uint64_t counted_bytes;
};
void disk_room(const char *under, uint64_t bytes, const struct disk_ballast *b);
uint64_t disk_used(const char *under);

/* --- rot: a bit of what is safe and seen; false: the file is not so long */
bool disk_flip(const char *path, uint64_t bit);
int64_t disk_size(const char *path); /* -1: no such file */

/* Calls of this kind since disk_fail(), whether they failed or not. */
uint64_t disk_calls(void);
