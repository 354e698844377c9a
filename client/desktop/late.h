/* SPDX-License-Identifier: GPL-3.0-or-later */
/* late.h - a page's row that is made and filled once it is seen.
 *
 * GtkListView 4.8 has 200 rows, wherever it stands, and measures them all; a screen shows a dozen.  Until this one
 * is seen it is as high as the one that was laid out last. */
#pragma once

#include <gtk/gtk.h>

#include "client/desktop/item.h"

#define TBD_TYPE_LATE tbd_late_get_type()
G_DECLARE_FINAL_TYPE(TbdLate, tbd_late, TBD, LATE, GtkWidget)

GtkWidget *tbd_late_new(void);
/* The page that it will show; NULL: none. */
void tbd_late_set_item(TbdLate *l, TbdItem *item);
TbdItem *tbd_late_item(TbdLate *l); /* borrowed; NULL: none */
