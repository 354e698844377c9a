/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.c - see say.h. */
#include "keys/say.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
    (void)fputs("trucban-keys: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
}

void say_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
}

void say_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

int refuse(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    return EXIT_REFUSED;
}

int usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    return EXIT_USAGE;
}

tb_result say_fail(tb_result code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    return code;
}

static const char *translate(const char *english)
{
    return _(english);
}

struct tb_said_text said_of(const char *english)
{
    return tb_said_of(english, translate);
}
