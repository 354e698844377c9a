/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_report.c - the first report of an incident.
 *
 * State secrets do not belong into this network, whatever it encrypts: the author
 * says before writing that there are none. */
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/draft.h"
#include "client/cli/json.h"
#include "client/cli/send.h"
#include "client/cli/term.h"
#include "client/text/when.h"
#include "proto/taxonomy.h"

struct report {
    struct send send;
    char *kind, *detected_at, *system_name, *system_address;
    int system_level;
    int64_t detected_ms;
    gboolean no_state_secrets, kinds, draft;
};

static void report_done(struct report *r)
{
    send_done(&r->send);
    g_free(r->kind);
    g_free(r->detected_at);
    g_free(r->system_name);
    g_free(r->system_address);
}

static int list_kinds(const struct cli *c)
{
    const char *heads[] = { _("Kind"), _("Meaning") };
    struct table *table = c->json ? NULL : table_new(2, heads);

    for (size_t i = 0; i < tb_kind_count; i++) {
        const struct tb_kind *k = &tb_kinds[i];
        const char *cells[] = { k->code, strcmp(c->lang, "en") == 0 ? k->en : k->vi };
        if (table)
            table_add(table, cells);
        else if (!json_print(json_pack("{s:s, s:s, s:s, s:s}", "kind", k->code, "vi", k->vi, "en",
                                       k->en, "rsit", k->rsit)))
            return STATUS_REFUSED;
    }
    if (table)
        table_print(table, stdout);
    return STATUS_DONE;
}

static bool parse(struct cli *c, struct report *r, int *argc, char ***argv)
{
    GOptionEntry entries[SEND_OPTIONS + 11] = { 0 };
    const GOptionEntry own[] = {
        { "kind", 'k', 0, G_OPTION_ARG_STRING, &r->kind,
          N_("Kind of incident, e.g. ATT-06; see --kinds"), N_("K") },
        { "kinds", 0, 0, G_OPTION_ARG_NONE, &r->kinds, N_("List the kinds"), NULL },
        { "attach", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &r->send.attach,
          N_("Add a file of at most 24 KiB; may be repeated"), N_("FILE") },
        { "detected-at", 0, 0, G_OPTION_ARG_STRING, &r->detected_at,
          N_("When it was noticed: '18:36' or '2026-11-22 18:36'"), N_("TIME") },
        { "system", 0, 0, G_OPTION_ARG_STRING, &r->system_name,
          N_("Name of the system that is hit"), N_("NAME") },
        { "system-address", 0, 0, G_OPTION_ARG_STRING, &r->system_address, N_("Its address"),
          N_("ADDRESS") },
        { "system-level", 0, 0, G_OPTION_ARG_INT, &r->system_level,
          N_("Its security level, 1 to 5"), "1-5" },
        { "no-state-secrets", 0, 0, G_OPTION_ARG_NONE, &r->no_state_secrets,
          N_("I confirm: title, text and files contain no state secrets"), NULL },
        { "draft", 0, 0, G_OPTION_ARG_NONE, &r->draft,
          N_("Go on with the saved draft; options count instead of its fields"), NULL },
        { "save-draft", 0, 0, G_OPTION_ARG_NONE, &r->send.keep,
          N_("Keep it as the draft and send nothing"), NULL },
    };

    send_options(&r->send, entries);
    memcpy(&entries[SEND_OPTIONS], own, sizeof own);
    return cli_options(c, entries, NULL, argc, argv);
}

static int gate(struct report *r)
{
    if (r->no_state_secrets || r->send.keep)
        return STATUS_DONE;
    if (!ask_possible())
        return cli_say(STATUS_USAGE,
                       _("state secrets must not go through this network; confirm with "
                         "--no-state-secrets that title, text and files contain none"));
    r->no_state_secrets = ask_yes(_("State secrets must not go through this network. Title, text "
                                    "and files contain none? [y/N]"));
    return r->no_state_secrets
               ? STATUS_DONE
               : cli_say(STATUS_REFUSED, _("not sent; report state secrets the prescribed way"));
}

/* Which one?  The codes with their meaning, on the error's channel. */
static void say_kinds(const struct cli *c)
{
    for (size_t i = 0; i < tb_kind_count; i++)
        (void)fprintf(stderr, "  %-8s %s\n", tb_kinds[i].code,
                      strcmp(c->lang, "en") == 0 ? tb_kinds[i].en : tb_kinds[i].vi);
}

static int check_kind(const struct cli *c, const struct report *r)
{
    g_autofree char *kind = r->kind ? g_ascii_strup(r->kind, -1) : g_strdup("");

    if (tb_kind_of(kind) || (!*kind && r->send.keep))
        return STATUS_DONE;
    say_kinds(c);
    return *kind ? cli_say(STATUS_USAGE, _("there is no kind '%s'; they stand above"), r->kind)
                 : cli_say(STATUS_USAGE, _("--kind is missing; the kinds stand above"));
}

static int put_fields(const struct report *r, GVariantBuilder *doc)
{
    g_autofree char *kind = r->kind ? g_ascii_strup(r->kind, -1) : g_strdup("");
    int64_t detected_ms = r->detected_ms;

    if (r->detected_at && !when_parse(r->detected_at, when_now(), &detected_ms))
        return cli_say(STATUS_USAGE,
                       _("--detected-at: '%s' is no time; write 18:36 or 2026-11-22 18:36"),
                       r->detected_at);
    if (r->system_level < 0 || r->system_level > 5)
        return cli_say(STATUS_USAGE, _("--system-level is 1 to 5"));
    g_variant_builder_add(doc, "{sv}", "kind", g_variant_new_string(kind));
    g_variant_builder_add(doc, "{sv}", "detected_at", g_variant_new_int64(detected_ms));
    g_variant_builder_add(doc, "{sv}", "system_name",
                          g_variant_new_string(r->system_name ? r->system_name : ""));
    g_variant_builder_add(doc, "{sv}", "system_address",
                          g_variant_new_string(r->system_address ? r->system_address : ""));
    g_variant_builder_add(doc, "{sv}", "system_level",
                          g_variant_new_uint32((guint32)r->system_level));
    g_variant_builder_add(doc, "{sv}", "no_state_secret",
                          g_variant_new_boolean(r->no_state_secrets));
    return STATUS_DONE;
}

static int load(struct cli *c, struct report *r)
{
    const struct draft_extra extra = { &r->kind, &r->system_name, &r->system_address,
                                       &r->system_level, &r->detected_ms };

    return r->draft ? draft_load(c, &r->send, &extra) : STATUS_DONE;
}

int cmd_report(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(report_done))) struct report r = { 0 };
    GVariantBuilder doc;

    if (!parse(c, &r, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[1]);
    if (r.kinds)
        return list_kinds(c);
    int status = load(c, &r);
    if (status == STATUS_DONE)
        status = check_kind(c, &r);
    if (status == STATUS_DONE)
        status = gate(&r);
    g_variant_builder_init(&doc, G_VARIANT_TYPE_VARDICT);
    if (status == STATUS_DONE)
        status = put_fields(&r, &doc);
    if (status == STATUS_DONE)
        return send_page(c, &r.send, &doc);
    g_variant_builder_clear(&doc);
    return status;
}
