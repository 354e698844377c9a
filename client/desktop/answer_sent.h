/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer_sent.h - what the dialogs of an answer and its sending share. */
#pragma once

#include <adwaita.h>

/* Each sends at once. */
void tbd_answer_decline(const char *page, const char *reason);
void tbd_answer_offer(const char *page, const char *account);
void tbd_answer_accept_for(const char *page, const char *account); /* and offers it to them then */
void tbd_answer_resolve(const char *page, const char *text);

/* The gate is not met: verify, or go on with a reason, which `done` gets; NULL: not at all.
 * Frees the error. */
void tbd_answer_ask_gate(const char *page, GError *error,
                         void (*done)(GtkEditable *reason, gpointer user), gpointer user);
