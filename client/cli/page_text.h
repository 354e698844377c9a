/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_text.h - a page for people to read. */
#pragma once

#include <stdio.h>

#include <glib.h>

/* Everything that `PageGet` says, text of peers made harmless; where nobody answers also whom to ring up: `phones`
 * (client/text/phones.h), NULL: nobody is named. */
void page_print(GVariant *page, GPtrArray *phones, FILE *f);
void phones_print(GPtrArray *phones, FILE *f);

/* One event of a page in one line, without a line end.  Gives. */
char *page_event_line(GVariant *event);
