/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold.c - see fold.h. */
#include "client/text/fold.h"

#include <glib.h>
#include <string.h>

enum { SMALL_D_STROKE = 0x111 };

char *text_fold(const char *s)
{
    g_autofree char *valid = g_utf8_make_valid(s ? s : "", -1);
    g_autofree char *small = g_utf8_casefold(valid, -1);
    g_autofree char *apart = g_utf8_normalize(small, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(NULL);

    for (const char *p = apart; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == SMALL_D_STROKE) /* its stroke is no mark that comes off */
            g_string_append_c(out, 'd');
        else if (!g_unichar_ismark(c))
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

bool text_found(const char *folded, const char *folded_query)
{
    while (*folded_query) {
        size_t n = strcspn(folded_query, " ");
        g_autofree char *word = g_strndup(folded_query, n);
        if (!strstr(folded, word))
            return false;
        folded_query += n;
        folded_query += strspn(folded_query, " ");
    }
    return true;
}
