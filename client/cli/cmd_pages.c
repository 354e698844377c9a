/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pages.c - list pages, newest first. */
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/when.h"
#include "client/text/words.h"

static int print_json(GVariant *pages, gsize n)
{
    for (gsize i = 0; i < n; i++) {
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

static void print_table(GVariant *pages, gsize n)
{
    const char *heads[] = {
        "", _("Page"), _("Time"), _("Class"), _("From"), _("State"), _("Title")
    };
    struct table *table = table_new(G_N_ELEMENTS(heads), heads);

    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) page = g_variant_get_child_value(pages, i);
        add_row(table, page);
    }
    table_print(table, stdout);
}

/* A row that does not open has no line: nobody knows which page it was. */
static void say_damaged(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;

    if (tba_agent_call_status_sync(c->agent, &s, NULL, NULL) && doc_number(s, "damaged") > 0)
        (void)cli_say(0,
                      _("DAMAGED on this device's disk: %u pages; what is missing here is on other "
                        "devices: use the telephone"),
                      doc_number(s, "damaged"));
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
    /* One more than is shown tells whether there are more. */
    guint ask = (guint)max + 1;
    if (!tba_agent_call_pages_sync(c->agent, 0, open, ask, &pages, &change, NULL, &error))
        return cli_fail(c, error);
    gsize n = MIN(g_variant_n_children(pages), (gsize)max);
    if (c->json)
        return print_json(pages, n);
    if (n == 0)
        (void)printf("%s\n", open ? _("No open pages.") : _("No pages."));
    else
        print_table(pages, n);
    if (g_variant_n_children(pages) > n)
        (void)printf(_("These are the newest %u; there are MORE: `trucban pages%s --max %u`\n"),
                     (guint)n, open ? " --open" : "", (guint)n * 10);
    say_damaged(c);
    return STATUS_DONE;
}
