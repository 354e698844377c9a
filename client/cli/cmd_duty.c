/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_duty.c - do pages ring on this device?  To stop is asked for twice and told to everybody. */
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/text/when.h"
#include "client/text/words.h"

static GVariant *ask_duty(struct cli *c, int *ret_status)
{
    GVariant *duty = NULL;
    GError *error = NULL;

    if (!tba_agent_call_duty_sync(c->agent, &duty, NULL, &error))
        *ret_status = cli_fail(c, error);
    return duty;
}

/* Each tier in which pages would ring nowhere, or ring nowhere now. */
static void print_alone(GVariant *duty, FILE *f)
{
    g_autoptr(GVariant) alone = g_variant_lookup_value(duty, "alone", G_VARIANT_TYPE("aa{sv}"));
    bool off = doc_is(duty, "off");

    for (gsize i = 0; alone && i < g_variant_n_children(alone); i++) {
        g_autoptr(GVariant) a = g_variant_get_child_value(alone, i);
        (void)fprintf(
            f,
            off ? _("NOBODY receives pages in tier %u of policy %s: it is skipped.\n")
                : _("Without this device NOBODY receives pages in tier %u of policy %s.\n"),
            doc_number(a, "tier"), doc_text(a, "policy"));
    }
}

static void print_duty(GVariant *duty)
{
    g_autofree char *since = when_people(doc_moment(duty, "since_at"));

    if (!doc_is(duty, "off")) {
        (void)printf("%s\n", _("Pages ring on this device."));
        return;
    }
    if (doc_is(duty, "told"))
        (void)printf(_("This device has received no pages since %s. Again: trucban duty on\n"),
                     since);
    print_alone(duty, stdout);
}

static bool may_stop(GVariant *duty, bool yes, int *ret_status)
{
    if (yes)
        return true;
    if (!ask_possible()) {
        *ret_status = cli_say(STATUS_USAGE, _("no terminal to ask; confirm with --yes"));
        return false;
    }
    print_alone(duty, stderr);
    if (ask_yes(_("Stop receiving pages on this device? Everybody is told. [y/N]")))
        return true;
    *ret_status = cli_say(STATUS_REFUSED, _("nothing done"));
    return false;
}

/* A relay that is there answers at once. */
static GVariant *wait_told(struct cli *c, int *ret_status)
{
    gint64 end = when_now() + RELAY_WAIT_MS;
    GVariant *duty = ask_duty(c, ret_status);

    while (duty && !doc_is(duty, "told") && when_now() < end) {
        g_variant_unref(duty);
        cli_idle(c, end);
        duty = ask_duty(c, ret_status);
    }
    return duty;
}

static int show(struct cli *c, GVariant *duty)
{
    if (c->json && !json_print_variant(duty))
        return STATUS_REFUSED;
    if (!c->json)
        print_duty(duty);
    if (doc_is(duty, "told"))
        return STATUS_DONE;
    return cli_say(
        STATUS_OFFLINE,
        doc_is(duty, "off")
            ? _("the relay does not know it yet: until it does, pages ring here as before")
            : _("the relay does not know it yet: until it does, others are called instead"));
}

static int set(struct cli *c, bool off, bool yes)
{
    int status = STATUS_DONE;
    GError *error = NULL;
    g_autoptr(GVariant) before = ask_duty(c, &status);

    if (!before || (off && !doc_is(before, "off") && !may_stop(before, yes, &status)))
        return status;
    if (!tba_agent_call_duty_set_sync(c->agent, off, NULL, &error))
        return cli_fail(c, error);
    g_autoptr(GVariant) now = wait_told(c, &status);
    return now ? show(c, now) : status;
}

int cmd_duty(struct cli *c, int argc, char **argv)
{
    gboolean yes = FALSE;
    const GOptionEntry entries[] = {
        { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_("Do not ask"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    int status = STATUS_DONE;

    if (!cli_options(c, entries, "[on|off]", &argc, &argv))
        return STATUS_USAGE;
    bool off = argc == 2 && strcmp(argv[1], "off") == 0;
    if (argc > 2 || (argc == 2 && !off && strcmp(argv[1], "on") != 0))
        return cli_say(STATUS_USAGE, _("on or off; without either it is shown"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (argc == 2)
        return set(c, off, yes);
    g_autoptr(GVariant) duty = ask_duty(c, &status);
    return duty ? show(c, duty) : status;
}
