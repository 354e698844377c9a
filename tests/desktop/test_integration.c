/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_integration.c - what `cmake --install` gives a desktop: every file is there and valid, and the window
 * runs from it, asked from the menu, by the bus, or by a second start. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/api/profile.h"
#include "screen.h"

enum { TOOL_S = 120, CALL_MS = 60000 };

#define RINGING "0900000000000005"

static char prefix[SCREEN_PATH];

static int open_installed(void **state)
{
    int code = screen_open(state);
    struct screen *s = *state;
    char *argv[] = { (char[]){ "/usr/bin/cmake" },
                     (char[]){ "--install" },
                     s->bin,
                     (char[]){ "--prefix" },
                     prefix,
                     NULL };

    (void)snprintf(prefix, sizeof prefix, "%.200s/inst", s->dir);
    (void)unsetenv("DESTDIR");
    struct run r = proc_run(argv, NULL, TOOL_S);
    if (r.code != 0)
        fail_msg("cmake --install: %s%s", r.out, r.err);
    run_done(&r);
    return code;
}

static char *installed(const char *path)
{
    return g_build_filename(prefix, path, NULL);
}

static void everything_that_a_desktop_needs_is_installed(void **state)
{
    static const char *const files[] = {
        "bin/trucban-desktop",
        "bin/trucban-agent",
        "bin/trucban",
        "share/applications/vn.trucban.Desktop.desktop",
        "share/icons/hicolor/scalable/apps/vn.trucban.Desktop.svg",
        "share/icons/hicolor/symbolic/apps/vn.trucban.Desktop-symbolic.svg",
        "share/metainfo/vn.trucban.Desktop.metainfo.xml",
        "share/dbus-1/services/vn.trucban.Desktop.service",
        "share/dbus-1/services/vn.trucban.Agent.service",
        "lib/systemd/user/trucban-agent.service",
        "etc/xdg/autostart/vn.trucban.Desktop.desktop",
        "etc/xdg/autostart/vn.trucban.Agent.desktop",
        "share/locale/vi/LC_MESSAGES/trucban.mo",
        "share/trucban/sounds/alarm.wav",
        "share/trucban/sounds/drill.wav",
        "share/man/man1/trucban-desktop.1",
        "share/man/vi/man1/trucban-desktop.1",
        "share/man/man1/trucban-agent.1",
        "share/bash-completion/completions/trucban-desktop",
        "share/bash-completion/completions/trucban",
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = installed(files[i]);
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            fail_msg("%s is not installed", files[i]);
    }
}

/* A tool that is not installed judges nothing, and says so. */
static void judge(const char *command, const char *path)
{
    g_auto(GStrv) words = g_strsplit(command, " ", 0);
    g_autofree char *tool = g_find_program_in_path(words[0]), *file = installed(path);
    g_autofree char *line = g_strdup_printf("%s '%s'", command, file);
    char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, line, NULL };

    if (!tool) {
        print_message("%s is not installed: %s is not judged\n", words[0], path);
        return;
    }
    struct run r = proc_run(argv, NULL, TOOL_S);
    if (r.code != 0 || strstr(r.err, "warning"))
        fail_msg("%s: %s%s", line, r.out, r.err);
    run_done(&r);
}

static void each_file_passes_its_validator(void **state)
{
    (void)state;
    judge("desktop-file-validate", "share/applications/vn.trucban.Desktop.desktop");
    judge("desktop-file-validate", "etc/xdg/autostart/vn.trucban.Desktop.desktop");
    judge("desktop-file-validate", "etc/xdg/autostart/vn.trucban.Agent.desktop");
    judge("appstreamcli validate --no-net", "share/metainfo/vn.trucban.Desktop.metainfo.xml");
    judge("mandoc -Tlint -Wwarning", "share/man/man1/trucban-desktop.1");
    judge("mandoc -Tlint -Wwarning", "share/man/man1/trucban-agent.1");
    judge("systemd-analyze --user --man=no verify", "lib/systemd/user/trucban-agent.service");
    judge("xmllint --noout", "share/icons/hicolor/scalable/apps/vn.trucban.Desktop.svg");
    judge("rsvg-convert", "share/icons/hicolor/scalable/apps/vn.trucban.Desktop.svg");
    judge("rsvg-convert", "share/icons/hicolor/symbolic/apps/vn.trucban.Desktop-symbolic.svg");
    judge("bash -n", "share/bash-completion/completions/trucban-desktop");
}

/* The value of a key; fails without it. */
static char *value_of(const char *path, const char *group, const char *key)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *full = installed(path);
    g_autoptr(GError) error = NULL;

    (void)g_key_file_load_from_file(file, full, G_KEY_FILE_KEEP_TRANSLATIONS, NULL);
    char *value = g_key_file_get_string(file, group, key, &error);
    if (!value)
        fail_msg("%s: %s", path, error->message);
    return value;
}

static void expect_program(const char *path, const char *group, const char *key,
                           const char *program)
{
    g_autofree char *line = value_of(path, group, key), *expected = installed(program);
    char *end = strchr(line, ' ');

    if (end)
        *end = '\0';
    assert_string_equal(line, expected);
    assert_int_equal(access(line, X_OK), 0);
}

static void what_starts_programs_names_those_that_were_installed(void **state)
{
    static const char unit[] = "lib/systemd/user/trucban-agent.service";
    static const char agent[] = "share/dbus-1/services/vn.trucban.Agent.service";
    g_autofree char *of_bus = value_of(agent, "D-BUS Service", "SystemdService");
    g_autofree char *skip =
        value_of("etc/xdg/autostart/vn.trucban.Agent.desktop", "Desktop Entry", "X-systemd-skip");

    (void)state;
    expect_program(unit, "Service", "ExecStart", "bin/trucban-agent");
    expect_program(agent, "D-BUS Service", "Exec", "bin/trucban-agent");
    expect_program("share/dbus-1/services/vn.trucban.Desktop.service", "D-BUS Service", "Exec",
                   "bin/trucban-desktop");
    assert_string_equal(of_bus, "trucban-agent.service");
    assert_string_equal(skip, "true"); /* there it is the unit's work */
}

static void the_menu_speaks_vietnamese(void **state)
{
    static const char file[] = "share/applications/vn.trucban.Desktop.desktop";
    g_autofree char *report = value_of(file, "Desktop Action report", "Name[vi]");
    g_autofree char *activatable = value_of(file, "Desktop Entry", "DBusActivatable");

    (void)state;
    assert_string_equal(report, "Viết báo cáo");
    assert_string_equal(activatable, "true");
}

static void use_installed(struct screen *s)
{
    (void)snprintf(s->bin, sizeof s->bin, "%.200s/bin", prefix);
}

static int clear_installed(void **state)
{
    struct screen *s = *state;

    (void)snprintf(s->bin, sizeof s->bin, "%s", getenv("TRUCBAN_BIN"));
    (void)snprintf(s->home, sizeof s->home, "%s/profile", s->dir);
    return screen_clear(state);
}

static void the_installed_window_says_its_version_and_finds_its_texts_and_screens(void **state)
{
    struct screen *s = *state;
    g_autofree char *program = installed("bin/trucban-desktop");
    char *argv[] = { program, (char[]){ "--version" }, NULL };
    struct run r = proc_run(argv, NULL, TOOL_S);

    assert_int_equal(r.code, 0);
    assert_true(g_str_has_prefix(r.out, "trucban-desktop "));
    run_done(&r);
    screen_start_dummy(s, "night");
    use_installed(s);
    screen_start_window(s, NULL, "vi");
    (void)screen_find(s, ATSPI_ROLE_PAGE_TAB, "Báo cáo");
    screen_shot(s, "installed");
}

/* ---- one window, however it is asked for */

static struct proc start_hidden(struct screen *s)
{
    g_autofree char *program = g_build_filename(s->bin, "trucban-desktop", NULL);
    char *argv[] = { program,          (char[]){ "--home" },   s->home, (char[]){ "--lang" },
                     (char[]){ "en" }, (char[]){ "--hidden" }, NULL };

    return proc_start(argv, NULL, NULL, 0, 0);
}

static GDBusConnection *bus(void)
{
    GDBusConnection *c = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    assert_non_null(c);
    return c;
}

/* Who has this name; 0: nobody. */
static pid_t owner_of(const char *name)
{
    g_autoptr(GDBusConnection) c = bus();
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        c, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "GetConnectionUnixProcessID", g_variant_new("(s)", name), NULL, G_DBUS_CALL_FLAGS_NONE,
        CALL_MS, NULL, NULL);
    guint32 pid = 0;

    if (reply)
        g_variant_get(reply, "(u)", &pid);
    return (pid_t)pid;
}

static void wait_for_owner(const char *name)
{
    for (long long end = now_ms() + SCREEN_WAIT_MS; owner_of(name) == 0; pause_ms(20))
        if (now_ms() > end)
            fail_msg("nobody takes the name %s", name);
}

static void a_hidden_start_shows_nothing_and_the_next_order_shows_its_page(void **state)
{
    struct screen *s = *state;
    g_autofree char *name = tba_profile_window(s->home);
    g_autofree char *program = g_build_filename(s->bin, "trucban-desktop", NULL);
    char *page[] = {
        program, (char[]){ "--home" }, s->home, (char[]){ "--page" }, (char[]){ RINGING }, NULL
    };
    char *hidden[] = { program, (char[]){ "--home" }, s->home, (char[]){ "--hidden" }, NULL };

    screen_start_dummy(s, "night");
    s->window = start_hidden(s);
    wait_for_owner(name);
    struct run r = proc_run(hidden, NULL, TOOL_S); /* the session starts it once more */
    assert_int_equal(r.code, 0);
    run_done(&r);
    pause_ms(500);
    assert_null(screen_seek(s, ATSPI_ROLE_FRAME, NULL));
    r = proc_run(page, NULL, TOOL_S);
    assert_int_equal(r.code, 0);
    run_done(&r);
    (void)screen_find(s, ATSPI_ROLE_FRAME, NULL);
    (void)screen_text(s, "Ba khoa đang ghi chép bằng giấy");
    assert_int_equal(owner_of(name), s->window.pid);
    screen_key(s, "ctrl+q");
    screen_gone(s, ATSPI_ROLE_FRAME, NULL);
    assert_true(proc_alive(&s->window)); /* hidden is not ended */
    r = proc_run(page, NULL, TOOL_S);
    run_done(&r);
    (void)screen_find(s, ATSPI_ROLE_FRAME, NULL);
}

/* Puts an installed service where this bus looks for services; it is for the usual profile. */
static void offer(struct screen *s, const char *service)
{
    g_autofree char *command =
        g_strdup_printf("cp '%s/share/dbus-1/services/%s' '%s/'", prefix, service, s->dir);

    assert_int_equal(system(command), 0);
    (void)snprintf(s->home, sizeof s->home, "%s/trucban", getenv("XDG_DATA_HOME"));
}

/* As a launcher does with DBusActivatable: without a parameter, to a name that nobody has yet. */
static void activate(const char *action)
{
    g_autoptr(GDBusConnection) c = bus();
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        c, TBA_WINDOW_NAME, "/vn/trucban/Desktop", "org.freedesktop.Application", "ActivateAction",
        g_variant_new("(sava{sv})", action, NULL, NULL), NULL, G_DBUS_CALL_FLAGS_NONE, CALL_MS,
        NULL, &error);

    if (!reply)
        fail_msg("%s: %s", action, error->message);
}

static void the_bus_starts_the_window_and_it_does_what_the_menu_asks(void **state)
{
    struct screen *s = *state;

    offer(s, "vn.trucban.Desktop.service");
    screen_start_dummy(s, "night");
    activate("report");
    s->window.pid = owner_of(TBA_WINDOW_NAME);
    assert_true(s->window.pid > 0);
    (void)screen_find(s, ATSPI_ROLE_FRAME, NULL);
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Ký và gửi");
    activate("test-alarm");
    (void)dummy_called(s, "TestPage", "");
}

/* Asked before the link to the agent stands, the order is not lost. */
static void a_test_of_the_alarm_waits_for_the_agent(void **state)
{
    struct screen *s = *state;
    g_autofree char *program = g_build_filename(s->bin, "trucban-desktop", NULL);
    char *argv[] = { program, (char[]){ "--home" }, s->home, (char[]){ "--test-alarm" }, NULL };

    screen_start_dummy(s, "night");
    s->window = proc_start(argv, NULL, NULL, 0, 0);
    (void)dummy_called(s, "TestPage", "");
    (void)screen_find(s, ATSPI_ROLE_FRAME, NULL);
    pause_ms(500);
    assert_int_equal(dummy_count(s, "TestPage", ""), 1);
}

static void the_bus_starts_the_agent_and_carries_none_of_its_methods(void **state)
{
    struct screen *s = *state;
    g_autoptr(GDBusConnection) c = bus();
    g_autoptr(GError) error = NULL;

    offer(s, "vn.trucban.Agent.service");
    g_autoptr(GVariant) started = g_dbus_connection_call_sync(
        c, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "StartServiceByName", g_variant_new("(su)", TBA_AGENT_NAME, 0), NULL,
        G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, &error);
    if (!started)
        fail_msg("%s", error->message);
    pid_t agent = owner_of(TBA_AGENT_NAME);
    assert_true(agent > 0);
    g_autofree char *socket = g_build_filename(s->home, "agent.sock", NULL);
    assert_int_equal(access(socket, F_OK), 0);
    g_autoptr(GVariant) status =
        g_dbus_connection_call_sync(c, TBA_AGENT_NAME, TBA_OBJECT, "vn.trucban.Agent1", "Status",
                                    NULL, NULL, G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, &error);
    assert_null(status);
    (void)kill(agent, SIGTERM);
    /* Gone, and its lock with it: the next test has another agent here. */
    g_autofree char *exe = g_strdup_printf("/proc/%d/exe", (int)agent); /* who ended has none */
    char program[PATH_MAX];
    for (long long end = now_ms() + SCREEN_WAIT_MS; readlink(exe, program, sizeof program) > 0;
         pause_ms(20))
        assert_true(now_ms() < end);
    assert_int_equal(access(socket, F_OK), -1);
}

#define INSTALLED(test) cmocka_unit_test_teardown(test, clear_installed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_a_desktop_needs_is_installed),
        cmocka_unit_test(each_file_passes_its_validator),
        cmocka_unit_test(what_starts_programs_names_those_that_were_installed),
        cmocka_unit_test(the_menu_speaks_vietnamese),
        INSTALLED(the_installed_window_says_its_version_and_finds_its_texts_and_screens),
        INSTALLED(a_hidden_start_shows_nothing_and_the_next_order_shows_its_page),
        INSTALLED(a_test_of_the_alarm_waits_for_the_agent),
        INSTALLED(the_bus_starts_the_agent_and_carries_none_of_its_methods),
        INSTALLED(the_bus_starts_the_window_and_it_does_what_the_menu_asks),
    };
    return cmocka_run_group_tests(tests, open_installed, screen_close);
}
