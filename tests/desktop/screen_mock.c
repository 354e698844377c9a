/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_mock.c - see screen_mock.h. */
#include "screen_mock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { START_MS = 60000, CALL_MS = 30000 };

bool mock_there(void)
{
    return access("/usr/bin/python3", X_OK) == 0 &&
           system("/usr/bin/python3 -c 'import dbusmock' 2> /dev/null") == 0;
}

static bool answers(const struct mock *m)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GVariant) reply =
        bus ? g_dbus_connection_call_sync(bus, m->name, m->path, "org.freedesktop.DBus.Peer",
                                          "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                          CALL_MS, NULL, NULL)
            : NULL;
    return reply != NULL;
}

static void start(struct screen *s, struct mock *m, const char *template, const char *parameters)
{
    g_autofree char *which = g_strdup(template), *more = g_strdup(parameters);
    char *argv[] = { (char[]){ "/usr/bin/python3" },
                     (char[]){ "-m" },
                     (char[]){ "dbusmock" },
                     (char[]){ "--template" },
                     which,
                     (char[]){ "-l" },
                     m->log,
                     (char[]){ "-p" },
                     more,
                     NULL };

    (void)snprintf(m->log, sizeof m->log, "%s/%s.log", s->dir, template);
    (void)unlink(m->log);
    m->proc = proc_start(argv, NULL, NULL, 0, 0);
    for (long long end = now_ms() + START_MS; !answers(m); pause_ms(20))
        if (now_ms() > end)
            fail_msg("dbusmock does not answer as %s", m->name);
}

void mock_notifications(struct screen *s, struct mock *m, const char *capabilities)
{
    g_autofree char *parameters = g_strdup_printf("{\"capabilities\": \"%s\"}", capabilities);

    *m = (struct mock){ .name = "org.freedesktop.Notifications",
                        .path = "/org/freedesktop/Notifications",
                        .interface = "org.freedesktop.Notifications" };
    start(s, m, "notification_daemon", parameters);
}

void mock_logind(struct screen *s, struct mock *m)
{
    *m = (struct mock){ .name = "org.freedesktop.login1",
                        .path = "/org/freedesktop/login1",
                        .interface = "org.freedesktop.login1.Manager" };
    start(s, m, "logind", "{}");
}

void mock_end(struct mock *m)
{
    if (m->proc.pid > 0)
        proc_kill(&m->proc);
}

void mock_emit(const struct mock *m, const char *signal, GVariant *args)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GVariant) given = g_variant_ref_sink(args);
    const char *signature = g_variant_get_type_string(given);
    g_autofree char *inner = g_strndup(signature + 1, strlen(signature) - 2);
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("av"));
    for (gsize i = 0; i < g_variant_n_children(given); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(given, i);
        g_variant_builder_add(&list, "v", child);
    }
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        bus, m->name, m->path, "org.freedesktop.DBus.Mock", "EmitSignal",
        g_variant_new("(sssav)", m->interface, signal, inner, &list), NULL, G_DBUS_CALL_FLAGS_NONE,
        CALL_MS, NULL, &error);
    if (!reply)
        fail_msg("%s: %s", signal, error->message);
}

int file_count(const char *path, const char *text)
{
    g_autofree char *all = NULL;
    int n = 0;

    if (!g_file_get_contents(path, &all, NULL, NULL))
        return 0;
    for (const char *p = all; (p = strstr(p, text)); p++)
        n++;
    return n;
}

long long file_wait(const char *path, const char *text, int n, int within_ms)
{
    long long began = now_ms();

    while (file_count(path, text) < n) {
        if (now_ms() > began + within_ms) {
            g_autofree char *all = NULL;
            (void)g_file_get_contents(path, &all, NULL, NULL);
            fail_msg("'%s' is not %d times in %s within %d ms:\n%s", text, n, path, within_ms,
                     all ? all : "(no file)");
        }
        pause_ms(3);
    }
    return now_ms() - began;
}
