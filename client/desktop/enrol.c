/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.c - see enrol.h. */
#include "client/desktop/enrol.h"

struct _TbdEnrol {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdEnrol, tbd_enrol, ADW_TYPE_BIN)

static void tbd_enrol_class_init(TbdEnrolClass *class)
{
    (void)class;
}

static void tbd_enrol_init(TbdEnrol *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("enrol"));
}
