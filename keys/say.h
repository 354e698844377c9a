/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.h - what the tool tells people besides its data: on stderr, one line each. */
#pragma once

#include "keys/i18n.h"
#include "proto/result.h"
#include "proto/said.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* Prefixed with "trucban-keys: ".  Says what was wrong, with the value, and what to do. */
__attribute__((format(printf, 1, 2))) void say_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void say_note(const char *format, ...);

/* The same, for `return refuse(...)` in a command: give EXIT_REFUSED and EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int refuse(const char *format, ...);
__attribute__((format(printf, 1, 2))) int usage(const char *format, ...);

/* Says the error and returns `code`, for helpers whose callers only pass failure on. */
__attribute__((format(printf, 2, 3))) tb_result say_fail(tb_result code, const char *format, ...);

/* What proto/ says in English (a refusal, tb_strresult()), in the person's language, for use in one expression:
 * said_of(why.text).text. */
struct tb_said_text said_of(const char *english);
