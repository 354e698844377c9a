/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.h - engine time: wall clock at start plus CLOCK_BOOTTIME since, so that it never jumps.
 *
 * Setting the system's clock neither fires a step early nor holds one back; suspend counts.  The first
 * three functions are pure, for tests; only the last two look at a clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct engine_clock {
    int64_t wall_ms; /* wall clock at start */
    int64_t boot_ms; /* CLOCK_BOOTTIME at start */
    int64_t told_ms; /* distance of the wall clock when it was last told about */
};

enum { CLOCK_JUMP_MS = 60 * 1000 };

void clock_begin(struct engine_clock *c, int64_t wall_ms, int64_t boot_ms);
int64_t clock_engine_ms(const struct engine_clock *c, int64_t boot_ms);

/* True, once, when the wall clock moved by more than CLOCK_JUMP_MS against engine time since the last
 * time that was said; by how much comes out in ret_ms. */
bool clock_jumped(struct engine_clock *c, int64_t wall_ms, int64_t boot_ms, int64_t *ret_ms);

/* Milliseconds since 1970 and of CLOCK_BOOTTIME. */
int64_t clock_wall_ms(void);
int64_t clock_boot_ms(void);
