/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timeline.c - see timeline.h. */
#include "client/desktop/timeline.h"

#include <math.h>

#include "client/api/lang.h"
#include "client/desktop/lanes.h"
#include "client/desktop/names.h"
#include "client/text/when.h"

enum { LEAST_WIDTH = 200, USUAL_WIDTH = 600, USUAL_DPI = 96, REDRAW_S = 5 };

struct _TbdTimeline {
    AdwBin parent;
    GtkDrawingArea *area;
    GVariant *full;
    struct lanes lanes;
    char *words;
    guint timer, idle;
};

G_DEFINE_FINAL_TYPE(TbdTimeline, tbd_timeline, ADW_TYPE_BIN)

/* The widget's own font in pixels, as large as the text around it. */
static PangoFontDescription *font_of(GtkWidget *widget)
{
    PangoContext *context = gtk_widget_get_pango_context(widget);
    PangoFontDescription *font =
        pango_font_description_copy(pango_context_get_font_description(context));
    int dpi_1024 = 0;

    g_object_get(gtk_widget_get_settings(widget), "gtk-xft-dpi", &dpi_1024, NULL);
    if (!pango_font_description_get_size_is_absolute(font)) {
        double points = (double)pango_font_description_get_size(font);
        double dpi = dpi_1024 > 0 ? dpi_1024 / 1024.0 : USUAL_DPI;
        pango_font_description_set_absolute_size(font, points * dpi / 72);
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

static void on_draw(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer user)
{
    TbdTimeline *t = user;
    PangoFontDescription *font = font_of(GTK_WIDGET(area));
    struct paper_theme theme = theme_of(GTK_WIDGET(area), font);

    (void)height;
    (void)paper_draw(cr, &t->lanes.chart, &theme, width);
    pango_font_description_free(font);
}

/* As high as the chart is at the width that it has. */
static gboolean fit(gpointer user)
{
    TbdTimeline *t = user;
    GtkWidget *area = GTK_WIDGET(t->area);
    int width = gtk_widget_get_width(area);
    PangoFontDescription *font = font_of(area);
    struct paper_theme theme = theme_of(area, font);

    t->idle = 0;
    gtk_drawing_area_set_content_height(
        t->area, (int)ceil(paper_height(&t->lanes.chart, &theme, width ? width : USUAL_WIDTH)));
    pango_font_description_free(font);
    return G_SOURCE_REMOVE;
}

/* Not while the size is being given out. */
static void fit_soon(TbdTimeline *t)
{
    if (t->idle == 0)
        t->idle = g_idle_add_full(G_PRIORITY_HIGH_IDLE, fit, t, NULL);
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
        fit_soon(t);
    }
    gtk_widget_queue_draw(GTK_WIDGET(t->area));
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
    g_clear_handle_id(&t->idle, g_source_remove);
    g_clear_pointer(&t->full, g_variant_unref);
    lanes_done(&t->lanes);
    g_free(t->words);
    G_OBJECT_CLASS(tbd_timeline_parent_class)->finalize(object);
}

static void tbd_timeline_class_init(TbdTimelineClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_timeline_finalize;
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void tbd_timeline_init(TbdTimeline *t)
{
    GtkWidget *area = g_object_new(GTK_TYPE_DRAWING_AREA, "accessible-role",
                                   GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

    t->area = GTK_DRAWING_AREA(area);
    gtk_drawing_area_set_content_width(t->area, LEAST_WIDTH);
    gtk_drawing_area_set_draw_func(t->area, on_draw, t, NULL);
    g_signal_connect_object(area, "resize", G_CALLBACK(fit_soon), t, G_CONNECT_SWAPPED);
    adw_bin_set_child(ADW_BIN(t), area);
    t->timer = g_timeout_add_seconds(REDRAW_S, on_time, t);
}
