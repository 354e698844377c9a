/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk.c - see disk.h: the medium, its power, its faults. */
#define _GNU_SOURCE
#include "tests/crash/disk_part.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct medium *disk;
int disk_opens[INODES + 1];

struct disk_image {
    size_t n;
    struct {
        char path[PATH];
        uint8_t *p;
        size_t n;
    } file[NAMES];
};

static struct {
    bool armed, is_cut;
    char under[PATH];
    uint64_t left;
    struct disk_image *kept; /* below `under`, at the cut */
} power;

static uint64_t stream, other_stream;

static _Noreturn void give_up(const char *why)
{
    (void)fprintf(stderr, "disk: %s\n", why);
    abort();
}

/* ---- randomness */

static uint32_t next(uint64_t *s)
{
    *s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t x = *s ^ *s >> 29;
    return (uint32_t)(x * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

void disk_seed(uint64_t seed)
{
    stream = seed * 2 + 1;
    other_stream = ~seed;
    for (int i = 0; i < 8; i++)
        (void)next(&stream);
}

uint32_t disk_random(uint32_t n)
{
    return n ? next(&stream) % n : 0;
}

static const char *fixed_name(void)
{
    return "seeded";
}

static uint32_t fixed_random(void)
{
    return next(&other_stream);
}

static void fixed_buf(void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)next(&other_stream);
}

void disk_fix_randomness(void)
{
    static randombytes_implementation fixed = {
        .implementation_name = fixed_name,
        .random = fixed_random,
        .buf = fixed_buf,
    };

    if (randombytes_set_implementation(&fixed) != 0 || sodium_init() < 0)
        give_up("no randomness");
}

/* ---- inodes and names */

static void *share(size_t n)
{
    void *p =
        mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        give_up("no memory");
    return p;
}

int disk_inode(void)
{
    for (int i = 1; i <= INODES; i++) {
        struct inode *f = &disk->inode[i];
        if (f->used)
            continue;
        if (!f->now) {
            f->now = share(FILE_MAX);
            f->safe = share(FILE_MAX);
            f->dirty = share(FILE_MAX / SECTOR);
        }
        f->used = true;
        return i;
    }
    give_up("too many files");
}

static bool is_named(int i)
{
    for (size_t n = 0; n < NAMES; n++)
        if (disk->name[n].now == i || disk->name[n].safe == i)
            return true;
    return false;
}

void disk_release(int i)
{
    struct inode *f = &disk->inode[i];

    if (i == 0 || disk_opens[i] || is_named(i))
        return;
    memset(f->now, 0, (size_t)f->high);
    memset(f->safe, 0, (size_t)f->high);
    memset(f->dirty, 0, (size_t)(f->high + SECTOR - 1) / SECTOR);
    f->now_n = f->safe_n = f->high = 0;
    f->used = false;
}

struct name *disk_name(const char *path, bool make)
{
    struct name *empty = NULL;

    for (size_t i = 0; i < NAMES; i++) {
        struct name *n = &disk->name[i];
        if (strcmp(n->path, path) == 0)
            return n;
        if (!empty && !n->now && !n->safe)
            empty = n;
    }
    if (!make)
        return NULL;
    if (!empty)
        give_up("too many names");
    (void)snprintf(empty->path, sizeof empty->path, "%s", path);
    return empty;
}

bool disk_below(const char *path, const char *under)
{
    return strncmp(path, under, strlen(under)) == 0;
}

/* ---- what is written */

static void mark(struct inode *f, int64_t from, int64_t to)
{
    for (int64_t s = from / SECTOR; s * SECTOR < to; s++)
        f->dirty[s] = 1;
    if (to > f->high)
        f->high = to;
}

void disk_write(struct inode *f, const void *p, int64_t n, int64_t at)
{
    if (at + n > FILE_MAX)
        give_up("a file is too long");
    memcpy(f->now + at, p, (size_t)n);
    mark(f, at, at + n);
    if (at + n > f->now_n)
        f->now_n = at + n;
}

void disk_truncate(struct inode *f, int64_t n)
{
    if (n < f->now_n) {
        memset(f->now + n, 0, (size_t)(f->now_n - n));
        mark(f, n, f->now_n);
    }
    f->now_n = n;
}

void disk_sync(struct inode *f)
{
    for (int64_t s = 0; s * SECTOR < f->high; s++) {
        if (!f->dirty[s])
            continue;
        memcpy(f->safe + s * SECTOR, f->now + s * SECTOR, SECTOR);
        f->dirty[s] = 0;
    }
    f->safe_n = f->now_n;
    for (size_t i = 0; i < NAMES; i++)
        if (disk->name[i].now && f == &disk->inode[disk->name[i].now] &&
            disk->name[i].safe != disk->name[i].now) {
            int old = disk->name[i].safe;
            disk->name[i].safe = disk->name[i].now;
            disk_release(old);
        }
}

void disk_sync_fails(struct inode *f)
{
    memset(f->dirty, 0, (size_t)(f->high + SECTOR - 1) / SECTOR);
}

/* ---- images */

static void add(struct disk_image *i, const char *path, const uint8_t *p, int64_t n)
{
    (void)snprintf(i->file[i->n].path, PATH, "%s", path);
    i->file[i->n].p = malloc((size_t)n + 1);
    if (!i->file[i->n].p)
        give_up("no memory");
    memcpy(i->file[i->n].p, p, (size_t)n);
    i->file[i->n++].n = (size_t)n;
}

static struct disk_image *image(void)
{
    struct disk_image *i = calloc(1, sizeof *i);

    if (!i)
        give_up("no memory");
    return i;
}

struct disk_image *disk_save(void)
{
    struct disk_image *i = image();

    for (size_t n = 0; n < NAMES; n++)
        if (disk->name[n].now)
            add(i, disk->name[n].path, disk->inode[disk->name[n].now].now,
                disk->inode[disk->name[n].now].now_n);
    return i;
}

void disk_forget(struct disk_image *i)
{
    if (!i)
        return;
    for (size_t n = 0; n < i->n; n++)
        free(i->file[n].p);
    free(i);
}

static void remove_below(const char *under)
{
    for (size_t i = 0; i < NAMES; i++) {
        struct name *n = &disk->name[i];
        int now = n->now, safe = n->safe;
        if (!disk_below(n->path, under))
            continue;
        n->now = n->safe = 0;
        if (now && disk_opens[now])
            give_up("a file is still open");
        disk_release(now);
        if (safe != now)
            disk_release(safe);
    }
}

static void put_back(const struct disk_image *i)
{
    for (size_t n = 0; n < i->n; n++) {
        struct name *at = disk_name(i->file[n].path, true);
        at->now = at->safe = disk_inode();
        struct inode *f = &disk->inode[at->now];
        if (i->file[n].n)
            disk_write(f, i->file[n].p, (int64_t)i->file[n].n, 0);
        disk_sync(f);
    }
}

void disk_clear(void)
{
    remove_below("");
}

void disk_load(const struct disk_image *i)
{
    disk_clear();
    put_back(i);
}

/* ---- power */

/* One sector that was not synced: lost, kept, or half of it. */
static void decide(struct inode *f, uint8_t *kept, int64_t s, uint32_t mode)
{
    uint8_t *to = kept + s * SECTOR;
    const uint8_t *from = f->now + s * SECTOR;

    if (mode == 0 || (mode == 2 && disk_random(2) == 0))
        return;
    uint32_t torn = disk_random(16) == 0 ? disk_random(SECTOR) : SECTOR;
    if (disk_random(2))
        memcpy(to, from, torn);
    else
        memcpy(to + SECTOR - torn, from + SECTOR - torn, torn);
}

/* What of a file is left.  Mode 0: only what is safe; 1: nearly all; 2: any of it. */
static void keep_file(struct disk_image *i, const char *path, struct inode *f)
{
    static uint8_t kept[FILE_MAX];
    uint32_t mode = disk_random(3);
    int64_t high = f->high;

    memcpy(kept, f->safe, (size_t)high);
    for (int64_t s = 0; s * SECTOR < high; s++)
        if (f->dirty[s])
            decide(f, kept, s, mode);
    bool grown = mode == 1 || (mode == 2 && disk_random(2));
    add(i, path, kept, grown ? f->now_n : f->safe_n);
}

void disk_cut_now(const char *under)
{
    if (power.is_cut)
        return;
    power.is_cut = true;
    power.armed = false;
    if (under != power.under)
        (void)snprintf(power.under, sizeof power.under, "%s", under);
    power.kept = image();
    for (size_t n = 0; n < NAMES; n++) {
        struct name *at = &disk->name[n];
        if (!disk_below(at->path, under) || at->now + at->safe == 0)
            continue;
        int which = at->now == at->safe || disk_random(2) ? at->now : at->safe;
        if (which)
            keep_file(power.kept, at->path, &disk->inode[which]);
    }
}

void disk_cut_after(const char *under, uint64_t nth)
{
    (void)snprintf(power.under, sizeof power.under, "%s", under);
    power.left = nth;
    power.armed = true;
}

bool disk_is_cut(void)
{
    return power.is_cut;
}

void disk_changed(const char *path)
{
    if (power.armed && disk_below(path, power.under) && --power.left == 0)
        disk_cut_now(power.under);
}

void disk_power_on(void)
{
    if (!power.is_cut)
        give_up("there is power");
    remove_below(power.under);
    put_back(power.kept);
    disk_forget(power.kept);
    power.kept = NULL;
    power.is_cut = false;
}

/* ---- faults */

void disk_fail(const char *under, enum disk_fault kind, uint64_t nth, bool for_good)
{
    (void)snprintf(disk->under, sizeof disk->under, "%s", under);
    disk->fault = kind;
    disk->nth = nth;
    disk->calls = 0;
    disk->for_good = for_good;
    disk->failed = false;
}

bool disk_has_failed(void)
{
    return disk->failed;
}

uint64_t disk_calls(void)
{
    return disk->calls;
}

bool disk_strikes(const char *path, enum disk_fault kind)
{
    if (disk->fault != kind || !disk_below(path, disk->under))
        return false;
    disk->calls++;
    bool now =
        disk->nth && (disk->calls == disk->nth || (disk->for_good && disk->calls > disk->nth));
    disk->failed |= now;
    return now;
}

void disk_room(const char *under, uint64_t bytes, const struct disk_ballast *b)
{
    (void)snprintf(disk->room_under, sizeof disk->room_under, "%s", under);
    disk->room = bytes;
    disk->ballast = b ? *b : (struct disk_ballast){ "", 0 };
}

uint64_t disk_used(const char *under)
{
    uint64_t n = 0;

    for (size_t i = 0; i < NAMES; i++)
        if (disk->name[i].now && disk_below(disk->name[i].path, under))
            n += (uint64_t)disk->inode[disk->name[i].now].now_n;
    return n;
}

bool disk_is_full(const char *path, const struct inode *f, int64_t end)
{
    if (!disk->room || end <= f->now_n || !disk_below(path, disk->room_under))
        return false;
    uint64_t need = disk_used(disk->room_under) + (uint64_t)(end - f->now_n);
    if (disk->ballast.path[0] && access(disk->ballast.path, F_OK) == 0)
        need += disk->ballast.counted_bytes;
    return need > disk->room;
}

/* ---- rot */

int64_t disk_size(const char *path)
{
    const struct name *n = disk_name(path, false);

    return n && n->now ? disk->inode[n->now].now_n : -1;
}

bool disk_flip(const char *path, uint64_t bit)
{
    struct name *n = disk_name(path, false);

    if (!n || !n->now || (int64_t)(bit / 8) >= disk->inode[n->now].now_n)
        return false;
    disk->inode[n->now].now[bit / 8] ^= (uint8_t)(1u << bit % 8);
    disk->inode[n->now].safe[bit / 8] ^= (uint8_t)(1u << bit % 8);
    return true;
}

/* ---- life */

void disk_begin(uint64_t seed)
{
    disk = share(sizeof *disk);
    disk_seed(seed);
    disk_vfs_begin();
}

void disk_end(void)
{
    disk_vfs_end();
    disk_forget(power.kept);
    power.kept = NULL;
    for (int i = 1; i <= INODES; i++)
        if (disk->inode[i].now) {
            (void)munmap(disk->inode[i].now, FILE_MAX);
            (void)munmap(disk->inode[i].safe, FILE_MAX);
            (void)munmap(disk->inode[i].dirty, FILE_MAX / SECTOR);
        }
    (void)munmap(disk, sizeof *disk);
    disk = NULL;
}
