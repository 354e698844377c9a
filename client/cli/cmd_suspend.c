/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_suspend.c - lock an account out at once; granting again takes two people. */
#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/follow.h"
#include "client/cli/json.h"
#include "client/cli/term.h"

int cmd_suspend(struct cli *c, int argc, char **argv)
{
    g_autofree char *reason = NULL, *text = NULL;
    gboolean yes = FALSE;
    const GOptionEntry entries[] = {
        { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, N_("lost, left, compromised or other"),
          N_("R") },
        { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_("Do not ask"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    GError *error = NULL;

    if (!cli_options(c, entries, _("ACCOUNT"), &argc, &argv))
        return STATUS_USAGE;
    static const char *const reasons[] = { "lost", "left", "compromised", "other", NULL };
    if (argc < 2)
        return cli_say(STATUS_USAGE, _("an account is needed: trucban suspend ACCOUNT --reason R"));
    if (argc > 2)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[2]);
    if (!reason)
        return cli_say(STATUS_USAGE, _("--reason is missing: lost, left, compromised or other"));
    if (!g_strv_contains(reasons, reason))
        return cli_say(STATUS_USAGE, _("--reason '%s': lost, left, compromised or other"), reason);
    if (!yes && !ask_possible())
        return cli_say(STATUS_USAGE, _("no terminal to ask; confirm with --yes"));
    g_autofree char *question = g_strdup_printf(
        _("Suspend %s? All devices of the account lose access at once. [y/N]"), argv[1]);
    if (!yes && !ask_yes(question))
        return cli_say(STATUS_REFUSED, _("nothing done"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_suspend_sync(c->agent, argv[1], reason, &text, NULL, &error)) {
        int status = cli_fail(c, error);
        if (status == STATUS_OFFLINE)
            print_numbers(c, NULL, "");
        return status;
    }
    if (c->json)
        return json_print(json_pack("{s:s, s:b}", "account", argv[1], "suspended", 1))
                   ? STATUS_DONE
                   : STATUS_REFUSED;
    (void)printf(_("%s is suspended.\n"), argv[1]);
    return STATUS_DONE;
}
