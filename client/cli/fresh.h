/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fresh.h - a profile that only this call made, and takes away again where joining failed. */
#pragma once

#include "client/cli/cli.h"

struct fresh {
    bool profile; /* there was none before */
    bool folder;  /* nor a folder */
};

struct fresh fresh_look(const char *home);

/* Ends the agent of a profile that was not there before, and removes what the two of them made.  Does
 * nothing about any other profile. */
void fresh_undo(const struct fresh *f, struct cli *c);
