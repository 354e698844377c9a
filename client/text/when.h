/* SPDX-License-Identifier: GPL-3.0-or-later */
/* when.h - moments as people and programs write them.
 *
 * The zone is $TRUCBAN_TZ, else Asia/Ho_Chi_Minh; not TZ, which servers set to UTC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/* "2026-11-22T18:36:05.123+07:00".  Gives; NULL for 0. */
char *when_rfc3339(int64_t ms);

/* For people, in the language's order: "22/11/2026 18:36:05" or "2026-11-22 18:36:05".  Gives; "-" for 0. */
char *when_people(int64_t ms);

/* The same without the date where it is today's. */
char *when_short(int64_t ms, int64_t now_ms);

/* "3 s", "5 min", "2 h", "4 d".  Gives. */
char *when_span(int64_t ms);

/* "in 30 min (by 22:11)", and later "promised for 22:11, 3 min ago"; with the date where it is not today's.
 * Gives. */
char *when_promised(int64_t accepted_ms, uint32_t eta_min, int64_t now_ms);

/* RFC 3339, "2026-11-22 18:36", "22/11/2026 18:36" or "18:36" (the newest one before now). */
bool when_parse(const char *text, int64_t now_ms, int64_t *ret_ms);

int64_t when_now(void);
