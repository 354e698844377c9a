/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.h - from now on only these files: Landlock, as far as the kernel knows it.
 *
 * Holds for the thread that calls and for those it makes afterwards; there is no way back.  It never ends the
 * process: what a kernel does not offer is left out, and the answer says how much there is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/landlock.h>

/* The headers of Debian 12 know the kernel of Debian 12; what came later has its number here. */
enum {
    CONFINE_REFER = 1 << 13,     /* version 2: from one folder into another */
    CONFINE_TRUNCATE = 1 << 14,  /* 3 */
    CONFINE_IOCTL_DEV = 1 << 15, /* 5 */

    CONFINE_LIST = (int)LANDLOCK_ACCESS_FS_READ_DIR,
    CONFINE_READ = CONFINE_LIST | (int)LANDLOCK_ACCESS_FS_READ_FILE,
    CONFINE_WRITE = CONFINE_READ | (int)LANDLOCK_ACCESS_FS_WRITE_FILE | CONFINE_TRUNCATE,
    CONFINE_KEEP =
        CONFINE_WRITE | (int)(LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG),
};

enum {
    CONFINE_TCP_BIND = 1,    /* version 4 */
    CONFINE_TCP_CONNECT = 2, /* 4 */
};

enum {
    CONFINE_ABSTRACT = 1, /* version 6: sockets without a file, of others */
    CONFINE_SIGNAL = 2,   /* 6: signals to others */
};

struct confine_path {
    const char *path;
    uint64_t rights; /* of CONFINE_*; for a file those that files have */
    bool optional;   /* where no rule can be made, as for what is not there: none, and no failure */
};

struct confine_files {
    const struct confine_path *path;
    size_t n;
    uint64_t no_net;   /* CONFINE_TCP_* that are forbidden */
    uint64_t no_reach; /* CONFINE_ABSTRACT, CONFINE_SIGNAL likewise */
};

/* The kernel's version of Landlock that holds now, or 0 and errno: nothing is confined. */
int confine_files(const struct confine_files *f);
