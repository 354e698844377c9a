/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy.c - who is paged, in which order, and after how long. */
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/parcel.h"
#include "client/cli/policy.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/words.h"

enum { POLICY_FILE_MAX = 65536 };

static void print_tier(struct table *table, GVariant *tier)
{
    g_autofree const char **accounts = NULL;
    g_autofree char *number = g_strdup_printf("%u", doc_number(tier, "t"));
    g_autofree char *wait = g_strdup_printf(_("%u s"), doc_number(tier, "wait_s"));
    g_autofree char *repeat = g_strdup_printf(_("%u s"), doc_number(tier, "repeat_s"));

    (void)g_variant_lookup(tier, "accounts", "^a&s", &accounts);
    g_autofree char *who = accounts ? g_strjoinv(", ", (char **)(uintptr_t)accounts) : g_strdup("");
    const char *cells[] = { number, who, wait, repeat };
    table_add(table, cells);
}

static void print_policy(GVariant *policy)
{
    const char *heads[] = { _("Tier"), _("Who"), _("Waits"), _("Rings every") };
    struct table *table = table_new(G_N_ELEMENTS(heads), heads);
    g_autoptr(GVariant) tiers = g_variant_lookup_value(policy, "tiers", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) classes = g_variant_lookup_value(policy, "classes", G_VARIANT_TYPE("au"));
    g_autofree char *name = text_clean(doc_text(policy, "name"), false);

    (void)printf("%s · %s · %s:", doc_text(policy, "id"), name, _("classes"));
    gsize n = classes ? g_variant_n_children(classes) : 0;
    for (gsize i = 0; i < n; i++) {
        guint32 class = 0;
        g_variant_get_child(classes, i, "u", &class);
        (void)printf(" %u", class);
    }
    (void)printf("%s\n", n == 0 ? _(" all") : "");
    for (gsize i = 0; tiers && i < g_variant_n_children(tiers); i++) {
        g_autoptr(GVariant) tier = g_variant_get_child_value(tiers, i);
        print_tier(table, tier);
    }
    table_print(table, stdout);
}

static int show(struct cli *c, const char *id)
{
    g_autoptr(GVariant) policies = NULL;
    GError *error = NULL;

    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_policy_show_sync(c->agent, id, &policies, NULL, &error))
        return cli_fail(c, error);
    for (gsize i = 0; i < g_variant_n_children(policies); i++) {
        g_autoptr(GVariant) policy = g_variant_get_child_value(policies, i);
        if (!c->json)
            print_policy(policy);
        else if (!json_print_variant(policy))
            return STATUS_REFUSED;
    }
    if (!c->json && g_variant_n_children(policies) == 0)
        (void)printf("%s\n", _("No policies: nobody can be paged."));
    return STATUS_DONE;
}

/* With a quorum above one another coordinator signs the parcel before it is published. */
static int set(struct cli *c, const char *path, const char *out)
{
    g_autofree char *trouble = NULL;
    gsize n = 0;
    int status = STATUS_DONE;

    g_autofree char *text = read_whole(path, POLICY_FILE_MAX, &n);
    if (!text)
        return STATUS_REFUSED;
    GVariant *parsed = policy_parse(text, n, &trouble);
    if (!parsed)
        return cli_say(STATUS_USAGE, "%s: %s", path, trouble);
    g_autoptr(GVariant) policy = g_variant_ref_sink(parsed);
    if (!cli_connect(c))
        return STATUS_REFUSED;
    TB_CLEANUP(tb_closep) int fd = parcel_policy(c, policy, &status);
    if (fd < 0)
        return status;
    if (!out)
        return parcel_publish(c, fd);
    if (!save_memory(fd, out))
        return STATUS_REFUSED;
    if (!c->json && strcmp(out, "-") != 0)
        (void)printf(_("Written: %s. Another coordinator signs it (`trucban roster cosign`), then "
                       "`trucban roster publish`.\n"),
                     out);
    return STATUS_DONE;
}

int cmd_policy(struct cli *c, int argc, char **argv)
{
    g_autofree char *out = NULL;
    const GOptionEntry entries[] = {
        { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out,
          N_("Do not publish: write a parcel for another coordinator to sign"), N_("FILE") },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, _("[show [ID] | set FILE]"), &argc, &argv))
        return STATUS_USAGE;
    if (argc == 1 || (argc <= 3 && strcmp(argv[1], "show") == 0))
        return show(c, argc == 3 ? argv[2] : "");
    if (argc == 3 && strcmp(argv[1], "set") == 0)
        return set(c, argv[2], out);
    if (strcmp(argv[1], "set") == 0)
        return cli_say(STATUS_USAGE, "%s: trucban policy set %s",
                       argc == 2 ? _("the file with the policy is missing")
                                 : _("one file at a time"),
                       _("FILE"));
    if (strcmp(argv[1], "show") == 0)
        return cli_say(STATUS_USAGE, "%s: trucban policy show [ID]", _("one policy at a time"));
    return cli_say(STATUS_USAGE, _("there is no command '%s' here; there are: %s"), argv[1],
                   "show, set");
}
