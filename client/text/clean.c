/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clean.c - see clean.h. */
#include "client/text/clean.h"

enum {
    SYMBOL_NUL = 0x2400,
    SYMBOL_DELETE = 0x2421,
    REPLACEMENT = 0xfffd,
};

bool text_is_formatting(gunichar c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
           (c >= 0xe0000 && c <= 0xe007f);
}

/* Blocks of scripts written from right to left. */
static bool is_right_to_left(gunichar c)
{
    return (c >= 0x0590 && c <= 0x08ff) || (c >= 0xfb1d && c <= 0xfdff) ||
           (c >= 0xfe70 && c <= 0xfefe) || (c >= 0x10800 && c <= 0x10fff) ||
           (c >= 0x1e800 && c <= 0x1efff);
}

static gunichar harmless(gunichar c, bool prose)
{
    if (prose && (c == '\n' || c == '\t'))
        return c;
    if (c < 0x20)
        return SYMBOL_NUL + c;
    if (c == 0x7f)
        return SYMBOL_DELETE;
    if ((c >= 0x80 && c <= 0x9f) || text_is_formatting(c))
        return REPLACEMENT;
    return c;
}

char *text_clean(const char *s, bool prose)
{
    g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);
    GString *out = g_string_new(NULL);
    bool isolate = false;

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = harmless(g_utf8_get_char(p), prose);
        isolate = isolate || is_right_to_left(c);
        g_string_append_unichar(out, c);
    }
    if (isolate) {
        char mark[6];
        gssize n = g_unichar_to_utf8(TEXT_FIRST_STRONG_ISOLATE, mark);
        g_string_prepend_len(out, mark, n);
        g_string_append_unichar(out, TEXT_POP_ISOLATE);
    }
    return g_string_free(out, FALSE);
}
