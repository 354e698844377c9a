/* SPDX-License-Identifier: GPL-3.0-or-later */
/* term.h - text on a terminal, in columns that line up. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <glib.h>

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
