/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waking.h - after the machine slept: does the relay answer again?
 *
 * A person who opens the lid believes that pages come in.  If they do not within
 * seconds, a bubble says it until they do. */
#pragma once

#include <gio/gio.h>

struct agent;
struct waking;

enum { WAKING_WAIT_S = 10 };

struct waking *waking_new(struct agent *agent);
void waking_free(struct waking *w); /* NULL allowed */

/* The machine woke up; the relay is being dialled. */
void waking_begin(struct waking *w);
/* The connection may have changed. */
void waking_look(struct waking *w);

/* woke_at, connected_at (moments; 0: not since the start, or not yet). */
void waking_put(const struct waking *w, GVariantBuilder *b);
