/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings.c - see settings.h. */
#include "client/desktop/settings.h"

struct _TbdSettings {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdSettings, tbd_settings, ADW_TYPE_BIN)

static void tbd_settings_class_init(TbdSettingsClass *class)
{
    (void)class;
}

static void tbd_settings_init(TbdSettings *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("settings"));
}
