/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.h - the documents' short names in a person's language, and reading documents. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/* Static; the name itself where it is not known, "?" if it is no name. */
const char *word_state(const char *state);
const char *word_class(uint32_t page_class);
const char *word_level(uint32_t level);
const char *word_role(const char *role);
const char *word_event(const char *event);
const char *word_online(const char *online);
const char *word_stage(const char *stage);
const char *word_bell(const char *bell);
const char *word_bell_remedy(const char *bell); /* what to do; empty: nothing */
const char *word_bubbles(const char *notifications);
const char *word_signer(const char *signer); /* empty: it does not sign */
const char *word_flag(const char *flag);
/* Of the exit codes' errors: `name` without TB_E_. */
const char *word_error(const char *name);

/* Of errno, for the failures that people meet. */
const char *word_errno(int number);

/* The title; that of a test page in the reader's language.  Borrows. */
const char *word_title(GVariant *page);

/* What core, agent or relay said in English, harmless and in the person's language.  Gives. */
char *word_said(const char *english);

/* Is it somebody's test of his own bell, and nothing to do? */
bool word_is_test(GVariant *page);

/* Was this event of a page (a document of PageGet) a tier passed over because everybody in it had said that he
 * receives no pages? */
bool page_tier_was_off(GVariant *page, GVariant *event);

/* "[TEST] ", "[DRILL] " or "" */
const char *word_drill(GVariant *page);

/* Values of a document; "" or 0 if missing.  Text borrows. */
const char *doc_text(GVariant *doc, const char *key);
uint32_t doc_number(GVariant *doc, const char *key);
int64_t doc_moment(GVariant *doc, const char *key);
bool doc_is(GVariant *doc, const char *key);

/* "Nguyễn Văn An (an)", or only the account.  Gives. */
char *word_person(const char *name, const char *account);
/* "812 bytes", "23.4 KiB"; GLib has its own in its own languages only.  Gives. */
char *word_size(uint64_t bytes);
/* "2 verified [compared]".  Gives. */
char *word_trust(GVariant *doc, const char *prefix);
