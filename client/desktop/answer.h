/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.h - answering a page: one step to accept, one more to decline, hand over, resolve.
 *
 * Each act is a signature of this device; the answer is told when the relay has it,
 * and a gate that is not met is told with its remedy. */
#pragma once

#include <gtk/gtk.h>

/* Does the page wait for an answer of mine? */
gboolean page_waits_for_me(GVariant *page);
gboolean page_waits_for(GVariant *page, const char *account);

void tbd_answer_accept(const char *page, guint eta_min); /* at once; 0: not said when */
/* Each asks in a dialog first. */
void tbd_answer_ask_accept(const char *page);
void tbd_answer_ask_decline(const char *page);
void tbd_answer_ask_hand_over(const char *page);
void tbd_answer_ask_resolve(const char *page);
