/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile.c - see profile.h. */
#include "client/api/profile.h"

#include <stdlib.h>
#include <string.h>

#include "client/api/lang.h"

/* Resolves links of the part that exists; the rest may still have to be made. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);

    if (real) {
        char *copy = g_strdup(real);
        free(real);
        return copy;
    }
    g_autofree char *parent = g_path_get_dirname(path);
    if (strcmp(parent, path) == 0)
        return g_strdup(path);
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *above = resolve(parent);
    return g_build_filename(above, base, NULL);
}

char *tba_profile_home(const char *given)
{
    const char *env = g_getenv("TRUCBAN_HOME");
    g_autofree char *path = NULL;

    if (given && *given)
        path = g_canonicalize_filename(given, NULL);
    else if (env && *env)
        path = g_canonicalize_filename(env, NULL);
    else
        path = g_build_filename(g_get_user_data_dir(), "trucban", NULL);
    return resolve(path);
}

/* Enough to tell one user's profiles apart; the agent names its profile.  Gives. */
static char *hash_of(const char *home)
{
    char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, home, -1);

    hash[16] = '\0';
    return hash;
}

static char *runtime_socket(const char *home)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    if (!runtime || !*runtime)
        return NULL;
    g_autofree char *hash = hash_of(home);
    g_autofree char *name = g_strconcat(hash, ".sock", NULL);
    return g_build_filename(runtime, "trucban", name, NULL);
}

char *tba_profile_socket(const char *home, GError **error)
{
    g_autofree char *path = g_build_filename(home, "agent.sock", NULL);

    if (strlen(path) <= TBA_SOCKET_PATH_MAX)
        return g_steal_pointer(&path);
    g_autofree char *other = runtime_socket(home);
    if (other && strlen(other) <= TBA_SOCKET_PATH_MAX)
        return g_steal_pointer(&other);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                _("%s: %zu bytes, a socket's path can have %d; choose a shorter --home or set "
                  "XDG_RUNTIME_DIR"),
                other ? other : path, strlen(other ? other : path), (int)TBA_SOCKET_PATH_MAX);
    return NULL;
}

char *tba_profile_address(const char *socket_path)
{
    g_autofree char *escaped = g_dbus_address_escape_value(socket_path);
    return g_strconcat("unix:path=", escaped, NULL);
}

char *tba_profile_window(const char *home)
{
    g_autofree char *usual = g_build_filename(g_get_user_data_dir(), "trucban", NULL);
    g_autofree char *real = resolve(usual);

    if (strcmp(home, real) == 0)
        return g_strdup(TBA_WINDOW_NAME);
    g_autofree char *hash = hash_of(home);
    return g_strconcat(TBA_WINDOW_NAME ".p", hash, NULL);
}
