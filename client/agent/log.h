/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.h - the agent's log: one line per event, no content and no secrets.
 *
 * In the foreground lines go to stderr with the <N> that systemd understands,
 * detached to syslog.  The newest stay in memory for `Diagnostics`. */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <syslog.h>

enum { LOG_KEPT = 64 };

void log_init(bool to_syslog);
void log_line(int level, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The newest lines, oldest first, NULL-terminated.  Gives. */
char **log_newest(void);
