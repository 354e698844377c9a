/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound_check.h - watches the default sink: would an alarm be heard?
 *
 * Asynchronous in the main loop.  Without a sound server it tries again now and
 * then and says BELL_UNCHECKED: sound may still go another way. */
#pragma once

#include "client/agent/sound.h"

struct sound_check;

struct sound_check *sound_check_new(void);
void sound_check_free(struct sound_check *c); /* NULL allowed */
enum bell sound_check_bell(const struct sound_check *c);
