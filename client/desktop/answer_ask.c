/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer_ask.c - the questions before an answer (answer.h): when, why not, how it ended, why all the same. */
#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/answer.h"
#include "client/desktop/answer_sent.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/dialog.h"
#include "client/desktop/names.h"
#include "client/desktop/refusal.h"
#include "client/desktop/wrap.h"
#include "client/text/words.h"
#include "proto/limits.h"

enum { USUAL_ETA = 10 };

/* ---- a dialog about a page */

static AdwMessageDialog *dialog_new(const char *page, const char *heading, const char *body)
{
    TbdItem *item = tbd_lists_page(tbd_app_lists(), page);
    GtkWidget *dialog = adw_message_dialog_new(tbd_app_window(), heading, NULL);
    g_autofree char *title = item ? brief_title(tbd_item_doc(item)) : g_strdup("");
    g_autofree char *class = item ? brief_class(tbd_item_doc(item)) : g_strdup("");
    g_autofree char *text =
        item ? g_strdup_printf("%s: %s\n%s", class, title, body) : g_strdup(body);

    adw_message_dialog_set_body(ADW_MESSAGE_DIALOG(dialog), text);
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"));
    g_object_set_data_full(G_OBJECT(dialog), "page", g_strdup(page), g_free);
    return ADW_MESSAGE_DIALOG(dialog);
}

static const char *page_of(AdwMessageDialog *dialog)
{
    return g_object_get_data(G_OBJECT(dialog), "page");
}

static void add_yes(AdwMessageDialog *dialog, const char *label, AdwResponseAppearance look)
{
    adw_message_dialog_add_response(dialog, "yes", label);
    adw_message_dialog_set_response_appearance(dialog, "yes", look);
    adw_message_dialog_set_default_response(dialog, "yes");
}

static bool said_yes(const char *response)
{
    return strcmp(response, "yes") == 0;
}

/* ---- accept */

static void on_preset(GtkButton *button, gpointer user)
{
    guint minutes = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(button), "minutes"));

    gtk_spin_button_set_value(GTK_SPIN_BUTTON(user), minutes);
}

static GtkWidget *presets_new(GtkWidget *spin)
{
    static const guint minutes[] = { 5, 10, 15, 30, 60, 120 };
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

    gtk_widget_set_layout_manager(box, tbd_wrap_new(6));
    for (gsize i = 0; i < G_N_ELEMENTS(minutes); i++) {
        g_autofree char *text = g_strdup_printf(_("%u min"), minutes[i]);
        GtkWidget *button = gtk_button_new_with_label(text);
        tbd_name(button, text);
        g_object_set_data(G_OBJECT(button), "minutes", GUINT_TO_POINTER(minutes[i]));
        (void)g_signal_connect(button, "clicked", G_CALLBACK(on_preset), spin);
        gtk_box_append(GTK_BOX(box), button);
    }
    return box;
}

static void on_accept(AdwMessageDialog *dialog, const char *response, GtkSpinButton *spin)
{
    if (said_yes(response))
        tbd_answer_accept(page_of(dialog), (guint)gtk_spin_button_get_value_as_int(spin));
}

void tbd_answer_ask_accept(const char *page)
{
    AdwMessageDialog *dialog =
        dialog_new(page, _("Accept the page"), _("In how many minutes can you be at it?"));
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *spin = gtk_spin_button_new_with_range(0, TB_ETA_MIN_MAX, 5);

    gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), USUAL_ETA);
    tbd_name(spin, _("Minutes until you are there; 0: not said"));
    gtk_box_append(GTK_BOX(box), spin);
    gtk_box_append(GTK_BOX(box), presets_new(spin));
    adw_message_dialog_set_extra_child(dialog, box);
    add_yes(dialog, _("_Accept"), ADW_RESPONSE_SUGGESTED);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_accept), spin, 0);
    tbd_dialog_present(dialog);
    /* Return accepts at once; the number is one Tab away. */
    if (gtk_window_get_default_widget(GTK_WINDOW(dialog)))
        gtk_widget_grab_focus(gtk_window_get_default_widget(GTK_WINDOW(dialog)));
}

/* ---- a reason in words */

static void on_typed(GtkEditable *entry, AdwMessageDialog *dialog)
{
    g_autofree char *text = g_strstrip(g_strdup(gtk_editable_get_text(entry)));

    adw_message_dialog_set_response_enabled(dialog, "yes", *text != '\0');
}

static void on_ready_reason(GtkButton *button, gpointer user)
{
    gtk_editable_set_text(GTK_EDITABLE(user), gtk_button_get_label(button));
}

/* An entry with ready answers above it; `presets` ends with NULL. */
static GtkWidget *add_reason(AdwMessageDialog *dialog, const char *label,
                             const char *const *presets)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *ready = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0), *entry = gtk_entry_new();

    gtk_widget_set_layout_manager(ready, tbd_wrap_new(6));
    for (; *presets; presets++) {
        GtkWidget *button = gtk_button_new_with_label(_(*presets));
        tbd_name(button, _(*presets));
        (void)g_signal_connect(button, "clicked", G_CALLBACK(on_ready_reason), entry);
        gtk_box_append(GTK_BOX(ready), button);
    }
    gtk_entry_set_placeholder_text(GTK_ENTRY(entry), label);
    gtk_entry_set_max_length(GTK_ENTRY(entry), TB_REASON_MAX / 4); /* characters of up to 4 bytes */
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    tbd_name(entry, label);
    gtk_box_append(GTK_BOX(box), ready);
    gtk_box_append(GTK_BOX(box), entry);
    adw_message_dialog_set_extra_child(dialog, box);
    return entry;
}

static void need_reason(AdwMessageDialog *dialog, GtkWidget *entry)
{
    g_signal_connect_object(entry, "changed", G_CALLBACK(on_typed), dialog, 0);
    on_typed(GTK_EDITABLE(entry), dialog);
}

/* What was typed, without spaces around it, as one form of each letter.  Gives. */
static char *typed(GtkEditable *entry)
{
    g_autofree char *text = g_strstrip(g_strdup(gtk_editable_get_text(entry)));

    return g_utf8_normalize(text, -1, G_NORMALIZE_DEFAULT_COMPOSE);
}

/* ---- decline */

static void on_decline(AdwMessageDialog *dialog, const char *response, GtkEditable *entry)
{
    g_autofree char *reason = typed(entry);

    if (said_yes(response))
        tbd_answer_decline(page_of(dialog), reason);
}

void tbd_answer_ask_decline(const char *page)
{
    static const char *const presets[] = { N_("I am too far away"), N_("I am on another case"),
                                           N_("I am ill"), N_("Not my field"), NULL };
    AdwMessageDialog *dialog =
        dialog_new(page, _("Decline the page"),
                   _("The next people are called at once. Your reason is signed and recorded."));
    GtkWidget *entry = add_reason(dialog, _("Why not?"), presets);

    add_yes(dialog, _("_Decline"), ADW_RESPONSE_DESTRUCTIVE);
    need_reason(dialog, entry);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_decline), entry, 0);
    tbd_dialog_present(dialog);
}

/* ---- resolve */

static void on_resolve(AdwMessageDialog *dialog, const char *response, GtkEditable *entry)
{
    g_autofree char *text = typed(entry);

    if (said_yes(response))
        tbd_answer_resolve(page_of(dialog), text);
}

void tbd_answer_ask_resolve(const char *page)
{
    static const char *const presets[] = { N_("Handled"), N_("False alarm"), N_("Raised twice"),
                                           NULL };
    AdwMessageDialog *dialog =
        dialog_new(page, _("End the page"),
                   _("Nobody is called for it any more. This is signed and recorded."));
    GtkWidget *entry = add_reason(dialog, _("How it ended (may stay empty)"), presets);

    add_yes(dialog, _("_End it"), ADW_RESPONSE_DESTRUCTIVE);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_resolve), entry, 0);
    tbd_dialog_present(dialog);
}

/* ---- the gate */

struct gate {
    void (*done)(GtkEditable *reason, gpointer user);
    gpointer user;
    GtkEditable *entry;
};

static void on_gate(AdwMessageDialog *dialog, const char *response, gpointer user)
{
    struct gate *g = user;
    TbdItem *item = tbd_lists_page(tbd_app_lists(), page_of(dialog));

    g->done(said_yes(response) ? g->entry : NULL, g->user);
    if (strcmp(response, "verify") == 0 && item)
        tbd_app_do("verify", g_variant_new_string(doc_text(tbd_item_doc(item), "sender")));
}

static void gate_free(gpointer data, GClosure *closure)
{
    (void)closure;
    g_free(data);
}

void tbd_answer_ask_gate(const char *page, GError *error,
                         void (*done)(GtkEditable *reason, gpointer user), gpointer user)
{
    static const char *const presets[] = { N_("Spoken to on the telephone"),
                                           N_("Cannot wait: danger ahead"), NULL };
    g_autoptr(GError) e = error;
    g_autofree char *why = tbd_refusal_text(e);
    g_autofree char *body = g_strdup_printf(
        _("%s\n\nVerify first; or go on all the same: your reason is signed and recorded."), why);
    AdwMessageDialog *dialog = dialog_new(page, _("Not verified enough"), body);
    struct gate *g = g_new0(struct gate, 1);

    g->done = done;
    g->user = user;
    g->entry = GTK_EDITABLE(add_reason(dialog, _("Why all the same?"), presets));
    adw_message_dialog_add_response(dialog, "yes", _("_Go on all the same"));
    adw_message_dialog_set_response_appearance(dialog, "yes", ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_add_response(dialog, "verify", _("_Verify now"));
    adw_message_dialog_set_response_appearance(dialog, "verify", ADW_RESPONSE_SUGGESTED);
    need_reason(dialog, GTK_WIDGET(g->entry));
    (void)g_signal_connect_data(dialog, "response", G_CALLBACK(on_gate), g, gate_free, 0);
    tbd_dialog_present(dialog);
}
