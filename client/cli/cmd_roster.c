/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_roster.c - the signed log: read it, check it, carry it by hand. */
#include <gio/gunixfdlist.h>
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/options.h"
#include "client/cli/parcel.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

static void add_entry(struct table *table, GVariant *e)
{
    guint64 position = 0;

    (void)g_variant_lookup(e, "position", "t", &position);
    g_autofree char *number = g_strdup_printf("%lu", (gulong)position);
    g_autofree char *at = when_people(doc_moment(e, "signed_at"));
    g_autofree char *signatures = g_strdup_printf("%u", doc_number(e, "signatures"));
    const char *cells[] = { number,
                            at,
                            doc_text(e, "kind"),
                            doc_text(e, "subject"),
                            doc_text(e, "detail"),
                            signatures,
                            doc_is(e, "counts") ? "" : _("does not count") };

    table_add(table, cells);
}

static int print_log(struct cli *c, int argc, char **argv)
{
    const char *heads[] = { "#",         _("Signed"),     _("Entry"), _("About"),
                            _("Detail"), _("Signatures"), "" };
    struct table *table = c->json ? NULL : table_new(G_N_ELEMENTS(heads), heads);
    guint64 from = 0, size = 1;
    int status = STATUS_DONE;

    if (argc != 1)
        status = cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[1]);
    while (from < size && status == STATUS_DONE) {
        g_autoptr(GVariant) entries = NULL;
        GError *error = NULL;
        if (!tba_agent_call_roster_log_sync(c->agent, from, 0, &entries, &size, NULL, &error)) {
            status = cli_fail(c, error);
            break;
        }
        gsize n = g_variant_n_children(entries);
        for (gsize i = 0; i < n && status == STATUS_DONE; i++) {
            g_autoptr(GVariant) entry = g_variant_get_child_value(entries, i);
            if (table)
                add_entry(table, entry);
            else if (!json_print_variant(entry))
                status = STATUS_REFUSED;
        }
        if (n == 0)
            break;
        from += n;
    }
    if (table)
        table_print(table, stdout);
    return status;
}

static int print_verdict(struct cli *c, int argc, char **argv)
{
    g_autoptr(GVariant) v = NULL;
    GError *error = NULL;
    guint64 size = 0, position = 0;

    if (argc != 1)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[1]);
    if (!tba_agent_call_roster_verify_sync(c->agent, &v, NULL, &error))
        return cli_fail(c, error);
    int status = doc_is(v, "ok") ? STATUS_DONE : STATUS_REFUSED;
    if (c->json)
        return json_print_variant(v) ? status : STATUS_REFUSED;
    (void)g_variant_lookup(v, "size", "t", &size);
    (void)g_variant_lookup(v, "position", "t", &position);
    g_autofree char *problem = word_said(doc_text(v, "problem"));
    g_autofree char *province = text_clean(doc_text(v, "province"), false);
    (void)printf("%s: %s\n%s: %s\n%s: %s\n", _("Province"), province, _("Root"),
                 doc_text(v, "root"), _("Head"), doc_text(v, "head"));
    if (status == STATUS_DONE)
        (void)printf(_("All %lu entries are signed as they must be and fit together.\n"),
                     (gulong)size);
    else
        (void)cli_say(status, _("entry %lu does not fit: %s"), (gulong)position, problem);
    return status;
}

/* What is missing, then how it is written. */
static int usage(const char *missing, const char *part, const char *params)
{
    return cli_say(STATUS_USAGE, _("%s: trucban roster %s %s"), missing, part, params);
}

static void add_witness(struct table *table, GVariant *w)
{
    guint64 size = 0;

    (void)g_variant_lookup(w, "size", "t", &size);
    int64_t at = doc_moment(w, "signed_at");
    g_autofree char *signed_at = at > 0 ? when_people(at) : g_strdup(_("never"));
    g_autofree char *until = when_people(doc_moment(w, "until_at"));
    g_autofree char *number = g_strdup_printf("%lu", (gulong)size);
    const char *cells[] = { doc_text(w, "holder"), signed_at, number, until,
                            doc_is(w, "here") ? _("this device") : "" };

    table_add(table, cells);
}

/* Whether this device is one of them, and why it does not sign now. */
static int print_signer(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;
    GError *error = NULL;

    if (!tba_agent_call_status_sync(c->agent, &s, NULL, &error))
        return cli_fail(c, error);
    const char *text = word_signer(doc_text(s, "signer"));
    if (*text)
        (void)printf("%s\n", text);
    return STATUS_DONE;
}

static int print_witnesses(struct cli *c, int argc, char **argv)
{
    const char *heads[] = { _("Holder"), _("Confirmed"), _("Entries"), _("Until"), "" };
    g_autoptr(GVariant) list = NULL;
    GError *error = NULL;
    int status = STATUS_DONE;

    if (argc != 1)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[1]);
    if (!tba_agent_call_witnesses_sync(c->agent, &list, NULL, &error))
        return cli_fail(c, error);
    struct table *table = c->json ? NULL : table_new(G_N_ELEMENTS(heads), heads);
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) w = g_variant_get_child_value(list, i);
        if (table)
            add_witness(table, w);
        else if (!json_print_variant(w))
            status = STATUS_REFUSED;
    }
    if (!table)
        return status;
    table_print(table, stdout);
    return print_signer(c);
}

static int freshness_key(struct cli *c, int argc, char **argv)
{
    if (argc != 2)
        return usage(_("the file to write is missing"), "freshness-key --out", _("FILE|-"));
    return parcel_freshness_key(c, argv[1]);
}

static int requests(struct cli *c, int argc, char **argv)
{
    if (argc != 2)
        return usage(_("the file to write is missing"), "requests --out", _("FILE|-"));
    return parcel_requests(c, argv[1]);
}

static int export(struct cli *c, int argc, char **argv)
{
    if (argc != 2)
        return usage(_("the file to write is missing"), "export --out", _("FILE|-"));
    return parcel_export(c, argv[1]);
}

static int publish(struct cli *c, int argc, char **argv)
{
    if (argc != 2)
        return usage(_("the file to publish is missing"), "publish", _("FILE|-"));
    TB_CLEANUP(tb_closep) int fd = parcel_open(argv[1]);
    return fd < 0 ? STATUS_REFUSED : parcel_publish(c, argv[1], fd);
}

static int cosign(struct cli *c, int argc, char **argv)
{
    if (argc != 3)
        return usage(_("the file to sign and the one to write are needed"), "cosign",
                     _("FILE --out NEWFILE"));
    return parcel_cosign(c, argv[1], argv[2]);
}

/* The file to write stands after the one to read, wherever --out was on the line. */
static int run_part(struct cli *c, cmd_fn *part, int argc, char **argv, char *out)
{
    char *full[4] = { NULL };
    int n = 0;

    if (argc + (out != NULL) > (int)G_N_ELEMENTS(full) - 1)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[argc - 1]);
    for (; n < argc; n++)
        full[n] = argv[n];
    if (out)
        full[n++] = out;
    return cli_connect(c) ? part(c, n, full) : STATUS_REFUSED;
}

int cmd_roster(struct cli *c, int argc, char **argv)
{
    static const struct {
        const char *name;
        cmd_fn *run;
    } parts[] = {
        { "log", print_log },
        { "verify", print_verdict },
        { "requests", requests },
        { "export", export },
        { "publish", publish },
        { "cosign", cosign },
        { "freshness", print_witnesses },
        { "freshness-key", freshness_key },
    };
    g_autofree char *out = NULL;
    const GOptionEntry entries[] = {
        { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, N_("The file to write"), N_("FILE|-") },
        G_OPTION_ENTRY_NULL,
    };
    char verify[] = "verify", *alone[] = { verify, NULL };

    if (!cli_options(c, entries,
                     "[log|verify|requests|publish|export|cosign|freshness|freshness-key]", &argc,
                     &argv))
        return STATUS_USAGE;
    char **rest = argc > 1 ? argv + 1 : alone;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strcmp(parts[i].name, rest[0]) == 0)
            return run_part(c, parts[i].run, argc > 1 ? argc - 1 : 1, rest, out);
    const char *known[G_N_ELEMENTS(parts) + 1] = { NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        known[i] = parts[i].name;
    return options_no_part(rest[0], known);
}
