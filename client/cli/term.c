/* SPDX-License-Identifier: GPL-3.0-or-later */
/* term.c - see term.h. */
#include "client/cli/term.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    SYMBOL_NUL = 0x2400,
    SYMBOL_DELETE = 0x2421,
    REPLACEMENT = 0xfffd,
    FIRST_STRONG_ISOLATE = 0x2068,
    POP_ISOLATE = 0x2069,
    TABLE_GAP = 2,
    COLUMN_LEAST = 8, /* never cut a column below this */
};

/* Characters that turn the writing direction or hide text. */
static bool is_formatting(gunichar c)
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
    if ((c >= 0x80 && c <= 0x9f) || is_formatting(c))
        return REPLACEMENT;
    return c;
}

char *term_clean(const char *s, bool prose)
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
        gssize n = g_unichar_to_utf8(FIRST_STRONG_ISOLATE, mark);
        g_string_prepend_len(out, mark, n);
        g_string_append_unichar(out, POP_ISOLATE);
    }
    return g_string_free(out, FALSE);
}

static size_t char_width(gunichar c)
{
    if (g_unichar_iszerowidth(c) || is_formatting(c))
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
    bool isolated = g_utf8_get_char(s) == FIRST_STRONG_ISOLATE;
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
        g_ptr_array_add(t->cells, term_clean(cells[i], false));
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
