/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.c - engine time from two clocks of the kernel. */
#include "server/clock.h"

#include <time.h>

void clock_begin(struct engine_clock *c, int64_t wall_ms, int64_t boot_ms)
{
    *c = (struct engine_clock){ .wall_ms = wall_ms, .boot_ms = boot_ms };
}

int64_t clock_engine_ms(const struct engine_clock *c, int64_t boot_ms)
{
    return c->wall_ms + (boot_ms - c->boot_ms);
}

bool clock_jumped(struct engine_clock *c, int64_t wall_ms, int64_t boot_ms, int64_t *ret_ms)
{
    int64_t apart_ms = wall_ms - clock_engine_ms(c, boot_ms);
    int64_t moved_ms = apart_ms - c->told_ms;

    if (moved_ms <= CLOCK_JUMP_MS && moved_ms >= -CLOCK_JUMP_MS)
        return false;
    c->told_ms = apart_ms;
    *ret_ms = moved_ms;
    return true;
}

static int64_t read_ms(clockid_t id)
{
    struct timespec t = { 0 };

    (void)clock_gettime(id, &t); /* fails only for an unknown clock */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t clock_boot_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}
