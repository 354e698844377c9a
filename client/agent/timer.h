/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer.h - a timer of the main loop on CLOCK_BOOTTIME.
 *
 * GLib's own timeouts stand still while the machine sleeps; a page that came due
 * meanwhile must ring on waking. */
#pragma once

#include <stdint.h>

struct boot_timer;

int64_t boot_now_ms(void);
int64_t wall_now_ms(void);

/* NULL: the kernel gives no timer. */
struct boot_timer *boot_timer_new(void (*fire)(void *user), void *user);
/* Fires once at `boot_ms`, at once if that is past; INT64_MAX: not at all. */
void boot_timer_set(struct boot_timer *t, int64_t boot_ms);
void boot_timer_free(struct boot_timer *t); /* NULL allowed */
