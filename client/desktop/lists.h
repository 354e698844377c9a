/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists.h - the agent's pages and contacts as list models, kept level with it.
 *
 * Nudges arrive through TbdAgent; what changed is pulled and merged by key, so a
 * row that is on screen stays the same object and only its "doc" changes.  The
 * newest pages and all that are open come by themselves; older ones in parts, when
 * somebody scrolls there (tbd_lists_pull_older). */
#pragma once

#include <stdbool.h>

#include "client/desktop/agent.h"
#include "client/desktop/item.h"

#define TBD_TYPE_LISTS tbd_lists_get_type()
G_DECLARE_FINAL_TYPE(TbdLists, tbd_lists, TBD, LISTS, GObject)

/* Emits "pages" and "contacts" after one or more of them changed (once per pull, not per row). */
TbdLists *tbd_lists_new(TbdAgent *agent);

GListModel *tbd_lists_pages(TbdLists *l);    /* of TbdItem, in no order; borrowed */
GListModel *tbd_lists_contacts(TbdLists *l); /* of TbdItem, by name; borrowed */
bool tbd_lists_loaded(TbdLists *l);          /* the first pull of pages is done */

bool tbd_lists_has_older(TbdLists *l); /* the agent has pages that are not here */
/* Fetches the next part of them; "pages" tells when it is here. */
void tbd_lists_pull_older(TbdLists *l);
/* The newest or older ones that came last: of TbdItem; borrowed. */
const GPtrArray *tbd_lists_last_part(TbdLists *l);

/* The item with this key; NULL: none.  Borrowed. */
TbdItem *tbd_lists_page(TbdLists *l, const char *id);
TbdItem *tbd_lists_contact(TbdLists *l, const char *account);
