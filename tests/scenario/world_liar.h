/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_liar.h - a province whose relay lies when it is told to (tests/evil/). */
#pragma once

#include "world.h"

/* As world_open; the relay is honest until lie() says otherwise. */
void world_open_lying(struct world *w);

/* Gives the relay one order (the words are in tests/evil/liar_words.c) and asserts that it obeys;
 * returns what it said, borrowed until the next call. */
__attribute__((format(printf, 1, 2))) const char *lie(const char *fmt, ...);
/* A figure that the liar keeps. */
long long lie_count(const char *name);

/* Text and number of a document's key; "" and 0 where there is none. */
const char *doc_text(const json_t *doc, const char *key);
long long doc_number(const json_t *doc, const char *key);
bool doc_true(const json_t *doc, const char *key);

/* `trucban status` of this person, whatever its exit status; to be json_decref'd. */
json_t *world_status(struct world *w, const char *name);
/* Waits until status' `key` of this person contains `text`. */
void world_wait_status(struct world *w, const char *name, const char *key, const char *text,
                       int within_ms);
/* Does this person's agent sound for the page (NULL: any), for this reason (NULL: any)? */
bool world_rings(struct world *w, const char *name, const char *page, const char *why);
void world_wait_rings(struct world *w, const char *name, const char *page, const char *why,
                      int within_ms);
/* Does the agent's log hold this? */
void world_wait_readable(struct world *w, const char *name, const char *id, int within_ms);
bool world_log_says(struct world *w, const char *name, const char *text);
void world_wait_log(struct world *w, const char *name, const char *text, int within_ms);
