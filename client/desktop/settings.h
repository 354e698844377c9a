/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings.h - this device: alarm test, privacy, language, credential, roster, diagnostics. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_SETTINGS tbd_settings_get_type()
G_DECLARE_FINAL_TYPE(TbdSettings, tbd_settings, TBD, SETTINGS, AdwBin)
