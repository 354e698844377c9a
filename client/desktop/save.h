/* SPDX-License-Identifier: GPL-3.0-or-later */
/* save.h - an attached file to where the person says. */
#pragma once

#include <gtk/gtk.h>

/* Asks where, writes and tells.  `name` is a peer's wish: only its last part is proposed.
 * Takes `fd`; below 0: says that the content is not here. */
void tbd_save(const char *name, int fd);
