/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen.h - a screen, a session bus and a window on it, used as a person with a screen reader would.
 *
 * A test program opens one desk (Xvfb, session bus, accessibility bus) for all its
 * tests; each test shows a scene (dummy agent and window) and clears it away.  Nodes
 * are found by role and name only: what a test finds, a blind person finds.  Waiting
 * has a time limit that fails the test with the tree that was there instead.
 * Every process is a child of the test or becomes one (subreaper), and is ended by
 * its id, also after a failure. */
#pragma once

#include <atspi/atspi.h>
#include <gio/gio.h>
#include <stdbool.h>

#include "tb_cmocka.h"
#include "world_proc.h"

/* The limits only end a test that has failed; on a busy machine a window takes ten times as long as on an idle one. */
enum { SCREEN_PATH = 300, SCREEN_WAIT_MS = 60000, SCREEN_WIDTH = 1000, SCREEN_HEIGHT = 760 };

typedef AtspiAccessible node; /* owned by the screen until the test is over */

struct screen {
    char dir[SCREEN_PATH], home[SCREEN_PATH + 20], bin[SCREEN_PATH], source[SCREEN_PATH];
    char socket[SCREEN_PATH + 40];
    struct proc xvfb, bus, a11y, agent, window;
    GDBusConnection *link; /* to the dummy agent; NULL without one */
    GPtrArray *nodes;
};

/* Fixtures of a group and of a test: cmocka_run_group_tests(tests, screen_open, screen_close), and
 * cmocka_unit_test_teardown(test, screen_clear). */
int screen_open(void **state);
int screen_close(void **state);
int screen_clear(void **state);

/* Starts a dummy agent with tests/desktop/scenes/NAME.scene, and the window in `lang` ("en", "vi"); waits
 * until the window is there. */
void screen_show(struct screen *s, const char *scene, const char *lang);
/* The two halves of it.  `home` NULL: the dummy's; `lang` NULL: as chosen. */
void screen_start_dummy(struct screen *s, const char *scene);
void screen_start_window(struct screen *s, const char *home, const char *lang);
void screen_end_window(struct screen *s);
void screen_end_dummy(struct screen *s);

/* ---- the dummy agent: a step of tests/tools/dummy_agent/script.c as GVariant text */
void dummy_do(struct screen *s, const char *step);
/* Waits until a call that holds both texts has arrived, e.g. "Answer", "'accept'"; gives its number of them. */
int dummy_called(struct screen *s, const char *method, const char *holding);
int dummy_count(struct screen *s, const char *method, const char *holding); /* without waiting */

/* ---- screen_tree.c.  `name` is a part of the accessible name, NULL: any.  Only what shows is found. */
node *screen_find(struct screen *s, AtspiRole role, const char *name); /* waits, or fails */
node *screen_seek(struct screen *s, AtspiRole role, const char *name); /* NULL: not there */
node *screen_find_in(struct screen *s, node *top, AtspiRole role, const char *name);
void screen_gone(struct screen *s, AtspiRole role, const char *name); /* waits */
node *screen_text(struct screen *s, const char *text); /* any node whose name or text holds this */
void screen_no_text(struct screen *s, const char *text);
char *screen_dump(struct screen *s); /* the tree in lines; to be g_free'd */
char *node_name(node *n);            /* to be g_free'd */
bool node_is(node *n, AtspiStateType state);

void node_press(struct screen *s, node *n); /* as Space or a click would */
void node_focus(struct screen *s, node *n);
void node_reach(struct screen *s, node *n); /* by Tab and Down, as without a mouse */
void node_type(struct screen *s, node *n, const char *text); /* replaces what is in a field */
AtspiRect node_place(node *n);                               /* in the window; all 0: nowhere */
void node_wait_state(node *n, AtspiStateType state, bool set);

/* Counts the focusable nodes that show, and fails for those whose name is empty or a class's. */
int screen_names_are_true(struct screen *s, const char *where);

/* ---- screen_keys.c */
void screen_key(struct screen *s, const char *keys);   /* "ctrl+Return", "Tab", "alt+1" */
void screen_click(struct screen *s, int x, int y);     /* the left button, there */
void screen_write(struct screen *s, const char *text); /* ASCII, key by key */
/* Into shots/NAME.png of the build folder; only with TRUCBAN_SHOTS in the environment, as they take time. */
/* What was copied; waits until something is.  To be g_free'd. */
char *screen_clipboard(struct screen *s);
void screen_shot(struct screen *s, const char *name);
