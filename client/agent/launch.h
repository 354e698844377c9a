/* SPDX-License-Identifier: GPL-3.0-or-later */
/* launch.h - starts the window, and a sound server, for an agent that may start nothing itself.
 *
 * A process of its own, made before the agent knows a secret and before its sandbox: the window must not inherit
 * that.  It obeys two orders, to start the window of its profile, for one page or none, and to do for the sound
 * what libpulse does where nothing else starts its server (sound_wake.h); it ends with the agent. */
#pragma once

#include <stdbool.h>

#include "proto/cleanup.h"

struct launch;

/* Forks; there must be no other thread.  `detached`: let go of the terminal.  NULL: no window will be started. */
struct launch *launch_new(const char *home, bool detached);
void launch_free(struct launch *l); /* NULL allowed */
TB_DEFINE_CLEANUP(struct launch, launch_free)

/* How it went is in the log, some moments later.  `page` NULL: only the window. */
void launch_window(struct launch *l, const char *page);
/* From any thread; nobody says how it went. */
void launch_sound(struct launch *l);
