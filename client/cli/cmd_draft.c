/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_draft.c - the report that is being written: look at it, or drop it. */
#include <string.h>

#include "client/cli/draft.h"
#include "client/cli/json.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

static void line(const char *label, const char *value)
{
    g_autofree char *clean = text_clean(value, false);

    if (*clean)
        (void)printf("%s: %s\n", label, clean);
}

static void number_line(const char *label, uint32_t value)
{
    if (value > 0)
        (void)printf("%s: %u\n", label, value);
}

static void moment_line(const char *label, int64_t ms)
{
    g_autofree char *text = when_people(ms);

    if (ms > 0)
        line(label, text);
}

static void print_files(GVariant *doc)
{
    g_autoptr(GVariant) files = g_variant_lookup_value(doc, "files", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; files && i < g_variant_n_children(files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        line(_("File"), doc_text(file, "name"));
    }
}

static void print_draft(GVariant *doc)
{
    g_autofree char *text = text_clean(doc_text(doc, "text"), true);

    moment_line(_("Saved"), doc_moment(doc, "saved_at"));
    if (doc_is(doc, "drill"))
        (void)printf("*** %s***\n", _("[DRILL] "));
    line(_("Kind"), doc_text(doc, "kind"));
    if (doc_number(doc, "class") > 0)
        line(_("Class"), word_class(doc_number(doc, "class")));
    line(_("Title"), doc_text(doc, "title"));
    moment_line(_("Noticed"), doc_moment(doc, "detected_at"));
    line(_("System"), doc_text(doc, "system_name"));
    line(_("Address"), doc_text(doc, "system_address"));
    number_line(_("System level"), doc_number(doc, "system_level"));
    line(_("Policy"), doc_text(doc, "policy"));
    print_files(doc);
    if (*text)
        (void)printf("\n%s\n", text);
}

static int show(struct cli *c)
{
    int status = STATUS_DONE;
    g_autoptr(GVariant) doc = draft_document(c, &status);

    if (!doc)
        return status;
    if (c->json)
        return json_print_variant(doc) ? STATUS_DONE : STATUS_REFUSED;
    print_draft(doc);
    return STATUS_DONE;
}

static int clear(struct cli *c)
{
    GError *error = NULL;

    if (!tba_agent_call_draft_clear_sync(c->agent, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return json_print(json_pack("{s:b}", "cleared", 1)) ? STATUS_DONE : STATUS_REFUSED;
    (void)printf("%s\n", _("There is no draft any more."));
    return STATUS_DONE;
}

int cmd_draft(struct cli *c, int argc, char **argv)
{
    if (!cli_options(c, NULL, "[show|clear]", &argc, &argv))
        return STATUS_USAGE;
    const char *what = argc > 1 ? argv[1] : "show";
    bool clears = strcmp(what, "clear") == 0;
    if (argc > 2 || (!clears && strcmp(what, "show") != 0))
        return cli_say(STATUS_USAGE, _("draft show or draft clear"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    return clears ? clear(c) : show(c);
}
