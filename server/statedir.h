/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statedir.h - the folder that holds everything, and the note of a running relay in it.
 *
 * The note (relay.run) stays locked while the relay runs, so a note left by a crash deceives nobody. */
#pragma once

#include <sys/types.h>

#include "proto/bytes.h"

struct statedir_text {
    char text[1400]; /* a path may be long */
};

struct statedir_note {
    long pid;
    int port;
    char metrics_address[64]; /* empty: no metrics */
    int metrics_port;
};

enum { STATEDIR_FULL_KB = 512, STATEDIR_NEED_MB = 64 };
/* Is there no room for what a start writes? */
bool statedir_is_full(const char *dir);

/* Is it a folder of ours that nobody else can enter?  Else TB_E_NOTFOUND or TB_E_DENIED, and why. */
tb_result statedir_check(const char *dir, struct statedir_text *ret_why);

/* Writes the note; *ret_fd holds its lock until closed.  TB_E_CONFLICT: a relay runs here. */
tb_result statedir_note_write(const char *dir, const struct statedir_note *note, int *ret_fd);
/* TB_E_NOTFOUND: no relay runs here. */
tb_result statedir_note_read(const char *dir, struct statedir_note *ret);
