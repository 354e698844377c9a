/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_resolve.c - end a page. */
#include "client/cli/answer.h"

int cmd_resolve(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(answer_done))) struct answer a = { .kind = "resolve" };
    const GOptionEntry entries[] = {
        { "reason", 0, 0, G_OPTION_ARG_STRING, &a.reason, N_("How it ended"), N_("R") },
        { "override", 0, 0, G_OPTION_ARG_STRING, &a.override,
          N_("Go on below the identity level that is asked for; recorded"), N_("REASON") },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, _("ID"), &argc, &argv))
        return STATUS_USAGE;

    return answer_page(c, &a, argc, argv, false);
}
