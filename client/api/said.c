/* SPDX-License-Identifier: GPL-3.0-or-later */
/* said.c - see said.h. */
#include "client/api/said.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"

enum {
    ARGS_MAX = 6,
    TEXT_MAX = 600, /* longer ones are nobody's sentence */
    DEPTH_MAX = 3,  /* a value may be a sentence again */
};

static const char *const sentences[] = {
#include "client/api/said.inc"
    /* These are put together where they are said. */
    N_("This device is not enrolled: use an invite first."),
    N_("the relay's greeting cannot be read"),
    N_("it does not speak %s"),
    N_("the connection ended"),
    N_("connection failed"),
    N_("unknown result"),
};

/* Values that are words of ours. */
static const char *const words[] = {
    N_("accept"),     N_("decline"),      N_("offer"),      N_("resolve"), N_("rewrap"),
    N_("custodians"), N_("coordinators"), N_("agency"),     N_("guest"),   N_("machine"),
    N_("responder"),  N_("coordinator"),  N_("liaison"),    N_("policy"),  N_("registrar"),
    N_("credential"), N_("suspension"),   N_("revocation"), N_("relay"),   N_("root"),
};

struct args {
    char *arg[ARGS_MAX];
    size_t n;
};

static void args_done(struct args *a)
{
    for (size_t i = 0; i < a->n; i++)
        g_free(a->arg[i]);
    a->n = 0;
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
            a->arg[slot] = g_strndup(text, n);
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
static const char *find(const char *text, struct args *ret)
{
    const char *best = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++) {
        struct args a = { .n = 0 };
        if (!fits(sentences[i], text, &a))
            continue;
        if (best && weight(best) >= weight(sentences[i])) {
            args_done(&a);
            continue;
        }
        args_done(ret);
        *ret = a;
        best = sentences[i];
    }
    return best;
}

static char *say(const char *english, int depth);

static char *value(const char *text, bool quoted, int depth)
{
    for (size_t i = 0; !quoted && i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i], text) == 0)
            return g_strdup(_(words[i]));
    return quoted || depth >= DEPTH_MAX ? g_strdup(text) : say(text, depth + 1);
}

/* A translation may put the values into another order ("%2$s"). */
static char *fill(const char *pattern, const struct args *a, int depth)
{
    GString *out = g_string_new(NULL);
    size_t next = 0;
    char letter;

    for (const char *p = pattern; *p; p++) {
        size_t size = conversion(p, &letter);
        if (size == 0) {
            p += p[0] == '%' && p[1] == '%';
            g_string_append_c(out, *p);
            continue;
        }
        char *after = NULL;
        guint64 place = g_ascii_strtoull(p + 1, &after, 10);
        size_t slot = *after == '$' && place > 0 ? (size_t)place - 1 : next++;
        bool quoted = out->len > 0 && out->str[out->len - 1] == '\''; /* a name */
        g_autofree char *text = slot < a->n ? value(a->arg[slot], quoted, depth) : g_strdup("");
        g_string_append(out, text);
        p += size - 1;
    }
    return g_string_free(out, FALSE);
}

static char *say(const char *english, int depth)
{
    struct args a = { .n = 0 };
    const char *pattern = *english && strlen(english) <= TEXT_MAX ? find(english, &a) : NULL;
    char *text = pattern ? fill(_(pattern), &a, depth) : g_strdup(english);

    args_done(&a);
    return text;
}

char *tba_said(const char *english)
{
    return say(english ? english : "", 0);
}
