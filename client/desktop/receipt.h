/* SPDX-License-Identifier: GPL-3.0-or-later */
/* receipt.h - what became of a report that was just signed: the relay, the people, and the name of who took it,
 * as it happens; loud as soon as the telephone is the better way. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_RECEIPT tbd_receipt_get_type()
G_DECLARE_FINAL_TYPE(TbdReceipt, tbd_receipt, TBD, RECEIPT, AdwBin)

/* Emits "another" when the person wants to write the next one.  NULL: shows nothing. */
void tbd_receipt_show(TbdReceipt *r, const char *page);
