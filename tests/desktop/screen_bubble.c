/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_bubble.c - see screen_bubble.h. */
#include "screen_bubble.h"

#include <string.h>

#define ROOT "/org/a11y/atspi/accessible/root"
#define ACCESSIBLE "org.a11y.atspi.Accessible"

enum { CALL_MS = 20000, DEEP = 20, POLL_MS = 50 };

struct search {
    GDBusConnection *bus;
    const char *wanted; /* a name; NULL: only read */
    bool found;
    int x, y; /* its middle */
    GString *names;
};

static GVariant *call(GDBusConnection *bus, const char *const to[3], const char *method,
                      GVariant *args)
{
    return g_dbus_connection_call_sync(bus, to[0], to[1], to[2], method, args, NULL,
                                       G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, NULL);
}

#define TO(owner, path, interface) ((const char *const[3]){ owner, path, interface })

static GDBusConnection *a11y_bus(void)
{
    g_autoptr(GDBusConnection) session = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GVariant) reply =
        call(session, TO("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus"), "GetAddress", NULL);
    const char *address = NULL;

    assert_non_null(reply);
    g_variant_get(reply, "(&s)", &address);
    GDBusConnection *bus =
        g_dbus_connection_new_for_address_sync(address,
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, NULL);
    assert_non_null(bus);
    return bus;
}

static bool is_of(GDBusConnection *bus, const char *owner, pid_t pid)
{
    g_autoptr(GVariant) reply =
        call(bus, TO("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"),
             "GetConnectionUnixProcessID", g_variant_new("(s)", owner));
    guint32 of = 0;

    if (reply)
        g_variant_get(reply, "(u)", &of);
    return (pid_t)of == pid;
}

static char *name_of(GDBusConnection *bus, const char *owner, const char *path)
{
    g_autoptr(GVariant) reply = call(bus, TO(owner, path, "org.freedesktop.DBus.Properties"), "Get",
                                     g_variant_new("(ss)", ACCESSIBLE, "Name"));
    g_autoptr(GVariant) value = NULL;

    if (reply)
        g_variant_get(reply, "(v)", &value);
    return value ? g_variant_dup_string(value, NULL) : g_strdup("");
}

/* Where it is on the screen. */
static void meet(struct search *s, const char *owner, const char *path)
{
    enum { SCREEN = 0 };
    g_autoptr(GVariant) reply = call(s->bus, TO(owner, path, "org.a11y.atspi.Component"),
                                     "GetExtents", g_variant_new("(u)", SCREEN));
    int x, y, width, height;

    if (!reply)
        return;
    g_variant_get(reply, "((iiii))", &x, &y, &width, &height);
    s->found = width > 0 && height > 0;
    s->x = x + width / 2;
    s->y = y + height / 2;
}

static void visit(struct search *s, const char *owner, const char *path, int deep)
{
    g_autofree char *name = name_of(s->bus, owner, path);
    g_autoptr(GVariant) reply = call(s->bus, TO(owner, path, ACCESSIBLE), "GetChildren", NULL);
    g_autoptr(GVariantIter) i = NULL;
    const char *child_owner, *child;

    g_string_append_printf(s->names, "%s\n", name);
    if (s->wanted && !s->found && strcmp(name, s->wanted) == 0)
        meet(s, owner, path);
    if (!reply || deep == DEEP)
        return;
    g_variant_get(reply, "(a(so))", &i);
    while (g_variant_iter_next(i, "(&s&o)", &child_owner, &child))
        visit(s, child_owner, child, deep + 1);
}

/* One look at everything that the process shows. */
static bool look(struct search *s, pid_t pid)
{
    g_autoptr(GDBusConnection) bus = a11y_bus();
    g_autoptr(GVariant) reply =
        call(bus, TO("org.a11y.atspi.Registry", ROOT, ACCESSIBLE), "GetChildren", NULL);
    g_autoptr(GVariantIter) i = NULL;
    const char *owner, *path;

    s->bus = bus;
    s->found = false;
    (void)g_string_truncate(s->names, 0);
    if (!reply)
        return false;
    g_variant_get(reply, "(a(so))", &i);
    while (g_variant_iter_next(i, "(&s&o)", &owner, &path))
        if (is_of(bus, owner, pid))
            visit(s, owner, path, 0);
    return s->found;
}

char *bubble_text(pid_t pid, const char *holding)
{
    struct search s = { .names = g_string_new(NULL) };

    for (long long end = now_ms() + SCREEN_WAIT_MS; now_ms() < end; pause_ms(POLL_MS)) {
        (void)look(&s, pid);
        if (strstr(s.names->str, holding))
            return g_string_free(s.names, FALSE);
    }
    fail_msg("no bubble holds '%s'; they say:\n%s", holding, s.names->str);
    return NULL;
}

static void until(struct search *s, pid_t pid, bool found)
{
    long long end = now_ms() + SCREEN_WAIT_MS;

    s->names = g_string_new(NULL);
    while (look(s, pid) != found) {
        if (now_ms() > end)
            fail_msg("'%s' %s on a bubble:\n%s", s->wanted, found ? "is not" : "is still",
                     s->names->str);
        pause_ms(POLL_MS);
    }
    (void)g_string_free(s->names, TRUE);
}

/* By the pointer: this server's buttons listen to nothing else. */
void bubble_press(struct screen *screen, pid_t pid, const char *name)
{
    struct search s = { .wanted = name };

    until(&s, pid, true);
    screen_click(screen, s.x, s.y);
}

void bubble_gone(pid_t pid, const char *name)
{
    struct search s = { .wanted = name };
    until(&s, pid, false);
}
