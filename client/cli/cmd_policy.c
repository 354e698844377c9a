/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy.c - who is paged, in which order, and after how long. */
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/options.h"
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

/* ---- before it is signed */

static bool same_tier(GVariant *a, GVariant *b)
{
    g_autoptr(GVariant) mine = g_variant_lookup_value(a, "accounts", G_VARIANT_TYPE("as"));
    g_autoptr(GVariant) theirs = g_variant_lookup_value(b, "accounts", G_VARIANT_TYPE("as"));

    return doc_number(a, "wait_s") == doc_number(b, "wait_s") &&
           doc_number(a, "repeat_s") == doc_number(b, "repeat_s") && mine && theirs &&
           g_variant_equal(mine, theirs);
}

static bool same_policy(GVariant *a, GVariant *b)
{
    g_autoptr(GVariant) mine = g_variant_lookup_value(a, "tiers", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) theirs = g_variant_lookup_value(b, "tiers", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) classes = g_variant_lookup_value(a, "classes", G_VARIANT_TYPE("au"));
    g_autoptr(GVariant) others = g_variant_lookup_value(b, "classes", G_VARIANT_TYPE("au"));
    bool same = mine && theirs && classes && others && g_variant_equal(classes, others) &&
                strcmp(doc_text(a, "name"), doc_text(b, "name")) == 0 &&
                g_variant_n_children(mine) == g_variant_n_children(theirs);

    for (gsize i = 0; same && i < g_variant_n_children(mine); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(mine, i);
        g_autoptr(GVariant) other = g_variant_get_child_value(theirs, i);
        same = same_tier(one, other);
    }
    return same;
}

/* The same once more would be one more entry that everybody keeps for ever. */
static bool stands_already(struct cli *c, GVariant *policy)
{
    g_autoptr(GVariant) policies = NULL;

    if (!tba_agent_call_policy_show_sync(c->agent, doc_text(policy, "id"), &policies, NULL, NULL) ||
        g_variant_n_children(policies) != 1)
        return false;
    g_autoptr(GVariant) now = g_variant_get_child_value(policies, 0);
    return same_policy(policy, now);
}

static int nothing_new(struct cli *c, const char *id)
{
    g_autofree char *text =
        g_strdup_printf(_("Nothing new: the policy '%s' stands just so already."), id);

    if (c->json)
        return json_print(json_pack("{s:b, s:s}", "published", 0, "text", text)) ? STATUS_DONE
                                                                                 : STATUS_REFUSED;
    cli_print("%s", text);
    return STATUS_DONE;
}

static bool is_on_duty(GVariant *contacts, const char *account)
{
    for (gsize i = 0; i < g_variant_n_children(contacts); i++) {
        g_autoptr(GVariant) contact = g_variant_get_child_value(contacts, i);
        if (strcmp(doc_text(contact, "account"), account) == 0)
            return strcmp(doc_text(contact, "role"), "agency") != 0;
    }
    return true; /* not known: the agent says so */
}

/* Whoever reports incidents may answer, and is seldom awake for those of others. */
static void warn_of_tiers(struct cli *c, GVariant *policy)
{
    g_autoptr(GVariant) tiers = g_variant_lookup_value(policy, "tiers", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) contacts = NULL;

    if (!tba_agent_call_contacts_sync(c->agent, &contacts, NULL, NULL))
        return;
    for (gsize i = 0; tiers && i < g_variant_n_children(tiers); i++) {
        g_autoptr(GVariant) tier = g_variant_get_child_value(tiers, i);
        g_autofree const char **accounts = NULL;
        bool duty = !g_variant_lookup(tier, "accounts", "^a&s", &accounts);
        for (const char **a = accounts; a && *a && !duty; a++)
            duty = is_on_duty(contacts, *a);
        g_autofree char *who = duty ? NULL : g_strjoinv(", ", (char **)(uintptr_t)accounts);
        if (who)
            (void)cli_say(0,
                          _("WARNING: tier %zu names only %s, with the role agency: they report "
                            "incidents and take no duty. Name a responder or coordinator too, or "
                            "nobody may come"),
                          (size_t)i + 1, who);
    }
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
    if (stands_already(c, policy))
        return nothing_new(c, doc_text(policy, "id"));
    warn_of_tiers(c, policy);
    TB_CLEANUP(tb_closep) int fd = parcel_policy(c, path, policy, &status);
    if (fd < 0)
        return status;
    if (!out)
        return parcel_publish(c, path, fd);
    if (!save_memory(fd, out))
        return STATUS_REFUSED;
    if (!c->json && strcmp(out, "-") != 0)
        cli_print(_("Written: %s. Another coordinator signs it (`trucban roster cosign`), then "
                    "`trucban roster publish`."),
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
    return options_no_part(argv[1], (const char *const[]){ "show", "set", NULL });
}
