/* SPDX-License-Identifier: GPL-3.0-or-later */
/* person_row.h - one line of the directory: a person, or the heading above some. */
#pragma once

#include <gtk/gtk.h>

#define TBD_TYPE_PERSON_ROW tbd_person_row_get_type()
G_DECLARE_FINAL_TYPE(TbdPersonRow, tbd_person_row, TBD, PERSON_ROW, GtkBox)

GtkWidget *tbd_person_row_new(void);
/* A TbdItem, a GtkStringObject, or NULL. */
void tbd_person_row_set(TbdPersonRow *r, gpointer item);
gboolean tbd_person_row_is_person(TbdPersonRow *r);
