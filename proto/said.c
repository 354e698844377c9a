/* SPDX-License-Identifier: GPL-3.0-or-later */
/* said.c - see said.h.  Values are views into the sentence: nothing is allocated. */
#include "proto/said.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    ARGS_MAX = 6,
    TEXT_MAX = 600, /* longer ones are nobody's sentence */
    DEPTH_MAX = 3,  /* a value may be a sentence again */
};

struct args {
    struct {
        const char *p;
        size_t n;
    } arg[ARGS_MAX];
    size_t n;
};

struct out {
    char *text;
    size_t n;
};

static void put(struct out *o, const char *p, size_t n)
{
    for (size_t i = 0; i < n && o->n + 1 < TB_SAID_MAX; i++)
        o->text[o->n++] = p[i];
}

/* The length of a conversion ("%s", "%.100s", "%2$llu") and its letter; 0: there is none at `p`. */
static size_t conversion(const char *p, char *ret_letter)
{
    if (p[0] != '%' || p[1] == '%')
        return 0;
    size_t n = 1 + strspn(p + 1, "0123456789.$lhz");
    *ret_letter = p[n];
    return p[n] ? n + 1 : 0;
}

/* Does the text follow the pattern?  Then the values are in `a`; otherwise it is as it was. */
static bool fits(const char *pattern, const char *text, struct args *a)
{
    char letter = 0;

    while (*pattern && conversion(pattern, &letter) == 0) {
        pattern += pattern[0] == '%' && pattern[1] == '%';
        if (*pattern++ != *text++)
            return false;
    }
    if (!*pattern)
        return !*text;
    if (a->n == ARGS_MAX)
        return false;
    size_t slot = a->n++, size = conversion(pattern, &letter);
    size_t least = letter == 's' ? 0 : 1;
    size_t most = letter == 's' ? strlen(text) : strspn(text, "-0123456789");
    for (size_t n = least; n <= most; n++) {
        if (fits(pattern + size, text + n, a)) {
            a->arg[slot].p = text;
            a->arg[slot].n = n;
            return true;
        }
    }
    a->n = slot;
    return false;
}

/* How much of a pattern is its own. */
static size_t weight(const char *pattern)
{
    size_t n = 0;
    char letter;

    for (const char *p = pattern; *p; p++) {
        size_t size = conversion(p, &letter);
        n += size == 0;
        p += size > 0 ? size - 1 : 0;
    }
    return n;
}

/* The pattern that says most of the text; NULL: none. */
static const char *find(const struct tb_said *s, const char *text, struct args *ret)
{
    const char *best = NULL;

    for (size_t i = 0; i < s->n_sentences; i++) {
        struct args a = { .n = 0 };
        if (!fits(s->sentence[i], text, &a) || (best && weight(best) >= weight(s->sentence[i])))
            continue;
        *ret = a;
        best = s->sentence[i];
    }
    return best;
}

static void say(const struct tb_said *s, const char *english, int depth, struct out *o);

static void value(const struct tb_said *s, const char *p, size_t n, int depth, struct out *o)
{
    char text[TEXT_MAX + 1];
    bool quoted = o->n > 0 && o->text[o->n - 1] == '\''; /* a name */

    if (quoted || n > TEXT_MAX || depth >= DEPTH_MAX) {
        put(o, p, n);
        return;
    }
    memcpy(text, p, n);
    text[n] = '\0';
    for (size_t i = 0; i < s->n_words; i++) {
        if (strcmp(s->word[i], text) == 0) {
            const char *word = s->translate(s->word[i]);
            put(o, word, strlen(word));
            return;
        }
    }
    say(s, text, depth + 1, o);
}

/* The place that "%2$s" names; 0: it names none. */
static size_t place_of(const char *conversion_at)
{
    size_t place = 0;
    const char *p = conversion_at + 1;

    for (; *p >= '0' && *p <= '9' && place < ARGS_MAX; p++)
        place = place * 10 + (size_t)(*p - '0');
    return *p == '$' ? place : 0;
}

/* A translation may put the values into another order ("%2$s"). */
static void fill(const struct tb_said *s, const char *pattern, const struct args *a, int depth,
                 struct out *o)
{
    size_t next = 0;
    char letter;

    for (const char *p = pattern; *p; p++) {
        size_t size = conversion(p, &letter);
        if (size == 0) {
            p += p[0] == '%' && p[1] == '%';
            put(o, p, 1);
            continue;
        }
        size_t place = place_of(p);
        size_t slot = place > 0 ? place - 1 : next++;
        if (slot < a->n)
            value(s, a->arg[slot].p, a->arg[slot].n, depth, o);
        p += size - 1;
    }
}

static void say(const struct tb_said *s, const char *english, int depth, struct out *o)
{
    struct args a = { .n = 0 };
    const char *pattern = *english && strlen(english) <= TEXT_MAX ? find(s, english, &a) : NULL;

    if (pattern)
        fill(s, s->translate(pattern), &a, depth, o);
    else
        put(o, english, strlen(english));
}

void tb_said(const struct tb_said *s, const char *english, char ret[static TB_SAID_MAX])
{
    struct out o = { .text = ret };

    say(s, english, 0, &o);
    bool cut = o.n + 1 == TB_SAID_MAX; /* perhaps in the middle of a letter */
    while (cut && o.n > 0 && ((uint8_t)ret[o.n - 1] & 0xc0) == 0x80)
        o.n--;
    if (cut && o.n > 0 && (uint8_t)ret[o.n - 1] >= 0xc0)
        o.n--;
    ret[o.n] = '\0';
}

/* ---- what proto/ itself says */

#define N_(text) text /* a mark for client/po/update.sh */

static const char *const sentences[] = {
#include "proto/said.inc"
};

/* Values in them that are words of ours. */
static const char *const words[] = {
    N_("root"),       N_("authority"),    N_("registrar"),     N_("relay"),
    N_("credential"), N_("suspension"),   N_("revocation"),    N_("attestation"),
    N_("policy"),     N_("secret-epoch"), N_("freshness-key"), N_("agency"),
    N_("responder"),  N_("coordinator"),  N_("liaison"),       N_("guest"),
    N_("machine"),    N_("custodians"),   N_("coordinators"),  N_("registrars"),
};

struct tb_said_text tb_said_of(const char *english, const char *(*translate)(const char *english))
{
    const struct tb_said known = {
        .sentence = sentences,
        .n_sentences = sizeof sentences / sizeof sentences[0],
        .word = words,
        .n_words = sizeof words / sizeof words[0],
        .translate = translate,
    };
    struct tb_said_text t;

    tb_said(&known, english, t.text);
    return t;
}
