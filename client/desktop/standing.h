/* SPDX-License-Identifier: GPL-3.0-or-later */
/* standing.h - how far a person's identity can be relied on: an icon, words and a colour together. */
#pragma once

#include <gtk/gtk.h>

const char *standing_icon(GVariant *contact);
const char *standing_style(GVariant *contact); /* a style class */
/* "2 verified, compared by me".  Safe to display; gives. */
char *standing_words(GVariant *contact);
/* When and whether I compared, in a sentence; what a changed key means.  Gives. */
char *standing_compared(GVariant *contact);

/* A number of this person that can be clicked, named in full for readers; NULL without one. */
GtkWidget *standing_call(GVariant *contact);
