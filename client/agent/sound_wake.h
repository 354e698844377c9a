/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound_wake.h - for launch.c: starts a sound server where none runs and nobody else would start it. */
#pragma once

/* Connects once, as every program does, and so has libpulse start a server if its configuration says so: on
 * machines without systemd.  Returns when that was done or failed. */
void sound_wake(void);
