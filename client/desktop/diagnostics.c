/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diagnostics.c - see diagnostics.h. */
#include "client/desktop/diagnostics.h"

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/text/clean.h"

static char *text_of(GVariant *facts)
{
    g_autoptr(GString) all = g_string_new(NULL);
    GVariantIter iter;
    const char *key = NULL;
    GVariant *value = NULL;

    g_variant_iter_init(&iter, facts);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY)) {
            g_autofree const char **lines = g_variant_get_strv(value, NULL);
            for (const char **line = lines; *line; line++)
                g_string_append_printf(all, "%s: %s\n", key, *line);
            continue;
        }
        g_autofree char *print = g_variant_print(value, FALSE);
        g_string_append_printf(all, "%s: %s\n", key, print);
    }
    return text_clean(all->str, true);
}

static void on_diagnostics(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(GVariant) facts = NULL;
    GError *error = NULL;

    (void)user;
    if (!tba_agent_call_diagnostics_finish(TBA_AGENT(source), &facts, result, &error)) {
        tbd_app_refused(_("No diagnostics"), error);
        return;
    }
    g_autofree char *text = text_of(facts);
    if (tbd_app_window())
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(tbd_app_window())), text);
    tbd_app_notice(_("Copied; paste it where the fault is reported."));
}

void tbd_diagnostics_copy(void)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (agent)
        tba_agent_call_diagnostics(agent, NULL, on_diagnostics, NULL);
}
