/* SPDX-License-Identifier: GPL-3.0-or-later */
/* full.h - one page with everything in it, pulled again whenever its line in the lists changes. */
#pragma once

#include <gio/gunixfdlist.h>

#include "client/desktop/item.h"

#define TBD_TYPE_FULL tbd_full_get_type()
G_DECLARE_FINAL_TYPE(TbdFull, tbd_full, TBD, FULL, GObject)

/* Emits "changed" when the document or the trouble changed. */
TbdFull *tbd_full_new(const char *id);
const char *tbd_full_id(TbdFull *f);
GVariant *tbd_full_doc(TbdFull *f);       /* NULL before the first answer; borrowed */
const char *tbd_full_trouble(TbdFull *f); /* why there is none; NULL */
/* The content of attached file number `i`, as a descriptor of the caller's own; -1: none. */
int tbd_full_file(TbdFull *f, guint i);
