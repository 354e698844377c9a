/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brief.h - a page in few words, the same wherever it is shown.  What these give is safe to display. */
#pragma once

#include <stdbool.h>

#include <gtk/gtk.h>

/* Severity is an icon, a word and a colour together. */
const char *brief_class_icon(uint32_t page_class);
const char *brief_class_style(uint32_t page_class);
/* Sets icon and styles of a widget for this page (class, drill) in place of those before. */
void brief_mark(GtkWidget *widget, GtkImage *icon, GVariant *page);

/* Sealed for me, but my tier was not called: it cannot be read, and nothing is wrong. */
bool brief_not_my_turn(GVariant *page);

/* All give. */
char *brief_class(GVariant *page); /* "SEVERE", "DRILL · SEVERE", "TEST · SEVERE" */
char *brief_title(GVariant *page); /* or that it cannot be read */
char *brief_kind(GVariant *page);  /* in full; "" without */
char *brief_person(GVariant *doc, const char *name, const char *account); /* keys */
char *brief_sender(GVariant *page); /* who, of which agency, at which level of identity */
char *brief_ago(int64_t ms);
/* What became of it, in a sentence for the account `me`. */
char *brief_state(GVariant *page, const char *me);
/* My account; "" while not known. */
const char *brief_me(void);

/* A telephone number that can be clicked: of several the first.  NULL without one. */
GtkWidget *brief_call(const char *label, const char *phone);

/* A picture beside words that say the same: not read aloud. */
GtkWidget *brief_icon(const char *name);
