/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reported.h - what was reported: every word of it, selectable, and its files to save. */
#pragma once

#include <adwaita.h>

#include "client/desktop/full.h"

#define TBD_TYPE_REPORTED tbd_reported_get_type()
G_DECLARE_FINAL_TYPE(TbdReported, tbd_reported, TBD, REPORTED, AdwBin)

/* Text that did not change is not touched: a selection stays. */
void tbd_reported_set(TbdReported *r, TbdFull *full);
