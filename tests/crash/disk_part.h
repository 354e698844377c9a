/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_part.h - what the two halves of the disk share; nobody else includes it. */
#pragma once

#include "tests/crash/disk.h"

enum { SECTOR = 512, INODES = 40, NAMES = 40, PATH = 160, FILE_MAX = 16 << 20 };

struct inode {
    bool used;
    int64_t now_n, safe_n, high; /* high: bytes ever touched */
    uint8_t *now, *safe, *dirty; /* a byte of dirty per sector */
};

/* 0 = no inode; otherwise its number. */
struct name {
    char path[PATH];
    int now, safe;
};

struct medium {
    struct inode inode[INODES + 1];
    struct name name[NAMES];
    /* the fault that was asked for */
    char under[PATH];
    enum disk_fault fault;
    uint64_t nth, calls;
    bool for_good, failed;
    char room_under[PATH];
    uint64_t room;
    struct disk_ballast ballast;
};
extern struct medium *disk;
extern int disk_opens[INODES + 1]; /* by this process */

struct name *disk_name(const char *path, bool make);
int disk_inode(void);
void disk_release(int i); /* if nothing needs it any more */
bool disk_below(const char *path, const char *under);

/* A change is about to happen, or has just happened, to this file. */
void disk_changed(const char *path);
/* Strikes now?  Counts. */
bool disk_strikes(const char *path, enum disk_fault kind);
bool disk_is_full(const char *path, const struct inode *f, int64_t end);

void disk_write(struct inode *f, const void *p, int64_t n, int64_t at);
void disk_truncate(struct inode *f, int64_t n);
void disk_sync(struct inode *f);
void disk_sync_fails(struct inode *f); /* what was not safe is dropped, and looks as if it were */

void disk_vfs_begin(void);
void disk_vfs_end(void);
