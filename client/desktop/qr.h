/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.h - a QR code, always dark on white with its quiet zone, whatever the theme. */
#pragma once

#include <gtk/gtk.h>

#define TBD_TYPE_QR tbd_qr_get_type()
G_DECLARE_FINAL_TYPE(TbdQr, tbd_qr, TBD, QR, GtkWidget)

/* `alternative`: what a reader says instead.  Too long a text shows nothing. */
void tbd_qr_set(TbdQr *q, const char *text, const char *alternative);
