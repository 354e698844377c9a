/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attach.h - the files that go with a report: chosen or dropped here, read at once, within the limits. */
#pragma once

#include <adwaita.h>
#include <gio/gunixfdlist.h>

#define TBD_TYPE_ATTACH tbd_attach_get_type()
G_DECLARE_FINAL_TYPE(TbdAttach, tbd_attach, TBD, ATTACH, AdwBin)

/* Emits "changed". */
guint tbd_attach_count(TbdAttach *a);
void tbd_attach_clear(TbdAttach *a);
/* Reads a file in the background; what is wrong with it is told here. */
void tbd_attach_add(TbdAttach *a, GFile *file);
/* Takes what the agent kept: a list of {name} and a descriptor of each. */
void tbd_attach_restore(TbdAttach *a, GVariant *files, GVariant *handles, GUnixFDList *fds);
/* Names and contents as the agent takes them: `file_names` of the document, and the "ah" (floating). */
GVariant *tbd_attach_names(TbdAttach *a);
GVariant *tbd_attach_handles(TbdAttach *a, GUnixFDList *fds);
