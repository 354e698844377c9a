/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdio.c - see fdio.h. */
#define _GNU_SOURCE
#include "client/agent/fdio.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

tb_result fd_read(int fd, size_t max, struct tb_buf *ret)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return TB_E_IO;
    if (!S_ISREG(st.st_mode))
        return TB_E_RANGE;
    if (st.st_size < 0 || (uint64_t)st.st_size > max)
        return TB_E_LIMIT;
    size_t size = (size_t)st.st_size, done = 0;
    if (size == 0)
        return TB_OK;
    uint8_t *to = tb_put_room(ret, size);
    if (!to)
        return TB_E_NOMEM;
    while (done < size) {
        ssize_t n = pread(fd, to + done, size - done, (off_t)done);
        if (n <= 0)
            return TB_E_IO;
        done += (size_t)n;
    }
    return TB_OK;
}

tb_result fd_write(int fd, struct tb_view data)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return TB_E_IO;
    if (!S_ISREG(st.st_mode))
        return TB_E_RANGE;
    if (ftruncate(fd, 0) != 0)
        return TB_E_IO;
    for (size_t done = 0; done < data.n;) {
        ssize_t n = pwrite(fd, data.p + done, data.n - done, (off_t)done);
        if (n <= 0)
            return TB_E_IO;
        done += (size_t)n;
    }
    return TB_OK;
}

tb_result fd_of(struct tb_view data, int *ret_fd)
{
    TB_CLEANUP(tb_closep) int fd = memfd_create("trucban", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return TB_E_IO;
    tb_result r = fd_write(fd, data);
    if (r != TB_OK)
        return r;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return TB_E_IO;
    *ret_fd = fd;
    fd = -1;
    return TB_OK;
}

tb_result fd_read_passphrase(int fd, struct tb_buf *ret)
{
    tb_result r = fd_read(fd, FD_PASSPHRASE_MAX, ret);

    if (r != TB_OK || ret->n == 0)
        return r;
    const uint8_t *end = memchr(ret->p, '\n', ret->n);
    if (end)
        ret->n = (size_t)(end - ret->p);
    return TB_OK;
}

tb_result path_read_passphrase(const char *path, struct tb_buf *ret)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    return fd < 0 ? TB_E_IO : fd_read_passphrase(fd, ret);
}
