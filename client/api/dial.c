/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dial.c - see dial.h. */
#include "client/api/dial.h"

#include <string.h>

#include "client/api/agent-iface.h"
#include "client/api/lang.h"
#include "client/api/profile.h"

enum { START_WAIT_MS = 5000, START_OTHER_MS = 1000, START_STEP_US = 50000, ASK_MS = 60000 };

static GDBusConnection *connect_to(const char *address, GError **error)
{
    return g_dbus_connection_new_for_address_sync(
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, error);
}

char *tba_program(const char *name)
{
    g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = exe ? g_path_get_dirname(exe) : NULL;
    g_autofree char *beside = dir ? g_build_filename(dir, name, NULL) : NULL;

    if (beside && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer(&beside);
    return g_find_program_in_path(name);
}

/* The agent detaches by itself and returns when it answers, or with its reason.  Gives that; NULL: it runs. */
static char *start_agent(const char *home)
{
    g_autofree char *program = tba_program("trucban-agent"), *said = NULL, *folder = g_strdup(home);
    g_autoptr(GError) error = NULL;
    int status = 0;

    if (!program)
        return g_strdup(_("trucban-agent is not installed"));
    char *argv[] = { program, (char[]){ "--home" }, folder, NULL };
    bool ran = g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said,
                            &status, &error);
    if (ran && g_spawn_check_wait_status(status, &error))
        return NULL;
    if (said)
        (void)g_strchomp(said);
    return said && *said ? g_steal_pointer(&said) : g_strdup(_("it ended without saying why"));
}

/* Somebody else may be starting one at the same moment: ours fails then, and theirs answers soon. */
static GDBusConnection *start_and_connect(const char *home, const char *address, char **ret_trouble)
{
    g_autofree char *trouble = start_agent(home);
    g_autoptr(GError) error = NULL;
    int wait_ms = trouble ? START_OTHER_MS : START_WAIT_MS;
    gint64 deadline = g_get_monotonic_time() + wait_ms * INT64_C(1000);

    for (;;) {
        GDBusConnection *connection = connect_to(address, &error);
        if (connection)
            return connection;
        if (g_get_monotonic_time() > deadline)
            break;
        g_clear_error(&error);
        g_usleep(START_STEP_US);
    }
    *ret_trouble =
        g_strdup_printf(_("the agent does not start: %s"), trouble ? trouble : error->message);
    return NULL;
}

GDBusConnection *tba_dial(const char *home, char **ret_trouble)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *socket = tba_profile_socket(home, &error);

    if (!socket) {
        *ret_trouble = g_strdup(error->message);
        return NULL;
    }
    g_autofree char *address = tba_profile_address(socket);
    GDBusConnection *connection = connect_to(address, NULL);
    if (!connection)
        connection = start_and_connect(home, address, ret_trouble);
    if (connection)
        g_dbus_connection_set_exit_on_close(connection, FALSE);
    return connection;
}

char *tba_dial_refusal(GDBusConnection *connection, const char *home)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        connection, NULL, TBA_OBJECT, tba_agent_interface_info()->name, "Profile", NULL,
        G_VARIANT_TYPE("(ssu)"), G_DBUS_CALL_FLAGS_NONE, ASK_MS, NULL, NULL);
    g_autofree char *mine = tba_profile_home(home); /* once more: the agent may have made it */
    const char *served = "", *version = "";
    guint32 api = 0;

    if (!reply)
        return g_strdup_printf(_("the agent of %s does not answer"), home);
    g_variant_get(reply, "(&s&su)", &served, &version, &api);
    if (strcmp(served, mine) != 0)
        return g_strdup_printf(_("this agent serves %s (version %s), not %s"), served, version,
                               mine);
    if (api != TBA_API)
        return g_strdup_printf(
            _("the agent that runs is of another version (%s, interface %u "
              "instead of %u): log out and in again, so that the new one starts"),
            version, api, TBA_API);
    return NULL;
}
