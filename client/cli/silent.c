/* SPDX-License-Identifier: GPL-3.0-or-later */
/* silent.c - see silent.h. */
#include "client/cli/silent.h"

#include "client/cli/follow.h"
#include "client/cli/page_text.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { IN_FULL = 3 }; /* more than these would hide each other */

static void say_one(struct cli *c, GVariant *listed)
{
    int status = 0;
    g_autoptr(GVariant) page = page_document(c, doc_text(listed, "id"), &status);
    const char *headline = page ? calling_headline(page, when_now()) : NULL;
    g_autofree char *advice = page ? calling_advice(page, when_now()) : NULL;

    if (!headline || !advice) /* somebody took it meanwhile */
        return;
    g_autofree char *title =
        text_clean(doc_is(page, "readable") ? word_title(page) : _("(not readable)"), false);
    (void)printf("\n%s%s: %s · %s · %s\n%s\n", word_drill(page), headline, doc_text(page, "id"),
                 word_class(doc_number(page, "class")), title, advice);
    g_autoptr(GPtrArray) phones = numbers_for(c, page, doc_text(page, "policy"));
    phones_print(phones, stdout);
}

static uint32_t urgency(gconstpointer page)
{
    GVariant *doc = *(GVariant *const *)page;

    return doc_number(doc, "class") + (doc_is(doc, "drill") ? 1000 : 0);
}

static int most_urgent_first(gconstpointer a, gconstpointer b)
{
    return urgency(a) < urgency(b) ? -1 : urgency(a) > urgency(b);
}

void say_silent(struct cli *c, GPtrArray *pages)
{
    g_autoptr(GPtrArray) silent = g_ptr_array_new();

    for (guint i = 0; i < pages->len; i++)
        if (calling_is_loud(pages->pdata[i], when_now()))
            g_ptr_array_add(silent, pages->pdata[i]);
    g_ptr_array_sort(silent, most_urgent_first);
    for (guint i = 0; i < silent->len && i < IN_FULL; i++)
        say_one(c, silent->pdata[i]);
    if (silent->len > IN_FULL)
        cli_print(_("%u MORE pages that nobody answers: `trucban pages --open`, and `trucban show "
                    "ID` for the telephone numbers"),
                  silent->len - IN_FULL);
}
