/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal.c - see refusal.h. */
#include "client/desktop/refusal.h"

#include <adwaita.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/text/clean.h"
#include "client/text/words.h"

char *tbd_refusal_name(const GError *error)
{
    g_autofree char *remote = g_dbus_error_get_remote_error(error);

    if (!remote || !g_str_has_prefix(remote, TBA_ERROR_PREFIX))
        return NULL;
    return g_strdup(remote + strlen(TBA_ERROR_PREFIX));
}

char *tbd_refusal_text(const GError *error)
{
    g_autofree char *name = tbd_refusal_name(error);
    g_autoptr(GError) copy = g_error_copy(error);

    (void)g_dbus_error_strip_remote_error(copy);
    g_autofree char *why = text_clean(copy->message, false);
    return name ? g_strdup_printf("%s: %s", word_error(name), why)
                : g_strdup_printf(_("the agent does not answer: %s"), why);
}

void tbd_refusal_show(GtkWindow *parent, const char *what, GError *error)
{
    g_autoptr(GError) e = error;
    g_autofree char *text = tbd_refusal_text(e);
    GtkWidget *dialog = adw_message_dialog_new(parent, what, NULL);

    adw_message_dialog_set_body(ADW_MESSAGE_DIALOG(dialog), text);
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("Close"));
    gtk_window_present(GTK_WINDOW(dialog));
}
