/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wrap.c - see wrap.h. */
#include "client/desktop/wrap.h"

struct _TbdWrap {
    GtkLayoutManager parent;
    guint spacing;
};

enum { PROP_SPACING = 1 };

G_DEFINE_FINAL_TYPE(TbdWrap, tbd_wrap, GTK_TYPE_LAYOUT_MANAGER)

static GtkSizeRequestMode tbd_wrap_mode(GtkLayoutManager *manager, GtkWidget *widget)
{
    (void)manager, (void)widget;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

enum { LINE_GAP_MAX = 6 };

static int line_gap(const TbdWrap *l)
{
    return MIN((int)l->spacing, LINE_GAP_MAX);
}

/* The width that a child gets in a line of `width`. */
static int width_of(GtkWidget *child, int width)
{
    int least = 0, wish = 0;

    gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &least, &wish, NULL, NULL);
    return MAX(least, MIN(wish, width));
}

static int height_of(GtkWidget *child, int width)
{
    int wish = 0;

    gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, width, NULL, &wish, NULL, NULL);
    return wish;
}

/* The children of one line: from `first` up to and without the one returned. */
static GtkWidget *line_end(TbdWrap *l, GtkWidget *first, int width, int *ret_height)
{
    GtkWidget *child = first;
    int used = 0, height = 0;

    for (; child; child = gtk_widget_get_next_sibling(child)) {
        if (!gtk_widget_should_layout(child))
            continue;
        int w = width_of(child, width);
        if (used > 0 && used + (int)l->spacing + w > width)
            break;
        used += w + (used > 0 ? (int)l->spacing : 0);
        height = MAX(height, height_of(child, w));
    }
    *ret_height = height;
    return child;
}

static void measure_across(TbdWrap *l, GtkWidget *widget, int *least, int *wish)
{
    for (GtkWidget *c = gtk_widget_get_first_child(widget); c; c = gtk_widget_get_next_sibling(c)) {
        int child_least = 0, child_wish = 0;
        if (!gtk_widget_should_layout(c))
            continue;
        gtk_widget_measure(c, GTK_ORIENTATION_HORIZONTAL, -1, &child_least, &child_wish, NULL,
                           NULL);
        *least = MAX(*least, child_least);
        *wish += child_wish + (*wish > 0 ? (int)l->spacing : 0);
    }
}

struct size {
    int least, wish;
};

static struct size measured(TbdWrap *l, GtkWidget *widget, GtkOrientation orientation, int width)
{
    GtkWidget *c = gtk_widget_get_first_child(widget);
    int across_least = 0, across_wish = 0, height = 0;

    measure_across(l, widget, &across_least, &across_wish);
    if (orientation == GTK_ORIENTATION_HORIZONTAL)
        return (struct size){ across_least, across_wish };
    while (c) {
        int line = 0;
        c = line_end(l, c, width < 0 ? across_wish : width, &line);
        height += line + (height > 0 && line > 0 ? line_gap(l) : 0);
    }
    return (struct size){ height, height };
}

/* GTK's own form of it. */
#define MEASURE_FORM(name)                                                                       \
    static void name(GtkLayoutManager *m, GtkWidget *w, GtkOrientation o, int width, int *least, \
                     int *wish, int *least_baseline, int *wish_baseline)                         \
    {                                                                                            \
        struct size s = measured(TBD_WRAP(m), w, o, width);                                      \
        *least = s.least;                                                                        \
        *wish = s.wish;                                                                          \
        *least_baseline = *wish_baseline = -1;                                                   \
    }
MEASURE_FORM(tbd_wrap_measure) /* NOLINT(readability-function-size): see above */

static void tbd_wrap_allocate(GtkLayoutManager *manager, GtkWidget *widget, int width, int height,
                              int baseline)
{
    TbdWrap *l = TBD_WRAP(manager);
    bool mirrored = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;
    GtkWidget *c = gtk_widget_get_first_child(widget);
    int y = 0;

    (void)height, (void)baseline;
    while (c) {
        int line = 0, x = 0;
        GtkWidget *end = line_end(l, c, width, &line);
        for (; c != end; c = gtk_widget_get_next_sibling(c)) {
            if (!gtk_widget_should_layout(c))
                continue;
            int w = width_of(c, width);
            gtk_widget_size_allocate(
                c, &(GtkAllocation){ mirrored ? width - x - w : x, y, w, line }, -1);
            x += w + (int)l->spacing;
        }
        y += line + (line > 0 ? line_gap(l) : 0);
    }
}

static void tbd_wrap_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    if (id == PROP_SPACING)
        TBD_WRAP(object)->spacing = g_value_get_uint(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void tbd_wrap_class_init(TbdWrapClass *class)
{
    GtkLayoutManagerClass *layout = GTK_LAYOUT_MANAGER_CLASS(class);

    layout->get_request_mode = tbd_wrap_mode;
    layout->measure = tbd_wrap_measure;
    layout->allocate = tbd_wrap_allocate;
    G_OBJECT_CLASS(class)->set_property = tbd_wrap_set_property;
    g_object_class_install_property(
        G_OBJECT_CLASS(class), PROP_SPACING,
        g_param_spec_uint("spacing", NULL, NULL, 0, 100, 6,
                          G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void tbd_wrap_init(TbdWrap *l)
{
    (void)l;
}

GtkLayoutManager *tbd_wrap_new(guint spacing)
{
    return g_object_new(TBD_TYPE_WRAP, "spacing", spacing, NULL);
}

void tbd_box_clear(GtkWidget *box)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(box)))
        gtk_box_remove(GTK_BOX(box), child);
}
