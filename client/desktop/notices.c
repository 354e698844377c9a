/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notices.c - see notices.h. */
#include "client/desktop/notices.h"

#include <stdbool.h>

enum {
    READ_S = 8, /* at night, by somebody who was asleep */
    LINES = 3,
};

struct line {
    char *text;
    gint64 until; /* in the clock that nobody sets */
};

struct _TbdNotices {
    GObject parent;
    GArray *lines; /* of struct line, oldest first */
};

G_DEFINE_FINAL_TYPE(TbdNotices, tbd_notices, G_TYPE_OBJECT)

static guint changed_signal;

static void line_clear(gpointer data)
{
    g_free(((struct line *)data)->text);
}

static const struct line *first(TbdNotices *n)
{
    return n->lines->len > 0 ? &g_array_index(n->lines, struct line, 0) : NULL;
}

static gboolean on_time(gpointer user)
{
    TbdNotices *n = user;
    guint before = n->lines->len;

    while (first(n) && first(n)->until <= g_get_monotonic_time())
        (void)g_array_remove_index(n->lines, 0);
    if (n->lines->len != before)
        g_signal_emit(n, changed_signal, 0);
    return G_SOURCE_REMOVE;
}

void tbd_notices_say(TbdNotices *n, const char *text)
{
    struct line line = { .text = g_strdup(text),
                         .until = g_get_monotonic_time() + READ_S * G_USEC_PER_SEC };

    if (n->lines->len == LINES)
        (void)g_array_remove_index(n->lines, 0);
    (void)g_array_append_val(n->lines, line);
    (void)g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, READ_S + 1, on_time, g_object_ref(n),
                                     g_object_unref);
    g_signal_emit(n, changed_signal, 0);
}

guint tbd_notices_count(TbdNotices *n)
{
    return n->lines->len;
}

const char *tbd_notices_line(TbdNotices *n, guint i)
{
    return g_array_index(n->lines, struct line, i).text;
}

static void tbd_notices_finalize(GObject *object)
{
    g_array_unref(TBD_NOTICES(object)->lines);
    G_OBJECT_CLASS(tbd_notices_parent_class)->finalize(object);
}

static void tbd_notices_class_init(TbdNoticesClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_notices_finalize;
    changed_signal = g_signal_new("changed", TBD_TYPE_NOTICES, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void tbd_notices_init(TbdNotices *n)
{
    n->lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    g_array_set_clear_func(n->lines, line_clear);
}

TbdNotices *tbd_notices_new(void)
{
    return g_object_new(TBD_TYPE_NOTICES, NULL);
}
