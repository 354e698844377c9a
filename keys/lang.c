/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang.c - see lang.h.  Works on a machine without installed locales. */
#include "keys/lang.h"

#include <ctype.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "keys/say.h"

/* The catalogues beside the program in a build folder, else the installed ones. */
static const char *catalogues(void)
{
    static char path[PATH_MAX];
    static const char beside[] = "/locale";
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof beside);

    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n <= 0)
        return TB_LOCALE_DIR;
    (void)snprintf(path + n - 1, sizeof beside, "%s", beside);
    return access(path, F_OK) == 0 ? path : TB_LOCALE_DIR;
}

/* "eno" is another language than "en". */
static bool is_english(const char *value)
{
    return strncasecmp(value, "en", 2) == 0 && !isalpha((unsigned char)value[2]);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char *of_environment(void)
{
    static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };
    const char *value = "";

    for (size_t i = 0; i < sizeof names / sizeof names[0] && value[0] == '\0'; i++)
        value = or_empty(getenv(names[i]));
    return is_english(value) ? "en" : "vi";
}

static void speak(const char *lang)
{
    const char *locales = getenv("TRUCBAN_LOCALE_DIR");

    (void)setlocale(LC_ALL, "");
    (void)setlocale(LC_MESSAGES, "C.UTF-8"); /* gettext asks LANGUAGE only if this is not "C" */
    (void)setenv("LANGUAGE", lang, 1);
    (void)bindtextdomain("trucban", locales != NULL ? locales : catalogues());
    (void)bind_textdomain_codeset("trucban", "UTF-8");
}

/* The value at argv[i], NULL if this is not the option; *ret_words is how many words it takes. */
static const char *value_at(int argc, char **argv, int i, int *ret_words)
{
    *ret_words = 1;
    if (strncmp(argv[i], "--lang=", 7) == 0)
        return argv[i] + 7;
    if (strcmp(argv[i], "--lang") != 0)
        return NULL;
    if (i + 1 == argc)
        return "";
    *ret_words = 2;
    return argv[i + 1];
}

/* The last one counts. */
static const char *take_out(int *argc, char **argv)
{
    const char *given = NULL;
    int kept = 0, words = 1;

    for (int i = 0; i < *argc; i += words) {
        const char *value = value_at(*argc, argv, i, &words);
        if (value != NULL) {
            given = value;
            continue;
        }
        bool rest = strcmp(argv[i], "--") == 0;
        argv[kept++] = argv[i];
        while (rest && ++i < *argc)
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    *argc = kept;
    return given;
}

tb_result lang_choose(int *argc, char **argv)
{
    const char *given = take_out(argc, argv);

    if (given == NULL) {
        speak(of_environment());
        return TB_OK;
    }
    bool known = strcmp(given, "vi") == 0 || strcmp(given, "en") == 0;
    speak(known ? given : of_environment());
    return known ? TB_OK
                 : say_fail(TB_E_RANGE,
                            _("--lang '%s': there are vi (Vietnamese) and en (English)"), given);
}
