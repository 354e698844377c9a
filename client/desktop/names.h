/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h - true names for screen readers.
 *
 * GTK 4.8 calls a mnemonic button "_Accept Accept", an icon button "GtkImage" and an
 * entry "GtkEntry" unless it is told otherwise; these tell it.  A test walks every
 * screen and fails for a name that is empty or a class's. */
#pragma once

#include <gtk/gtk.h>

/* What a reader says for this widget. */
void tbd_name(gpointer widget, const char *name);
/* What it adds: the state, the reason. */
void tbd_describe(gpointer widget, const char *text);

/* Buttons with a mnemonic ("_Accept") or an icon, named as people would say. */
GtkWidget *tbd_button_new(const char *mnemonic);
GtkWidget *tbd_icon_button_new(const char *icon, const char *name);

/* Names every icon button below `root` that a composed widget of the library left without a name. */
void tbd_name_icons(GtkWidget *root, const char *name);

/* A status page has a scrolled pane inside that can have the focus and no name: it is passed by. */
void tbd_pass_by_panes(GtkWidget *root);

/* For GtkWidgetClass.grab_focus of what cannot have the focus itself: its first child that can gets it. */
gboolean tbd_focus_inside(GtkWidget *widget);

/* Sets a peer's text: what could deceive (controls, bidi overrides) is made visible.  `prose` keeps lines. */
void tbd_set_text(GtkLabel *label, const char *text, bool prose);
