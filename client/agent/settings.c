/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings.c - see settings.h. */
#include "client/agent/settings.h"

#include <glib.h>

enum privacy settings_privacy(const char *home)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = g_build_filename(home, "agent.conf", NULL);

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return PRIVACY_ID;
    g_autofree char *value = g_key_file_get_string(file, "notifications", "privacy", NULL);
    if (g_strcmp0(value, "none") == 0)
        return PRIVACY_NONE;
    return g_strcmp0(value, "full") == 0 ? PRIVACY_FULL : PRIVACY_ID;
}
