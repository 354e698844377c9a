/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_memory.h - what a core dump of a running process would hold, without making one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How often the bytes stand in the process's private memory, leaving out what it keeps out of core dumps;
 * -1: the kernel does not let us look (the process is not dumpable and we are not root). */
int memory_holds(pid_t pid, const void *bytes, size_t n);

/* Reads a file of /proc/PID whole; gives its length.  NULs stay. */
size_t memory_proc_file(pid_t pid, const char *name, char *ret, size_t size);
