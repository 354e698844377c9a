/* SPDX-License-Identifier: GPL-3.0-or-later */
/* directory.h - people: roles, units, levels, call-back numbers. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_DIRECTORY tbd_directory_get_type()
G_DECLARE_FINAL_TYPE(TbdDirectory, tbd_directory, TBD, DIRECTORY, AdwBin)

/* Puts the cursor into the search field. */
void tbd_directory_search(TbdDirectory *d);
