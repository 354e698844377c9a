/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbox.c - see inbox.h. */
#include "client/desktop/inbox.h"

struct _TbdInbox {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdInbox, tbd_inbox, ADW_TYPE_BIN)

static void tbd_inbox_class_init(TbdInboxClass *class)
{
    (void)class;
}

static void tbd_inbox_init(TbdInbox *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("inbox"));
}
