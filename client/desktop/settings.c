/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings.c - see settings.h.  Facts follow the agent's status; choices go to the agent at once. */
#include "client/desktop/settings.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/api/said.h"
#include "client/desktop/app.h"
#include "client/desktop/lang.h"
#include "client/desktop/names.h"
#include "client/desktop/refusal.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdSettings {
    AdwBin parent;
    AdwActionRow *bell, *bubbles, *who, *until, *level, *keys, *guard, *roster, *fresh, *verdict,
        *about;
    AdwComboRow *privacy, *language;
    GtkWidget *ring, *lock, *check, *copy, *stop;
    gboolean filling; /* a choice that we show is not one that was made */
    gboolean asked;
};

G_DEFINE_FINAL_TYPE(TbdSettings, tbd_settings, ADW_TYPE_BIN)

static const char *const privacies[] = { "none", "id", "full" };
static const char *const languages[] = { NULL, "vi", "en" };

void tbd_settings_privacy(TbdSettings *s);
void tbd_settings_language(TbdSettings *s);

/* A subtitle may hold a peer's text: it is never markup. */
static void put(AdwActionRow *row, const char *text)
{
    g_autofree char *clean = text_clean(text, false);
    g_autofree char *escaped = g_markup_escape_text(clean, -1);

    adw_action_row_set_subtitle_lines(row, 0);
    adw_action_row_set_subtitle(row, escaped);
}

/* ---- choices */

static void on_privacy_was_set(GObject *source, GAsyncResult *result, gpointer user)
{
    GError *error = NULL;

    (void)user;
    if (!tba_agent_call_privacy_set_finish(TBA_AGENT(source), result, &error))
        tbd_app_refused(_("The choice was not kept"), error);
}

void tbd_settings_privacy(TbdSettings *s)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());
    guint n = adw_combo_row_get_selected(s->privacy);

    if (!s->filling && agent && n < G_N_ELEMENTS(privacies))
        tba_agent_call_privacy_set(agent, privacies[n], NULL, on_privacy_was_set, NULL);
}

static void on_privacy(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdSettings) s = user;
    g_autofree char *privacy = NULL;

    if (!tba_agent_call_privacy_finish(TBA_AGENT(source), &privacy, result, NULL))
        return;
    s->filling = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(privacies); i++)
        if (strcmp(privacies[i], privacy) == 0)
            adw_combo_row_set_selected(s->privacy, i);
    s->filling = FALSE;
}

void tbd_settings_language(TbdSettings *s)
{
    guint n = adw_combo_row_get_selected(s->language);

    if (!s->filling && n < G_N_ELEMENTS(languages))
        tbd_lang_choose(languages[n]);
}

static void show_language(TbdSettings *s)
{
    g_autofree char *chosen = tbd_lang_chosen();

    s->filling = TRUE;
    for (guint i = 1; i < G_N_ELEMENTS(languages); i++)
        if (g_strcmp0(languages[i], chosen) == 0)
            adw_combo_row_set_selected(s->language, i);
    s->filling = FALSE;
}

/* ---- facts */

static void show_status(TbdSettings *s, GVariant *status)
{
    guint64 size = 0;

    (void)g_variant_lookup(status, "roster_size", "t", &size);
    put(s->bell, word_bell(doc_text(status, "bell")));
    put(s->bubbles, word_bubbles(doc_text(status, "notifications")));
    put(s->guard, doc_is(status, "protected")
                      ? _("protected by a passphrase")
                      : _("NOT PROTECTED: whoever has this disk has the keys"));
    g_autofree char *entries = g_strdup_printf(_("%lu entries"), (gulong)size);
    g_autofree char *alarm = tba_said(doc_text(status, "roster_alarm_text"));
    put(s->roster, doc_is(status, "roster_alarm") ? alarm : entries);
    g_autofree char *fresh = when_people(doc_moment(status, "roster_fresh_at"));
    g_autofree char *stale = g_strdup_printf(_("NOT FRESH, last known: %s"), fresh);
    put(s->fresh, doc_is(status, "roster_stale") ? stale : fresh);
    put(s->about, doc_text(status, "version"));
}

static void show_me(TbdSettings *s, GVariant *me)
{
    g_autofree char *person = word_person(doc_text(me, "name"), doc_text(me, "account"));
    g_autofree char *who =
        g_strdup_printf("%s · %s · %s · %s", person, word_role(doc_text(me, "role")),
                        doc_text(me, "agency"), doc_text(me, "device"));
    g_autofree char *moment = when_people(doc_moment(me, "until_at"));
    g_autofree char *until = g_strdup_printf(_("valid until %s"), moment);
    g_autofree char *level = word_trust(me, "");

    put(s->who, who);
    put(s->until, until);
    put(s->level, level);
    put(s->keys, doc_text(me, "fingerprint"));
}

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    TbdSettings *s = user;
    GVariant *status = tbd_agent_status(agent), *me = tbd_agent_me(agent);

    (void)topics;
    if (status)
        show_status(s, status);
    if (me)
        show_me(s, me);
    if (!s->asked && tbd_agent_proxy(agent)) {
        s->asked = TRUE;
        tba_agent_call_privacy(tbd_agent_proxy(agent), NULL, on_privacy, g_object_ref(s));
    }
}

/* ---- the roster, entry by entry */

static void on_verified(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdSettings) s = user;
    g_autoptr(GVariant) verdict = NULL;
    g_autoptr(GError) error = NULL;

    gtk_widget_set_sensitive(s->check, TRUE);
    if (!tba_agent_call_roster_verify_finish(TBA_AGENT(source), &verdict, result, &error)) {
        g_autofree char *why = tbd_refusal_text(error);
        put(s->verdict, why);
        return;
    }
    g_autofree char *bad = g_strdup_printf(_("BROKEN: %s"), doc_text(verdict, "problem"));
    put(s->verdict, doc_is(verdict, "ok") ? _("every entry is signed by who may sign it") : bad);
}

static void on_check(TbdSettings *s)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (!agent)
        return;
    gtk_widget_set_sensitive(s->check, FALSE);
    tba_agent_call_roster_verify(agent, NULL, on_verified, g_object_ref(s));
}

#define BIND(member) gtk_widget_class_bind_template_child(widget, TbdSettings, member)

static void tbd_settings_class_init(TbdSettingsClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/settings.ui");
    BIND(bell), BIND(bubbles), BIND(who), BIND(until), BIND(level), BIND(keys), BIND(guard);
    BIND(roster), BIND(fresh), BIND(verdict), BIND(about), BIND(privacy), BIND(language);
    BIND(ring), BIND(lock), BIND(check), BIND(copy), BIND(stop);
    gtk_widget_class_bind_template_callback(widget, tbd_settings_privacy);
    gtk_widget_class_bind_template_callback(widget, tbd_settings_language);
}

static void tbd_settings_init(TbdSettings *s)
{
    gtk_widget_init_template(GTK_WIDGET(s));
    /* "Ring" alone says too little without the row around it. */
    tbd_name(s->ring, _("Test the alarm"));
    tbd_name(s->lock, _("Lock"));
    tbd_name(s->check, _("Check every entry from the root"));
    tbd_name(s->copy, _("Copy diagnostics"));
    tbd_name(s->stop, _("Stop receiving pages on this device"));
    show_language(s);
    g_signal_connect_object(s->check, "clicked", G_CALLBACK(on_check), s, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_changed), s, 0);
    on_changed(tbd_app_agent(), 0, s);
}
