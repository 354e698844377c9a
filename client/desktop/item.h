/* SPDX-License-Identifier: GPL-3.0-or-later */
/* item.h - one document of the agent (a page, a contact) as a row of a GListModel. */
#pragma once

#include <gio/gio.h>

#define TBD_TYPE_ITEM tbd_item_get_type()
G_DECLARE_FINAL_TYPE(TbdItem, tbd_item, TBD, ITEM, GObject)

/* `key` names the field that tells items apart ("id", "account").  The property "doc" notifies. */
TbdItem *tbd_item_new(GVariant *doc, const char *key);
const char *tbd_item_key(TbdItem *i);
GVariant *tbd_item_doc(TbdItem *i); /* borrowed */
void tbd_item_set_doc(TbdItem *i, GVariant *doc);
