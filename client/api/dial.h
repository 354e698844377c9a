/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dial.h - reaching the agent of a profile, starting it where it is absent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <gio/gio.h>

/* Connects, after starting the agent if need be; blocks for seconds in the worst case, so a window calls
 * it in a thread.  NULL: *ret_trouble says why, for people.  Gives both. */
GDBusConnection *tba_dial(const char *home, char **ret_trouble);

/* Whoever listens there must serve this profile, and speak this version of the interface: asks, and blocks.  NULL:
 * so it is; else why not, for people.  Gives. */
char *tba_dial_refusal(GDBusConnection *connection, const char *home);

/* One of our programs: of the same build, which stands beside this one, otherwise on the path.  NULL: not
 * installed.  Gives. */
char *tba_program(const char *name);
