/* SPDX-License-Identifier: GPL-3.0-or-later */
/* person.h - everything that is known of one person, and the ways to reach and to verify him. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_PERSON tbd_person_get_type()
G_DECLARE_FINAL_TYPE(TbdPerson, tbd_person, TBD, PERSON, AdwBin)

GtkWidget *tbd_person_new(const char *account);
