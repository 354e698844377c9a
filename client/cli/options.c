/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.c - see options.h.  GLib parses; what it says about errors and its help are in GLib's own
 * catalogues, which are seldom installed, and do not name the remedy. */
#include "client/cli/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/cli/cli.h"
#include "client/cli/term.h"
#include "client/text/clean.h"

enum { WORD_MAX = 32, NEAR = 2 };

/* ---- help */

static char *left_side(const GOptionEntry *e)
{
    char letter[] = { '-', e->short_name, ',', ' ', '\0' };
    const char *value = e->arg_description ? e->arg_description : "";

    return g_strdup_printf("  %s--%s%s%s", e->short_name ? letter : "", e->long_name,
                           *value ? " " : "", *value ? _(value) : "");
}

void options_help(FILE *f, const char *name, const char *params, const GOptionEntry *entries,
                  const char *const texts[2])
{
    size_t widest = 0;

    (void)fprintf(f, "%s %s%s%s%s\n", _("Usage:"), name, entries ? _(" [OPTIONS]") : "",
                  params && *params ? " " : "", params ? params : "");
    for (int i = 0; i < 2; i++)
        if (*texts[i])
            (void)fprintf(f, "\n%s\n", texts[i]);
    (void)fputc('\n', f);
    for (const GOptionEntry *e = entries; e && e->long_name; e++) {
        g_autofree char *left = left_side(e);
        widest = MAX(widest, term_width(left));
    }
    for (const GOptionEntry *e = entries; e && e->long_name; e++) {
        g_autofree char *left = left_side(e);
        (void)fprintf(f, "%s%*s  %s\n", left, (int)(widest - term_width(left)), "",
                      e->description ? _(e->description) : "");
    }
    (void)fprintf(f, "%s%s\n", entries ? "\n" : "",
                  _("--json prints one JSON object per line; --help shows this."));
}

/* ---- what is near */

/* Insertions, deletions, exchanges, and neighbours that changed places. */
static size_t distance(const char *a, const char *b)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);

    if (n > WORD_MAX || m > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            size_t least = MIN(d[i - 1][j], d[i][j - 1]) + 1;
            least = MIN(least, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                least = MIN(least, d[i - 2][j - 2] + 1);
            d[i][j] = least;
        }
    return d[n][m];
}

const char *options_nearest(const char *word, const char *const *known)
{
    const char *best = NULL;
    size_t best_distance = NEAR + 1;

    for (; *known; known++) {
        bool starts = strlen(word) >= 3 && g_str_has_prefix(*known, word);
        size_t d = starts ? 1 : distance(word, *known);
        if (d < best_distance && d < strlen(*known)) {
            best = *known;
            best_distance = d;
        }
    }
    return best;
}

/* ---- refusals */

static const GOptionEntry *find(const GOptionEntry *entries, const char *name, size_t n,
                                char letter)
{
    for (const GOptionEntry *e = entries; e->long_name; e++)
        if (letter ? e->short_name == letter
                   : strlen(e->long_name) == n && strncmp(e->long_name, name, n) == 0)
            return e;
    return NULL;
}

static char *unknown(const GOptionEntry *entries, const char *option)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *shown = text_clean(option, false);
    g_autofree char *word = g_strndup(option, strcspn(option, "="));

    for (const GOptionEntry *e = entries; e->long_name; e++)
        g_ptr_array_add(names, (void *)(uintptr_t)e->long_name);
    g_ptr_array_add(names, NULL);
    const char *near = g_str_has_prefix(word, "--")
                           ? options_nearest(word + 2, (const char *const *)names->pdata)
                           : NULL;
    return near ? g_strdup_printf(_("unknown option '%s': did you mean '--%s'?"), shown, near)
                : g_strdup_printf(_("unknown option '%s'"), shown);
}

static bool is_whole_number(const char *text)
{
    char *end = NULL;

    errno = 0;
    long number = strtol(text, &end, 0);
    return errno == 0 && *text && !*end && number >= G_MININT && number <= G_MAXINT;
}

static char *bad_value(const GOptionEntry *e, const char *value)
{
    if (!value)
        return g_strdup_printf(_("--%s needs a value: --%s %s (%s)"), e->long_name, e->long_name,
                               e->arg_description ? _(e->arg_description) : "…",
                               e->description ? _(e->description) : "");
    if (e->arg == G_OPTION_ARG_INT && !is_whole_number(value)) {
        g_autofree char *shown = text_clean(value, false);
        return g_strdup_printf(_("--%s needs a whole number, not '%s'"), e->long_name, shown);
    }
    if (!g_utf8_validate(value, -1, NULL))
        return g_strdup_printf(_("the value of --%s is not UTF-8"), e->long_name);
    return NULL;
}

/* One argument; moves *i on to the value where it stands apart. */
static char *check(const GOptionEntry *entries, int argc, char **argv, int *i)
{
    const char *option = argv[*i];
    bool is_long = option[1] == '-';
    const char *equals = is_long ? strchr(option, '=') : NULL;
    size_t n = is_long ? (equals ? (size_t)(equals - option) : strlen(option)) - 2 : 0;
    const GOptionEntry *e = find(entries, option + 2, n, (char)(is_long ? '\0' : option[1]));

    if (!e)
        return unknown(entries, option);
    if (e->arg == G_OPTION_ARG_NONE)
        return equals ? g_strdup_printf(_("--%s takes no value"), e->long_name) : NULL;
    if (equals)
        return bad_value(e, equals + 1);
    if (!is_long && option[2])
        return bad_value(e, option + 2);
    (*i)++;
    return bad_value(e, *i < argc ? argv[*i] : NULL);
}

char *options_trouble(const GOptionEntry *entries, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (argv[i][0] != '-' || !argv[i][1])
            continue;
        char *trouble = check(entries, argc, argv, &i);
        if (trouble)
            return trouble;
    }
    return NULL;
}

int options_no_part(const char *word, const char *const *known)
{
    const char *near = options_nearest(word, known);
    g_autofree char *list = g_strjoinv(", ", (char **)(uintptr_t)known);
    g_autofree char *shown = text_clean(word, false);

    return near ? cli_say(STATUS_USAGE,
                          _("there is no command '%s' here: did you mean '%s'? There are: %s"),
                          shown, near, list)
                : cli_say(STATUS_USAGE, _("there is no command '%s' here; there are: %s"), shown,
                          list);
}
