/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.h - words for whoever typed the command, in his language. */
#pragma once

#include <libintl.h>

#define _(text) gettext(text)

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_RUNNING = 3,
    EXIT_CONFIG = 78, /* EX_CONFIG of sysexits.h: starting again will not help */
};

/* Vietnamese, unless LANGUAGE, LC_ALL, LC_MESSAGES or LANG (the first that is set) asks for English; UTF-8
 * whatever the locale says.  Configuration errors and the log are English: they are searched for. */
void say_open(void);

/* "trucban-relay: <text>" on stderr. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
