/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.c - wall and boot time in milliseconds (clock.h). */
#include "client/core/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec t = { 0 };

    (void)clock_gettime(id, &t); /* cannot fail for these two on Linux */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t now_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t now_boot_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}
