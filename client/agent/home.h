/* SPDX-License-Identifier: GPL-3.0-or-later */
/* home.h - an agent does not outlive its profile. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* What stood in the profile's folder when this agent took it. */
struct home {
    char *folder; /* borrows */
    int lock_fd;  /* borrows */
    dev_t dev;
    ino_t book;
};

/* Remembers; the core has opened its database. */
struct home home_of(char *folder, int lock_fd);

/* Is it all still there, and the same?  Cheap: two looks at the file system. */
bool home_stands(const struct home *h);
