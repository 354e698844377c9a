/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_accept.c - take a page, with a promise when. */
#include "client/cli/answer.h"
#include "proto/limits.h"

int cmd_accept(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(answer_done))) struct answer a = { .kind = "accept" };
    const GOptionEntry entries[] = {
        { "eta", 0, 0, G_OPTION_ARG_INT, &a.eta_min, N_("When I can be at it, in minutes"),
          N_("MIN") },
        { "override", 0, 0, G_OPTION_ARG_STRING, &a.override,
          N_("Go on below the identity level that is asked for; recorded"), N_("REASON") },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, _("[ID]"), &argc, &argv))
        return STATUS_USAGE;
    if (a.eta_min < 0 || a.eta_min > TB_ETA_MIN_MAX)
        return cli_say(STATUS_USAGE, _("--eta: 0 to %d minutes"), (int)TB_ETA_MIN_MAX);
    return answer_page(c, &a, argc, argv, true);
}
