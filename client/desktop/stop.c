/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stop.c - see stop.h.  Hiding the window stops nothing; this does, and the team sees it. */
#include "client/desktop/stop.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/dialog.h"
#include "client/text/clean.h"
#include "client/text/words.h"

static void on_stopped(GObject *source, GAsyncResult *result, gpointer user)
{
    GError *error = NULL;

    (void)user;
    if (!tba_agent_call_duty_set_finish(TBA_AGENT(source), result, &error))
        tbd_app_refused(_("Not stopped: pages ring here as before"), error);
}

static void on_response(AdwMessageDialog *dialog, const char *response, gpointer user)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    (void)dialog, (void)user;
    if (strcmp(response, "yes") == 0 && agent)
        tba_agent_call_duty_set(agent, TRUE, NULL, on_stopped, NULL);
}

/* A line for each tier in which pages would ring nowhere. */
static char *warning_of(GVariant *duty)
{
    g_autoptr(GVariant) alone = g_variant_lookup_value(duty, "alone", G_VARIANT_TYPE("aa{sv}"));
    GString *s = g_string_new(NULL);

    for (gsize i = 0; alone && i < g_variant_n_children(alone); i++) {
        g_autoptr(GVariant) a = g_variant_get_child_value(alone, i);
        g_autofree char *policy = text_clean(doc_text(a, "policy"), false);
        g_string_append_printf(
            s, _("Without this device NOBODY receives pages in tier %u of policy %s.\n"),
            doc_number(a, "tier"), policy);
    }
    return g_string_free(s, FALSE);
}

static void ask(GVariant *duty)
{
    g_autofree char *warning = warning_of(duty);
    g_autofree char *body = g_strdup_printf(
        "%s%s%s",
        _("Pages no longer ring on this device. They still come, and you can answer them here. "
          "Others are called in your place. Everybody sees that you receive no pages, and since "
          "when; it stays so after a restart, until you receive again."),
        *warning ? "\n\n" : "", warning);
    GtkWidget *dialog = adw_message_dialog_new(
        tbd_app_window(), _("Stop receiving pages on this device?"), g_strchomp(body));

    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Keep receiving"));
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "yes", _("_Stop receiving"));
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "yes",
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    (void)g_signal_connect(dialog, "response", G_CALLBACK(on_response), NULL);
    tbd_dialog_present(ADW_MESSAGE_DIALOG(dialog));
}

static void on_duty(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GVariant) duty = NULL;
    GError *error = NULL;

    (void)user;
    if (!tba_agent_call_duty_finish(TBA_AGENT(source), &duty, result, &error))
        tbd_app_refused(_("Not stopped: pages ring here as before"), error);
    else if (doc_is(duty, "off"))
        tbd_app_notice(_("This device receives no pages already."));
    else
        ask(duty);
}

void tbd_stop_ask(void)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (agent)
        tba_agent_call_duty(agent, NULL, on_duty, NULL);
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer user)
{
    GError *error = NULL;

    (void)user;
    if (tba_agent_call_duty_set_finish(TBA_AGENT(source), result, &error))
        tbd_app_notice(_("Pages ring on this device."));
    else
        tbd_app_refused(_("Pages do not ring here yet"), error);
}

void tbd_stop_end(void)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (agent)
        tba_agent_call_duty_set(agent, FALSE, NULL, on_ended, NULL);
}
