/* SPDX-License-Identifier: GPL-3.0-or-later */
/* silent.h - a report of mine that nobody has taken yet, or any page that nobody answered: who was
 * reached, and whom to ring up. */
#pragma once

#include <adwaita.h>

#include "client/desktop/item.h"

#define TBD_TYPE_SILENT tbd_silent_get_type()
G_DECLARE_FINAL_TYPE(TbdSilent, tbd_silent, TBD, SILENT, AdwBin)

GtkWidget *tbd_silent_new(void);
/* Shows this page and follows it; NULL: none. */
void tbd_silent_set_item(TbdSilent *s, TbdItem *item);
