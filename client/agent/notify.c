/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify.c - see notify.h. */
#include "client/agent/notify.h"

#include <libnotify/notify.h>

#include "client/agent/log.h"
#include "client/api/lang.h"

enum { ASK_MS = 2000 };

struct notify {
    struct notify_handlers on;
    GDBusConnection *bus; /* session bus, NULL while there is none */
    GCancellable *cancel; /* of all that is under way */
    GHashTable *bubbles;  /* key -> NotifyNotification */
    GHashTable *wanted;   /* keys to show when the server has answered */
    bool asking;
    bool markup;
    gulong closed_handler;
    enum notify_state state;
};

const char *notify_state_name(enum notify_state s)
{
    switch (s) {
    case NOTIFY_OK:
        return "ok";
    case NOTIFY_NO_ACTIONS:
        return "no-actions";
    case NOTIFY_NONE:
        return "none";
    case NOTIFY_UNCHECKED:
        break;
    }
    return "unchecked";
}

enum notify_state notify_state(const struct notify *n)
{
    return n->state;
}

struct notify *notify_new(const struct notify_handlers *handlers)
{
    struct notify *n = g_new0(struct notify, 1);

    n->on = *handlers;
    n->cancel = g_cancellable_new();
    n->bubbles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    n->wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return n;
}

/* What waits to be shown, and waits no longer. */
static GStrv take_wanted(struct notify *n)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    GHashTableIter i;
    gpointer key;

    g_hash_table_iter_init(&i, n->wanted);
    while (g_hash_table_iter_next(&i, &key, NULL))
        g_strv_builder_add(all, key);
    g_hash_table_remove_all(n->wanted);
    return g_strv_builder_end(all);
}

/* Nobody shows bubbles. */
static void give_up(struct notify *n)
{
    g_auto(GStrv) keys = take_wanted(n);

    n->state = NOTIFY_NONE;
    for (char **k = keys; *k; k++)
        n->on.plain(n->on.user, *k);
}

/* Lets go of a bus that is gone, libnotify's proxy included: the next bubble looks for a new one. */
static void forget_bus(struct notify *n)
{
    if (!n->bus)
        return;
    g_signal_handler_disconnect(n->bus, n->closed_handler);
    g_hash_table_remove_all(n->bubbles);
    if (notify_is_initted())
        notify_uninit();
    g_clear_object(&n->bus);
    n->state = NOTIFY_NONE;
}

static void on_bus_closed(GDBusConnection *bus, gboolean vanished, GError *error, gpointer user)
{
    (void)bus, (void)vanished, (void)error;
    log_line(LOG_NOTICE, "the session bus is gone");
    forget_bus(user);
}

static void on_action(NotifyNotification *bubble, char *action, gpointer user)
{
    struct notify *n = user;
    g_autofree char *key = g_strdup(g_object_get_data(G_OBJECT(bubble), "key"));

    if (g_strcmp0(action, "accept") == 0)
        n->on.chosen(n->on.user, key, NOTIFY_ACCEPT);
    else if (g_strcmp0(action, "decline") == 0)
        n->on.chosen(n->on.user, key, NOTIFY_DECLINE);
    else
        n->on.chosen(n->on.user, key, NOTIFY_OPEN);
}

/* Every bubble has a default action, so that a click never means accept. */
static void add_actions(struct notify *n, NotifyNotification *bubble, const char *key)
{
    notify_notification_clear_actions(bubble);
    notify_notification_add_action(bubble, "default", _("Open"), on_action, n, NULL);
    if (n->on.answerable(n->on.user, key)) {
        notify_notification_add_action(bubble, "accept", _("Accept"), on_action, n, NULL);
        notify_notification_add_action(bubble, "decline", _("Decline"), on_action, n, NULL);
    }
    notify_notification_add_action(bubble, "open", _("Open"), on_action, n, NULL);
}

static NotifyNotification *bubble_of(struct notify *n, const char *key)
{
    NotifyNotification *bubble = g_hash_table_lookup(n->bubbles, key);

    if (bubble)
        return bubble;
    bubble = notify_notification_new("", NULL, NULL);
    g_object_set_data_full(G_OBJECT(bubble), "key", g_strdup(key), g_free);
    notify_notification_set_urgency(bubble, NOTIFY_URGENCY_CRITICAL);
    notify_notification_set_timeout(bubble, NOTIFY_EXPIRES_NEVER);
    notify_notification_set_category(bubble, "im.received");
    (void)g_hash_table_insert(n->bubbles, g_strdup(key), bubble);
    return bubble;
}

static void show_one(struct notify *n, const char *key)
{
    g_autofree char *summary = NULL, *body = NULL;
    g_autoptr(GError) error = NULL;

    if (!n->on.text(n->on.user, key, n->state == NOTIFY_OK, &summary, &body))
        return;
    g_autofree char *escaped = n->markup ? g_markup_escape_text(body, -1) : g_strdup(body);
    NotifyNotification *bubble = bubble_of(n, key);
    (void)notify_notification_update(bubble, summary, escaped, NULL);
    if (n->state == NOTIFY_OK)
        add_actions(n, bubble, key);
    if (!notify_notification_show(bubble, &error)) {
        log_line(LOG_WARNING, "no bubble: %s", error->message);
        n->state = NOTIFY_NONE;
    }
    if (n->state != NOTIFY_OK)
        n->on.plain(n->on.user, key);
}

static void show_wanted(struct notify *n)
{
    g_auto(GStrv) keys = take_wanted(n);

    for (char **k = keys; *k; k++)
        if (n->bus && notify_is_initted())
            show_one(n, *k);
}

static void on_capabilities(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* `user` may be gone */
    struct notify *n = user;
    n->asking = false;
    if (!reply) {
        if (n->state != NOTIFY_NONE)
            log_line(LOG_NOTICE, "no notification server answers: %s", error->message);
        give_up(n);
        return;
    }
    g_autofree const char **caps = NULL;
    g_variant_get(reply, "(^a&s)", &caps);
    n->markup = g_strv_contains(caps, "body-markup");
    n->state = g_strv_contains(caps, "actions") ? NOTIFY_OK : NOTIFY_NO_ACTIONS;
    show_wanted(n);
}

static void ask_server(struct notify *n)
{
    g_dbus_connection_call(n->bus, "org.freedesktop.Notifications",
                           "/org/freedesktop/Notifications", "org.freedesktop.Notifications",
                           "GetCapabilities", NULL, G_VARIANT_TYPE("(as)"), G_DBUS_CALL_FLAGS_NONE,
                           ASK_MS, n->cancel, on_capabilities, n);
}

static void on_bus(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *bus = g_bus_get_finish(result, &error);

    (void)source;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* `user` may be gone */
    struct notify *n = user;
    if (!bus || g_dbus_connection_is_closed(bus)) {
        if (n->state != NOTIFY_NONE)
            log_line(LOG_NOTICE, "no session bus: %s", error ? error->message : "closed");
        n->asking = false;
        g_clear_object(&bus);
        give_up(n);
        return;
    }
    g_dbus_connection_set_exit_on_close(bus, FALSE); /* an agent outlives its desktop */
    n->bus = bus;
    n->closed_handler = g_signal_connect(bus, "closed", G_CALLBACK(on_bus_closed), n);
    if (!notify_is_initted() && !notify_init("Trực Ban"))
        log_line(LOG_WARNING, "libnotify does not start");
    ask_server(n);
}

void notify_show(struct notify *n, const char *key)
{
    if (key)
        (void)g_hash_table_add(n->wanted, g_strdup(key));
    if (n->asking)
        return;
    n->asking = true;
    if (n->bus)
        ask_server(n);
    else
        g_bus_get(G_BUS_TYPE_SESSION, n->cancel, on_bus, n);
}

static gboolean drop_later(gpointer bubble)
{
    g_object_unref(bubble);
    return G_SOURCE_REMOVE;
}

/* Not by notify_notification_close(): that waits for a server which may hang. */
void notify_close(struct notify *n, const char *key)
{
    char *own_key = NULL;
    NotifyNotification *bubble = NULL;
    int id = 0;

    (void)g_hash_table_remove(n->wanted, key);
    if (!g_hash_table_steal_extended(n->bubbles, key, (gpointer *)&own_key, (gpointer *)&bubble))
        return;
    g_free(own_key);
    g_object_get(bubble, "id", &id, NULL);
    if (n->bus && id > 0)
        g_dbus_connection_call(n->bus, "org.freedesktop.Notifications",
                               "/org/freedesktop/Notifications", "org.freedesktop.Notifications",
                               "CloseNotification", g_variant_new("(u)", (guint32)id), NULL,
                               G_DBUS_CALL_FLAGS_NONE, ASK_MS, NULL, NULL, NULL);
    g_idle_add(drop_later, bubble); /* we may stand in one of its own signals */
}

void notify_free(struct notify *n)
{
    if (!n)
        return;
    g_cancellable_cancel(n->cancel);
    forget_bus(n);
    g_clear_object(&n->cancel);
    g_hash_table_destroy(n->bubbles);
    g_hash_table_destroy(n->wanted);
    g_free(n);
}
