/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_whoami.c - my identity, as others see it. */
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

static void line(const char *label, const char *value)
{
    g_autofree char *clean = text_clean(value, false);
    (void)printf("%s: %s\n", label, clean);
}

static void print_me(GVariant *me)
{
    g_autofree char *who = word_person(doc_text(me, "name"), doc_text(me, "account"));
    g_autofree char *trust = word_trust(me, "");
    g_autofree char *until = when_people(doc_moment(me, "until_at"));

    line(_("Province"), doc_text(me, "province"));
    line(_("Name"), who);
    line(_("Agency"), doc_text(me, "agency"));
    line(_("Role"), word_role(doc_text(me, "role")));
    line(_("Device"), doc_text(me, "device"));
    line(_("Level"), trust);
    line(_("Valid until"), until);
    line(_("My digits"), doc_text(me, "fingerprint"));
}

int cmd_whoami(struct cli *c, int argc, char **argv)
{
    g_autoptr(GVariant) me = NULL;
    GError *error = NULL;

    if (!cli_options(c, NULL, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_whoami_sync(c->agent, &me, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return json_print_variant(me) ? STATUS_DONE : STATUS_REFUSED;
    print_me(me);
    return STATUS_DONE;
}
