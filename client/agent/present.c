/* SPDX-License-Identifier: GPL-3.0-or-later */
/* present.c - see present.h. */
#include "client/agent/present.h"

#include "client/agent/launch.h"
#include "client/agent/log.h"
#include "client/api/profile.h"
#include <gio/gio.h>

enum { START_MS = 15000 };

struct present {
    char *name, *path; /* of the window on the bus */
    GCancellable *cancel;
    struct launch *launch;
};

struct wish {
    struct present *present;
    char *page; /* NULL: only the window */
};

static void wish_free(struct wish *w)
{
    g_free(w->page);
    g_free(w);
}

struct present *present_new(const char *home, struct launch *launch)
{
    struct present *p = g_new0(struct present, 1);

    *p = (struct present){ .name = tba_profile_window(home), .launch = launch };
    p->path = g_strconcat("/", p->name, NULL);
    (void)g_strdelimit(p->path, ".", '/');
    p->cancel = g_cancellable_new();
    return p;
}

void present_free(struct present *p)
{
    if (!p)
        return;
    g_cancellable_cancel(p->cancel);
    g_object_unref(p->cancel);
    g_free(p->name);
    g_free(p->path);
    g_free(p);
}

static void on_called(GObject *source, GAsyncResult *result, gpointer user)
{
    struct wish *w = user;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

    if (reply)
        log_line(LOG_NOTICE, "window: shown for page=%s", w->page ? w->page : "-");
    else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        log_line(LOG_WARNING, "window: does not answer"); /* a second one would ask it too */
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        launch_window(w->present->launch, w->page);
    wish_free(w); /* cancelled: `present` may be gone */
}

static void call(GDBusConnection *bus, struct wish *w)
{
    struct present *p = w->present;
    GVariantBuilder args, facts;

    g_variant_builder_init(&args, G_VARIANT_TYPE("av"));
    g_variant_builder_init(&facts, G_VARIANT_TYPE_VARDICT);
    if (w->page)
        g_variant_builder_add(&args, "v", g_variant_new_string(w->page));
    GVariant *order = w->page ? g_variant_new("(sava{sv})", "show-page", &args, &facts)
                              : g_variant_new("(a{sv})", &facts);
    g_dbus_connection_call(bus, p->name, p->path, "org.freedesktop.Application",
                           w->page ? "ActivateAction" : "Activate", order, NULL,
                           G_DBUS_CALL_FLAGS_NONE, START_MS, p->cancel, on_called, w);
    if (!w->page)
        g_variant_builder_clear(&args);
}

static void on_bus(GObject *source, GAsyncResult *result, gpointer user)
{
    struct wish *w = user;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) bus = g_bus_get_finish(result, &error);

    (void)source;
    if (bus && !g_dbus_connection_is_closed(bus)) {
        g_dbus_connection_set_exit_on_close(bus, FALSE); /* an agent outlives its desktop */
        call(bus, w);
        return;
    }
    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        launch_window(w->present->launch, w->page);
    wish_free(w); /* cancelled: `present` may be gone */
}

void present_page(struct present *p, const char *page)
{
    struct wish *w = g_new0(struct wish, 1);

    *w = (struct wish){ .present = p, .page = g_strdup(page) };
    g_bus_get(G_BUS_TYPE_SESSION, p->cancel, on_bus, w);
}
