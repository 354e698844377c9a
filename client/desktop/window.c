/* SPDX-License-Identifier: GPL-3.0-or-later */
/* window.c - see window.h. */
#include "client/desktop/window.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/banners.h"
#include "client/desktop/brief.h"
#include "client/desktop/directory.h"
#include "client/desktop/enrol.h"
#include "client/desktop/inbox.h"
#include "client/desktop/names.h"
#include "client/desktop/pulse.h"
#include "client/desktop/report.h"
#include "client/desktop/settings.h"
#include "client/desktop/unlock.h"
#include "client/text/clean.h"
#include "client/text/words.h"

struct _TbdWindow {
    AdwApplicationWindow parent;
    GtkStack *stages;
    AdwStatusPage *starting;
    TbdEnrol *enrol;
    AdwLeaflet *leaflet;
    GtkWidget *front, *menu_button;
    AdwBin *detail;
    AdwViewStack *views;
    TbdDirectory *directory;
    AdwViewStackPage *inbox_page;
};

G_DEFINE_FINAL_TYPE(TbdWindow, tbd_window, ADW_TYPE_APPLICATION_WINDOW)

static const char *stage_for(TbdWindow *w, TbdAgent *agent)
{
    GVariant *status = tbd_agent_status(agent);
    const char *stage = status ? doc_text(status, "stage") : "";

    if (strcmp(stage, "ready") == 0)
        return tbd_enrol_goes_on(w->enrol) ? "enrol" : "main";
    if (strcmp(stage, "locked") == 0)
        return "locked";
    return strcmp(stage, "none") == 0 || strcmp(stage, "enrolling") == 0 ? "enrol" : "starting";
}

/* Before the first answer: that it is awaited, or what is in the way. */
static void show_starting(TbdWindow *w, const char *trouble)
{
    g_autofree char *clean = text_clean(trouble ? trouble : "", false);
    g_autofree char *said = g_strdup_printf(
        _("%s\n\nUntil that is mended, count on NO RING from this machine: keep a "
          "telephone at hand and tell the others. It is tried again every second; if "
          "this stays, log out and in again, and call who looks after this machine."),
        clean);
    g_autofree char *markup = g_markup_escape_text(said, -1);

    adw_status_page_set_title(w->starting, trouble ? _("The agent could not be started")
                                                   : _("Starting the agent…"));
    adw_status_page_set_icon_name(w->starting, trouble ? "dialog-error-symbolic"
                                                       : "network-transmit-receive-symbolic");
    adw_status_page_set_description(w->starting, trouble ? markup : NULL);
}

/* Windows of two people on one screen are told apart. */
static void show_title(TbdWindow *w)
{
    const char *me = brief_me();
    g_autofree char *title = *me ? g_strdup_printf("%s · %s", me, _("Officer on watch"))
                                 : g_strdup(_("Officer on watch"));

    gtk_window_set_title(GTK_WINDOW(w), title);
}

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    TbdWindow *w = user;
    const char *stage = stage_for(w, agent), *trouble = tbd_agent_trouble(agent);
    GVariant *status = tbd_agent_status(agent);
    const char *before = gtk_stack_get_visible_child_name(w->stages);
    /* Who was woken does not wait for an animation. */
    bool started = strcmp(before, "starting") != 0;

    (void)topics;
    /* A link that is lost for a moment does not take the screen away; the banner says it. */
    if (status || strcmp(before, "main") != 0)
        gtk_stack_set_visible_child_full(w->stages, stage,
                                         started ? GTK_STACK_TRANSITION_TYPE_CROSSFADE
                                                 : GTK_STACK_TRANSITION_TYPE_NONE);
    if (strcmp(stage, "main") != 0 && status)
        tbd_window_show_detail(w, NULL);
    show_starting(w, trouble);
    guint unanswered = status ? doc_number(status, "unanswered") : 0;
    adw_view_stack_page_set_needs_attention(w->inbox_page, unanswered > 0);
    adw_view_stack_page_set_badge_number(w->inbox_page, unanswered);
    show_title(w);
}

static gboolean on_close(GtkWindow *window)
{
    gtk_widget_set_visible(GTK_WIDGET(window), FALSE);
    return TRUE;
}

static void on_leaflet(TbdWindow *w)
{
    bool back = adw_leaflet_get_visible_child(w->leaflet) == w->front;

    if (back && !adw_leaflet_get_child_transition_running(w->leaflet))
        adw_bin_set_child(w->detail, NULL);
}

static void tbd_window_class_init(TbdWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    GTK_WINDOW_CLASS(class)->close_request = on_close;
    g_type_ensure(TBD_TYPE_BANNERS);
    g_type_ensure(TBD_TYPE_DIRECTORY);
    g_type_ensure(TBD_TYPE_ENROL);
    g_type_ensure(TBD_TYPE_INBOX);
    g_type_ensure(TBD_TYPE_PULSE);
    g_type_ensure(TBD_TYPE_REPORT);
    g_type_ensure(TBD_TYPE_SETTINGS);
    g_type_ensure(TBD_TYPE_UNLOCK);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/window.ui");
    gtk_widget_class_bind_template_child(widget, TbdWindow, stages);
    gtk_widget_class_bind_template_child(widget, TbdWindow, starting);
    gtk_widget_class_bind_template_child(widget, TbdWindow, enrol);
    gtk_widget_class_bind_template_child(widget, TbdWindow, leaflet);
    gtk_widget_class_bind_template_child(widget, TbdWindow, front);
    gtk_widget_class_bind_template_child(widget, TbdWindow, menu_button);
    gtk_widget_class_bind_template_child(widget, TbdWindow, detail);
    gtk_widget_class_bind_template_child(widget, TbdWindow, views);
    gtk_widget_class_bind_template_child(widget, TbdWindow, directory);
    gtk_widget_class_bind_template_child(widget, TbdWindow, inbox_page);
}

static void tbd_window_init(TbdWindow *w)
{
    gtk_widget_init_template(GTK_WIDGET(w));
    tbd_name(w->menu_button, _("Main menu"));
    gtk_window_set_icon_name(GTK_WINDOW(w), "vn.trucban.Desktop");
    g_signal_connect_object(w->leaflet, "notify::child-transition-running", G_CALLBACK(on_leaflet),
                            w, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_changed), w, 0);
}

TbdWindow *tbd_window_new(GtkApplication *app)
{
    TbdWindow *w = g_object_new(TBD_TYPE_WINDOW, "application", app, NULL);

    on_changed(tbd_app_agent(), 0, w);
    return w;
}

void tbd_window_show_view(TbdWindow *w, const char *view)
{
    tbd_window_show_detail(w, NULL);
    adw_view_stack_set_visible_child_name(w->views, view);
}

void tbd_window_show_detail(TbdWindow *w, GtkWidget *detail)
{
    if (detail)
        adw_bin_set_child(w->detail, detail);
    adw_leaflet_set_visible_child(w->leaflet, detail ? GTK_WIDGET(w->detail) : w->front);
}

GtkWidget *tbd_window_detail(TbdWindow *w)
{
    return adw_leaflet_get_visible_child(w->leaflet) == GTK_WIDGET(w->detail)
               ? adw_bin_get_child(w->detail)
               : NULL;
}

TbdDirectory *tbd_window_directory(TbdWindow *w)
{
    return w->directory;
}
