/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen.c - the desk of a test: processes, their surroundings, their end; see screen.h. */
#define _GNU_SOURCE
#include "screen.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <X11/Xlib.h>
#include <gio/gio.h>

#include "client/api/profile.h"

enum { READY_MS = 60000, CALL_MS = 30000, SLOW_MS = 10000, SKIP = 77, POLL_MS = 20 };

static struct screen desk;

/* libatspi, in this process, forgets a few bytes when an object it asks about is gone, and is built so that no
 * suppression can name it. The programs under test look for leaks of their own. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

/* ---- ends */

static void end(struct proc *p)
{
    if (p->pid <= 0)
        return;
    (void)kill(p->pid, SIGTERM);
    for (int i = 0; i < 100 && waitpid(p->pid, NULL, WNOHANG) == 0; i++)
        pause_ms(10);
    (void)kill(p->pid, SIGKILL); /* of a zombie that was reaped above it finds nobody */
    (void)waitpid(p->pid, NULL, 0);
    p->pid = -1;
}

static pid_t parent_of(pid_t pid)
{
    char path[64];
    long parent = 0;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    if (fscanf(f, "%*d (%*[^)]) %*c %ld", &parent) != 1)
        parent = 0;
    (void)fclose(f);
    return (pid_t)parent;
}

/* Who was started by those we started has become our child. */
static bool end_one_orphan(void)
{
    DIR *proc = opendir("/proc");
    bool found = false;

    for (struct dirent *e; proc && !found && (e = readdir(proc));) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        found = pid > 0 && parent_of(pid) == getpid();
        if (found) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, 0);
        }
    }
    if (proc)
        (void)closedir(proc);
    return found;
}

/* ---- the desk */

static void need(const char *program)
{
    if (access(program, X_OK) == 0)
        return;
    (void)printf("skipped: %s is not installed\n", program);
    exit(SKIP);
}

static bool x_answers(struct screen *s)
{
    long long until = now_ms() + READY_MS;
    Display *x = NULL;

    while (!(x = XOpenDisplay(NULL)) && now_ms() < until &&
           waitpid(s->xvfb.pid, NULL, WNOHANG) == 0)
        pause_ms(POLL_MS);
    if (x)
        (void)XCloseDisplay(x);
    return x != NULL;
}

/* A number of our own: those that X servers choose for themselves collide when tests begin together. */
static void start_x(struct screen *s)
{
    enum { TRIES = 5, FIRST = 100, NUMBERS = 30000, STEP = 7 };
    char display[16], log[SCREEN_PATH + 20], geometry[32];
    char *argv[] = { (char[]){ "/usr/bin/Xvfb" },
                     display,
                     (char[]){ "-screen" },
                     (char[]){ "0" },
                     geometry,
                     (char[]){ "-nolisten" },
                     (char[]){ "tcp" },
                     (char[]){ "-noreset" },
                     (char[]){
                         "-r" }, /* a test that is held up between down and up repeats no key */
                     NULL };

    (void)snprintf(geometry, sizeof geometry, "%dx%dx24", SCREEN_WIDTH, SCREEN_HEIGHT);
    (void)snprintf(log, sizeof log, "%s/xvfb.log", s->dir);
    for (int i = 0; i < TRIES; i++) {
        (void)snprintf(display, sizeof display, ":%d", FIRST + (getpid() + i * STEP) % NUMBERS);
        (void)setenv("DISPLAY", display, 1);
        s->xvfb = proc_start(argv, log, NULL, 0, 0);
        if (x_answers(s))
            return;
        end(&s->xvfb);
    }
    fail_msg("no X server stays");
}

/* Only the accessibility bus can be started through it: nothing of the machine's desktop. */
static void start_bus(struct screen *s)
{
    static const char conf[] =
        "<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN'"
        " 'http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd'>"
        "<busconfig><type>session</type><listen>unix:path=%s/bus</listen><servicedir>%s</"
        "servicedir>"
        "<policy context='default'><allow send_destination='*'/><allow eavesdrop='true'/>"
        "<allow own='*'/></policy></busconfig>";
    g_autofree char *path = g_build_filename(s->dir, "bus.conf", NULL);
    g_autofree char *service = g_build_filename(s->dir, "org.a11y.Bus.service", NULL);
    g_autofree char *text = g_strdup_printf(conf, s->dir, s->dir);
    char address[SCREEN_PATH];
    char *argv[] = { (char[]){ "/usr/bin/dbus-daemon" }, (char[]){ "--nofork" },
                     (char[]){ "--config-file" },        path,
                     (char[]){ "--print-address=3" },    NULL };

    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_true(g_file_set_contents(service,
                                    "[D-BUS Service]\nName=org.a11y.Bus\n"
                                    "Exec=/usr/libexec/at-spi-bus-launcher\n",
                                    -1, NULL));
    s->bus = proc_start(argv, NULL, address, sizeof address, READY_MS);
    (void)setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
}

/* What moves takes time to draw, and a view that is on its way out is still in the tree. */
static void still(struct screen *s)
{
    static const char settings[] = "[Settings]\ngtk-enable-animations=0\n";
    g_autofree char *folder = g_build_filename(s->dir, "config", "gtk-4.0", NULL);
    g_autofree char *file = g_build_filename(folder, "settings.ini", NULL);

    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(file, settings, -1, NULL));
}

static void surround(struct screen *s)
{
    static const char *const folders[][2] = { { "XDG_RUNTIME_DIR", "run" },
                                              { "XDG_CONFIG_HOME", "config" },
                                              { "XDG_DATA_HOME", "data" },
                                              { "XDG_CACHE_HOME", "cache" },
                                              { "HOME", "home" } };

    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(s->dir, folders[i][1], NULL);
        assert_int_equal(g_mkdir_with_parents(path, 0700), 0);
        (void)setenv(folders[i][0], path, 1);
    }
    still(s);
    (void)setenv("GSETTINGS_BACKEND", "memory", 1);
    (void)setenv("GSK_RENDERER", "cairo", 1);
    (void)setenv("GDK_BACKEND", "x11", 1);
    (void)setenv("GTK_A11Y", "atspi", 1);
    (void)setenv("GIO_USE_VFS", "local", 1);
    (void)setenv("PULSE_SERVER", "unix:/nonexistent", 1);
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    (void)setenv("G_DEBUG", "fatal-criticals", 0);
    (void)unsetenv("WAYLAND_DISPLAY");
    (void)unsetenv("AT_SPI_BUS_ADDRESS");
    (void)unsetenv("TRUCBAN_HOME");
}

int screen_open(void **state)
{
    struct screen *s = &desk;
    const char *bin = getenv("TRUCBAN_BIN"), *source = getenv("TRUCBAN_SRC");

    need("/usr/bin/Xvfb");
    need("/usr/bin/dbus-daemon");
    need("/usr/libexec/at-spi-bus-launcher");
    assert_non_null(bin);
    assert_non_null(source);
    *s = (struct screen){ .nodes = g_ptr_array_new_with_free_func(g_object_unref) };
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)snprintf(s->dir, sizeof s->dir, "/tmp/trucban-screen-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    (void)snprintf(s->home, sizeof s->home, "%s/profile", s->dir);
    (void)snprintf(s->bin, sizeof s->bin, "%s", bin);
    (void)snprintf(s->source, sizeof s->source, "%s", source);
    surround(s);
    start_x(s);
    start_bus(s);
    assert_int_equal(atspi_init(), 0);
    atspi_set_timeout(SLOW_MS, READY_MS); /* after 0.8 s it would take what is slow for absent */
    *state = s;
    return 0;
}

int screen_close(void **state)
{
    struct screen *s = *state;
    char command[SCREEN_PATH + 20];

    if (!s)
        return 0;
    (void)screen_clear(state);
    g_ptr_array_unref(s->nodes);
    end(&s->bus);
    end(&s->xvfb);
    while (end_one_orphan())
        ;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    return getenv("TRUCBAN_KEEP") ? 0 : system(command);
}

/* ---- a scene */

static void link_to_dummy(struct screen *s)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *address = tba_profile_address(s->socket);

    g_clear_object(&s->link);
    s->link = g_dbus_connection_new_for_address_sync(
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, &error);
    if (!s->link)
        fail_msg("dummy_agent: %s", error->message);
    g_dbus_connection_set_exit_on_close(s->link, FALSE);
}

void screen_start_dummy(struct screen *s, const char *scene)
{
    g_autofree char *program = g_build_filename(s->bin, "tests", "dummy_agent", NULL);
    g_autofree char *name = g_strconcat(scene, ".scene", NULL);
    g_autofree char *file = g_build_filename(s->source, "tests/desktop/scenes", name, NULL);
    g_autofree char *log = g_build_filename(s->dir, "dummy.log", NULL);
    char *argv[] = { program, (char[]){ "--home" },     s->home,         (char[]){ "--scene" },
                     file,    (char[]){ "--ready-fd" }, (char[]){ "3" }, NULL };

    s->agent = proc_start(argv, log, s->socket, sizeof s->socket, READY_MS);
    link_to_dummy(s);
}

void screen_start_window(struct screen *s, const char *home, const char *lang)
{
    g_autofree char *program = g_build_filename(s->bin, "trucban-desktop", NULL);
    g_autofree char *log = g_build_filename(s->dir, "window.log", NULL);
    g_autofree char *profile = g_strdup(home ? home : s->home), *language = g_strdup(lang);
    char *argv[] = { program, (char[]){ "--home" }, profile, (char[]){ "--lang" }, language, NULL };

    if (!lang)
        argv[3] = NULL;
    s->window = proc_start(argv, log, NULL, 0, 0);
    (void)screen_find(s, ATSPI_ROLE_FRAME, NULL);
}

void screen_show(struct screen *s, const char *scene, const char *lang)
{
    screen_start_dummy(s, scene);
    screen_start_window(s, NULL, lang);
}

static void show_log(struct screen *s)
{
    g_autofree char *path = g_build_filename(s->dir, "window.log", NULL), *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL) && *text)
        (void)fprintf(stderr, "window: %.2000s\n", text);
    (void)unlink(path);
}

void screen_end_window(struct screen *s)
{
    end(&s->window);
    show_log(s);
}

void screen_end_dummy(struct screen *s)
{
    if (s->link)
        (void)g_dbus_connection_close_sync(s->link, NULL, NULL);
    g_clear_object(&s->link);
    end(&s->agent);
}

int screen_clear(void **state)
{
    struct screen *s = *state;
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", s->home);

    screen_end_window(s);
    screen_end_dummy(s);
    g_ptr_array_set_size(s->nodes, 0);
    return system(command);
}

/* ---- the dummy */

static GVariant *ask(struct screen *s, const char *method, GVariant *arguments)
{
    g_autoptr(GError) error = NULL;
    GVariant *reply =
        g_dbus_connection_call_sync(s->link, NULL, "/vn/trucban/dummy", "vn.trucban.Dummy1", method,
                                    arguments, NULL, G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, &error);

    if (!reply)
        fail_msg("dummy_agent: %s: %s", method, error->message);
    return reply;
}

void dummy_do(struct screen *s, const char *step)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) parsed = g_variant_parse(G_VARIANT_TYPE_VARDICT, step, NULL, NULL, &error);

    if (!parsed)
        fail_msg("%s: %s", step, error->message);
    g_variant_unref(ask(s, "Do", g_variant_new("(@a{sv})", parsed)));
    while (strstr(step, "'drop'") && !g_dbus_connection_is_closed(s->link))
        pause_ms(POLL_MS);
    if (g_dbus_connection_is_closed(s->link)) /* ours ended with the others */
        link_to_dummy(s);
}

int dummy_count(struct screen *s, const char *method, const char *holding)
{
    g_autoptr(GVariant) reply = ask(s, "Calls", NULL);
    g_autofree const char **calls = NULL;
    int n = 0;

    g_variant_get(reply, "(^a&s)", &calls);
    for (const char **c = calls; *c; c++)
        n += g_str_has_prefix(*c, method) && strstr(*c, holding) != NULL;
    return n;
}

int dummy_called(struct screen *s, const char *method, const char *holding)
{
    long long until = now_ms() + SCREEN_WAIT_MS;
    int n;

    while ((n = dummy_count(s, method, holding)) == 0) {
        if (now_ms() > until) {
            g_autoptr(GVariant) calls = ask(s, "Calls", NULL);
            g_autofree char *text = g_variant_print(calls, FALSE);
            fail_msg("the window did not call %s with %s; only\n%s", method, holding, text);
        }
        pause_ms(20);
    }
    return n;
}
