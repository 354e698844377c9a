/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shortcuts.h - the window that lists the keyboard shortcuts. */
#pragma once

#include <gtk/gtk.h>

void tbd_shortcuts_show(GtkWindow *parent);
