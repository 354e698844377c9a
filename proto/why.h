/* SPDX-License-Identifier: GPL-3.0-or-later */
/* why.h - the text of a refusal: what was wrong, with which value, and what to do.
 *
 * A formatter of its own, because proto/ does without stdio.h and because what
 * it quotes comes from strangers: control characters never get through, and
 * of text that has not been checked only ASCII does. */
#pragma once

#include "proto/roster.h"

/* Writes the text and returns `code`, so that a check can `return why_no(...)`.  Knows %s (checked
 * text), %u, %lld and %llu; `why` may be NULL. */
__attribute__((format(printf, 3, 4))) tb_result why_no(struct tb_why *why, tb_result code,
                                                       const char *format, ...);

struct why_quote {
    char text[48];
};
/* What may be shown of text or bytes that nobody has checked. */
struct why_quote why_quote(const char *unchecked);
/* The first 8 bytes in hex, as ids are printed everywhere. */
struct why_quote why_hex(const uint8_t *p);
