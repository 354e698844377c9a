/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.c - see page.h. */
#include "client/desktop/page.h"

struct _TbdPage {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdPage, tbd_page, ADW_TYPE_BIN)

static void tbd_page_class_init(TbdPageClass *class)
{
    (void)class;
}

static void tbd_page_init(TbdPage *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("page"));
}

GtkWidget *tbd_page_new(const char *id)
{
    (void)id;
    return g_object_new(TBD_TYPE_PAGE, NULL);
}
