/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings.c - see settings.h. */
#include "client/agent/settings.h"

#include <string.h>

#include <glib.h>

static const char *const names[] = { "none", "id", "full" };

const char *privacy_name(enum privacy p)
{
    return names[p];
}

bool privacy_of(const char *name, enum privacy *ret)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret = (enum privacy)i;
        return true;
    }
    return false;
}

static char *file_of(const char *home)
{
    return g_build_filename(home, "agent.conf", NULL);
}

enum privacy settings_privacy(const char *home)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = file_of(home);
    enum privacy p = PRIVACY_ID;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return PRIVACY_ID;
    g_autofree char *value = g_key_file_get_string(file, "notifications", "privacy", NULL);
    return value && privacy_of(value, &p) ? p : PRIVACY_ID;
}

bool settings_set_privacy(const char *home, enum privacy p, char **ret_error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = file_of(home);
    g_autoptr(GError) error = NULL;

    /* A file that cannot be understood counts as none; the rest of it could not be kept anyway. */
    (void)g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
    g_key_file_set_string(file, "notifications", "privacy", privacy_name(p));
    if (g_key_file_save_to_file(file, path, &error))
        return true;
    *ret_error = g_strdup(error->message);
    return false;
}
