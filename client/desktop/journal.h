/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.h - what happened to a page, in the relay's order.
 *
 * Acts that a person signed bear a seal, a name and a level; nothing else looks
 * like them.  An act that came too late is shown and says that it changed nothing. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_JOURNAL tbd_journal_get_type()
G_DECLARE_FINAL_TYPE(TbdJournal, tbd_journal, TBD, JOURNAL, AdwBin)

/* `full`: a document of PageGet.  Entries that are shown stay where they are. */
void tbd_journal_set(TbdJournal *j, GVariant *full);
