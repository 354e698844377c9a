/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.h - questions to the person at the terminal, and files given to the agent. */
#pragma once

#include <stdbool.h>

#include <gio/gunixfdlist.h>
#include <glib.h>

/* Is there a person: a terminal on both standard input and standard error? */
bool ask_possible(void);

/* One line; gives, without its end; NULL: end of input. */
char *ask_line(const char *question);

/* "c", "có", "y", "yes" are yes; anything else is no. */
bool ask_yes(const char *question);

/* A passphrase in a memfd, from `path` (its first line) or a prompt; `twice` asks again.
 * -1: said why. */
int ask_passphrase(const char *path, bool twice);

/* Reads a file, or standard input for "-"; at most `max` bytes.  Gives; NULL: said why. */
char *read_whole(const char *path, gsize max, gsize *ret_n);

/* A memfd with this content; -1: said why. */
int memory_file(const char *name, const void *data, gsize n);

/* What the agent wrote into a memfd, to `path` (a new file, mode 0600) or "-".  False: said why. */
bool save_memory(int fd, const char *path);
