/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_unlock.c - open the profile. */
#include <gio/gunixfdlist.h>

#include "client/api/profile.h"
#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "proto/cleanup.h"

/* People have several profiles, and several files. */
static int refused(struct cli *c, const char *file, GError *error)
{
    g_autofree char *name = g_dbus_error_get_remote_error(error);

    if (g_strcmp0(name, TBA_ERROR_PREFIX "BADSIG") != 0)
        return cli_fail_at(c, file, error);
    g_error_free(error);
    if (file)
        return cli_say(STATUS_REFUSED,
                       _("%s: its first line is not the passphrase of the profile in %s"), file,
                       c->home);
    return cli_say(STATUS_REFUSED,
                   _("this is not the passphrase of the profile in %s; type it again"), c->home);
}

int cmd_unlock(struct cli *c, int argc, char **argv)
{
    g_autofree char *file = NULL;
    gboolean remember = FALSE;
    const GOptionEntry entries[] = {
        { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &file,
          N_("The passphrase is its first line"), N_("FILE") },
        { "remember", 0, 0, G_OPTION_ARG_NONE, &remember,
          N_("Keep it in the desktop's Secret Service"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GError *error = NULL;

    if (!cli_options(c, entries, NULL, &argc, &argv))
        return STATUS_USAGE;
    if (argc != 1)
        return cli_say(STATUS_USAGE, _("a passphrase is never an argument"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    TB_CLEANUP(tb_closep) int fd = ask_passphrase(file, false);
    int index = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, NULL);
    if (index < 0)
        return STATUS_REFUSED;
    if (!tba_agent_call_unlock_sync(c->agent, g_variant_new_handle(index), remember, fds, NULL,
                                    NULL, &error))
        return refused(c, file, error);
    if (c->json)
        return json_print(json_pack("{s:b}", "unlocked", 1)) ? STATUS_DONE : STATUS_REFUSED;
    (void)printf("%s\n", _("Unlocked."));
    return STATUS_DONE;
}
