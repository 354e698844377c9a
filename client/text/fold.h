/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold.h - text as people search for it: without case and without Vietnamese marks. */
#pragma once

#include <stdbool.h>

/* "Nguyễn Đình" -> "nguyen dinh".  Gives. */
char *text_fold(const char *s);

/* Is every word of `folded_query` somewhere in `folded`?  An empty query is. */
bool text_found(const char *folded, const char *folded_query);
