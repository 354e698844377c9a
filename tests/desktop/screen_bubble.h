/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_bubble.h - the bubbles of a real notification server of GTK 3, through the accessibility bus.
 *
 * Without libatspi: it waits for itself for ever when such a program tells it of changes during a call. */
#pragma once

#include "screen.h"

/* Every name in what the process shows, a line each, once `holding` is among them; waits.  To be g_free'd. */
char *bubble_text(pid_t pid, const char *holding);
/* Clicks on what has this very name; waits for it. */
void bubble_press(struct screen *screen, pid_t pid, const char *name);
void bubble_gone(pid_t pid, const char *name);
