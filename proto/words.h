/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.h - the 2,048 words that two people compare over the telephone. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TB_WORDS = 2048, TB_WORDS_OF_ENROL = 6, TB_WORDS_BYTES = 9 /* 6 x 11 bits */ };

/* Noun and adjective of word i < TB_WORDS, NFC, one syllable each. */
const char *tb_word_noun(size_t i);
const char *tb_word_adjective(size_t i);

/* Writes the six words of the first 66 bits, most significant first, separated by " · ". */
void tb_words_print(const uint8_t bits[static TB_WORDS_BYTES], char ret[static 160]);
