/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_handover.c - offer my page to somebody else; mine until that person accepts. */
#include "client/cli/answer.h"

int cmd_handover(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(answer_done))) struct answer a = { .kind = "offer" };
    const GOptionEntry entries[] = {
        { "to", 0, 0, G_OPTION_ARG_STRING, &a.to, N_("Who is to take it"), N_("ACCOUNT") },
        { "override", 0, 0, G_OPTION_ARG_STRING, &a.override,
          N_("Go on below the identity level that is asked for; recorded"), N_("REASON") },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, _("ID"), &argc, &argv))
        return STATUS_USAGE;
    if (!a.to || !*a.to)
        return cli_say(STATUS_USAGE, _("--to is missing: an account, see `trucban contacts`"));
    return answer_page(c, &a, argc, argv, false);
}
