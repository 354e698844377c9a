/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.h - a command's options explained and refused in our own words. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <glib.h>

/* Prints how `name` is used, two texts (in a line, and more; may be empty) and the options. */
void options_help(FILE *f, const char *name, const char *params, const GOptionEntry *entries,
                  const char *const texts[2]);

/* The first thing in the arguments that these options do not allow, as a sentence with the remedy.
 * Gives; NULL: there is none. */
char *options_trouble(const GOptionEntry *entries, int argc, char **argv);

/* The word of `known` (NULL-terminated) that was probably meant; NULL: none is near. */
const char *options_nearest(const char *word, const char *const *known);

/* Says that a command has no part of that name, which ones it has, and which was probably meant; gives
 * the exit status. */
int options_no_part(const char *word, const char *const *known);
