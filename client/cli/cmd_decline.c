/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_decline.c - pass a page on at once, with the reason. */
#include "client/cli/answer.h"

int cmd_decline(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(answer_done))) struct answer a = { .kind = "decline" };
    const GOptionEntry entries[] = {
        { "reason", 0, 0, G_OPTION_ARG_STRING, &a.reason, N_("Why not"), N_("R") },
        { "override", 0, 0, G_OPTION_ARG_STRING, &a.override,
          N_("Go on below the identity level that is asked for; recorded"), N_("REASON") },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, _("ID"), &argc, &argv))
        return STATUS_USAGE;
    if (!a.reason || !*a.reason)
        return cli_say(STATUS_USAGE,
                       _("--reason is missing: say in a few words why not, the next one reads it"));
    return answer_page(c, &a, argc, argv, false);
}
