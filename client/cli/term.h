/* SPDX-License-Identifier: GPL-3.0-or-later */
/* term.h - text on a terminal: harmless, and in columns that line up.
 *
 * Peers' text is checked when it is decoded; it is made harmless here once more,
 * because a terminal obeys what it is shown. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <glib.h>

/* Makes text harmless: control characters become visible symbols, bidi overrides and the like
 * U+FFFD, what is not UTF-8 too; text with right-to-left letters is isolated.  `prose` keeps line
 * breaks and tabs.  Gives. */
char *term_clean(const char *s, bool prose);

/* Columns that the text takes. */
size_t term_width(const char *s);

/* At most `columns` wide, cut with an ellipsis.  Gives. */
char *term_fit(const char *s, size_t columns);

/* Width of the terminal; 0: `f` is none, lines may be as long as they are. */
size_t term_columns(FILE *f);

/* A table: cells are cleaned; the widest column is cut if the terminal is too narrow. */
struct table;
struct table *table_new(size_t n_columns, const char *const *heads);
void table_add(struct table *t, const char *const *cells); /* n_columns cells; NULL is empty */
void table_print(struct table *t, FILE *f);                /* frees */
