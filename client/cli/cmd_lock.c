/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_lock.c - the agent forgets the keys; nobody is paged here until it is unlocked. */
#include "client/cli/cli.h"
#include "client/cli/json.h"

int cmd_lock(struct cli *c, int argc, char **argv)
{
    GError *error = NULL;

    if (!cli_options(c, NULL, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (!tba_agent_call_lock_sync(c->agent, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return json_print(json_pack("{s:b}", "locked", 1)) ? STATUS_DONE : STATUS_REFUSED;
    cli_print("%s", _("Locked. Pages do not reach you here until `trucban unlock`."));
    return STATUS_DONE;
}
