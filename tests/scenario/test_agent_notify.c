/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_agent_notify.c - an alarm on a private session bus with a notification server
 * that writes down what it was asked (python3-dbusmock). */
/* link: tb_agent PkgConfig::GIO */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#include "client/agent/alarm.h"
#include "client/agent/suspend.h"
#include "tb_cmocka.h"
#include "world_proc.h"

enum { READY_MS = 60000, PATH = 200 };

static const char bus_conf[] =
    "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'"
    " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>"
    "<busconfig><type>session</type><listen>unix:path=%s/bus</listen><policy context='default'>"
    "<allow send_destination='*'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>";

struct desk {
    char dir[PATH], log[2 * PATH], conf[2 * PATH];
    struct proc bus, server;
    struct alarm *alarm;
    struct tb_id chosen;
    int action; /* -1: nothing chosen yet */
};

static struct desk desk;

static bool have_mock(void)
{
    return access("/usr/bin/dbus-daemon", X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0 &&
           system("/usr/bin/python3 -c 'import dbusmock' 2> /dev/null") == 0;
}

/* Turns the loop until the condition holds. */
#define UNTIL(condition)                                        \
    for (long long end_ = now_ms() + READY_MS; !(condition);) { \
        if (now_ms() > end_)                                    \
            fail_msg("not in time: %s", #condition);            \
        (void)g_main_context_iteration(NULL, FALSE);            \
        pause_ms(2);                                            \
    }

static char *log_text(void)
{
    char *text = NULL;
    return g_file_get_contents(desk.log, &text, NULL, NULL) ? text : g_strdup("");
}

static bool logged(const char *what)
{
    g_autofree char *text = log_text();
    return strstr(text, what) != NULL;
}

static int count(const char *what)
{
    g_autofree char *text = log_text();
    int n = 0;

    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void start_bus(void)
{
    char *argv[] = { (char[]){ "/usr/bin/dbus-daemon" }, (char[]){ "--nofork" },
                     (char[]){ "--config-file" },        desk.conf,
                     (char[]){ "--print-address=3" },    NULL };
    char ready[PATH], address[2 * PATH];

    (void)unlink((snprintf(address, sizeof address, "%s/bus", desk.dir), address));
    desk.bus = proc_start(argv, NULL, ready, sizeof ready, READY_MS);
    (void)snprintf(address, sizeof address, "unix:path=%s/bus", desk.dir);
    (void)setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
}

static bool answers(const char *name, const char *path)
{
    g_autoptr(GDBusConnection) bus =
        g_dbus_connection_new_for_address_sync(getenv("DBUS_SESSION_BUS_ADDRESS"),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, NULL);
    g_autoptr(GVariant) reply =
        bus ? g_dbus_connection_call_sync(bus, name, path, "org.freedesktop.DBus.Peer", "Ping",
                                          NULL, NULL, G_DBUS_CALL_FLAGS_NONE, 1000, NULL, NULL)
            : NULL;
    return reply != NULL;
}

static bool server_answers(void)
{
    return answers("org.freedesktop.Notifications", "/org/freedesktop/Notifications");
}

static void start_server(const char *capabilities)
{
    char parameters[PATH];
    char *argv[] = { (char[]){ "/usr/bin/python3" },
                     (char[]){ "-m" },
                     (char[]){ "dbusmock" },
                     (char[]){ "--template" },
                     (char[]){ "notification_daemon" },
                     (char[]){ "-l" },
                     desk.log,
                     (char[]){ "-p" },
                     parameters,
                     NULL };

    (void)snprintf(parameters, sizeof parameters, "{\"capabilities\": \"%s\"}", capabilities);
    desk.server = proc_start(argv, NULL, NULL, 0, 0);
    UNTIL(server_answers());
}

/* Has the mock send a signal. */
static void emit_from(const char *name, const char *path, const char *interface, const char *signal,
                      GVariant *args)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    GVariantBuilder list;
    const char *signature = g_variant_get_type_string(args);
    g_autofree char *inner = g_strndup(signature + 1, strlen(signature) - 2);

    g_variant_builder_init(&list, G_VARIANT_TYPE("av"));
    for (gsize i = 0; i < g_variant_n_children(args); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(args, i);
        g_variant_builder_add(&list, "v", child);
    }
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_sync(bus, name, path, "org.freedesktop.DBus.Mock", "EmitSignal",
                                    g_variant_new("(sssav)", interface, signal, inner, &list), NULL,
                                    G_DBUS_CALL_FLAGS_NONE, 5000, NULL, &error);
    g_variant_unref(g_variant_ref_sink(args));
    if (!reply)
        fail_msg("%s", error->message);
}

static void emit(const char *signal, GVariant *args)
{
    emit_from("org.freedesktop.Notifications", "/org/freedesktop/Notifications",
              "org.freedesktop.Notifications", signal, args);
}

static void on_chosen(void *user, const struct tb_id *page, enum notify_action action)
{
    (void)user;
    desk.chosen = *page;
    desk.action = (int)action;
}

static int setup(void **state)
{
    (void)state;
    desk = (struct desk){ .action = -1, .bus = { -1 }, .server = { -1 } };
    (void)snprintf(desk.dir, sizeof desk.dir, "/tmp/trucban-desk-XXXXXX");
    assert_non_null(mkdtemp(desk.dir));
    (void)snprintf(desk.log, sizeof desk.log, "%s/log", desk.dir);
    (void)snprintf(desk.conf, sizeof desk.conf, "%s/conf", desk.dir);
    g_autofree char *conf = g_strdup_printf(bus_conf, desk.dir);
    assert_true(g_file_set_contents(desk.conf, conf, -1, NULL));
    (void)setenv("PULSE_SERVER", "unix:/nonexistent", 1);
    if (have_mock())
        start_bus();
    return 0;
}

static int teardown(void **state)
{
    char command[2 * PATH];

    (void)state;
    alarm_free(desk.alarm);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    if (desk.server.pid > 0)
        proc_kill(&desk.server);
    if (desk.bus.pid > 0)
        proc_kill(&desk.bus);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", desk.dir);
    assert_int_equal(system(command), 0);
    return 0;
}

static const struct tbc_ring ring = {
    .why = TBC_RING_PAGE,
    .page_id = { { 0xca, 0xfe } },
    .page_class = 1,
    .repeat_s = 5,
    .sender = "so-y-te",
    .agency = "so-y-te",
    .title = "<b>chim báo bão</b>",
};

static void start_ringing(const char *capabilities)
{
    if (!have_mock())
        skip();
    start_server(capabilities);
    desk.alarm = alarm_new(desk.dir, NULL, on_chosen, NULL);
    alarm_ring(desk.alarm, &ring);
    UNTIL(logged("Notify \"Trực Ban\""));
}

static void a_page_is_a_critical_bubble_without_content(void **state)
{
    (void)state;
    start_ringing("body body-markup actions");
    assert_true(logged("\"urgency\": 2"));
    assert_true(logged("\"default\""));
    assert_true(logged("\"accept\""));
    assert_true(logged("\"decline\""));
    assert_true(logged("cafe000000000000"));
    assert_true(logged("} 0\n")); /* never expires */
    assert_false(logged("chim"));
    assert_false(logged("so-y-te"));
    assert_int_equal(alarm_notify(desk.alarm), NOTIFY_OK);
}

static void content_is_shown_escaped_where_its_owner_allows_it(void **state)
{
    g_autofree char *conf = g_build_filename(desk.dir, "agent.conf", NULL);

    (void)state;
    assert_true(g_file_set_contents(conf, "[notifications]\nprivacy=full\n", -1, NULL));
    start_ringing("body body-markup actions");
    assert_true(logged("&lt;b&gt;chim báo bão&lt;/b&gt;"));
    assert_false(logged("<b>"));
}

static void accept_in_the_bubble_reaches_the_agent_for_this_page(void **state)
{
    (void)state;
    start_ringing("body actions");
    emit("ActionInvoked", g_variant_new("(us)", 1, "accept"));
    UNTIL(desk.action >= 0);
    assert_int_equal(desk.action, NOTIFY_ACCEPT);
    assert_true(tb_id_equal(&desk.chosen, &ring.page_id));
    alarm_quiet(desk.alarm, &ring.page_id);
    UNTIL(logged("CloseNotification 1"));
}

static void a_click_on_the_bubble_opens_and_never_accepts(void **state)
{
    (void)state;
    start_ringing("body actions");
    emit("ActionInvoked", g_variant_new("(us)", 1, "default"));
    UNTIL(desk.action >= 0);
    assert_int_equal(desk.action, NOTIFY_OPEN);
}

static void closing_the_bubble_is_no_answer_and_it_comes_back(void **state)
{
    (void)state;
    start_ringing("body actions");
    emit("NotificationClosed", g_variant_new("(uu)", 1, 2));
    UNTIL(count("Notify \"Trực Ban\"") == 2);
    assert_int_equal(desk.action, -1);
    assert_int_equal(alarm_ringer(desk.alarm)->rings, 2);
    assert_true(logged("Notify \"Trực Ban\" 0"));
}

static void a_repeat_replaces_the_bubble_that_still_stands(void **state)
{
    (void)state;
    start_ringing("body actions");
    UNTIL(logged("Notify \"Trực Ban\" 1 "));
}

static void without_buttons_the_bubble_says_what_to_type(void **state)
{
    (void)state;
    start_ringing("body");
    assert_true(logged("trucban accept cafe000000000000"));
    assert_false(logged("\"accept\""));
    assert_int_equal(alarm_notify(desk.alarm), NOTIFY_NO_ACTIONS);
}

static void a_server_that_hangs_does_not_hold_up_the_agent(void **state)
{
    enum { HANG_MS = 12000 }; /* who waited for the server would wait for 25 s */
    (void)state;
    start_ringing("body actions");
    proc_freeze(&desk.server);
    uint32_t rings = alarm_ringer(desk.alarm)->rings;
    long long longest = 0;
    while (alarm_ringer(desk.alarm)->rings < rings + 2) {
        long long before = now_ms();
        (void)g_main_context_iteration(NULL, FALSE);
        if (now_ms() - before > longest)
            longest = now_ms() - before;
        pause_ms(2);
    }
    proc_thaw(&desk.server);
    assert_true(longest < HANG_MS);
}

static void a_bus_that_dies_and_returns_brings_the_bubbles_back(void **state)
{
    (void)state;
    start_ringing("body actions");
    proc_kill(&desk.bus);
    UNTIL(alarm_notify(desk.alarm) == NOTIFY_NONE);
    proc_kill(&desk.server);
    int before = count("Notify \"Trực Ban\"");
    start_bus();
    start_server("body actions");
    UNTIL(count("Notify \"Trực Ban\"") > before);
}

static void on_resumed(void *user)
{
    (void)user;
    desk.action = 1;
}

static void waking_up_is_noticed_and_going_to_sleep_is_not(void **state)
{
    char *argv[] = { (char[]){ "/usr/bin/python3" }, (char[]){ "-m" },     (char[]){ "dbusmock" },
                     (char[]){ "--template" },       (char[]){ "logind" }, NULL };
    (void)state;

    if (!have_mock())
        skip();
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", getenv("DBUS_SESSION_BUS_ADDRESS"), 1);
    desk.server = proc_start(argv, NULL, NULL, 0, 0);
    UNTIL(answers("org.freedesktop.login1", "/org/freedesktop/login1"));
    struct suspend *s = suspend_new(on_resumed, NULL);
    for (int i = 0; i < 100; i++) { /* until the agent has asked the bus for the signal */
        (void)g_main_context_iteration(NULL, FALSE);
        pause_ms(5);
    }
    emit_from("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
              "PrepareForSleep", g_variant_new("(b)", TRUE));
    for (int i = 0; i < 20; i++) {
        (void)g_main_context_iteration(NULL, FALSE);
        pause_ms(5);
    }
    assert_int_equal(desk.action, -1);
    emit_from("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
              "PrepareForSleep", g_variant_new("(b)", FALSE));
    UNTIL(desk.action == 1);
    suspend_free(s);
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK(a_page_is_a_critical_bubble_without_content),
        DESK(content_is_shown_escaped_where_its_owner_allows_it),
        DESK(accept_in_the_bubble_reaches_the_agent_for_this_page),
        DESK(a_click_on_the_bubble_opens_and_never_accepts),
        DESK(closing_the_bubble_is_no_answer_and_it_comes_back),
        DESK(a_repeat_replaces_the_bubble_that_still_stands),
        DESK(without_buttons_the_bubble_says_what_to_type),
        DESK(a_server_that_hangs_does_not_hold_up_the_agent),
        DESK(waking_up_is_noticed_and_going_to_sleep_is_not),
        DESK(a_bus_that_dies_and_returns_brings_the_bubbles_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
