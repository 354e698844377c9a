/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - dummy_agent: every screen of a frontend without relay and keys; see dummy.h.
 *
 *     dummy_agent --home DIR --scene FILE [--ready-fd N]
 *
 * Says "ready" on stdout, or its socket's path on descriptor N, and serves until SIGTERM. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "client/api/profile.h"
#include "dummy.h"

static gboolean on_term(gpointer user)
{
    g_main_loop_quit(user);
    return G_SOURCE_CONTINUE;
}

/* As the real agent does: frontends that miss the socket must not start that one beside us. */
static bool take_home(struct dummy *d, GError **error)
{
    g_autofree char *path = g_build_filename(d->home, "agent.lock", NULL);

    (void)g_mkdir_with_parents(d->home, 0700);
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->lock_fd >= 0 && flock(d->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s: another agent has it", path);
    return false;
}

static bool start(struct dummy *d, const char *home, const char *scene, GError **error)
{
    d->home = tba_profile_home(home);
    d->socket = tba_profile_socket(d->home, error);
    d->pages = g_ptr_array_new_with_free_func(page_free);
    d->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    d->contacts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);
    d->calls = g_ptr_array_new_with_free_func(g_free);
    return d->socket && take_home(d, error) && scene_load(d, scene, error) && bus_open(d, error);
}

int main(int argc, char **argv)
{
    g_autofree char *home = NULL, *scene = NULL;
    int ready_fd = -1;
    const GOptionEntry entries[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, &home, "Profile directory", "DIR" },
        { "scene", 0, 0, G_OPTION_ARG_FILENAME, &scene, "What it shows", "FILE" },
        { "ready-fd", 0, 0, G_OPTION_ARG_INT, &ready_fd, "Where to say that it serves", "N" },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    static struct dummy d;

    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that dies takes it along */
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !home || !scene) {
        g_printerr("dummy_agent: %s\n", error ? error->message : "needs --home and --scene");
        return 2;
    }
    d.loop = g_main_loop_new(NULL, FALSE);
    if (!start(&d, home, scene, &error)) {
        g_printerr("dummy_agent: %s\n", error->message);
        return 1;
    }
    (void)g_unix_signal_add(SIGTERM, on_term, d.loop);
    (void)g_unix_signal_add(SIGINT, on_term, d.loop);
    script_start(&d);
    if (ready_fd >= 0)
        (void)dprintf(ready_fd, "%s\n", d.socket);
    else
        (void)dprintf(STDOUT_FILENO, "ready\n");
    g_main_loop_run(d.loop);
    bus_close(&d);
    return 0;
}
