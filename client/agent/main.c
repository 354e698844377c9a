/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - trucban-agent: options, hardening, detaching, and the main loop.
 *
 * Detached (without --foreground) the program returns when the agent answers on
 * its socket, with 0, or has failed, with 1 and the reason on stderr. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "client/agent/agent.h"
#include "client/agent/fdio.h"
#include "client/agent/launch.h"
#include "client/agent/log.h"
#include "client/agent/sandbox.h"
#include "client/api/build.h"
#include "client/api/lang.h"
#include "client/api/profile.h"

enum { PERTURB = 0xa5, LARGE = 64 * 1024, ARENAS = 2 };

struct options {
    char *home, *passphrase_file, *lang;
    gboolean foreground, version;
    int ready_fd;
};

/* Freed memory is overwritten; nobody reads our memory, alive or as a core file. */
static void harden(void)
{
    const struct rlimit none = { 0, 0 };

    (void)mallopt(M_PERTURB, PERTURB);
    /* An agent runs for months: what a large answer or a key derivation took goes back. */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE);
    (void)mallopt(M_TRIM_THRESHOLD, 2 * LARGE);
    (void)mallopt(M_ARENA_MAX, ARENAS);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* also for what it starts */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)umask(077);
}

static void options_done(struct options *o)
{
    g_free(o->home);
    g_free(o->passphrase_file);
    g_free(o->lang);
}

static bool parse(int argc, char **argv, struct options *o)
{
    const GOptionEntry entries[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, &o->home, N_("Profile directory"), N_("DIR") },
        { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &o->passphrase_file,
          N_("Unlock with the first line of this file"), N_("FILE") },
        { "foreground", 0, 0, G_OPTION_ARG_NONE, &o->foreground, N_("Do not detach; log to stderr"),
          NULL },
        { "ready-fd", 0, 0, G_OPTION_ARG_INT, &o->ready_fd,
          N_("Write the socket's path to this descriptor when ready"), N_("N") },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &o->lang, N_("Language: vi or en"), "vi|en" },
        { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, N_("Show the version"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, _("Keeps keys and connection, and raises the alarm."));
    g_option_context_add_main_entries(context, entries, "trucban");
    if (g_option_context_parse(context, &argc, &argv, &error) && argc == 1 &&
        (!o->lang || tba_lang_known(o->lang)))
        return true;
    if (!error && argc == 1) {
        (void)fprintf(stderr, "trucban-agent: ");
        (void)fprintf(stderr, _("--lang '%s': there are vi (Vietnamese) and en (English)"),
                      o->lang);
        (void)fputc('\n', stderr);
        return false;
    }
    (void)fprintf(stderr, "trucban-agent: %s\n", error ? error->message : _("too many arguments"));
    return false;
}

static void point_at_null(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; null >= 0 && fd < 3; fd++)
        (void)dup2(null, fd);
    if (null > 2)
        (void)close(null);
}

/* The parent's part: passes on how the start of the child went. */
static int wait_for_child(int from)
{
    char line[512];
    ssize_t n = read(from, line, sizeof line - 1);

    if (n > 0 && line[0] == '+')
        return 0;
    line[n > 0 ? n : 0] = '\0';
    (void)fprintf(stderr, "trucban-agent: %s\n", n > 0 ? line : _("ended while starting"));
    return 1;
}

/* Forks before any thread exists.  -1: we are the child, *ret_say is its pipe; else the exit status. */
static int detach(int *ret_say)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return 1;
    pid_t pid = fork();
    if (pid < 0)
        return 1;
    if (pid > 0) {
        (void)close(ends[1]);
        return wait_for_child(ends[0]);
    }
    (void)close(ends[0]);
    (void)setsid();
    if (chdir("/") != 0)
        return 1;
    *ret_say = ends[1];
    return -1;
}

static gboolean on_term(gpointer user)
{
    g_main_loop_quit(user);
    return G_SOURCE_CONTINUE;
}

static void unlock_from(struct agent *a, const char *path)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf pass = { 0 };
    struct tbc_status s;

    tbc_status(a->core, &s);
    if (s.stage != TBC_LOCKED)
        return; /* a new profile, or one without passphrase */
    tb_result r = path_read_passphrase(path, &pass);
    if (r == TB_OK)
        r = agent_unlock(a, tb_buf_view(&pass), "file");
    if (r != TB_OK)
        log_line(LOG_ERR, "%s: does not unlock the profile: %s", path, tb_strresult(r));
}

/* Tells whoever started us; `say` -1: in the foreground. */
static void announce(const struct agent *a, int say, int ready_fd)
{
    if (ready_fd >= 0) {
        (void)dprintf(ready_fd, "%s\n", a->socket);
        (void)close(ready_fd);
    }
    (void)sd_notify(0, "READY=1");
    if (say >= 0) {
        point_at_null();
        (void)!write(say, "+", 1); /* whoever waited is gone: nobody to tell */
        (void)close(say);
    }
}

/* While there is one thread only: what is confined afterwards would leave out the others. */
static void confine(const char *home, const struct options *o)
{
    g_autofree char *socket = tba_profile_socket(home, NULL);
    const struct sandbox_options s = { .home = home,
                                       .socket = socket,
                                       .passphrase_file = o->passphrase_file };

    if (socket) /* otherwise agent_new() says why there is none */
        (void)sandbox_enter(&s);
}

static int serve(const char *home, const struct options *o, int say)
{
    TB_CLEANUP(launch_freep) struct launch *launch = launch_new(home, say >= 0);
    confine(home, o);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autofree char *error = NULL;

    (void)g_unix_signal_add(SIGTERM, on_term, loop);
    (void)g_unix_signal_add(SIGINT, on_term, loop);
    struct agent *a = agent_new(home, loop, launch, &error);
    if (!a) {
        (void)dprintf(say >= 0 ? say : STDERR_FILENO, "%s%s%s",
                      say >= 0 ? "" : "trucban-agent: ", error, say >= 0 ? "" : "\n");
        return 1;
    }
    if (o->passphrase_file)
        unlock_from(a, o->passphrase_file);
    announce(a, say, o->ready_fd);
    log_line(LOG_NOTICE, "version %s serves %s", TB_VERSION, home);
    g_main_loop_run(loop);
    if (a->lost) /* what stands at our paths now is somebody else's: leave it alone */
        _exit(1);
    (void)sd_notify(0, "STOPPING=1");
    agent_free(a);
    return 0;
}

int main(int argc, char **argv)
{
    TB_CLEANUP(options_done) struct options o = { .ready_fd = -1 };
    int say = -1;

    harden();
    tba_lang_init(tba_lang_choose(NULL));
    if (!parse(argc, argv, &o))
        return 2;
    if (o.lang)
        tba_lang_init(tba_lang_choose(o.lang));
    if (o.version) {
        (void)printf("trucban-agent %s\n", TB_VERSION);
        return 0;
    }
    if (sodium_init() < 0)
        return 1;
    g_autofree char *home = tba_profile_home(o.home);
    if (o.passphrase_file) { /* a detached agent stands in another folder */
        char *file = g_canonicalize_filename(o.passphrase_file, NULL);
        g_free(o.passphrase_file);
        o.passphrase_file = file;
    }
    if (!o.foreground) {
        int status = detach(&say);
        if (status >= 0)
            return status;
    }
    log_init(!o.foreground);
    return serve(home, &o, say);
}
