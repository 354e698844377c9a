/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_contacts.c - people: how to call them, and how far they are verified. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/when.h"
#include "client/text/words.h"

/* Level, and what keeps the person from being reached. */
static char *level_of(GVariant *contact)
{
    g_autofree char *trust = word_trust(contact, "");
    int64_t off = doc_moment(contact, "duty_off_at");

    if (doc_is(contact, "key_changed"))
        return g_strdup_printf("%s, %s", trust, _("KEYS CHANGED: compare again"));
    if (doc_number(contact, "devices") == 0)
        return g_strdup_printf("%s, %s", trust, _("NO DEVICE"));
    if (off == 0)
        return g_steal_pointer(&trust);
    g_autofree char *since = when_short(off, when_now());
    g_autofree char *duty = g_strdup_printf(_("NO PAGES since %s"), since);
    return g_strdup_printf("%s, %s", trust, duty);
}

static void add_row(struct table *table, GVariant *contact)
{
    g_autofree char *who = word_person(doc_text(contact, "name"), doc_text(contact, "account"));
    g_autofree char *level = level_of(contact);
    const char *cells[] = { who, word_role(doc_text(contact, "role")), doc_text(contact, "agency"),
                            doc_text(contact, "phone"), level };

    table_add(table, cells);
}

int cmd_contacts(struct cli *c, int argc, char **argv)
{
    g_autoptr(GVariant) contacts = NULL;
    GError *error = NULL;

    if (!cli_options(c, NULL, _("[ACCOUNT]"), &argc, &argv))
        return STATUS_USAGE;
    if (argc > 2)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[2]);
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_contacts_sync(c->agent, &contacts, NULL, &error))
        return cli_fail(c, error);
    const char *heads[] = { _("Who"), _("Role"), _("Agency"), _("Telephone"), _("Level") };
    struct table *table = c->json ? NULL : table_new(G_N_ELEMENTS(heads), heads);
    for (gsize i = 0; i < g_variant_n_children(contacts); i++) {
        g_autoptr(GVariant) contact = g_variant_get_child_value(contacts, i);
        if (argc == 2 && strcmp(argv[1], doc_text(contact, "account")) != 0)
            continue;
        if (table)
            add_row(table, contact);
        else if (!json_print_variant(contact))
            return STATUS_REFUSED;
    }
    if (table)
        table_print(table, stdout);
    return STATUS_DONE;
}
