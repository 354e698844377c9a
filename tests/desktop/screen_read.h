/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_read.h - the tree of a window as a screen reader finds it, read at one go.
 *
 * A question to the window is a message there and back through two processes, about a millisecond; a night's window
 * has a thousand answers.  So the questions of a whole level of the tree are under way at once. */
#pragma once

#include <atspi/atspi.h>
#include <stdbool.h>

struct leaf {
    char *path, *name;
    char *text; /* what a text field holds; NULL: not one */
    AtspiRole role;
    bool shows, focusable, focused;
    unsigned first, n; /* its children, by their places: those of one parent stand together */
};

enum { SCREEN_ALL = 60 }; /* levels: more than a window has */

/* The leaves (struct leaf *) of so many levels from `top` on, itself the first; what does not show has no children.  What goes away while
 * it is asked counts as absent.  Free with g_ptr_array_unref. */
GPtrArray *screen_read(AtspiAccessible *top, int levels);

/* The object of a leaf of the same application; g_object_unref. */
AtspiAccessible *screen_object(AtspiAccessible *top, const struct leaf *leaf);
