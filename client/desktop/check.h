/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.h - the fields of a report, looked at before the agent does: each complaint names the value and the
 * remedy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was typed or pasted as the protocol takes it: composed letters, no control or invisible characters.
 * `prose` keeps line breaks and tabs.  Gives. */
char *check_tidy(const char *typed, bool prose);

/* Each gives what is wrong with tidied text, or NULL. */
char *check_title(const char *title);
char *check_text(const char *text);
char *check_line(const char *value, size_t max);
char *check_date(const char *date);
char *check_hour(const char *hour);
/* Both of them together; NULL: *ret_ms is set. */
char *check_moment(const char *date, const char *hour, int64_t now_ms, int64_t *ret_ms);
char *check_file(const char *name, uint64_t size);
char *check_file_count(size_t n);

/* A moment as the two fields show it.  Give. */
char *check_print_date(int64_t ms);
char *check_print_hour(int64_t ms);
