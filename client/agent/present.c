/* SPDX-License-Identifier: GPL-3.0-or-later */
/* present.c - see present.h. */
#include "client/agent/present.h"

#include <gio/gio.h>
#include <unistd.h>

#include "client/agent/log.h"
#include "client/api/profile.h"

enum { START_MS = 15000 };

struct present {
    char *home, *name, *path; /* of the window on the bus */
    GCancellable *cancel;
    GPid child; /* that we started and that still runs; 0: none */
    guint watch;
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

struct present *present_new(const char *home)
{
    struct present *p = g_new0(struct present, 1);

    *p = (struct present){ .home = g_strdup(home), .name = tba_profile_window(home) };
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
    if (p->watch)
        g_source_remove(p->watch);
    g_free(p->home);
    g_free(p->name);
    g_free(p->path);
    g_free(p);
}

/* ---- without the bus */

static void on_child_ended(GPid pid, int status, gpointer user)
{
    struct present *p = user;

    (void)status;
    g_spawn_close_pid(pid);
    p->child = 0;
    p->watch = 0;
}

/* Runs between fork and exec: it must not die with our terminal. */
static void leave_session(gpointer user)
{
    (void)user;
    (void)setsid();
}

/* The window of the same build stands beside us; otherwise the one on the path. */
static char *window_program(void)
{
    g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = exe ? g_path_get_dirname(exe) : NULL;
    g_autofree char *beside = dir ? g_build_filename(dir, "trucban-desktop", NULL) : NULL;

    if (beside && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer(&beside);
    return g_find_program_in_path("trucban-desktop");
}

static bool has_display(void)
{
    const char *wayland = g_getenv("WAYLAND_DISPLAY"), *x = g_getenv("DISPLAY");

    return (wayland && *wayland) || (x && *x);
}

/* A window that runs takes the order and the new one ends; the child we keep an eye on is one that had no bus
 * to be found by. */
static void start(struct present *p, char *page)
{
    g_autofree char *program = window_program();
    g_autoptr(GError) error = NULL;

    if (!program || !has_display()) {
        log_line(LOG_NOTICE, "no window: %s", program ? "there is no display" : "not installed");
        return;
    }
    if (p->child) {
        log_line(LOG_NOTICE, "window: the one that was started runs, and no bus reaches it");
        return;
    }
    char *argv[] = { program, (char[]){ "--home" },
                     p->home, page ? (char[]){ "--page" } : NULL,
                     page,    NULL };
    if (!g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, leave_session, NULL, &p->child,
                       &error)) {
        log_line(LOG_WARNING, "%s: %s", program, error->message);
        p->child = 0;
        return;
    }
    p->watch = g_child_watch_add(p->child, on_child_ended, p);
    log_line(LOG_NOTICE, "window: started for page=%s", page ? page : "-");
}

/* ---- with it */

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
        start(w->present, w->page);
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
        start(w->present, w->page);
    wish_free(w); /* cancelled: `present` may be gone */
}

void present_page(struct present *p, const char *page)
{
    struct wish *w = g_new0(struct wish, 1);

    *w = (struct wish){ .present = p, .page = g_strdup(page) };
    g_bus_get(G_BUS_TYPE_SESSION, p->cancel, on_bus, w);
}
