/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pages.c - list pages, newest first. */
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/list.h"
#include "client/cli/silent.h"
#include "client/cli/term.h"
#include "client/text/calling.h"
#include "client/text/when.h"
#include "client/text/words.h"

static int print_json(GPtrArray *pages)
{
    for (guint i = 0; i < pages->len; i++)
        if (!json_print_variant(pages->pdata[i]))
            return STATUS_REFUSED;
    return STATUS_DONE;
}

static void add_row(struct table *table, GVariant *page)
{
    g_autofree char *at = when_short(doc_moment(page, "created_at"), when_now());
    g_autofree char *owner = word_person(doc_text(page, "owner_name"), doc_text(page, "owner"));
    g_autofree char *sender = word_person(doc_text(page, "sender_name"), doc_text(page, "sender"));
    g_autofree char *state = *owner
                                 ? g_strdup_printf("%s: %s", calling_word(page, when_now()), owner)
                                 : g_strdup(calling_word(page, when_now()));
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

static void print_table(GPtrArray *pages)
{
    const char *heads[] = {
        "", _("Page"), _("Time"), _("Class"), _("From"), _("State"), _("Title")
    };
    struct table *table = table_new(G_N_ELEMENTS(heads), heads);

    for (guint i = 0; i < pages->len; i++)
        add_row(table, pages->pdata[i]);
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

static int print_list(struct cli *c, struct page_list *l)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) pages = page_list(c, l, &error);

    if (!pages)
        return cli_fail(c, error);
    if (c->json)
        return print_json(pages);
    if (pages->len == 0)
        (void)printf("%s\n", l->open ? _("No open pages.") : _("No pages."));
    else
        print_table(pages);
    if (l->older) {
        g_autofree char *before = g_strdup_printf("%" G_GUINT64_FORMAT, l->older);
        (void)printf(_("These are %u; there are MORE, older ones: `trucban pages%s --before %s`\n"),
                     pages->len, l->open ? " --open" : "", before);
    }
    say_silent(c, pages);
    say_damaged(c);
    return STATUS_DONE;
}

int cmd_pages(struct cli *c, int argc, char **argv)
{
    gboolean open = FALSE;
    gint64 before = 0;
    int max = 50;
    const GOptionEntry entries[] = {
        { "open", 0, 0, G_OPTION_ARG_NONE, &open, N_("Only those that have not ended"), NULL },
        { "max", 0, 0, G_OPTION_ARG_INT, &max, N_("How many; 50 if not said"), N_("N") },
        { "before", 0, 0, G_OPTION_ARG_INT64, &before,
          N_("Only older ones: those with a `change` below this number"), N_("NUMBER") },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1 || max < 1)
        return cli_say(STATUS_USAGE, _("`trucban pages` takes options only"));
    if (before < 0)
        return cli_say(STATUS_USAGE,
                       _("--before is a number from 1; the line below a list of pages "
                         "names it"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    return print_list(
        c, &(struct page_list){ .before = (guint64)before, .open = open, .max = (guint)max });
}
