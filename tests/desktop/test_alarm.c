/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_alarm.c - the alarm of real agents on a real relay, beside a desktop: it goes on without the window, brings
 * it where no bubble has buttons, ends when somebody else answers, and is honest after the machine slept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"
#include "screen_bubble.h"
#include "screen_mock.h"
#include "world.h"

/* Waiting is generous, for the machine may be busy; the figures are printed, and BENCHMARKS.md holds what they are.
 */
enum { RING_MS = 60000, SILENCE_MS = 7000, LOG = 3 * SCREEN_PATH }; /* a ring repeats every 5 s */

static struct {
    struct screen *screen;
    struct world world;
    struct mock bubbles, logind;
    char bus[SCREEN_PATH], log_an[LOG], log_binh[LOG];
    char page[PAGE_ID];
} night;

/* Agents begin with the desktop around them, binh's without a display. */
static void restart(const char *name, bool display)
{
    g_autofree char *x = g_strdup(getenv("DISPLAY"));

    world_stop_agent(&night.world, name);
    if (!display)
        (void)unsetenv("DISPLAY");
    world_start_agent(&night.world, name);
    (void)setenv("DISPLAY", x, 1);
    world_wait_online(&night.world, name);
}

static int open_night(void **state)
{
    int code = screen_open(state);

    night.screen = *state;
    if (!mock_there()) {
        (void)printf("skipped: python3-dbusmock is not installed\n");
        (void)screen_close(state);
        exit(77);
    }
    (void)snprintf(night.bus, sizeof night.bus, "%s", getenv("DBUS_SESSION_BUS_ADDRESS"));
    g_autofree char *run = g_strdup(getenv("XDG_RUNTIME_DIR")), *x = g_strdup(getenv("DISPLAY"));
    world_open(&night.world);
    (void)setenv("DISPLAY", x, 1);
    (void)setenv("XDG_RUNTIME_DIR", run, 1);
    (void)setenv("DBUS_SESSION_BUS_ADDRESS", night.bus, 1);
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", night.bus, 1);
    mock_logind(night.screen, &night.logind);
    (void)snprintf(night.log_an, sizeof night.log_an, "%s/an.log", night.world.dir);
    (void)snprintf(night.log_binh, sizeof night.log_binh, "%s/binh.log", night.world.dir);
    restart("an", true);
    restart("binh", false);
    return code;
}

static int close_night(void **state)
{
    mock_end(&night.logind);
    world_close(&night.world);
    return screen_close(state);
}

/* Of a page's bubble only its number may be seen: what was reported, and by whom, not. */
static void no_content_in(const char *text)
{
    static const char *const content[] = { "Màn hình", "tiền chuộc", "so-y-te", "Sở Y tế" };

    assert_non_null(strstr(text, night.page));
    for (gsize i = 0; i < G_N_ELEMENTS(content); i++)
        if (strstr(text, content[i]))
            fail_msg("'%s' is shown to whoever passes by: %s", content[i], text);
}

/* Ends what still rings, so that the next test begins in silence. */
static int end_page(void **state)
{
    mock_end(&night.bubbles);
    if (*night.page) {
        struct run r =
            world_run(&night.world, "chi", "resolve", night.page, "--reason", "xong", NULL);
        run_done(&r);
        world_wait_state(&night.world, "an", night.page, "resolved", RING_MS);
        night.page[0] = '\0';
    }
    return screen_clear(state);
}

static void report(int page_class)
{
    world_report(&night.world, "so-y-te", page_class, night.page);
}

/* "WHAT page=ID", as the agents' logs have it. */
static char *about(const char *what)
{
    return g_strdup_printf("%s page=%s", what, night.page);
}

static void wait_for_ring(const char *log, int n)
{
    g_autofree char *ring = about("ring");
    (void)file_wait(log, ring, n, n * RING_MS);
}

static void a_page_rings_on_when_the_window_is_killed_and_the_bubble_dismissed(void **state)
{
    struct screen *s = *state;
    struct world *w = &night.world;

    mock_notifications(s, &night.bubbles, "body actions");
    screen_start_window(s, world_person(w, "an")->home, "en");
    report(1);
    wait_for_ring(night.log_an, 1);
    g_autofree char *bubble = g_strdup(night.page);
    (void)file_wait(night.bubbles.log, bubble, 1, RING_MS);
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes");
    int before = file_count(night.bubbles.log, bubble);
    proc_kill(&s->window);
    mock_emit(&night.bubbles, "NotificationClosed", g_variant_new("(uu)", 1, 2));
    (void)file_wait(night.bubbles.log, bubble, before + 1, RING_MS);
    wait_for_ring(night.log_an, 2);
    assert_string_equal(world_owner(w, "an", night.page), ""); /* closing was no answer */
    assert_int_equal(file_count(night.log_an, "window:"), 0);  /* nor was a window wanted */
}

/* Of the first bubble that the server was asked for, ms since 1970. */
static long long bubble_ms(void)
{
    g_autofree char *all = NULL;

    (void)file_wait(night.bubbles.log, "Notify", 1, RING_MS);
    assert_true(g_file_get_contents(night.bubbles.log, &all, NULL, NULL));
    char *at = strstr(all, "Notify");
    while (at > all && at[-1] != '\n')
        at--;
    return (long long)(g_ascii_strtod(at, NULL) * 1000);
}

/* When an's device had the page on its disk, as it signed; 0: not heard of yet. */
static long long delivered_ms(void)
{
    json_t *page = world_page(&night.world, "so-y-te", night.page), *device;
    long long ms = 0;
    size_t i;

    json_array_foreach(json_object_get(page, "devices"), i, device)
    {
        const char *who = json_string_value(json_object_get(device, "account"));
        const char *when = json_string_value(json_object_get(device, "delivered_at"));
        g_autoptr(GDateTime) at = when ? g_date_time_new_from_iso8601(when, NULL) : NULL;
        if (g_strcmp0(who, "an") == 0 && at)
            ms = g_date_time_to_unix(at) * 1000 + g_date_time_get_microsecond(at) / 1000;
    }
    json_decref(page);
    return ms;
}

static void from_arrival_to_bubble_it_takes_a_moment(void **state)
{
    long long at, end = now_ms() + RING_MS;

    mock_notifications(*state, &night.bubbles, "body actions");
    report(1);
    wait_for_ring(night.log_an, 1);
    while ((at = delivered_ms()) == 0 && now_ms() < end)
        pause_ms(50);
    assert_true(at > 0);
    long long took = bubble_ms() - at;
    print_message("page on the device's disk to notification: %lld ms (300 promised)\n", took);
    assert_in_range(took + RING_MS, 0, 2 * RING_MS); /* two clocks: they may seem to swap places */
}

static void answered_elsewhere_it_stops_here_within_a_second(void **state)
{
    struct screen *s = *state;
    struct world *w = &night.world;

    mock_notifications(s, &night.bubbles, "body actions");
    screen_start_window(s, world_person(w, "an")->home, "en");
    report(1);
    wait_for_ring(night.log_an, 1);
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes");
    wait_for_ring(night.log_binh, 1);
    long long began = now_ms();
    world_expect_code(w, 0, "binh", "accept", night.page, "--eta", "10", NULL);
    g_autofree char *quiet = about("quiet");
    (void)file_wait(night.log_an, quiet, 1, RING_MS);
    (void)file_wait(night.bubbles.log, "CloseNotification", 1, RING_MS);
    long long took = now_ms() - began;
    screen_gone(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes");
    print_message("from `trucban accept` on one machine to silence on the other: %lld ms\n", took);
    int rings = file_count(night.log_an, "ring page=");
    pause_ms(SILENCE_MS);
    assert_int_equal(file_count(night.log_an, "ring page="), rings);
}

static void the_bubbles_open_shows_the_page(void **state)
{
    struct screen *s = *state;

    mock_notifications(s, &night.bubbles, "body actions");
    screen_start_window(s, world_person(&night.world, "an")->home, "en");
    report(2);
    wait_for_ring(night.log_an, 1);
    (void)file_wait(night.bubbles.log, night.page, 1, RING_MS);
    pid_t window = s->window.pid;
    mock_emit(&night.bubbles, "ActionInvoked", g_variant_new("(us)", 1, "default"));
    g_autofree char *shown = g_strdup_printf("window: shown for page=%s", night.page);
    (void)file_wait(night.log_an, shown, 1, RING_MS);
    (void)screen_text(s, "Màn hình đòi tiền chuộc");
    assert_int_equal(s->window.pid, window);
    assert_string_equal(world_owner(&night.world, "an", night.page), "");
}

/* ---- real servers of a desktop */

static struct proc start_server(struct screen *s, const char *program, const char *option,
                                const char *value)
{
    g_autofree char *log = g_build_filename(s->dir, "server.log", NULL);
    g_autofree char *path = g_strdup(program), *o = g_strdup(option), *v = g_strdup(value);
    char *argv[] = { path, o, v, NULL };
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    bool owned = false;

    struct proc p = proc_start(argv, log, NULL, 0, 0);
    for (long long end = now_ms() + RING_MS; !owned && now_ms() < end; pause_ms(20)) {
        g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
            bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "NameHasOwner", g_variant_new("(s)", "org.freedesktop.Notifications"), NULL,
            G_DBUS_CALL_FLAGS_NONE, RING_MS, NULL, NULL);
        if (reply)
            g_variant_get(reply, "(b)", &owned);
    }
    assert_true(owned);
    return p;
}

static void the_accept_button_of_a_real_bubble_takes_the_page(void **state)
{
    static const char server[] = "/usr/lib/notification-daemon/notification-daemon";
    struct screen *s = *state;

    if (access(server, X_OK) != 0)
        skip();
    night.bubbles.proc = start_server(s, server, NULL, NULL);
    pid_t pid = night.bubbles.proc.pid;
    report(1);
    g_autofree char *text = bubble_text(pid, night.page);
    no_content_in(text);
    screen_shot(s, "bubble");
    bubble_press(s, pid, "Nhận");
    world_wait_state(&night.world, "so-y-te", night.page, "accepted", RING_MS);
    assert_string_not_equal(world_owner(&night.world, "so-y-te", night.page), "");
    bubble_gone(pid, "Nhận");
}

/* What dunst has on the screen, of its own interface. */
static guint dunst_shows(void)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GVariant) value = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
        "org.freedesktop.DBus.Properties", "Get",
        g_variant_new("(ss)", "org.dunstproject.cmd0", "displayedLength"), NULL,
        G_DBUS_CALL_FLAGS_NONE, RING_MS, NULL, NULL);

    assert_non_null(reply);
    g_variant_get(reply, "(v)", &value);
    return g_variant_get_uint32(value);
}

/* What it has shown, and was dismissed. */
static char *dunst_history(void)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
        "org.dunstproject.cmd0", "NotificationListHistory", NULL, NULL, G_DBUS_CALL_FLAGS_NONE,
        RING_MS, NULL, NULL);

    assert_non_null(reply);
    return g_variant_print(reply, FALSE);
}

/* Until it shows a bubble, or has one behind it. */
static void wait_for_dunst(bool shown)
{
    for (long long end = now_ms() + RING_MS; now_ms() < end; pause_ms(20)) {
        g_autofree char *history = dunst_history();
        if (shown ? dunst_shows() > 0 : strstr(history, night.page) != NULL)
            return;
    }
    fail_msg("dunst %s", shown ? "shows nothing" : "has dismissed nothing");
}

static void dunst_shows_the_page_and_to_dismiss_it_is_no_answer(void **state)
{
    static const char conf[] = "[global]\norigin = top-left\noffset = 0x0\nwidth = 300\n"
                               "mouse_left_click = close_current\nhistory_length = 20\n";
    enum { CLICK_X = 60, CLICK_Y = 12 };
    struct screen *s = *state;
    g_autofree char *file = g_build_filename(s->dir, "dunstrc", NULL);

    if (access("/usr/bin/dunst", X_OK) != 0)
        skip();
    assert_true(g_file_set_contents(file, conf, -1, NULL));
    night.bubbles.proc = start_server(s, "/usr/bin/dunst", "-config", file);
    report(1);
    wait_for_dunst(true);
    screen_shot(s, "dunst");
    screen_click(s, CLICK_X, CLICK_Y);
    wait_for_dunst(false);
    g_autofree char *shown = dunst_history();
    no_content_in(shown);
    wait_for_ring(night.log_an, 2);
    assert_true(dunst_shows() > 0); /* it came back */
    assert_string_equal(world_owner(&night.world, "an", night.page), "");
}

static pid_t window_of(const char *home)
{
    g_autofree char *command =
        g_strdup_printf("pgrep -f '^[^ ]*/trucban-desktop --home %s --page'", home);
    char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, command, NULL };
    struct run r = proc_run(argv, NULL, 10);
    pid_t pid = (pid_t)strtol(r.out, NULL, 10);

    run_done(&r);
    return pid;
}

static json_int_t round_of(const char *name)
{
    json_t *page = world_page(&night.world, name, night.page);
    json_int_t round = json_integer_value(json_object_get(page, "round"));

    json_decref(page);
    return round;
}

static void without_buttons_a_severe_page_brings_the_window_once_a_round(void **state)
{
    struct screen *s = *state;
    g_autofree char *home = g_strdup(world_person(&night.world, "an")->home);

    report(1);
    wait_for_ring(night.log_an, 1);
    g_autofree char *started = g_strdup_printf("window: started for page=%s", night.page);
    (void)file_wait(night.log_an, started, 1, RING_MS);
    s->window.pid = window_of(home);
    assert_true(s->window.pid > 0);
    (void)screen_find(s, ATSPI_ROLE_FRAME, NULL);
    (void)screen_text(s, "Màn hình đòi tiền chuộc");
    wait_for_ring(night.log_binh, 1);
    (void)file_wait(night.log_binh, "no window: there is no display", 1, RING_MS);
    wait_for_ring(night.log_binh, 3); /* a repeat among them, which is no round */
    json_int_t windows = file_count(night.log_binh, "no window:"), rounds = round_of("binh");
    g_autofree char *ring = about("ring");
    assert_true(windows <= rounds);
    assert_true(windows < file_count(night.log_binh, ring));
    assert_int_equal(file_count(night.log_an, "window: started"), 1);
}

static void an_ordinary_page_brings_no_window(void **state)
{
    (void)state;
    int before = file_count(night.log_an, "window: ");
    report(2);
    wait_for_ring(night.log_an, 2);
    assert_int_equal(file_count(night.log_an, "window: "), before);
}

static json_int_t moment(const char *key)
{
    json_t *status = world_do(&night.world, "an", "status", NULL);
    json_int_t at = json_integer_value(json_object_get(status, key));
    const char *text = json_string_value(json_object_get(status, key));
    json_int_t found = at ? at : text && *text ? 1 : 0;

    json_decref(status);
    return found;
}

static void wake(void)
{
    mock_emit(&night.logind, "PrepareForSleep", g_variant_new("(b)", TRUE));
    mock_emit(&night.logind, "PrepareForSleep", g_variant_new("(b)", FALSE));
}

static void after_sleep_the_relay_is_dialled_anew_and_its_silence_is_told(void **state)
{
    mock_notifications(*state, &night.bubbles, "body actions");
    assert_int_equal(moment("woke_at"), 0);
    wake();
    (void)file_wait(night.log_an, "the machine woke up", 1, RING_MS);
    (void)file_wait(night.log_an, "ms after waking up", 1, RING_MS);
    assert_true(moment("woke_at") > 0);
    assert_true(moment("connected_at") > 0);
    assert_int_equal(file_count(night.bubbles.log, "Notify"), 0); /* all is well: nothing to say */

    proc_freeze(&night.world.relay);
    wake();
    (void)file_wait(night.log_an, "not connected 10 s after waking up", 1, 2 * RING_MS);
    (void)file_wait(night.bubbles.log, "Notify", 1, RING_MS);
    assert_int_equal(moment("connected_at"), 0);
    proc_thaw(&night.world.relay);
    (void)file_wait(night.log_an, "ms after waking up", 2, 4 * RING_MS);
    (void)file_wait(night.bubbles.log, "CloseNotification", 1, RING_MS);
    assert_true(moment("connected_at") > 0);
}

#define NIGHT(test) cmocka_unit_test_teardown(test, end_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NIGHT(a_page_rings_on_when_the_window_is_killed_and_the_bubble_dismissed),
        NIGHT(from_arrival_to_bubble_it_takes_a_moment),
        NIGHT(answered_elsewhere_it_stops_here_within_a_second),
        NIGHT(the_bubbles_open_shows_the_page),
        NIGHT(dunst_shows_the_page_and_to_dismiss_it_is_no_answer),
        NIGHT(an_ordinary_page_brings_no_window),
        NIGHT(without_buttons_a_severe_page_brings_the_window_once_a_round),
        NIGHT(after_sleep_the_relay_is_dialled_anew_and_its_silence_is_told),
        NIGHT(the_accept_button_of_a_real_bubble_takes_the_page), /* last: see screen_bubble.h */
    };
    return cmocka_run_group_tests(tests, open_night, close_night);
}
