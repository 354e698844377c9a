/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c - stands in for libFuzzer: runs a target over each file of the
 * corpus directory given, so that gcc builds and CI test every past crash. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(int dirfd, const char *name)
{
    static uint8_t buf[1 << 20];
    TB_CLEANUP(tb_closep) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf);

    if (n < 0) {
        perror(name);
        exit(1);
    }
    /* A heap copy of the exact size lets ASan see reads past the end. */
    uint8_t *copy = malloc((size_t)n + 1);
    if (!copy)
        abort();
    memcpy(copy, buf, (size_t)n);
    (void)LLVMFuzzerTestOneInput(copy, (size_t)n);
    free(copy);
}

int main(int argc, char **argv)
{
    int files = 0;
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;

    if (!d) {
        fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
        return 2;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        replay(dirfd(d), e->d_name);
        files++;
    }
    closedir(d);
    printf("%d inputs replayed\n", files);
    return files ? 0 : 1;
}
