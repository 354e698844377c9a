/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_keys.c - keys and pictures; see screen.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <X11/Xatom.h>
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
    (void)XSync(x, False); /* the server has passed it on */
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

/* There is no window manager: keys go to what is under the pointer, which is in the middle. */
static pid_t under_pointer(Display *x)
{
    Window root, child = None;
    int at[4];
    unsigned keys;
    Atom type, wanted = XInternAtom(x, "_NET_WM_PID", False);
    int format;
    unsigned long n = 0, after;
    unsigned char *value = NULL;
    long pid = 0;

    (void)XQueryPointer(x, DefaultRootWindow(x), &root, &child, &at[0], &at[1], &at[2], &at[3],
                        &keys);
    if (child != None &&
        XGetWindowProperty(x, child, wanted, 0, 1, False, XA_CARDINAL, &type, &format, &n, &after,
                           &value) == Success &&
        n == 1)
        pid = *(const long *)(const void *)value;
    if (value)
        (void)XFree(value);
    return (pid_t)pid;
}

/* A key that comes before the window is lost. */
static void wait_window(struct screen *s, Display *x)
{
    enum { LONG_MS = 3000 };
    long long until = now_ms() + LONG_MS;

    while (under_pointer(x) != s->window.pid && now_ms() < until)
        pause_ms(KEY_MS);
}

void screen_key(struct screen *s, const char *keys)
{
    g_auto(GStrv) part = g_strsplit(keys, "+", KEYS_MAX);
    KeySym syms[KEYS_MAX];
    int n = 0;
    Display *x = display();

    wait_window(s, x);
    for (char **p = part; *p; p++)
        syms[n++] = keysym(*p);
    chord(x, syms, n);
    (void)XCloseDisplay(x);
}

void screen_write(struct screen *s, const char *text)
{
    Display *x = display();

    wait_window(s, x);
    for (; *text; text++) {
        KeySym sym = *text == ' ' ? XK_space : (KeySym)(unsigned char)*text;
        bool upper = g_ascii_isupper(*text) || strchr("!@#$%^&*()_+{}|:\"<>?", *text);
        KeySym syms[2] = { XK_Shift_L, sym };
        chord(x, upper ? syms : syms + 1, upper ? 2 : 1);
    }
    (void)XCloseDisplay(x);
}

void screen_click(struct screen *s, int x, int y)
{
    enum { LEFT = 1 };
    Display *d = display();

    (void)s;
    (void)XTestFakeMotionEvent(d, -1, x, y, CurrentTime);
    (void)XSync(d, False);
    pause_ms(KEY_MS);
    (void)XTestFakeButtonEvent(d, LEFT, True, CurrentTime);
    (void)XTestFakeButtonEvent(d, LEFT, False, CurrentTime);
    (void)XSync(d, False);
    (void)XCloseDisplay(d);
}

static char *ask_clipboard(Display *x, Window w)
{
    Atom clipboard = XInternAtom(x, "CLIPBOARD", False),
         text = XInternAtom(x, "UTF8_STRING", False);
    Atom at = XInternAtom(x, "TRUCBAN", False), type;
    enum { LONGS = 1 << 16 };
    long long until = now_ms() + SCREEN_WAIT_MS;
    int format;
    unsigned long n = 0, after;
    unsigned char *value = NULL;
    XEvent e;

    (void)XConvertSelection(x, clipboard, text, at, w, CurrentTime);
    while (!XCheckTypedWindowEvent(x, w, SelectionNotify, &e) && now_ms() < until)
        pause_ms(KEY_MS);
    (void)XGetWindowProperty(x, w, at, 0, LONGS, True, AnyPropertyType, &type, &format, &n, &after,
                             &value);
    char *copied = g_strdup(value ? (const char *)value : "");
    if (value)
        (void)XFree(value);
    return copied;
}

char *screen_clipboard(struct screen *s)
{
    Display *x = display();
    Atom clipboard = XInternAtom(x, "CLIPBOARD", False);
    Window w = XCreateSimpleWindow(x, DefaultRootWindow(x), 0, 0, 1, 1, 0, 0, 0);
    long long until = now_ms() + SCREEN_WAIT_MS;

    (void)s;
    while (XGetSelectionOwner(x, clipboard) == None && now_ms() < until)
        pause_ms(KEY_MS);
    char *copied = ask_clipboard(x, w);
    (void)XCloseDisplay(x);
    return copied;
}

void screen_shot(struct screen *s, const char *name)
{
    g_autofree char *folder = g_build_filename(s->bin, "tests", "shots", NULL);
    g_autofree char *file = g_strconcat(folder, "/", name, ".png", NULL);
    char *argv[] = { (char[]){ "/usr/bin/import" }, (char[]){ "-window" }, (char[]){ "root" }, file,
                     NULL };

    if (!getenv("TRUCBAN_SHOTS") && strcmp(name, "failed") != 0)
        return;
    (void)g_mkdir_with_parents(folder, 0755);
    if (g_file_test(argv[0], G_FILE_TEST_IS_EXECUTABLE)) {
        struct run r = proc_run(argv, NULL, SHOT_S);
        run_done(&r); /* a picture that is missing fails no test */
    }
}
