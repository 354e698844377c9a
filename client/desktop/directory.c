/* SPDX-License-Identifier: GPL-3.0-or-later */
/* directory.c - see directory.h. */
#include "client/desktop/directory.h"

struct _TbdDirectory {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdDirectory, tbd_directory, ADW_TYPE_BIN)

static void tbd_directory_class_init(TbdDirectoryClass *class)
{
    (void)class;
}

static void tbd_directory_init(TbdDirectory *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("directory"));
}

void tbd_directory_search(TbdDirectory *d)
{
    (void)d;
}
