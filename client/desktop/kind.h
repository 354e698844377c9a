/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kind.h - the row that shows which of the 25 kinds an incident is, in full, and opens the list of them. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_KIND tbd_kind_get_type()
G_DECLARE_FINAL_TYPE(TbdKind, tbd_kind, TBD, KIND, AdwActionRow)

/* Emits "changed". */
const char *tbd_kind_get(TbdKind *k); /* "" while none is chosen */
void tbd_kind_set(TbdKind *k, const char *code);

/* The plan's wording, in the language of the window. */
const char *tbd_kind_words(const char *code);
