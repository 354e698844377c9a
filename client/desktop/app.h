/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app.h - the application: one per profile, with one window that may be hidden.
 *
 * What screens share hangs here.  The functions below find the running
 * application by themselves. */
#pragma once

#include <adwaita.h>

#include "client/desktop/agent.h"
#include "client/desktop/lists.h"
#include "client/desktop/notices.h"

#define TBD_TYPE_APP tbd_app_get_type()
G_DECLARE_FINAL_TYPE(TbdApp, tbd_app, TBD, APP, AdwApplication)

/* Runs the program; returns its exit status. */
int tbd_app_run(int argc, char **argv);

TbdAgent *tbd_app_agent(void);   /* borrowed */
TbdLists *tbd_app_lists(void);   /* borrowed */
GtkWindow *tbd_app_window(void); /* NULL before the first activation */

/* Does what a shortcut or button of that name does; takes `parameter` if it floats.  e.g. "show-page", (s). */
void tbd_app_do(const char *action, GVariant *parameter);

TbdNotices *tbd_app_notices(void); /* borrowed */
/* What was just done, for some seconds, wherever one is in the window. */
void tbd_app_notice(const char *text);
/* The agent refused: in words, in a dialog that stays until read.  `what` failed; frees the error. */
void tbd_app_refused(const char *what, GError *error);
