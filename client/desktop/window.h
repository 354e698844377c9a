/* SPDX-License-Identifier: GPL-3.0-or-later */
/* window.h - the window: which stage of life, which view, which detail on top.
 *
 * Stages: starting, enrol (no identity yet, or waiting for approval), locked, main.
 * In main: the views, and above them at most one detail (a page, a person to
 * verify).  Closing hides; the agent rings on. */
#pragma once

#include <adwaita.h>

#include "client/desktop/directory.h"

#define TBD_TYPE_WINDOW tbd_window_get_type()
G_DECLARE_FINAL_TYPE(TbdWindow, tbd_window, TBD, WINDOW, AdwApplicationWindow)

TbdWindow *tbd_window_new(GtkApplication *app);

/* "inbox", "report", "directory", "settings" */
void tbd_window_show_view(TbdWindow *w, const char *view);
/* Puts a detail on top, in place of the one before; `detail` is sunk.  NULL: back to the views. */
void tbd_window_show_detail(TbdWindow *w, GtkWidget *detail);
GtkWidget *tbd_window_detail(TbdWindow *w); /* NULL: none is on top */
TbdDirectory *tbd_window_directory(TbdWindow *w);
