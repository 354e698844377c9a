/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look.h - what the devices show in the end, brought before the judge. */
#pragma once

#include "people.h"

/* Judges the pages from number `first` on; what the senders show and nobody knew of is judged too. */
void look_and_judge(struct people *all, size_t first, struct j_verdict *v);
/* All rows of a person's list, or those that are open; NULL: the agent does not answer. */
GVariant *look_rows(struct man *m, bool open);
/* Is every page from `first` on over for its sender, and nothing left to send anywhere? */
bool look_settled(struct people *all, size_t first);
/* Every page that was ever taken: one row, and resolved where that was answered. */
void look_at_all(struct people *all, struct j_verdict *v);
