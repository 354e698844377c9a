/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.h - comparing keys with one person. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_VERIFY tbd_verify_get_type()
G_DECLARE_FINAL_TYPE(TbdVerify, tbd_verify, TBD, VERIFY, AdwBin)

GtkWidget *tbd_verify_new(const char *account);
