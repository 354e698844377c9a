/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pages.c - list pages, newest first. */
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/when.h"
#include "client/text/words.h"

static int print_json(GVariant *pages)
{
    for (gsize i = 0; i < g_variant_n_children(pages); i++) {
        g_autoptr(GVariant) page = g_variant_get_child_value(pages, i);
        if (!json_print_variant(page))
            return STATUS_REFUSED;
    }
    return STATUS_DONE;
}

static void add_row(struct table *table, GVariant *page)
{
    g_autofree char *at = when_short(doc_moment(page, "created_at"), when_now());
    g_autofree char *owner = word_person(doc_text(page, "owner_name"), doc_text(page, "owner"));
    g_autofree char *sender = word_person(doc_text(page, "sender_name"), doc_text(page, "sender"));
    g_autofree char *state =
        *owner ? g_strdup_printf("%s: %s", word_state(doc_text(page, "state")), owner)
               : g_strdup(word_state(doc_text(page, "state")));
    g_autofree char *title = g_strconcat(
        word_drill(page), doc_is(page, "readable") ? word_title(page) : _("(not readable)"), NULL);
    const char *cells[] = { doc_is(page, "mine_to_answer") ? "!" : "",
                            doc_text(page, "id"),
                            at,
                            word_class(doc_number(page, "class")),
                            sender,
                            state,
                            title };

    table_add(table, cells);
}

static void print_table(GVariant *pages)
{
    const char *heads[] = {
        "", _("Page"), _("Time"), _("Class"), _("From"), _("State"), _("Title")
    };
    struct table *table = table_new(G_N_ELEMENTS(heads), heads);

    for (gsize i = 0; i < g_variant_n_children(pages); i++) {
        g_autoptr(GVariant) page = g_variant_get_child_value(pages, i);
        add_row(table, page);
    }
    table_print(table, stdout);
}

int cmd_pages(struct cli *c, int argc, char **argv)
{
    gboolean open = FALSE;
    int max = 50;
    const GOptionEntry entries[] = {
        { "open", 0, 0, G_OPTION_ARG_NONE, &open, N_("Only those that have not ended"), NULL },
        { "max", 0, 0, G_OPTION_ARG_INT, &max, N_("How many; 50 if not said"), N_("N") },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GVariant) pages = NULL;
    guint64 change = 0;
    GError *error = NULL;

    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1 || max < 1)
        return cli_say(STATUS_USAGE, _("`trucban pages` takes options only"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_pages_sync(c->agent, 0, open, (guint)max, &pages, &change, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return print_json(pages);
    if (g_variant_n_children(pages) == 0)
        (void)printf("%s\n", open ? _("No open pages.") : _("No pages."));
    else
        print_table(pages);
    return STATUS_DONE;
}
