/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang.h - the language that a program speaks, and where its data files are.
 *
 * Vietnamese unless somebody asks for English.  Output is UTF-8 whatever the
 * locale says, so that neither LC_ALL=C nor a machine without locales turns
 * Vietnamese into question marks. */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) (text)

/* "vi" or "en".  `given` (--lang) first, then LANGUAGE, LC_ALL, LC_MESSAGES, LANG: the first that is set
 * decides, and only "en..." means English. */
const char *tba_lang_choose(const char *given);

/* Is that value of --lang one of ours?  A locale's name, as in en_GB.UTF-8, is as good as its language. */
bool tba_lang_known(const char *given);

/* Sets locale and message catalogue; call before any thread starts. */
void tba_lang_init(const char *lang);

/* A data file of ours (e.g. "sounds/alarm.wav"): beside the program while it stands in its build
 * folder, else below the installed data directory.  Gives; NULL: not there. */
char *tba_data_file(const char *name);
