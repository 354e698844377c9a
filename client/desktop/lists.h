/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists.h - the agent's pages and contacts as list models, kept level with it.
 *
 * Nudges arrive through TbdAgent; what changed is pulled and merged by key, so a
 * row that is on screen stays the same object and only its "doc" changes. */
#pragma once

#include <stdbool.h>

#include "client/desktop/agent.h"
#include "client/desktop/item.h"

#define TBD_TYPE_LISTS tbd_lists_get_type()
G_DECLARE_FINAL_TYPE(TbdLists, tbd_lists, TBD, LISTS, GObject)

/* Emits "pages" and "contacts" after one or more of them changed (once per pull, not per row). */
TbdLists *tbd_lists_new(TbdAgent *agent);

GListModel *tbd_lists_pages(TbdLists *l);    /* of TbdItem, newest first; borrowed */
GListModel *tbd_lists_contacts(TbdLists *l); /* of TbdItem, by name; borrowed */
bool tbd_lists_loaded(TbdLists *l);          /* the first pull of pages is done */

/* The item with this key; NULL: none.  Borrowed. */
TbdItem *tbd_lists_page(TbdLists *l, const char *id);
TbdItem *tbd_lists_contact(TbdLists *l, const char *account);
