/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound.h - the alarm's sound, and whether it can be heard.
 *
 * Playing happens in a thread of its own: a sound server that hangs must not hold
 * up pages.  libcanberra reports success into a muted sink, so sound_check.c
 * watches the sink with libpulse.  Neither library is asked by anybody else. */
#pragma once

#include <stdbool.h>

enum bell { BELL_UNCHECKED, BELL_OK, BELL_MUTED, BELL_NONE };
enum sound_kind { SOUND_ALARM, SOUND_DRILL };

struct launch;
struct sound;

/* Finds the sound files and starts looking for a sound server; borrows `launch`, NULL: it has none started. */
struct sound *sound_new(struct launch *launch);
void sound_free(struct sound *s); /* NULL allowed; cuts off what plays, waits at most a second */

/* Plays once, some moments later; what still plays is left to end. */
void sound_play(struct sound *s, enum sound_kind kind);
/* Cuts off what plays. */
void sound_stop(struct sound *s);

enum bell sound_bell(const struct sound *s);
const char *sound_bell_name(enum bell b); /* "ok", "muted", "none", "unchecked" */
