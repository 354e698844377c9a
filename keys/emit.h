/* SPDX-License-Identifier: GPL-3.0-or-later */
/* emit.h - data on stdout: "label: value" lines for people, or with --json one
 * object per line for programs.
 *
 * A label is marked with N_() and translated for people only; its JSON key is
 * the English label with '_' for ' '.  Values may come from files that nobody
 * has verified: what a terminal could act on is shown as '?'. */
#pragma once

#include "keys/i18n.h"
#include "proto/bytes.h"

struct emit {
    bool json;
    bool first; /* no field of this object yet */
    int depth;
};

/* Opens a thing: a line of its own for people, an object with "type" in JSON. */
void emit_begin(struct emit *e, const char *type);
void emit_end(struct emit *e);

void emit_text(struct emit *e, const char *label, const char *value);
/* A word of the protocol: translated for people, as it is in JSON. */
void emit_word(struct emit *e, const char *label, const char *value);
void emit_number(struct emit *e, const char *label, int64_t value);
void emit_flag(struct emit *e, const char *label, bool value);
void emit_time(struct emit *e, const char *label, int64_t ms); /* nothing for 0 */
void emit_span(struct emit *e, const char *label, int64_t ms); /* JSON: seconds */
void emit_hex(struct emit *e, const char *label, const uint8_t *p, size_t n);

/* The word in the person's language; itself if it is none of the protocol. */
const char *emit_word_of(const struct emit *e, const char *value);

/* Several values under one label. */
void emit_list(struct emit *e, const char *label, const char *const *values, size_t n);
