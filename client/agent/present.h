/* SPDX-License-Identifier: GPL-3.0-or-later */
/* present.h - brings the window to a person, from an agent that has none.
 *
 * The session bus is asked first: it finds the window that runs, or starts the
 * installed one with the desktop's surroundings, which an agent that began before
 * the desktop lacks.  Otherwise the program is started, if there is a display (launch.h). */
#pragma once

struct launch;
struct present;

/* Borrows `launch`; NULL: without the bus there is no window. */
struct present *present_new(const char *home, struct launch *launch);
void present_free(struct present *p); /* NULL allowed; the window stays */

/* Shows the page with this printed id; NULL: only the window.  Some moments later. */
void present_page(struct present *p, const char *page);
