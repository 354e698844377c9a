/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heard.c - see heard.h. */
#include "keys/heard.h"

#include <stdio.h>
#include <string.h>

#include "proto/nearest.h"
#include "proto/words.h"

enum { SYLLABLE = 64, NOUNS = 64, ADJECTIVES = 32 };
_Static_assert(NOUNS *ADJECTIVES == TB_WORDS, "every noun with every adjective");

static const char *noun(size_t i)
{
    return tb_word_noun(i * ADJECTIVES);
}

static bool is_noun(const char *s)
{
    for (size_t i = 0; i < NOUNS; i++) {
        if (tb_words_equal(s, noun(i)))
            return true;
    }
    return false;
}

static bool is_adjective(const char *s)
{
    for (size_t i = 0; i < ADJECTIVES; i++) {
        if (tb_words_equal(s, tb_word_adjective(i)))
            return true;
    }
    return false;
}

/* Both halves without a space between. */
static bool is_both(const char *s)
{
    char both[SYLLABLE];

    for (size_t i = 0; i < TB_WORDS; i++) {
        (void)snprintf(both, sizeof both, "%s%s", tb_word_noun(i), tb_word_adjective(i));
        if (tb_words_equal(s, both))
            return true;
    }
    return false;
}

/* The next run of letters; false at the end.  Letters are ASCII ones and everything beyond ASCII but the
 * middle dot. */
static bool next_syllable(const char **at, char ret[static SYLLABLE])
{
    static const char between[] = " \t\r\n.,;:-_/|+*'\"()0123456789";
    size_t n = 0;

    for (;;) {
        *at += strspn(*at, between);
        if (strncmp(*at, "\xc2\xb7", 2) != 0)
            break;
        *at += 2;
    }
    while ((*at)[n] != '\0' && strchr(between, (*at)[n]) == NULL &&
           strncmp(*at + n, "\xc2\xb7", 2) != 0)
        n++;
    (void)snprintf(ret, SYLLABLE, "%.*s", (int)(n < SYLLABLE ? n : SYLLABLE - 1), *at);
    *at += n;
    return n > 0;
}

/* The letters without their marks, as tb_words_equal() takes them. */
static void bare(const char *syllable, char ret[static SYLLABLE])
{
    size_t n = 0;

    while (*syllable != '\0' && n + 1 < SYLLABLE) {
        char letter[8] = "", plain[2] = "a";
        size_t bytes = 1;
        while (bytes < sizeof letter - 1 && ((unsigned char)syllable[bytes] & 0xc0) == 0x80)
            bytes++;
        memcpy(letter, syllable, bytes);
        while (plain[0] <= 'z' && !tb_words_equal(letter, plain))
            plain[0]++;
        if (plain[0] <= 'z')
            ret[n++] = plain[0];
        syllable += bytes;
    }
    ret[n] = '\0';
}

static const char *meant(const char *syllable)
{
    char typed[SYLLABLE], plain[NOUNS + ADJECTIVES][SYLLABLE];
    const char *all[NOUNS + ADJECTIVES + 1] = { NULL };

    bare(syllable, typed);
    for (size_t i = 0; i < NOUNS + ADJECTIVES; i++) {
        bare(i < NOUNS ? noun(i) : tb_word_adjective(i - NOUNS), plain[i]);
        all[i] = plain[i];
    }
    const char *near = tb_nearest(typed, all);
    for (size_t i = 0; i < NOUNS + ADJECTIVES; i++) {
        if (near != NULL && near == all[i])
            return i < NOUNS ? noun(i) : tb_word_adjective(i - NOUNS);
    }
    return NULL;
}

/* Some syllables without their marks are a noun and an adjective: what is due goes first. */
static void take(struct heard *h, const char *syllable, bool *begun)
{
    if (*begun && is_adjective(syllable)) {
        h->words++;
        *begun = false;
    } else if (!*begun && is_both(syllable)) {
        h->words++;
    } else if (is_noun(syllable)) {
        h->half |= *begun;
        *begun = true;
    } else if (is_adjective(syllable)) {
        h->half = true;
    } else if (h->strange[0] == '\0') {
        (void)snprintf(h->strange, sizeof h->strange, "%s", syllable);
        h->meant = meant(syllable);
    }
}

void heard_read(const char *typed, struct heard *ret)
{
    char syllable[SYLLABLE];
    bool begun = false;

    *ret = (struct heard){ .words = 0 };
    while (next_syllable(&typed, syllable))
        take(ret, syllable, &begun);
    ret->half |= begun;
}
