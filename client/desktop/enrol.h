/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.h - the first run: invite, card and passphrase, six words over the telephone, approval, alarm test. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_ENROL tbd_enrol_get_type()
G_DECLARE_FINAL_TYPE(TbdEnrol, tbd_enrol, TBD, ENROL, AdwBin)

/* The alarm test at the end is not done yet: the window stays here although the device is ready. */
gboolean tbd_enrol_goes_on(TbdEnrol *e);
