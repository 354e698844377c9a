/* SPDX-License-Identifier: GPL-3.0-or-later */
/* late.c - see late.h. */
#include "client/desktop/late.h"

#include <stdbool.h>

#include "client/desktop/names.h"
#include "client/desktop/row.h"

struct _TbdLate {
    GtkWidget parent;
    GtkWidget *row; /* NULL: it was never seen */
    TbdItem *item;
    gboolean shown; /* the row shows `item` */
    gboolean listens;
};

G_DEFINE_FINAL_TYPE(TbdLate, tbd_late, GTK_TYPE_WIDGET)

/* Of the row that was laid out last. */
static int usual_height = 72, usual_width = 0;

static void show(TbdLate *l)
{
    if (l->shown || !l->item)
        return;
    if (!l->row) {
        l->row = tbd_row_new();
        gtk_widget_set_parent(l->row, GTK_WIDGET(l));
    }
    l->shown = TRUE;
    tbd_row_set_item(TBD_ROW(l->row), l->item);
    gtk_widget_set_child_visible(l->row, TRUE);
}

/* What is shown first while the list is laid out is drawn in this frame; one that is higher than usual gets its
 * height in the next, as its labels asked for. */
static void place(TbdLate *l, int width, int height)
{
    int least = 0;

    gtk_widget_measure(l->row, GTK_ORIENTATION_HORIZONTAL, -1, &usual_width, NULL, NULL, NULL);
    gtk_widget_measure(l->row, GTK_ORIENTATION_VERTICAL, width, &least, NULL, NULL, NULL);
    usual_height = least;
    gtk_widget_allocate(l->row, MAX(width, usual_width), MAX(height, least), -1, NULL);
}

static void hide(TbdLate *l)
{
    GtkWidget *outside = gtk_widget_get_parent(GTK_WIDGET(l));

    if (!l->shown)
        return;
    l->shown = FALSE;
    tbd_row_set_item(TBD_ROW(l->row), NULL);
    gtk_widget_set_child_visible(l->row, FALSE);
    if (outside)
        tbd_name(outside, ""); /* which was another page's */
}

/* Who has the focus is asked for its name, also where it is not on the screen yet. */
static void on_focus(TbdLate *l)
{
    GtkWidget *outside = gtk_widget_get_parent(GTK_WIDGET(l));

    if (outside && gtk_widget_has_focus(outside))
        show(l);
}

void tbd_late_set_item(TbdLate *l, TbdItem *item)
{
    GtkWidget *outside = gtk_widget_get_parent(GTK_WIDGET(l));

    if (!g_set_object(&l->item, item))
        return;
    hide(l);
    gtk_widget_queue_resize(GTK_WIDGET(l));
    if (outside && !l->listens)
        g_signal_connect_object(outside, "state-flags-changed", G_CALLBACK(on_focus), l,
                                G_CONNECT_SWAPPED);
    l->listens = l->listens || outside;
    on_focus(l);
}

TbdItem *tbd_late_item(TbdLate *l)
{
    return l->item;
}

static void tbd_late_map(GtkWidget *widget)
{
    TbdLate *l = TBD_LATE(widget);
    bool fresh = l->item && !l->shown;

    show(l);
    GTK_WIDGET_CLASS(tbd_late_parent_class)->map(widget);
    if (fresh && gtk_widget_get_width(widget) > 0)
        place(l, gtk_widget_get_width(widget), gtk_widget_get_height(widget));
}

static GtkSizeRequestMode tbd_late_mode(GtkWidget *widget)
{
    (void)widget;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* GTK's own form of it. */
#define MEASURE_FORM(name)                                                                \
    static void name(GtkWidget *w, GtkOrientation o, int for_size, int *least, int *wish, \
                     int *least_baseline, int *wish_baseline)                             \
    {                                                                                     \
        TbdLate *l = TBD_LATE(w);                                                         \
        *least = *wish = o == GTK_ORIENTATION_VERTICAL ? usual_height : usual_width;      \
        *least_baseline = *wish_baseline = -1;                                            \
        if (l->shown)                                                                     \
            gtk_widget_measure(l->row, o, for_size, least, wish, NULL, NULL);             \
    }
MEASURE_FORM(tbd_late_measure) /* NOLINT(readability-function-size): see above */

static void tbd_late_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TbdLate *l = TBD_LATE(widget);

    (void)baseline;
    if (gtk_widget_get_mapped(widget))
        show(l);
    if (l->shown)
        place(l, width, height);
}

static void tbd_late_dispose(GObject *object)
{
    TbdLate *l = TBD_LATE(object);

    tbd_late_set_item(l, NULL);
    g_clear_pointer(&l->row, gtk_widget_unparent);
    G_OBJECT_CLASS(tbd_late_parent_class)->dispose(object);
}

static void tbd_late_class_init(TbdLateClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_late_dispose;
    widget->map = tbd_late_map;
    widget->get_request_mode = tbd_late_mode;
    widget->measure = tbd_late_measure;
    widget->size_allocate = tbd_late_allocate;
}

static void tbd_late_init(TbdLate *l)
{
    (void)l;
}

GtkWidget *tbd_late_new(void)
{
    return g_object_new(TBD_TYPE_LATE, NULL);
}
