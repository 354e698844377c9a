/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_chaos.h - a bad network between the devices and the relay: tests/tools/chaosproxy.c. */
#pragma once

#include "world.h"

/* For world_open_behind: every device dials the proxy, which passes all things on until it is told otherwise. */
void chaos_start(struct world *w);
void chaos_stop(void);

/* One of the proxy's commands. */
void chaos(const char *command);

struct chaos_stats {
    unsigned open, taken;        /* connections now, and so far */
    unsigned long long up, down; /* bytes that passed */
};
struct chaos_stats chaos_stats(void);
