/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - trucban-desktop: the window of the officer on watch. */
#include <stdio.h>
#include <stdlib.h>

#include "client/api/build.h"
#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/lang.h"

/* Language first: option help is translated already. */
static const char *given_lang(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (g_str_has_prefix(argv[i], "--lang="))
            return argv[i] + 7;
        if (g_strcmp0(argv[i], "--lang") == 0 && i + 1 < argc)
            return argv[i + 1];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *lang = given_lang(argc, argv);

    if (lang && g_strcmp0(lang, "vi") != 0 && g_strcmp0(lang, "en") != 0) {
        tba_lang_init(tba_lang_choose(NULL));
        (void)fprintf(stderr, _("trucban-desktop: --lang %s: there are vi and en\n"), lang);
        return 2;
    }
    g_autofree char *chosen = lang ? NULL : tbd_lang_chosen();
    tba_lang_init(tba_lang_choose(lang ? lang : chosen));
    return tbd_app_run(argc, argv);
}
