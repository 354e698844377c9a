/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal.h - what the agent refused, in words. */
#pragma once

#include <gtk/gtk.h>

/* "OFFLINE", "UNVERIFIED", ... of an error of the agent; NULL: another kind of error.  Gives. */
char *tbd_refusal_name(const GError *error);
/* One or two sentences for people, in their language and without commands of a shell.  Gives. */
char *tbd_refusal_text(const GError *error);
/* A dialog that stays until it is read; frees `error`. */
void tbd_refusal_show(GtkWindow *parent, const char *what, GError *error);
