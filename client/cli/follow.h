/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow.h - what becomes of something that was sent: did the relay take it, did
 * somebody answer; and whom to telephone if not. */
#pragma once

#include "client/cli/cli.h"

/* The page's document as `pages` has it; gives, NULL with *ret_status set and said why. */
GVariant *page_document(struct cli *c, const char *id, int *ret_status);

/* Waits until the relay confirmed the page, then, with `wait_s` above 0, until a verified accept.
 * Prints what happened; returns the exit status. */
int follow_page(struct cli *c, const char *id, int wait_s);

/* Waits until nothing is left in the outbox.  STATUS_OFFLINE: it was kept; said so, with numbers. */
int follow_outbox(struct cli *c);

/* Whom to ring up (client/text/phones.h) about this page, NULL: about none, under this policy, "": any.  Gives. */
GPtrArray *numbers_for(struct cli *c, GVariant *page, const char *policy);
/* Prints them on stderr. */
void print_numbers(struct cli *c, GVariant *page, const char *policy);
