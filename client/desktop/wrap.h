/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wrap.h - a layout that sets its children side by side and begins a new line where there is no more room. */
#pragma once

#include <gtk/gtk.h>

#define TBD_TYPE_WRAP tbd_wrap_get_type()
G_DECLARE_FINAL_TYPE(TbdWrap, tbd_wrap, TBD, WRAP, GtkLayoutManager)

/* The space between children and between lines.  In a .ui: property "spacing". */
GtkLayoutManager *tbd_wrap_new(guint spacing);

/* Takes every child out of a box. */
void tbd_box_clear(GtkWidget *box);
