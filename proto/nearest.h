/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest.h - what somebody probably meant to type: commands, options, words over the telephone. */
#pragma once

/* Of `words` (NULL ends them) the one that is a slip or two away from `typed`, or that it begins; NULL
 * if none is near.  The first of equals.  Compares bytes; borrows. */
const char *tb_nearest(const char *typed, const char *const *words);
