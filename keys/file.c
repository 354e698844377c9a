/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.c - see file.h. */
#define _GNU_SOURCE /* renameat2 */
#include "keys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file on its way: in folder `dir` under `temp`, to be called `name`. */
struct pending {
    int dir, fd;
    char temp[NAME_MAX + 1];
    const char *name;
};

/* Closes and removes what did not get its name; keeps errno for the caller. */
static void pending_done(struct pending *p)
{
    int saved = errno;

    if (p->fd >= 0)
        (void)close(p->fd);
    if (p->dir >= 0 && p->temp[0] != '\0')
        (void)unlinkat(p->dir, p->temp, 0);
    if (p->dir >= 0)
        (void)close(p->dir);
    errno = saved;
}

static int open_folder(const char *path, size_t n)
{
    char folder[PATH_MAX];

    if (n >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, n);
    folder[n] = '\0';
    return open(n > 0 ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static tb_result pending_open(const char *path, mode_t mode, struct pending *p)
{
    const char *slash = strrchr(path, '/');
    struct tb_id random = tb_id_random();
    char hex[2 * TB_ID_BYTES + 1];

    p->name = slash != NULL ? slash + 1 : path;
    if (p->name[0] == '\0') {
        errno = EISDIR;
        return TB_E_IO;
    }
    p->dir = open_folder(path, slash != NULL ? (size_t)(slash + 1 - path) : 0);
    if (p->dir < 0)
        return TB_E_IO;
    tb_hex(random.b, sizeof random.b, hex);
    (void)snprintf(p->temp, sizeof p->temp, ".trucban-%s.part", hex);
    p->fd = openat(p->dir, p->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (p->fd < 0) {
        p->temp[0] = '\0';
        return TB_E_IO;
    }
    return TB_OK;
}

static tb_result write_all(int fd, struct tb_view data)
{
    while (data.n > 0) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return TB_E_IO;
        data.p += n;
        data.n -= (size_t)n;
    }
    return fsync(fd) == 0 ? TB_OK : TB_E_IO;
}

/* Gives the file its name unless that is taken. */
static tb_result name_new(struct pending *p)
{
    if (renameat2(p->dir, p->temp, p->dir, p->name, RENAME_NOREPLACE) == 0) {
        p->temp[0] = '\0';
        return TB_OK;
    }
    if (errno == EEXIST)
        return TB_E_CONFLICT;
    if (errno != EINVAL && errno != ENOSYS)
        return TB_E_IO;
    if (linkat(p->dir, p->temp, p->dir, p->name, 0) == 0)
        return TB_OK; /* pending_done() removes the other name */
    return errno == EEXIST ? TB_E_CONFLICT : TB_E_IO;
}

static tb_result name_over(struct pending *p)
{
    if (renameat(p->dir, p->temp, p->dir, p->name) != 0)
        return TB_E_IO;
    p->temp[0] = '\0';
    return TB_OK;
}

static tb_result put_file(const char *path, struct tb_view data, mode_t mode, bool replace)
{
    TB_CLEANUP(pending_done) struct pending p = { .dir = -1, .fd = -1 };
    tb_result r;

    if ((r = pending_open(path, mode, &p)) != TB_OK)
        return r;
    if ((r = write_all(p.fd, data)) != TB_OK)
        return r;
    if ((r = replace ? name_over(&p) : name_new(&p)) != TB_OK)
        return r;
    return fsync(p.dir) == 0 || errno == EINVAL ? TB_OK : TB_E_IO;
}

tb_result file_create(const char *path, struct tb_view data, mode_t mode)
{
    return put_file(path, data, mode, false);
}

tb_result file_replace(const char *path, struct tb_view data, mode_t mode)
{
    return put_file(path, data, mode, true);
}

struct chunk {
    uint8_t b[16384];
};

static void chunk_wipe(struct chunk *c)
{
    sodium_memzero(c, sizeof *c);
}

static tb_result read_all(int fd, size_t max, struct tb_buf *b)
{
    TB_CLEANUP(chunk_wipe) struct chunk chunk = { 0 };

    for (;;) {
        ssize_t n = read(fd, chunk.b, sizeof chunk.b);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return TB_E_IO;
        if (n == 0)
            return tb_buf_check(b);
        if ((size_t)n > max - b->n)
            return TB_E_LIMIT;
        tb_put(b, chunk.b, (size_t)n);
    }
}

tb_result file_read(const char *path, size_t max, struct tb_buf *ret)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };
    tb_result r;

    if (fd < 0)
        return errno == ENOENT ? TB_E_NOTFOUND : TB_E_IO;
    if ((r = read_all(fd, max, &b)) != TB_OK)
        return r;
    tb_put(ret, b.p, b.n);
    return tb_buf_check(ret);
}

tb_result file_mark_of(const char *path, struct file_mark *ret)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT ? TB_E_NOTFOUND : TB_E_IO;
    *ret = (struct file_mark){ st.st_dev, st.st_ino, st.st_mtim };
    return TB_OK;
}

bool file_mark_same(const struct file_mark *a, const struct file_mark *b)
{
    return a->device == b->device && a->number == b->number &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

bool file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}
