/* SPDX-License-Identifier: GPL-3.0-or-later */
/* when.h - times and spans as people write them. */
#pragma once

#include "proto/bytes.h"

#define WHEN_DAY_MS (86400 * 1000LL)

enum { WHEN_TEXT = 40 };

/* Before the first time is read or printed: $TRUCBAN_TZ, else Asia/Ho_Chi_Minh. */
void when_choose_zone(void);

int64_t when_now_ms(void);

/* "90s", "15m", "72h", "30d", "2y" (365 days each); not 0.  TB_E_RANGE: none of these. */
tb_result when_span(const char *text, int64_t *ret_ms);

/* "2027-01-31" (its end, local time) or "2027-01-31T08:00:00+07:00" or "...Z". */
tb_result when_time(const char *text, int64_t *ret_ms);

/* A span from now, or a time. */
tb_result when_either(const char *text, int64_t now_ms, int64_t *ret_ms);

/* RFC 3339 in local time with its offset, to the second. */
void when_print(int64_t ms, char ret[static WHEN_TEXT]);

/* "72h", "30d": the largest unit that divides it. */
void when_print_span(int64_t ms, char ret[static WHEN_TEXT]);
