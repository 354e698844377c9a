/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row.h - a page in one line: what, from whom, what became of it, when. */
#pragma once

#include <adwaita.h>

#include "client/desktop/item.h"

#define TBD_TYPE_ROW tbd_row_get_type()
G_DECLARE_FINAL_TYPE(TbdRow, tbd_row, TBD, ROW, AdwBin)

GtkWidget *tbd_row_new(void);
/* Shows this page and follows it; NULL: none. */
void tbd_row_set_item(TbdRow *r, TbdItem *item);
