/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_memory.c - see world_memory.h.  Mappings come from smaps, bytes from mem. */
#define _GNU_SOURCE
#include "world_memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"

enum { CHUNK = 1 << 20, OVERLAP = 4096, ADDRESSES = 40 };

#define HUGE (1ULL << 30) /* the sanitizers' shadow, no data */

struct range {
    uint64_t from, to;
    bool readable;
};

static int count_in(const char *p, size_t n, const void *bytes, size_t wanted)
{
    int found = 0;

    for (const char *at = p, *end = p + n; (at = memmem(at, (size_t)(end - at), bytes, wanted));
         at++)
        found++;
    return found;
}

static int search(int mem, const struct range *r, const void *bytes, size_t wanted)
{
    static char chunk[CHUNK + OVERLAP];
    size_t kept = 0;
    int found = 0;

    for (uint64_t at = r->from; at < r->to; at += CHUNK) {
        size_t n = r->to - at < CHUNK ? (size_t)(r->to - at) : CHUNK;
        ssize_t got = pread(mem, chunk + kept, n, (off_t)at);

        if (got <= 0) {
            kept = 0;
            continue;
        }
        size_t all = kept + (size_t)got;
        found += count_in(chunk, all, bytes, wanted);
        kept = all < wanted ? all : wanted - 1; /* what begins here may end in the next one */
        memmove(chunk, chunk + all - kept, kept);
    }
    return found;
}

/* "from-to perms ..." begins a mapping; its flags come last: "VmFlags: rd wr ... dd" is not dumped. */
int memory_holds(pid_t pid, const void *bytes, size_t n)
{
    char path[ADDRESSES], line[512], perms[5] = "";
    struct range r = { 0 };
    int found = 0;

    assert_true(n > 0 && n < OVERLAP);
    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    TB_CLEANUP(tb_closep) int mem = open(path, O_RDONLY | O_CLOEXEC);
    (void)snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (mem < 0 || !maps) {
        if (maps)
            (void)fclose(maps);
        return -1;
    }
    while (fgets(line, sizeof line, maps)) {
        struct range next = { 0 }; /* "Anonymous:" begins like a number, too */

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &next.from, &next.to, perms) == 3) {
            next.readable = strncmp(perms, "rw", 2) == 0 && next.to - next.from < HUGE;
            r = next;
        } else if (strncmp(line, "VmFlags:", 8) == 0 && r.readable && !strstr(line, " dd")) {
            found += search(mem, &r, bytes, n);
        }
    }
    (void)fclose(maps);
    return found;
}

size_t memory_proc_file(pid_t pid, const char *name, char *ret, size_t size)
{
    char path[ADDRESSES];
    size_t n = 0;
    ssize_t got = 0;

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while (n < size - 1 && (got = read(fd, ret + n, size - 1 - n)) > 0)
        n += (size_t)got;
    ret[n] = '\0';
    return n;
}
