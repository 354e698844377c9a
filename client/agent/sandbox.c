/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.c - which files (sandbox_calls.c: which calls); see sandbox.h.
 *
 * What the libraries read was seen with strace, on desktops with and without a sound server, a bus and DNS.
 * Nothing of other programs' settings is writable: a sound server's or a shell's start file that we could
 * write would be a program that we could start. */
#include "client/agent/sandbox.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <libintl.h>
#include <string.h>

#include "client/agent/log.h"
#include "client/agent/sandbox_calls.h"
#include "client/api/lang.h"
#include "confine/calls.h"
#include "confine/files.h"

enum {
    OURS = CONFINE_KEEP | CONFINE_REFER |
           (int)(LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                 LANDLOCK_ACCESS_FS_MAKE_SOCK),
    DEVICE = CONFINE_WRITE | CONFINE_IOCTL_DEV,
};

/* Of the machine.  Not /dev: other terminals of the same person are there. */
static const struct confine_path machine[] = {
    { "/usr", CONFINE_READ, true },
    { "/lib", CONFINE_READ, true },
    { "/lib32", CONFINE_READ, true },
    { "/lib64", CONFINE_READ, true },
    { "/etc", CONFINE_READ, true },
    { "/proc", CONFINE_READ, true },
    { "/sys/devices/system/cpu", CONFINE_READ, true },
    { "/var/lib/dbus", CONFINE_READ, true }, /* the machine's id */
    /* where /etc/resolv.conf may lead, also when the network changes */
    { "/run/systemd", CONFINE_READ, true },
    { "/run/resolvconf", CONFINE_READ, true },
    { "/run/NetworkManager", CONFINE_READ, true },
    { "/run/connman", CONFINE_READ, true },
    { "/dev/null", DEVICE, true },
    { "/dev/zero", CONFINE_READ, true },
    { "/dev/random", CONFINE_READ, true },
    { "/dev/urandom", CONFINE_READ, true },
    /* sound without a server, and memory shared with one */
    { "/dev/snd", DEVICE, true },
    { "/dev/shm", CONFINE_KEEP, true },
    { "/tmp", CONFINE_LIST, true }, /* libpulse opens its folder only to look whose it is */
};

static void add(GArray *paths, uint64_t rights, char *path)
{
    const struct confine_path p = { path, rights, true };

    if (path)
        g_array_append_val(paths, p);
}

static char *below_home(const char *name)
{
    return g_build_filename(g_get_home_dir(), name, NULL);
}

static void add_folder_of(GArray *paths, uint64_t rights, const char *file)
{
    if (file)
        add(paths, rights, g_path_get_dirname(file));
}

/* The person's settings of sound, and what says which screen (and so which sound server) is meant. */
static void add_settings(GArray *paths)
{
    static const char *const names[] = { "PULSE_COOKIE", "PULSE_CLIENTCONFIG", "XAUTHORITY" };
    static const char *const files[] = { ".pulse", ".pulse-cookie", ".asoundrc", ".Xauthority" };
    const char *config = g_get_user_config_dir();

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add(paths, CONFINE_READ, g_strdup(g_getenv(names[i])));
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        add(paths, CONFINE_READ, below_home(files[i]));
    add(paths, CONFINE_LIST, g_strdup(config));
    add(paths, CONFINE_READ, g_build_filename(config, "pulse", NULL));
    add(paths, CONFINE_READ, g_build_filename(config, "alsa", NULL));
    add(paths, CONFINE_LIST, g_strdup(g_get_user_runtime_dir()));
    add(paths, CONFINE_LIST, g_strdup(g_getenv("PULSE_RUNTIME_PATH")));
}

static void add_ours(GArray *paths, const struct sandbox_options *o)
{
    g_autofree char *sound = tba_data_file("sounds/alarm.wav");

    add(paths, OURS, g_strdup(o->home));
    add_folder_of(paths, OURS, o->socket);
    add_folder_of(paths, CONFINE_READ, sound);
    add(paths, CONFINE_READ, g_strdup(bindtextdomain("trucban", NULL)));
    add(paths, CONFINE_READ, g_strdup(o->passphrase_file));
}

/* Buses, the service manager and the X server, which libpulse asks for the sound server, may have sockets
 * without a file. */
static bool reaches_abstract(void)
{
    static const char *const names[] = { "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
                                         "NOTIFY_SOCKET" };
    const char *display = g_getenv("DISPLAY");

    if (display && *display)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value && (value[0] == '@' || strstr(value, "abstract=")))
            return true;
    }
    return false;
}

/* What cannot be made: agent_new() says why, in words for people.  libpulse makes its folder itself where it may. */
static void make_folders(const struct sandbox_options *o)
{
    g_autofree char *folder = g_path_get_dirname(o->socket);
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *pulse = runtime ? g_build_filename(runtime, "pulse", NULL) : NULL;

    (void)g_mkdir_with_parents(o->home, 0700);
    (void)g_mkdir_with_parents(folder, 0700);
    if (pulse)
        (void)g_mkdir(pulse, 0700);
}

static int keep_to_our_files(const struct sandbox_options *o)
{
    g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(struct confine_path));
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct confine_path));

    add_ours(own, o);
    add_settings(own);
    g_array_append_vals(all, machine, G_N_ELEMENTS(machine));
    g_array_append_vals(all, own->data, own->len);
    const struct confine_files files = {
        .path = (const struct confine_path *)(void *)all->data,
        .n = all->len,
        .no_net = CONFINE_TCP_BIND,
        .no_reach = CONFINE_SIGNAL | (reaches_abstract() ? 0 : CONFINE_ABSTRACT),
    };
    int version = confine_files(&files);
    for (guint i = 0; i < own->len; i++)
        g_free((char *)(uintptr_t)g_array_index(own, struct confine_path, i).path);
    return version;
}

struct sandbox_state sandbox_enter(const struct sandbox_options *o)
{
    struct sandbox_state s = { 0 };

    make_folders(o);
    errno = 0;
    s.landlock = keep_to_our_files(o);
    if (s.landlock == 0)
        log_line(LOG_WARNING, "sandbox landlock=off error=%d effect=files-are-not-confined", errno);
    s.seccomp = sandbox_calls();
    if (!s.seccomp)
        log_line(LOG_WARNING, "sandbox seccomp=off effect=system-calls-are-not-confined");
    if (s.landlock != 0 || s.seccomp)
        log_line(LOG_NOTICE, "sandbox landlock=%d seccomp=%s%s", s.landlock,
                 s.seccomp ? "on" : "off", CONFINE_SANITIZED ? " sanitizers=let-through" : "");
    return s;
}
