/* SPDX-License-Identifier: GPL-3.0-or-later */
/* field.h - what is wrong with a field, said at the field. */
#pragma once

#include <gtk/gtk.h>

/* Shows `error` under the field and to readers; NULL: nothing is wrong.  `label` is the text of a hidden
 * row or box of its own. */
void tbd_field_error(GtkWidget *field, GtkLabel *label, const char *error);

/* What a reader says for an entry row; the part of it that takes the cursor has its own name. */
void tbd_field_name(GtkWidget *field, const char *name);

/* One of several choices: a round button with a heading and a line below that both wrap.  `group` NULL: the
 * first of them. */
GtkWidget *tbd_choice_new(GtkCheckButton *group, const char *heading, const char *below);
