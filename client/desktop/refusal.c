/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal.c - see refusal.h. */
#include "client/desktop/refusal.h"

#include <adwaita.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/text/words.h"

char *tbd_refusal_name(const GError *error)
{
    g_autofree char *remote = g_dbus_error_get_remote_error(error);

    if (!remote || !g_str_has_prefix(remote, TBA_ERROR_PREFIX))
        return NULL;
    return g_strdup(remote + strlen(TBA_ERROR_PREFIX));
}

/* In place of what `pattern` matches there is nothing.  Frees `text`. */
static char *take_out(char *text, const char *pattern)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    char *left = regex ? g_regex_replace_literal(regex, text, -1, 0, "", 0, NULL) : NULL;

    if (!left)
        return text;
    g_free(text);
    return left;
}

/* Whoever sits at the window has no shell: the half of a sentence that sends to one goes.  Frees `text`. */
static char *without_shell(char *text)
{
    text = take_out(text, " \\([`']trucban [^)]*\\)");
    return take_out(text, "[;:] [^;:]*[`']trucban [^;]*");
}

char *tbd_refusal_text(const GError *error)
{
    g_autofree char *name = tbd_refusal_name(error);
    g_autoptr(GError) copy = g_error_copy(error);

    (void)g_dbus_error_strip_remote_error(copy);
    g_autofree char *why = without_shell(word_said(copy->message));
    if (!name)
        return g_strdup_printf(_("the agent does not answer: %s"), why);
    g_autofree char *kind = without_shell(g_strdup(word_error(name)));
    return strcmp(kind, why) == 0 ? g_steal_pointer(&why) : g_strdup_printf("%s: %s", kind, why);
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
