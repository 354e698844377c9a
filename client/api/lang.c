/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang.c - see lang.h. */
#include "client/api/lang.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "client/api/build.h"

const char *tba_lang_choose(const char *given)
{
    static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };
    const char *value = given;

    for (size_t i = 0; i < G_N_ELEMENTS(names) && (!value || !*value); i++)
        value = g_getenv(names[i]);
    if (!value || g_ascii_strncasecmp(value, "en", 2) != 0)
        return "vi";
    return g_ascii_isalpha(value[2]) ? "vi" : "en"; /* "eno" is another language */
}

bool tba_lang_known(const char *given)
{
    bool ours =
        g_ascii_strncasecmp(given, "vi", 2) == 0 || g_ascii_strncasecmp(given, "en", 2) == 0;

    return ours && strchr("_.@-", given[2]); /* the string's end too */
}

static char *program_dir(void)
{
    g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
    return exe ? g_path_get_dirname(exe) : NULL;
}

/* dir/name, if `probe` exists below it.  Gives. */
static char *existing(const char *dir, const char *name, const char *probe)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *full = g_build_filename(path, probe, NULL);
    return g_file_test(full, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

static char *locale_dir(void)
{
    static const char *const places[] = { "locale", "../locale", "../share/locale" };
    g_autofree char *dir = program_dir();

    for (size_t i = 0; dir && i < G_N_ELEMENTS(places); i++) {
        char *found = existing(dir, places[i], "vi/LC_MESSAGES/trucban.mo");
        if (found)
            return found;
    }
    return g_strdup(TB_LOCALEDIR);
}

char *tba_data_file(const char *name)
{
    static const char *const places[] = { ".", "..", "../share/trucban" };
    g_autofree char *dir = program_dir();

    for (size_t i = 0; dir && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *found = existing(dir, places[i], name);
        if (found)
            return g_build_filename(found, name, NULL);
    }
    g_autofree char *installed = existing(TB_DATADIR, "trucban", name);
    return installed ? g_build_filename(installed, name, NULL) : NULL;
}

void tba_lang_init(const char *lang)
{
    g_autofree char *dir = locale_dir();

    (void)setlocale(LC_ALL, ""); /* fails where the locale is not installed: then it stays "C" */
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    /* gettext asks LANGUAGE only if the locale of messages is not "C". */
    (void)setlocale(LC_MESSAGES, "C.UTF-8");
    g_setenv("LANGUAGE", lang, TRUE);
    (void)bindtextdomain("trucban", dir);
    (void)bind_textdomain_codeset("trucban", "UTF-8");
    (void)textdomain("trucban");
}
