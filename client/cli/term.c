/* SPDX-License-Identifier: GPL-3.0-or-later */
/* term.c - see term.h. */
#include "client/cli/term.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/text/clean.h"

enum {
    TABLE_GAP = 2,
    COLUMN_LEAST = 8, /* never cut a column below this */
};

static size_t char_width(gunichar c)
{
    if (g_unichar_iszerowidth(c) || text_is_formatting(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

size_t term_width(const char *s)
{
    size_t width = 0;

    for (; *s; s = g_utf8_next_char(s))
        width += char_width(g_utf8_get_char(s));
    return width;
}

char *term_fit(const char *s, size_t columns)
{
    size_t width = 0;
    const char *p = s;

    if (columns == 0 || term_width(s) <= columns)
        return g_strdup(s);
    while (*p && width + char_width(g_utf8_get_char(p)) < columns) {
        width += char_width(g_utf8_get_char(p));
        p = g_utf8_next_char(p);
    }
    g_autofree char *start = g_strndup(s, (gsize)(p - s));
    bool isolated = g_utf8_get_char(s) == TEXT_FIRST_STRONG_ISOLATE;
    return g_strconcat(start, isolated ? "\u2069" : "", "…", NULL);
}

size_t term_columns(FILE *f)
{
    struct winsize size = { 0 };

    if (!isatty(fileno(f)))
        return 0;
    if (ioctl(fileno(f), TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}

struct table {
    size_t n;
    GPtrArray *cells; /* rows of n, the heads first; each cleaned, owned */
};

struct table *table_new(size_t n_columns, const char *const *heads)
{
    struct table *t = g_new0(struct table, 1);

    *t = (struct table){ .n = n_columns, .cells = g_ptr_array_new_with_free_func(g_free) };
    table_add(t, heads);
    return t;
}

void table_add(struct table *t, const char *const *cells)
{
    for (size_t i = 0; i < t->n; i++)
        g_ptr_array_add(t->cells, text_clean(cells[i], false));
}

static size_t widest(const size_t *widths, size_t n)
{
    size_t at = 0;

    for (size_t i = 1; i < n; i++)
        if (widths[i] > widths[at])
            at = i;
    return at;
}

/* Takes from the widest column until the line fits. */
static void narrow(size_t *widths, size_t n, size_t room)
{
    size_t sum = TABLE_GAP * (n - 1);

    for (size_t i = 0; i < n; i++)
        sum += widths[i];
    while (sum > room && widths[widest(widths, n)] > COLUMN_LEAST) {
        widths[widest(widths, n)]--;
        sum--;
    }
}

static void print_row(const struct table *t, size_t row, const size_t *widths, FILE *f)
{
    GString *line = g_string_new(NULL);

    for (size_t i = 0; i < t->n; i++) {
        g_autofree char *cell = term_fit(g_ptr_array_index(t->cells, row * t->n + i), widths[i]);
        g_string_append(line, cell);
        for (size_t w = term_width(cell); i + 1 < t->n && w < widths[i] + TABLE_GAP; w++)
            g_string_append_c(line, ' ');
    }
    while (line->len > 0 && line->str[line->len - 1] == ' ')
        g_string_truncate(line, line->len - 1);
    (void)fprintf(f, "%s\n", line->str); /* a failed write shows when stdout is closed */
    g_string_free(line, TRUE);
}

void table_print(struct table *t, FILE *f)
{
    g_autofree size_t *widths = g_new0(size_t, t->n);
    size_t rows = t->cells->len / t->n, room = term_columns(f);

    for (size_t i = 0; i < t->cells->len; i++) {
        size_t width = term_width(g_ptr_array_index(t->cells, i));
        if (width > widths[i % t->n])
            widths[i % t->n] = width;
    }
    if (room > 0)
        narrow(widths, t->n, room);
    for (size_t row = 0; row < rows; row++)
        print_row(t, row, widths, f);
    g_ptr_array_unref(t->cells);
    g_free(t);
}
