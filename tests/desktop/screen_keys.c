/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_keys.c - keys and pictures; see screen.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>

#include "screen.h"

enum { SHOT_S = 30, KEY_MS = 15, KEYS_MAX = 4 };

static KeySym keysym(const char *name)
{
    static const struct {
        const char *name;
        KeySym sym;
    } known[] = { { "ctrl", XK_Control_L }, { "shift", XK_Shift_L }, { "alt", XK_Alt_L } };

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].sym;
    KeySym sym = XStringToKeysym(name);
    if (sym == NoSymbol)
        fail_msg("no key '%s'", name);
    return sym;
}

static void strike(Display *x, KeySym sym, Bool down)
{
    KeyCode code = XKeysymToKeycode(x, sym);

    if (!code || !XTestFakeKeyEvent(x, code, down, CurrentTime))
        fail_msg("the keyboard has no key %#lx", sym);
    (void)XFlush(x);
    pause_ms(KEY_MS);
}

/* All down in order, then up in the other. */
static void chord(Display *x, const KeySym *syms, int n)
{
    for (int i = 0; i < n; i++)
        strike(x, syms[i], True);
    for (int i = n; i-- > 0;)
        strike(x, syms[i], False);
}

static Display *display(void)
{
    Display *x = XOpenDisplay(NULL);
    assert_non_null(x);
    return x;
}

void screen_key(struct screen *s, const char *keys)
{
    g_auto(GStrv) part = g_strsplit(keys, "+", KEYS_MAX);
    KeySym syms[KEYS_MAX];
    int n = 0;
    Display *x = display();

    (void)s;
    for (char **p = part; *p; p++)
        syms[n++] = keysym(*p);
    chord(x, syms, n);
    (void)XCloseDisplay(x);
}

void screen_write(struct screen *s, const char *text)
{
    Display *x = display();

    (void)s;
    for (; *text; text++) {
        KeySym sym = *text == ' ' ? XK_space : (KeySym)(unsigned char)*text;
        bool upper = g_ascii_isupper(*text) || strchr("!@#$%^&*()_+{}|:\"<>?", *text);
        KeySym syms[2] = { XK_Shift_L, sym };
        chord(x, upper ? syms : syms + 1, upper ? 2 : 1);
    }
    (void)XCloseDisplay(x);
}

void screen_shot(struct screen *s, const char *name)
{
    g_autofree char *folder = g_build_filename(s->bin, "tests", "shots", NULL);
    g_autofree char *file = g_strconcat(folder, "/", name, ".png", NULL);
    char *argv[] = { (char[]){ "/usr/bin/import" }, (char[]){ "-window" }, (char[]){ "root" }, file,
                     NULL };

    (void)g_mkdir_with_parents(folder, 0755);
    if (g_file_test(argv[0], G_FILE_TEST_IS_EXECUTABLE)) {
        struct run r = proc_run(argv, NULL, SHOT_S);
        run_done(&r); /* a picture that is missing fails no test */
    }
}
