/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.h - text as a QR code of half blocks, two modules in one character cell. */
#pragma once

#include "proto/bytes.h"

/* Prints to stdout; `coloured`: with the escapes that make it dark on light on any terminal.
 * TB_E_LIMIT: the text does not fit a QR code. */
tb_result qr_print(const char *text, bool coloured);
