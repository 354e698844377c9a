/* SPDX-License-Identifier: GPL-3.0-or-later */
/* said.h - a frontend's words for what core, agent and relay say in English.
 *
 * They say whole English sentences, with the values in them, because an agent
 * serves frontends of several languages.  Here a sentence is found again by its
 * pattern, which client/po/update.sh takes out of the sources (said.inc), and said
 * in the person's language with the same values. */
#pragma once

#include <glib.h>

/* The sentence in the language of tba_lang_init(); unchanged if nobody knows it.  Gives. */
char *tba_said(const char *english);
