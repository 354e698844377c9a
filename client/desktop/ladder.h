/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ladder.h - how far a page came on each device: four steps, none of which means another. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_LADDER tbd_ladder_get_type()
G_DECLARE_FINAL_TYPE(TbdLadder, tbd_ladder, TBD, LADDER, AdwBin)

GtkWidget *tbd_ladder_new(void);
/* `full`: a document of PageGet.  Rows stay where they are; what changed is renewed. */
void tbd_ladder_set(TbdLadder *l, GVariant *full);
