/* SPDX-License-Identifier: GPL-3.0-or-later */
/* suspend.c - logind's PrepareForSleep on the system bus, if there is one. */
#include "client/agent/suspend.h"

#include <gio/gio.h>
#include <string.h>

#include "client/agent/log.h"

struct suspend {
    void (*resumed)(void *user);
    void *user;
    GCancellable *cancel;
    GDBusProxy *logind;
};

static void on_signal(GDBusProxy *logind, const char *sender, const char *signal, GVariant *args,
                      gpointer user)
{
    struct suspend *s = user;
    gboolean going = TRUE;

    (void)logind, (void)sender;
    if (strcmp(signal, "PrepareForSleep") != 0)
        return;
    if (g_variant_is_of_type(args, G_VARIANT_TYPE("(b)")))
        g_variant_get(args, "(b)", &going);
    if (!going)
        s->resumed(s->user);
}

static void on_logind(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;
    GDBusProxy *logind = g_dbus_proxy_new_finish(result, &error);

    (void)source;
    if (!logind)
        return; /* or cancelled: `user` may be gone */
    struct suspend *s = user;
    s->logind = logind;
    (void)g_signal_connect(logind, "g-signal", G_CALLBACK(on_signal), s);
}

static void on_bus(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) bus = g_bus_get_finish(result, &error);

    (void)source;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* `user` may be gone */
    struct suspend *s = user;
    if (!bus) {
        log_line(LOG_INFO, "no system bus: nobody says when the machine wakes up");
        return;
    }
    g_dbus_connection_set_exit_on_close(bus, FALSE);
    g_dbus_proxy_new(
        bus, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL,
        "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
        s->cancel, on_logind, s);
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
    if (s->logind) {
        g_signal_handlers_disconnect_by_data(s->logind, s);
        g_object_unref(s->logind);
    }
    g_free(s);
}
