/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.h - the only file of the core that looks at a clock.
 *
 * Timers run on boot time, which suspend does not stop and nobody can set; the
 * wall clock is for what is signed, shown, and must survive a restart. */
#pragma once

#include <stdint.h>

int64_t now_wall_ms(void);
int64_t now_boot_ms(void);
