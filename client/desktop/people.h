/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.h - the contacts as the directory shows them: whose key changed first, then by agency, under
 * headings, and only those that the search finds.
 *
 * Everything that a search compares is folded once, when contacts change; a key
 * press costs one pass over short texts. */
#pragma once

#include <gio/gio.h>

#include "client/desktop/item.h"

#define TBD_TYPE_PEOPLE tbd_people_get_type()
G_DECLARE_FINAL_TYPE(TbdPeople, tbd_people, TBD, PEOPLE, GObject)

TbdPeople *tbd_people_new(void);
/* Of TbdItem (a person) and GtkStringObject (a heading); borrowed. */
GListModel *tbd_people_model(TbdPeople *p);
/* Takes the contacts anew. */
void tbd_people_load(TbdPeople *p, GListModel *contacts);
void tbd_people_search(TbdPeople *p, const char *query);
guint tbd_people_found(TbdPeople *p); /* persons */
guint tbd_people_all(TbdPeople *p);
