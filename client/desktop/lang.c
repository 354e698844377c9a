/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang.c - see lang.h.  In the user's configuration folder, for all profiles. */
#include "client/desktop/lang.h"

#include <glib.h>

static char *file_of(void)
{
    return g_build_filename(g_get_user_config_dir(), "trucban", "desktop.conf", NULL);
}

char *tbd_lang_chosen(void)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = file_of();

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        return NULL;
    return g_key_file_get_string(file, "window", "language", NULL);
}

void tbd_lang_choose(const char *lang)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = file_of(), *folder = g_path_get_dirname(path);
    g_autoptr(GError) error = NULL;

    (void)g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
    if (lang)
        g_key_file_set_string(file, "window", "language", lang);
    else
        (void)g_key_file_remove_key(file, "window", "language", NULL);
    (void)g_mkdir_with_parents(folder, 0700);
    if (!g_key_file_save_to_file(file, path, &error))
        g_warning("%s", error->message);
}
