/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.c - messages of the program to a person; log.h is for the running relay. */
#include "server/say.h"

#include <stdarg.h>
#include <stdio.h>

void say_error(const char *fmt, ...)
{
    va_list args;

    (void)fputs("trucban-relay: ", stderr);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
}
