/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notices.h - what was just done, said for some seconds as a part of the view, in its banners, and never over it. */
#pragma once

#include <glib-object.h>

#define TBD_TYPE_NOTICES tbd_notices_get_type()
G_DECLARE_FINAL_TYPE(TbdNotices, tbd_notices, TBD, NOTICES, GObject)

/* Emits "changed". */
TbdNotices *tbd_notices_new(void);
void tbd_notices_say(TbdNotices *n, const char *text);

guint tbd_notices_count(TbdNotices *n);               /* of those that still stand */
const char *tbd_notices_line(TbdNotices *n, guint i); /* 0: the oldest; borrowed */
