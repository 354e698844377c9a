/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_privacy.c - how much a notification says. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"

static const char *meaning(const char *privacy)
{
    if (strcmp(privacy, "none") == 0)
        return _("only that there is an alarm");
    if (strcmp(privacy, "full") == 0)
        return _("sender and title; a lock screen shows them to anybody");
    return _("class and number of the page");
}

int cmd_privacy(struct cli *c, int argc, char **argv)
{
    g_autofree char *privacy = NULL;
    GError *error = NULL;

    if (!cli_options(c, NULL, "[none|id|full]", &argc, &argv))
        return STATUS_USAGE;
    if (argc > 2)
        return cli_say(STATUS_USAGE, _("one of none, id, full; without one it is shown"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (argc == 2 && !tba_agent_call_privacy_set_sync(c->agent, argv[1], NULL, &error))
        return cli_fail(c, error);
    if (!tba_agent_call_privacy_sync(c->agent, &privacy, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return json_print(json_pack("{s:s}", "privacy", privacy)) ? STATUS_DONE : STATUS_REFUSED;
    (void)printf(_("Notifications say: %s (%s)\n"), privacy, meaning(privacy));
    return STATUS_DONE;
}
