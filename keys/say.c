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

/* Values in them that are words of ours. */
static const char *const words[] = {
    N_("root"),       N_("authority"),    N_("registrar"),     N_("relay"),
    N_("credential"), N_("suspension"),   N_("revocation"),    N_("attestation"),
    N_("policy"),     N_("secret-epoch"), N_("freshness-key"), N_("agency"),
    N_("responder"),  N_("coordinator"),  N_("liaison"),       N_("guest"),
    N_("machine"),    N_("custodians"),   N_("coordinators"),  N_("registrars"),
};

/* What is said in proto/, where no language is known; client/po/update.sh keeps the list. */
static const char *const sentences[] = {
#include "proto/said.inc"
};

static const char *translate(const char *english)
{
    return _(english);
}

struct said_text said_of(const char *english)
{
    const struct tb_said known = {
        .sentence = sentences,
        .n_sentences = sizeof sentences / sizeof sentences[0],
        .word = words,
        .n_words = sizeof words / sizeof words[0],
        .translate = translate,
    };
    struct said_text t;

    tb_said(&known, english, t.text);
    return t;
}
