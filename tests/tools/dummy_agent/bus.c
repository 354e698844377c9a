/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bus.c - the private socket, as client/agent/bus.c serves it. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/api/profile.h"
#include "dummy.h"

enum { NUDGE_MS = 20 };

struct peer {
    struct dummy *d;
    GDBusConnection *connection;
    TbaAgent *agent;
    TbaGreeting *greeting;
    gulong closed;
};

gboolean refuse(GDBusMethodInvocation *inv, const char *name, const char *why)
{
    g_autofree char *full = g_strconcat(TBA_ERROR_PREFIX, name, NULL);

    g_dbus_method_invocation_return_dbus_error(inv, full, why);
    return TRUE;
}

bool not_ready(struct dummy *d, GDBusMethodInvocation *inv)
{
    const char *stage = get_s(d->status, "stage");

    if (strcmp(stage, "ready") == 0)
        return false;
    if (strcmp(stage, "none") == 0)
        return refuse(inv, "NOTFOUND", "no identity yet; `trucban enroll INVITE`");
    if (strcmp(stage, "enrolling") == 0)
        return refuse(inv, "DENIED", "the registrar has not approved this device yet");
    return refuse(inv, "LOCKED", "the profile is locked");
}

/* ---- nudges */

static gboolean on_nudge(gpointer user)
{
    struct dummy *d = user;
    guint topics = d->topics;

    d->nudge = 0;
    d->topics = 0;
    d->change++;
    for (guint i = 0; i < d->peers->len; i++) {
        struct peer *p = g_ptr_array_index(d->peers, i);
        tba_agent_emit_changed(p->agent, d->change, topics);
    }
    return G_SOURCE_REMOVE;
}

void nudge(struct dummy *d, guint topics)
{
    d->topics |= topics;
    if (d->nudge == 0)
        d->nudge = g_timeout_add(NUDGE_MS, on_nudge, d);
}

/* ---- every call: noted down, and refused if the scene says so */

static void remember(struct dummy *d, GDBusMethodInvocation *inv)
{
    g_autofree char *arguments =
        g_variant_print(g_dbus_method_invocation_get_parameters(inv), FALSE);

    g_ptr_array_add(
        d->calls, g_strconcat(g_dbus_method_invocation_get_method_name(inv), " ", arguments, NULL));
}

/* The scene's `refuse` says e.g. {'Report': 'OFFLINE the relay is away'}. */
static bool scene_refuses(struct dummy *d, GDBusMethodInvocation *inv)
{
    g_autoptr(GVariant) refusals =
        g_variant_lookup_value(d->scene, "refuse", G_VARIANT_TYPE("a{ss}"));
    const char *said = NULL;

    if (!refusals ||
        !g_variant_lookup(refusals, g_dbus_method_invocation_get_method_name(inv), "&s", &said))
        return false;
    g_auto(GStrv) part = g_strsplit(said, " ", 2);
    return refuse(inv, part[0], part[1] ? part[1] : part[0]);
}

/* Stands before each handler, whatever its arguments are. */
static void gate(GClosure *closure, GValue *ret, guint n, const GValue *values, gpointer hint,
                 gpointer data)
{
    struct dummy *d = closure->data;
    GDBusMethodInvocation *inv = g_value_get_object(&values[1]);

    (void)n, (void)hint, (void)data;
    remember(d, inv);
    g_value_set_boolean(ret, scene_refuses(d, inv));
}

static void guard_all(TbaAgent *agent, struct dummy *d)
{
    guint n = 0;
    g_autofree guint *ids = g_signal_list_ids(TBA_TYPE_AGENT, &n);

    for (guint i = 0; i < n; i++) {
        if (!g_str_has_prefix(g_signal_name(ids[i]), "handle-"))
            continue;
        GClosure *closure = g_closure_new_simple(sizeof(GClosure), d);
        g_closure_set_marshal(closure, gate);
        (void)g_signal_connect_closure_by_id(agent, ids[i], 0, closure, FALSE);
    }
}

/* ---- peers */

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
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(p->agent));
    g_dbus_interface_skeleton_unexport(G_DBUS_INTERFACE_SKELETON(p->greeting));
    g_dbus_connection_close(p->connection, NULL, NULL, NULL);
    g_object_unref(p->agent);
    g_object_unref(p->greeting);
    g_object_unref(p->connection);
    g_free(p);
}

static void on_closed(GDBusConnection *c, gboolean vanished, GError *error, gpointer user)
{
    struct peer *p = user;

    (void)c, (void)vanished, (void)error;
    (void)g_ptr_array_remove_fast(p->d->peers, p);
}

static void export(gpointer skeleton, GDBusConnection *c, const char *path)
{
    (void)g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(skeleton), c, path, NULL);
}

static gboolean on_connection(GDBusServer *server, GDBusConnection *c, gpointer user)
{
    struct dummy *d = user;
    struct peer *p = g_new0(struct peer, 1);

    (void)server;
    *p = (struct peer){ .d = d, .connection = g_object_ref(c) };
    p->agent = tba_agent_skeleton_new();
    p->greeting = tba_greeting_skeleton_new();
    guard_all(p->agent, d);
    connect_profile(p->agent, d);
    connect_pages(p->agent, d);
    connect_answers(p->agent, d);
    connect_reports(p->agent, d);
    connect_drafts(p->agent, d);
    connect_people(p->agent, d);
    connect_roster(p->agent, d);
    (void)g_signal_connect(p->greeting, "handle-hello", G_CALLBACK(on_hello), NULL);
    export(p->agent, c, TBA_OBJECT);
    export(p->greeting, c, "/org/freedesktop/DBus");
    (void)script_export(d, c);
    p->closed = g_signal_connect(c, "closed", G_CALLBACK(on_closed), p);
    g_ptr_array_add(d->peers, p);
    return TRUE;
}

void bus_drop(struct dummy *d)
{
    g_ptr_array_set_size(d->peers, 0);
}

bool bus_open(struct dummy *d, GError **error)
{
    g_autofree char *guid = g_dbus_generate_guid();
    g_autofree char *address = tba_profile_address(d->socket);

    d->peers = g_ptr_array_new_with_free_func(peer_free);
    (void)unlink(d->socket);
    d->server = g_dbus_server_new_sync(
        address, G_DBUS_SERVER_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER, guid, NULL, NULL, error);
    if (!d->server)
        return false;
    (void)g_signal_connect(d->server, "new-connection", G_CALLBACK(on_connection), d);
    g_dbus_server_start(d->server);
    return true;
}

void bus_close(struct dummy *d)
{
    if (d->server)
        g_dbus_server_stop(d->server);
    g_clear_object(&d->server);
    g_clear_pointer(&d->peers, g_ptr_array_unref);
    (void)unlink(d->socket);
}
