/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang.h - which language a person chose for the window; it counts from the next start on. */
#pragma once

/* "vi", "en" or NULL: not chosen.  Gives. */
char *tbd_lang_chosen(void);
/* NULL: as the session says.  Failing to write is told on stderr only: the choice counts for this run. */
void tbd_lang_choose(const char *lang);
