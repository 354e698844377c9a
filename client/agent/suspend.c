/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suspend.c - logind's PrepareForSleep on the system bus, if there is one. */
#include "client/agent/suspend.h"

#include <gio/gio.h>

#include "client/agent/log.h"

struct suspend {
    void (*resumed)(void *user);
    void *user;
    GCancellable *cancel;
    GDBusConnection *bus;
    guint subscription;
};

static void on_sleep(GDBusConnection *bus, const char *sender, const char *path,
                     const char *interface, const char *signal, GVariant *args, gpointer user)
{
    struct suspend *s = user;
    gboolean going = TRUE;

    (void)bus, (void)sender, (void)path, (void)interface, (void)signal;
    if (g_variant_is_of_type(args, G_VARIANT_TYPE("(b)")))
        g_variant_get(args, "(b)", &going);
    if (!going)
        s->resumed(s->user);
}

static void on_bus(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *bus = g_bus_get_finish(result, &error);

    (void)source;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* `user` may be gone */
    struct suspend *s = user;
    if (!bus) {
        log_line(LOG_INFO, "no system bus: nobody says when the machine wakes up");
        return;
    }
    g_dbus_connection_set_exit_on_close(bus, FALSE);
    s->bus = bus;
    s->subscription = g_dbus_connection_signal_subscribe(
        bus, "org.freedesktop.login1", "org.freedesktop.login1.Manager", "PrepareForSleep",
        "/org/freedesktop/login1", NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_sleep, s, NULL);
}

struct suspend *suspend_new(void (*resumed)(void *user), void *user)
{
    struct suspend *s = g_new0(struct suspend, 1);

    *s = (struct suspend){ .resumed = resumed, .user = user };
    s->cancel = g_cancellable_new();
    g_bus_get(G_BUS_TYPE_SYSTEM, s->cancel, on_bus, s);
    return s;
}

void suspend_free(struct suspend *s)
{
    if (!s)
        return;
    g_cancellable_cancel(s->cancel);
    g_object_unref(s->cancel);
    if (s->bus) {
        g_dbus_connection_signal_unsubscribe(s->bus, s->subscription);
        g_object_unref(s->bus);
    }
    g_free(s);
}
