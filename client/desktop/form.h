/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form.h - the fields of a first report, from an empty page to a signature.
 *
 * What is wrong is said at the field, and the first wrong one gets the cursor.
 * form.c has the fields and what they hold, form_send.c judges and sends. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_FORM tbd_form_get_type()
G_DECLARE_FINAL_TYPE(TbdForm, tbd_form, TBD, FORM, AdwBin)

/* Emits "sent" (s page): signed, and kept until the relay has it. */
void tbd_form_focus(TbdForm *f);
