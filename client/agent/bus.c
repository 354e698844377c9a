/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bus.c - see bus.h. */
#include "client/agent/bus.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/agent/agent.h"
#include "client/agent/api.h"
#include "client/agent/log.h"
#include "client/api/agent-iface.h"
#include "client/api/lang.h"
#include "client/api/profile.h"

struct bus {
    struct agent *agent;
    GDBusServer *server;
    GPtrArray *peers; /* of struct peer */
};

struct peer {
    struct bus *bus;
    GDBusConnection *connection;
    TbaAgent *skeleton;
    TbaGreeting *greeting;
    gulong closed;
};

static gboolean on_hello(TbaGreeting *o, GDBusMethodInvocation *inv, gpointer user)
{
    (void)user;
    tba_greeting_complete_hello(o, inv, ":1.0");
    return TRUE;
}

static void peer_free(gpointer data)
{
    struct peer *p = data;

    g_signal_handler_disconnect(p->connection, p->closed);
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(p->skeleton));
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(p->greeting));
    g_dbus_connection_close(p->connection, NULL, NULL, NULL);
    g_object_unref(p->skeleton);
    g_object_unref(p->greeting);
    g_object_unref(p->connection);
    g_free(p);
}

static void on_closed(GDBusConnection *c, gboolean vanished, GError *error, gpointer user)
{
    struct peer *p = user;

    (void)c, (void)vanished, (void)error;
    (void)g_ptr_array_remove_fast(p->bus->peers, p);
}

/* Called in the connection's own thread: touches nothing of ours. */
static gboolean on_mechanism(GDBusAuthObserver *observer, const char *mechanism, gpointer user)
{
    (void)observer, (void)user;
    return strcmp(mechanism, "EXTERNAL") == 0;
}

/* Fails only if the path is taken, on a connection that nobody else has. */
static void export(gpointer skeleton, GDBusConnection *c, const char *path)
{
    (void)g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(skeleton), c, path, NULL);
}

static gboolean on_connection(GDBusServer *server, GDBusConnection *c, gpointer user)
{
    struct bus *b = user;

    (void)server;
    if (b->peers->len >= BUS_PEERS_MAX) {
        log_line(LOG_WARNING, "more than %d frontends: one was turned away", (int)BUS_PEERS_MAX);
        return FALSE;
    }
    struct peer *p = g_new0(struct peer, 1);
    *p = (struct peer){ .bus = b, .connection = g_object_ref(c) };
    p->skeleton = tba_agent_skeleton_new();
    p->greeting = tba_greeting_skeleton_new();
    api_connect(p->skeleton, b->agent);
    (void)g_signal_connect(p->greeting, "handle-hello", G_CALLBACK(on_hello), NULL);
    export(p->skeleton, c, TBA_OBJECT);
    export(p->greeting, c, "/org/freedesktop/DBus");
    p->closed = g_signal_connect(c, "closed", G_CALLBACK(on_closed), p);
    g_ptr_array_add(b->peers, p);
    return TRUE;
}

static bool make_folder(const char *socket, char **ret_error)
{
    g_autofree char *folder = g_path_get_dirname(socket);
    struct stat st;

    if (g_mkdir_with_parents(folder, 0700) != 0 || lstat(folder, &st) != 0) {
        *ret_error = g_strdup_printf("%s: %s", folder, g_strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
        *ret_error = g_strdup_printf(
            _("%s: must be a folder of yours that nobody else may enter; chmod 700 helps"), folder);
        return false;
    }
    return true;
}

/* The caller holds the profile's lock: what stands at the path is left over. */
static bool listen_at(struct bus *b, const char *socket, char **ret_error)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusAuthObserver) observer = g_dbus_auth_observer_new();
    g_autofree char *guid = g_dbus_generate_guid();
    g_autofree char *address = tba_profile_address(socket);

    (void)g_signal_connect(observer, "allow-mechanism", G_CALLBACK(on_mechanism), NULL);
    (void)unlink(socket);
    mode_t mask = umask(0177);
    b->server =
        g_dbus_server_new_sync(address, G_DBUS_SERVER_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER, guid,
                               observer, NULL, &error);
    (void)umask(mask);
    if (!b->server) {
        *ret_error = g_strdup_printf(_("%s: no socket can be made there"), socket);
        return false;
    }
    (void)g_signal_connect(b->server, "new-connection", G_CALLBACK(on_connection), b);
    g_dbus_server_start(b->server);
    return true;
}

struct bus *bus_new(struct agent *agent, char **ret_error)
{
    struct bus *b = g_new0(struct bus, 1);

    *b = (struct bus){ .agent = agent };
    b->peers = g_ptr_array_new_with_free_func(peer_free);
    if (make_folder(agent->socket, ret_error) && listen_at(b, agent->socket, ret_error))
        return b;
    bus_free(b);
    return NULL;
}

void bus_free(struct bus *b)
{
    if (!b)
        return;
    if (b->server) {
        g_dbus_server_stop(b->server);
        g_object_unref(b->server);
        (void)unlink(b->agent->socket); /* GLib does so too; twice does no harm */
    }
    g_ptr_array_unref(b->peers);
    g_free(b);
}

void bus_nudge(struct bus *b, uint64_t change, unsigned topics)
{
    for (guint i = 0; i < b->peers->len; i++) {
        struct peer *p = g_ptr_array_index(b->peers, i);
        tba_agent_emit_changed(p->skeleton, change, topics);
    }
}
