/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinds.h - the list of the 25 kinds: every word of each, found by typing, with or without marks. */
#pragma once

#include <gtk/gtk.h>

typedef void tbd_kind_fn(const char *code, gpointer user);

/* Asks over the window of `over`, which must outlive the call of `fn`; no call if nothing is chosen. */
void tbd_kinds_choose(GtkWidget *over, const char *now, tbd_kind_fn *fn, gpointer user);
