/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.c - see secret.h. */
#define _GNU_SOURCE
#include "client/desktop/secret.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

static int memory_file(const char *text)
{
    int fd = memfd_create("passphrase", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    if (write_all(fd, text, strlen(text)) &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

GUnixFDList *tbd_secret_new(const char *typed)
{
    int fd = memory_file(typed);

    return fd < 0 ? NULL : g_unix_fd_list_new_from_array(&fd, 1);
}
