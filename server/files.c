/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.c - see files.h. */
#include "server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

tb_result file_read(const char *path, size_t max, struct tb_buf *ret)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? TB_E_NOTFOUND : TB_E_IO;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return TB_E_IO;
    if ((uint64_t)st.st_size > max)
        return TB_E_LIMIT;
    size_t left = (size_t)st.st_size;
    uint8_t *at = tb_put_room(ret, left);
    if (!at && left)
        return TB_E_NOMEM;
    while (left) {
        ssize_t n = read(fd, at, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return TB_E_IO; /* it was cut while we read */
        at += n;
        left -= (size_t)n;
    }
    return TB_OK;
}

static tb_result write_all(int fd, struct tb_view data)
{
    while (data.n) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return errno == ENOSPC ? TB_E_FULL : TB_E_IO;
        data.p += n;
        data.n -= (size_t)n;
    }
    return fsync(fd) == 0 ? TB_OK : TB_E_IO;
}

tb_result file_create(const char *path, struct tb_view data)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST ? TB_E_CONFLICT : TB_E_IO;
    tb_result r = write_all(fd, data);
    if (r != TB_OK)
        (void)unlink(path);
    return r;
}

tb_result file_replace(const char *path, struct tb_view data)
{
    char beside[700];

    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
        return TB_E_RANGE;
    (void)unlink(beside); /* left by somebody who was stopped */
    tb_result r = file_create(beside, data);
    if (r == TB_OK && rename(beside, path) != 0)
        r = TB_E_IO;
    return r;
}
