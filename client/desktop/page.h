/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.h - one page in full: what was reported, whose turn, who saw it, what was signed. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_PAGE tbd_page_get_type()
G_DECLARE_FINAL_TYPE(TbdPage, tbd_page, TBD, PAGE, AdwBin)

GtkWidget *tbd_page_new(const char *id);
