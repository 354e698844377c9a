/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clean.h - a peer's text, made harmless where people see it.
 *
 * It was checked when it was decoded; once more here, because a terminal obeys
 * what it is shown and an eye believes what it reads. */
#pragma once

#include <stdbool.h>

#include <glib.h>

enum { TEXT_FIRST_STRONG_ISOLATE = 0x2068, TEXT_POP_ISOLATE = 0x2069 };

/* Characters that turn the writing direction or hide text. */
bool text_is_formatting(gunichar c);

/* Control characters become visible symbols, bidi overrides and the like U+FFFD, what is not UTF-8 too;
 * text with right-to-left letters is isolated.  `prose` keeps line breaks and tabs.  Gives. */
char *text_clean(const char *s, bool prose);
