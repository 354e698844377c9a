/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.h - words for whoever typed the command, in his language. */
#pragma once

#include <libintl.h>
#include <stdbool.h>

#include "proto/said.h"

#define _(text) gettext(text)
#define N_(text) text /* translated where it is printed */

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_RUNNING = 3,
    EXIT_CONFIG = 78, /* EX_CONFIG of sysexits.h: starting again will not help */
};

/* Vietnamese, unless `lang` (vi or en; NULL: what LANGUAGE, LC_ALL, LC_MESSAGES or LANG says, the first
 * that is set) is English; UTF-8 whatever the locale says.  The log stays English: it is searched by
 * programs and by people far away.  False: `lang` is another one; then the environment's is spoken. */
bool say_open(const char *lang);

/* "trucban-relay: <text>" on stderr. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What proto/ says in English (a refusal, tb_strresult()), in the person's language, for use in one expression:
 * said_of(why.text).text. */
struct tb_said_text said_of(const char *english);
