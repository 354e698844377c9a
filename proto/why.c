/* SPDX-License-Identifier: GPL-3.0-or-later */
/* why.c - the text of a refusal. */
#include "proto/why.h"

#include <stdarg.h>
#include <string.h>

struct line {
    struct tb_why *why;
    size_t n;
};

static void put_char(struct line *l, char c)
{
    unsigned char u = (unsigned char)c;

    if (l->n + 1 < sizeof l->why->text)
        l->why->text[l->n++] = (char)(u < 0x20 || u == 0x7f ? '?' : c);
}

static void put_text(struct line *l, const char *s)
{
    while (*s)
        put_char(l, *s++);
}

static void put_number(struct line *l, uint64_t v)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    while (n)
        put_char(l, digits[--n]);
}

static void put_signed(struct line *l, int64_t v)
{
    if (v < 0)
        put_char(l, '-');
    put_number(l, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* A text that was cut may end in the middle of a letter. */
static void finish(struct line *l)
{
    char *t = l->why->text;
    bool cut = l->n + 1 == sizeof l->why->text;

    while (cut && l->n > 0 && ((unsigned char)t[l->n - 1] & 0xc0) == 0x80)
        l->n--;
    if (cut && l->n > 0 && ((unsigned char)t[l->n - 1] & 0x80))
        l->n--;
    t[l->n] = '\0';
}

tb_result why_no(struct tb_why *why, tb_result code, const char *format, ...)
{
    struct line l = { .why = why };
    va_list ap;

    if (!why)
        return code;
    va_start(ap, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put_char(&l, *f);
            continue;
        }
        bool wide = f[1] == 'l';
        f += wide ? 3 : 1;
        if (*f == 's')
            put_text(&l, va_arg(ap, const char *));
        else if (*f == 'd')
            put_signed(&l, wide ? va_arg(ap, long long) : va_arg(ap, int));
        else if (*f == 'u')
            put_number(&l, wide ? va_arg(ap, unsigned long long) : va_arg(ap, unsigned));
        else
            put_char(&l, '%');
    }
    va_end(ap);
    finish(&l);
    return code;
}

struct why_quote why_quote(const char *unchecked)
{
    struct why_quote q = { { 0 } };
    size_t n = 0;

    q.text[n++] = '\'';
    for (const char *s = unchecked; *s && n < sizeof q.text - 5; s++)
        q.text[n++] = (char)(*s >= 0x20 && *s < 0x7f ? *s : '?');
    if (strlen(unchecked) > n - 1)
        for (int i = 0; i < 3; i++)
            q.text[n++] = '.';
    q.text[n] = '\'';
    return q;
}

struct why_quote why_hex(const uint8_t *p)
{
    struct why_quote q = { { 0 } };

    tb_hex(p, 8, q.text);
    return q;
}
