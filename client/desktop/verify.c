/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c - see verify.h. */
#include "client/desktop/verify.h"

struct _TbdVerify {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdVerify, tbd_verify, ADW_TYPE_BIN)

static void tbd_verify_class_init(TbdVerifyClass *class)
{
    (void)class;
}

static void tbd_verify_init(TbdVerify *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("verify"));
}

GtkWidget *tbd_verify_new(const char *account)
{
    (void)account;
    return g_object_new(TBD_TYPE_VERIFY, NULL);
}
