/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_cli_doc.c - documents of an agent that lies, as JSON and as text for a person.
 *
 * JSON can be parsed again; what a terminal gets holds nothing that it obeys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/json.h"
#include "client/cli/page_text.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/words.h"
#include "doc_of.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void harmless(const char *s)
{
    if (!g_utf8_validate(s, -1, NULL))
        abort();
    for (; *s; s = g_utf8_next_char(s)) {
        gunichar c = g_utf8_get_char(s);
        bool isolates = c == TEXT_FIRST_STRONG_ISOLATE || c == TEXT_POP_ISOLATE;
        if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
            (text_is_formatting(c) && !isolates))
            abort();
    }
}

static void as_json(GVariant *doc)
{
    json_t *j = json_of_variant(doc), *again;
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

    if (text) {
        if (strchr(text, '\n') || strchr(text, 0x1b))
            abort(); /* one object, one line */
        if ((again = json_loads(text, JSON_DECODE_ANY, NULL)) == NULL)
            abort();
        json_decref(again);
    }
    free(text);
    json_decref(j);
}

static void as_text(GVariant *doc)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        abort();
    page_print(doc, NULL, f);
    if (fclose(f) != 0 || strlen(text) != n)
        abort();
    harmless(text);
    free(text);
    g_autofree char *line = page_event_line(doc);
    g_autofree char *who = word_person(doc_text(doc, "name"), doc_text(doc, "account"));
    g_autofree char *trust = word_trust(doc, "");
    g_autofree char *said = word_said(doc_text(doc, "last_error"));
    g_autofree char *fit = term_fit(doc_text(doc, "title"), 20);
    g_autofree char *title = text_clean(word_title(doc), false);
    harmless(line);
    harmless(said);
    if (!who || !trust || !fit)
        abort();
    harmless(title);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GVariant) raw = doc_of(data, size);

    if (!raw)
        return 0;
    g_autoptr(GVariant) doc = g_variant_get_normal_form(raw); /* as the bus does */
    as_json(doc);
    as_text(doc);
    return 0;
}
