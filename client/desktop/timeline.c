/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timeline.c - see timeline.h. */
#include "client/desktop/timeline.h"

#include <adwaita.h>
#include <math.h>
#include <pango/pangocairo.h>

#include "client/api/lang.h"
#include "client/desktop/lanes.h"
#include "client/desktop/names.h"
#include "client/text/when.h"

enum { LEAST_WIDTH = 200, USUAL_WIDTH = 600, REDRAW_S = 5 };

struct _TbdTimeline {
    GtkWidget parent;
    GVariant *full;
    struct lanes lanes;
    char *words;
    guint timer;
};

G_DEFINE_FINAL_TYPE(TbdTimeline, tbd_timeline, GTK_TYPE_WIDGET)

/* The widget's own font in pixels, as large as the text around it. */
static PangoFontDescription *font_of(GtkWidget *widget)
{
    PangoContext *context = gtk_widget_get_pango_context(widget);
    PangoFontDescription *font =
        pango_font_description_copy(pango_context_get_font_description(context));
    double dpi = pango_cairo_context_get_resolution(context);

    if (!pango_font_description_get_size_is_absolute(font)) {
        double points = (double)pango_font_description_get_size(font);
        pango_font_description_set_absolute_size(font, points * (dpi > 0 ? dpi : 96) / 72);
    }
    return font;
}

/* The font belongs to the caller. */
static struct paper_theme theme_of(GtkWidget *widget, PangoFontDescription *font)
{
    bool dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    struct paper_theme theme = dark ? paper_dark : paper_light;
    GdkRGBA ink = { 0 };

    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &ink);
    theme.ink = (struct paper_colour){ (double)ink.red, (double)ink.green, (double)ink.blue };
    theme.font = font;
    return theme;
}

static void tbd_timeline_measure(GtkWidget *widget, GtkOrientation orientation, int size,
                                 int *least, int *wish, int *least_baseline, int *wish_baseline)
{
    TbdTimeline *t = TBD_TIMELINE(widget);
    PangoFontDescription *font = font_of(widget);
    struct paper_theme theme = theme_of(widget, font);

    *least_baseline = *wish_baseline = -1;
    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        *least = LEAST_WIDTH;
        *wish = USUAL_WIDTH;
    } else {
        int width = size < 0 ? USUAL_WIDTH : MAX(size, LEAST_WIDTH);
        *least = *wish = (int)ceil(paper_height(&t->lanes.chart, &theme, width));
    }
    pango_font_description_free(font);
}

static void tbd_timeline_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TbdTimeline *t = TBD_TIMELINE(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    PangoFontDescription *font = font_of(widget);
    struct paper_theme theme = theme_of(widget, font);
    cairo_t *cr =
        gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));

    (void)paper_draw(cr, &t->lanes.chart, &theme, width);
    cairo_destroy(cr);
    pango_font_description_free(font);
}

static GtkSizeRequestMode tbd_timeline_mode(GtkWidget *widget)
{
    (void)widget;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void refill(TbdTimeline *t)
{
    g_autoptr(GString) words = g_string_new(NULL);

    lanes_done(&t->lanes);
    lanes_fill(&t->lanes, t->full, when_now());
    for (size_t i = 0; i < t->lanes.chart.n_lanes; i++)
        g_string_append_printf(words, "%s%s – %s", i ? "\n" : "", t->lanes.lane[i].label,
                               t->lanes.lane[i].outcome);
    if (g_strcmp0(words->str, t->words) != 0) {
        g_free(t->words);
        t->words = g_strdup(words->str);
        tbd_name(t, *t->words ? t->words : _("Nobody has been called yet"));
        gtk_widget_queue_resize(GTK_WIDGET(t));
    }
    gtk_widget_queue_draw(GTK_WIDGET(t));
}

static gboolean on_time(gpointer user)
{
    TbdTimeline *t = user;

    if (t->lanes.chart.now_ms && gtk_widget_get_mapped(GTK_WIDGET(t)))
        refill(t);
    return G_SOURCE_CONTINUE;
}

void tbd_timeline_set(TbdTimeline *t, GVariant *full)
{
    g_variant_ref(full);
    g_clear_pointer(&t->full, g_variant_unref);
    t->full = full;
    refill(t);
}

const char *tbd_timeline_words(TbdTimeline *t)
{
    return t->words ? t->words : "";
}

static void tbd_timeline_finalize(GObject *object)
{
    TbdTimeline *t = TBD_TIMELINE(object);

    g_clear_handle_id(&t->timer, g_source_remove);
    g_clear_pointer(&t->full, g_variant_unref);
    lanes_done(&t->lanes);
    g_free(t->words);
    G_OBJECT_CLASS(tbd_timeline_parent_class)->finalize(object);
}

static void tbd_timeline_class_init(TbdTimelineClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_timeline_finalize;
    widget->measure = tbd_timeline_measure;
    widget->snapshot = tbd_timeline_snapshot;
    widget->get_request_mode = tbd_timeline_mode;
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void tbd_timeline_init(TbdTimeline *t)
{
    gtk_widget_set_overflow(GTK_WIDGET(t), GTK_OVERFLOW_HIDDEN);
    t->timer = g_timeout_add_seconds(REDRAW_S, on_time, t);
}
