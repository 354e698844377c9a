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

struct _TbdPulse {
    GtkWidget parent;
    GtkWidget *button, *relay;
    GtkImage *icon, *bell;
    GtkLabel *age, *facts;
    guint timer;
};

G_DEFINE_FINAL_TYPE(TbdPulse, tbd_pulse, GTK_TYPE_WIDGET)

static void set_class(GtkWidget *widget, const char *class, bool on)
{
    if (on)
        gtk_widget_add_css_class(widget, class);
    else
        gtk_widget_remove_css_class(widget, class);
}

static bool is_enrolled(GVariant *status)
{
    return !status || strcmp(doc_text(status, "stage"), "none") != 0;
}

static void relay_facts(GVariant *status, const char *span, GString *facts)
{
    bool online = status && strcmp(doc_text(status, "online"), "online") == 0;

    g_string_append_printf(facts, "%s: %s", _("Relay"),
                           status ? word_online(doc_text(status, "online"))
                                  : _("no link to the agent"));
    if (*span)
        g_string_append_printf(facts, _(", last word %s ago"), span);
    if (status && *doc_text(status, "relay"))
        g_string_append_printf(facts, "\n%s", doc_text(status, "relay"));
    if (!online && status && *doc_text(status, "last_error")) {
        g_autofree char *said = tba_said(doc_text(status, "last_error"));
        g_string_append_printf(facts, "\n%s", said);
    }
}

/* In a sentence.  Gives. */
static char *relay_words(GVariant *status, bool hears, const char *span)
{
    if (!status)
        return g_strdup(_("No link to the agent."));
    if (!is_enrolled(status))
        return g_strdup(_("Not enrolled yet: no relay."));
    if (hears)
        return g_strdup_printf(_("Relay heard %s ago."), span);
    return *span ? g_strdup_printf(_("RELAY NOT HEARD for %s."), span)
                 : g_strdup(_("RELAY NOT HEARD yet."));
}

/* Red is for the relay alone: without it nothing comes in.  Gives the words. */
static char *show_relay(TbdPulse *p, GVariant *status, GString *facts)
{
    bool hears = tbd_agent_hears(tbd_app_agent());
    int64_t heard = status ? doc_moment(status, "heard_at") : 0;
    g_autofree char *span = heard ? when_span(MAX(when_now() - heard, 0)) : g_strdup("");

    gtk_label_set_text(p->age, *span ? span : "–");
    gtk_image_set_from_icon_name(p->icon, hears ? "network-transmit-receive-symbolic"
                                                : "network-offline-symbolic");
    set_class(p->relay, "trouble", !hears && is_enrolled(status));
    relay_facts(status, span, facts);
    return relay_words(status, hears, span);
}

/* A machine without an agent, or with a locked one, has a sound and rings for nobody. */
static bool is_silent(GVariant *status)
{
    return !status || strcmp(doc_text(status, "stage"), "locked") == 0;
}

static const char *bell_words(GVariant *status)
{
    const char *bell = status ? doc_text(status, "bell") : "";

    if (!status)
        return _("not known");
    if (is_silent(status) && strcmp(bell, "none") != 0 && strcmp(bell, "muted") != 0)
        return _("does not ring while locked");
    return word_bell(bell);
}

static void show_bell(TbdPulse *p, GVariant *status, GString *facts)
{
    const char *bell = status ? doc_text(status, "bell") : "";
    bool good = strcmp(bell, "ok") == 0;
    bool bad = is_silent(status) || strcmp(bell, "muted") == 0 || strcmp(bell, "none") == 0;

    gtk_image_set_from_icon_name(p->bell, bad    ? "audio-volume-muted-symbolic"
                                          : good ? "audio-volume-high-symbolic"
                                                 : "audio-volume-low-symbolic");
    set_class(GTK_WIDGET(p->bell), "bell-bad", bad);
    g_string_append_printf(facts, "\n%s: %s\n%s: %s", _("Bell"), bell_words(status),
                           _("Notifications"),
                           word_bubbles(status ? doc_text(status, "notifications") : "unchecked"));
}

static gboolean refresh(gpointer user)
{
    TbdPulse *p = user;
    GVariant *status = tbd_agent_status(tbd_app_agent());
    g_autoptr(GString) facts = g_string_new(NULL);
    g_autofree char *relay = show_relay(p, status, facts);

    show_bell(p, status, facts);
    if (strcmp(gtk_label_get_text(p->facts), facts->str) != 0)
        gtk_label_set_text(p->facts, facts->str);
    g_autofree char *name = g_strdup_printf(_("%s Bell: %s."), relay, bell_words(status));
    gtk_widget_set_tooltip_text(p->button, name);
    tbd_name(p->button, name);
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
    gtk_widget_class_bind_template_child(widget, TbdPulse, relay);
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
