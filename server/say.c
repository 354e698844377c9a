/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.c - messages of the program to a person; log.h is for the running relay. */
#include "server/say.h"

#include <ctype.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char *chosen_language(void)
{
    static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };
    const char *value = "";

    for (size_t i = 0; i < sizeof names / sizeof names[0] && value[0] == '\0'; i++)
        value = or_empty(getenv(names[i]));
    bool english = strncasecmp(value, "en", 2) == 0 && !isalpha((unsigned char)value[2]);
    return english ? "en" : "vi";
}

/* The catalogues beside the program in a build folder, else the installed ones. */
static const char *catalogues(void)
{
    static char path[PATH_MAX];
    static const char beside[] = "/locale";
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof beside);

    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n <= 0)
        return TB_LOCALE_DIR;
    (void)snprintf(path + n - 1, sizeof beside, "%s", beside);
    return access(path, F_OK) == 0 ? path : TB_LOCALE_DIR;
}

bool say_open(const char *lang)
{
    bool known = lang == NULL || strcmp(lang, "vi") == 0 || strcmp(lang, "en") == 0;

    (void)setlocale(LC_ALL, ""); /* fails where the locale is not installed: then it stays "C" */
    /* gettext asks LANGUAGE only if the locale of messages is not "C". */
    (void)setlocale(LC_MESSAGES, "C.UTF-8");
    (void)setenv("LANGUAGE", lang != NULL && known ? lang : chosen_language(),
                 1); /* without memory: English */
    (void)bindtextdomain("trucban", catalogues());
    (void)bind_textdomain_codeset("trucban", "UTF-8");
    (void)textdomain("trucban");
    return known;
}

void say_error(const char *fmt, ...)
{
    va_list args;

    (void)fputs("trucban-relay: ", stderr);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static const char *translate(const char *english)
{
    return _(english);
}

struct tb_said_text said_of(const char *english)
{
    return tb_said_of(english, translate);
}
