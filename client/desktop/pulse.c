/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pulse.c - see pulse.h. */
#include "client/desktop/pulse.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/api/said.h"
#include "client/desktop/app.h"
#include "client/desktop/names.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum {
    OLD_MS = 30000
}; /* the relay is asked every ten seconds: after three silences it is not there */

struct _TbdPulse {
    GtkWidget parent;
    GtkWidget *button;
    GtkImage *icon, *bell;
    GtkLabel *age, *facts;
    guint timer;
};

G_DEFINE_FINAL_TYPE(TbdPulse, tbd_pulse, GTK_TYPE_WIDGET)

/* Returns whether pages can come in. */
static bool show_relay(TbdPulse *p, GVariant *status, GString *facts)
{
    bool online = status && strcmp(doc_text(status, "online"), "online") == 0;
    int64_t heard = status ? doc_moment(status, "heard_at") : 0;
    int64_t age = MAX(when_now() - heard, 0);
    g_autofree char *span = heard ? when_span(age) : g_strdup("–");
    bool good = online && heard && age < OLD_MS;

    gtk_label_set_text(p->age, span);
    gtk_image_set_from_icon_name(p->icon, good ? "network-transmit-receive-symbolic"
                                               : "network-offline-symbolic");
    g_string_append_printf(facts, "%s: %s", _("Relay"),
                           status ? word_online(doc_text(status, "online"))
                                  : _("no link to the agent"));
    if (heard)
        g_string_append_printf(facts, _(", last word %s ago"), span);
    if (status && *doc_text(status, "relay"))
        g_string_append_printf(facts, "\n%s", doc_text(status, "relay"));
    if (!online && status && *doc_text(status, "last_error")) {
        g_autofree char *said = tba_said(doc_text(status, "last_error"));
        g_string_append_printf(facts, "\n%s", said);
    }
    return good;
}

static bool show_bell(TbdPulse *p, GVariant *status, GString *facts)
{
    const char *bell = status ? doc_text(status, "bell") : "unchecked";
    bool good = strcmp(bell, "ok") == 0;
    bool bad = strcmp(bell, "muted") == 0 || strcmp(bell, "none") == 0;

    gtk_image_set_from_icon_name(p->bell, bad    ? "audio-volume-muted-symbolic"
                                          : good ? "audio-volume-high-symbolic"
                                                 : "audio-volume-low-symbolic");
    g_string_append_printf(facts, "\n%s: %s\n%s: %s", _("Bell"), word_bell(bell),
                           _("Notifications"),
                           word_bubbles(status ? doc_text(status, "notifications") : "unchecked"));
    return !bad;
}

static gboolean refresh(gpointer user)
{
    TbdPulse *p = user;
    GVariant *status = tbd_agent_status(tbd_app_agent());
    g_autoptr(GString) facts = g_string_new(NULL);
    bool relay = show_relay(p, status, facts);
    bool bell = show_bell(p, status, facts);

    if (strcmp(gtk_label_get_text(p->facts), facts->str) != 0)
        gtk_label_set_text(p->facts, facts->str);
    g_autofree char *name = g_strdup_printf(
        _("Relay: %s, %s. Bell: %s"), relay ? _("heard") : _("NOT HEARD"),
        gtk_label_get_text(p->age), word_bell(status ? doc_text(status, "bell") : "unchecked"));
    gtk_widget_set_tooltip_text(p->button, name);
    tbd_name(p->button, name);
    if (relay && bell)
        gtk_widget_remove_css_class(p->button, "trouble");
    else
        gtk_widget_add_css_class(p->button, "trouble");
    return G_SOURCE_CONTINUE;
}

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    (void)agent, (void)topics;
    (void)refresh(user);
}

static void tbd_pulse_dispose(GObject *object)
{
    TbdPulse *p = TBD_PULSE(object);

    g_clear_handle_id(&p->timer, g_source_remove);
    g_clear_pointer(&p->button, gtk_widget_unparent);
    G_OBJECT_CLASS(tbd_pulse_parent_class)->dispose(object);
}

static void tbd_pulse_class_init(TbdPulseClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_pulse_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/pulse.ui");
    gtk_widget_class_bind_template_child(widget, TbdPulse, button);
    gtk_widget_class_bind_template_child(widget, TbdPulse, icon);
    gtk_widget_class_bind_template_child(widget, TbdPulse, bell);
    gtk_widget_class_bind_template_child(widget, TbdPulse, age);
    gtk_widget_class_bind_template_child(widget, TbdPulse, facts);
}

static void tbd_pulse_init(TbdPulse *p)
{
    gtk_widget_init_template(GTK_WIDGET(p));
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_changed), p, 0);
    p->timer = g_timeout_add_seconds(1, refresh, p);
    (void)refresh(p);
}
