/* SPDX-License-Identifier: GPL-3.0-or-later */
/* banners.h - what the officer must know before anything else: cannot ring, not connected, roster in doubt, drill;
 * and what was just done (notices.h).  At the lower edge of every view. */
#pragma once

#include <gtk/gtk.h>

#define TBD_TYPE_BANNERS tbd_banners_get_type()
G_DECLARE_FINAL_TYPE(TbdBanners, tbd_banners, TBD, BANNERS, GtkWidget)
