/* SPDX-License-Identifier: GPL-3.0-or-later */
/* emit.c - see emit.h. */
#include "keys/emit.h"

#include <stdio.h>
#include <string.h>

#include "keys/when.h"
#include "proto/text.h"

/* Text that a terminal takes as text; else everything outside ASCII is hidden. */
static void put_shown(const char *value)
{
    bool fine = tb_text_check(value, strlen(value), TB_TEXT_LINE) == TB_OK;

    for (const char *p = value; *p != '\0'; p++) {
        bool plain = *p >= ' ' && *p < 127;
        (void)putchar(fine || plain ? *p : '?');
    }
}

static void put_quoted(const char *value)
{
    bool fine = tb_text_check(value, strlen(value), TB_TEXT_PROSE) == TB_OK;

    (void)putchar('"');
    for (const char *p = value; *p != '\0'; p++) {
        bool plain = (unsigned char)*p >= ' ' && *p != 127;
        if (*p == '"' || *p == '\\')
            (void)printf("\\%c", *p);
        else if (*p == '\n' || *p == '\t')
            (void)printf("\\%c", *p == '\n' ? 'n' : 't');
        else
            (void)putchar(plain && (fine || (unsigned char)*p < 127) ? *p : '?');
    }
    (void)putchar('"');
}

static void put_key(struct emit *e, const char *label)
{
    if (!e->json) {
        (void)printf("%*s%s: ", e->depth * 2, "", _(label));
        return;
    }
    (void)fputs(e->first ? "\"" : ", \"", stdout);
    for (const char *p = label; *p != '\0'; p++)
        (void)putchar(*p == ' ' ? '_' : *p);
    (void)fputs("\": ", stdout);
    e->first = false;
}

static void put_value(struct emit *e, const char *value)
{
    if (e->json)
        put_quoted(value);
    else
        put_shown(value);
}

static void put_end(struct emit *e)
{
    if (!e->json)
        (void)putchar('\n');
}

void emit_begin(struct emit *e, const char *type)
{
    if (e->json) {
        (void)putchar('{');
        e->first = true;
        emit_text(e, "type", type);
        return;
    }
    (void)printf("%s\n", _(type));
    e->depth = 1;
}

void emit_end(struct emit *e)
{
    if (e->json)
        (void)puts("}");
    e->depth = 0;
}

void emit_text(struct emit *e, const char *label, const char *value)
{
    put_key(e, label);
    put_value(e, value);
    put_end(e);
}

/* Kinds, roles and the like, as the protocol writes them. */
static const char *const words[] = {
    N_("root"),         N_("authority"),  N_("registrar"),  N_("relay"),       N_("freshness-key"),
    N_("credential"),   N_("suspension"), N_("revocation"), N_("attestation"), N_("policy"),
    N_("secret-epoch"), N_("agency"),     N_("responder"),  N_("coordinator"), N_("liaison"),
    N_("guest"),        N_("machine"),    N_("custodian"),  N_("freshness"),   N_("freshness key"),
    N_("device"),       N_("in-person"),  N_("remote"),     N_("unknown"),
};

const char *emit_word_of(const struct emit *e, const char *value)
{
    for (size_t i = 0; !e->json && i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], value) == 0)
            return _(words[i]);
    }
    return value;
}

void emit_word(struct emit *e, const char *label, const char *value)
{
    emit_text(e, label, emit_word_of(e, value));
}

void emit_number(struct emit *e, const char *label, int64_t value)
{
    put_key(e, label);
    (void)printf("%lld", (long long)value);
    put_end(e);
}

void emit_flag(struct emit *e, const char *label, bool value)
{
    put_key(e, label);
    if (e->json)
        (void)fputs(value ? "true" : "false", stdout);
    else
        (void)fputs(value ? _("yes") : _("no"), stdout);
    put_end(e);
}

void emit_time(struct emit *e, const char *label, int64_t ms)
{
    char text[WHEN_TEXT];

    if (ms == 0)
        return;
    when_print(ms, text);
    emit_text(e, label, text);
}

void emit_span(struct emit *e, const char *label, int64_t ms)
{
    char text[WHEN_TEXT];

    if (e->json) {
        emit_number(e, label, ms / 1000);
        return;
    }
    when_print_span(ms, text);
    emit_text(e, label, text);
}

void emit_hex(struct emit *e, const char *label, const uint8_t *p, size_t n)
{
    char text[2 * 64 + 1];

    tb_hex(p, n < 64 ? n : 64, text);
    emit_text(e, label, text);
}

void emit_list(struct emit *e, const char *label, const char *const *values, size_t n)
{
    put_key(e, label);
    if (e->json)
        (void)putchar('[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            (void)fputs(", ", stdout);
        put_value(e, values[i]);
    }
    if (e->json)
        (void)putchar(']');
    put_end(e);
}
