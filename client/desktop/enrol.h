/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.h - the first run: invite, card, six words, waiting, alarm test. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_ENROL tbd_enrol_get_type()
G_DECLARE_FINAL_TYPE(TbdEnrol, tbd_enrol, TBD, ENROL, AdwBin)
