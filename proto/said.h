/* SPDX-License-Identifier: GPL-3.0-or-later */
/* said.h - finds an English sentence with values in it by its pattern, and says it in another language.
 *
 * Refusals are made where nobody knows who will read them (proto/, core, agent, relay): as whole English
 * sentences.  Whoever shows one to a person has the patterns, which client/po/update.sh takes out of the
 * sources, and a catalogue. */
#pragma once

#include <stddef.h>

enum { TB_SAID_MAX = 1024 }; /* bytes that a translation may take */

struct tb_said {
    const char *const *sentence; /* patterns of printf: "no policy '%s'" */
    size_t n_sentences;
    const char *const *word; /* values that are words of ours */
    size_t n_words;
    const char *(*translate)(const char *english);
};

/* The sentence in the other language with the same values; unchanged if nobody knows it.  Cut at TB_SAID_MAX,
 * between letters. */
void tb_said(const struct tb_said *s, const char *english, char ret[static TB_SAID_MAX]);

struct tb_said_text {
    char text[TB_SAID_MAX];
};
/* The same of what proto/ itself says, for the programs beside it. */
struct tb_said_text tb_said_of(const char *english, const char *(*translate)(const char *english));
