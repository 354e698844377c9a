/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unlock.c - see unlock.h. */
#include "client/desktop/unlock.h"

struct _TbdUnlock {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdUnlock, tbd_unlock, ADW_TYPE_BIN)

static void tbd_unlock_class_init(TbdUnlockClass *class)
{
    (void)class;
}

static void tbd_unlock_init(TbdUnlock *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("unlock"));
}
