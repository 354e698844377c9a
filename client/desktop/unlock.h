/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unlock.h - the passphrase of a locked profile.  Pages ring meanwhile only as far as the agent can hear them. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_UNLOCK tbd_unlock_get_type()
G_DECLARE_FINAL_TYPE(TbdUnlock, tbd_unlock, TBD, UNLOCK, AdwBin)
