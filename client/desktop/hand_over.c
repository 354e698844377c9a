/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hand_over.c - choosing who is to take a page (answer.h).
 *
 * Only who has a page can offer it: whoever has not accepted yet accepts first,
 * and is told so. */
#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/answer.h"
#include "client/desktop/answer_sent.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/dialog.h"
#include "client/desktop/full.h"
#include "client/desktop/names.h"
#include "client/desktop/reach.h"
#include "client/text/clean.h"
#include "client/text/words.h"

enum { LIST_HEIGHT = 260, PEOPLE_SHOWN = 200 };

struct choice {
    AdwMessageDialog *dialog; /* borrowed: it owns this */
    GtkListBox *list;
    GtkCheckButton *group; /* the first one */
    TbdFull *full;
    gulong handler;
    char *chosen;
    bool mine; /* I have the page already */
};

static void choice_free(gpointer data)
{
    struct choice *c = data;

    if (c->handler)
        g_signal_handler_disconnect(c->full, c->handler);
    g_clear_object(&c->full);
    g_free(c->chosen);
    g_free(c);
}

static void on_toggled(GtkCheckButton *button, struct choice *c)
{
    if (!gtk_check_button_get_active(button))
        return;
    g_free(c->chosen);
    c->chosen = g_strdup(g_object_get_data(G_OBJECT(button), "account"));
    adw_message_dialog_set_response_enabled(c->dialog, "yes", TRUE);
}

static void add_person(struct choice *c, GVariant *contact, bool on_duty)
{
    GtkWidget *row = adw_action_row_new(), *check = gtk_check_button_new();
    g_autofree char *who = brief_person(contact, "name", "account");
    g_autofree char *trust = word_trust(contact, "");
    g_autofree char *unit = text_clean(doc_text(contact, "unit"), false);
    g_autofree char *about =
        g_strdup_printf("%s%s%s%s · %s", on_duty ? _("on this page's list · ") : "",
                        word_role(doc_text(contact, "role")), *unit ? ", " : "", unit, trust);
    g_autofree char *name = g_strdup_printf("%s, %s", who, about);

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), who);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), about);
    adw_action_row_add_prefix(ADW_ACTION_ROW(row), check);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), check);
    gtk_widget_set_focusable(check, FALSE); /* the row is what is walked to */
    g_object_set_data_full(G_OBJECT(check), "account", g_strdup(doc_text(contact, "account")),
                           g_free);
    if (c->group)
        gtk_check_button_set_group(GTK_CHECK_BUTTON(check), c->group);
    else
        c->group = GTK_CHECK_BUTTON(check);
    (void)g_signal_connect(check, "toggled", G_CALLBACK(on_toggled), c);
    tbd_name(check, name);
    tbd_name(row, name);
    gtk_list_box_append(c->list, row);
}

/* Who can be paged at all. */
static bool can_take(GVariant *contact)
{
    const char *role = doc_text(contact, "role");

    return strcmp(doc_text(contact, "account"), brief_me()) != 0 &&
           doc_number(contact, "devices") > 0 &&
           (strcmp(role, "responder") == 0 || strcmp(role, "coordinator") == 0);
}

static void add_called(struct choice *c, GHashTable *seen)
{
    g_autoptr(GPtrArray) all = reach_of(tbd_full_doc(c->full));

    for (guint i = 0; i < all->len; i++) {
        const struct reach *r = g_ptr_array_index(all, i);
        TbdItem *contact = tbd_lists_contact(tbd_app_lists(), r->account);
        if (!contact || strcmp(r->account, brief_me()) == 0)
            continue;
        (void)g_hash_table_add(seen, (gpointer)(guintptr)tbd_item_key(contact));
        add_person(c, tbd_item_doc(contact), true);
    }
}

static void fill(struct choice *c)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GListModel *contacts = tbd_lists_contacts(tbd_app_lists());
    guint shown = 0;

    if (c->group || !tbd_full_doc(c->full)) /* once: what is being chosen does not move */
        return;
    add_called(c, seen);
    for (guint i = 0; i < g_list_model_get_n_items(contacts) && shown < PEOPLE_SHOWN; i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(contacts, i);
        if (!can_take(tbd_item_doc(item)) || g_hash_table_contains(seen, tbd_item_key(item)))
            continue;
        add_person(c, tbd_item_doc(item), false);
        shown++;
    }
    if (gtk_list_box_get_row_at_index(c->list, 0)) /* one chooses first, by arrows and space */
        gtk_widget_grab_focus(GTK_WIDGET(gtk_list_box_get_row_at_index(c->list, 0)));
}

static void on_response(AdwMessageDialog *dialog, const char *response, struct choice *c)
{
    (void)dialog;
    if (strcmp(response, "yes") != 0 || !c->chosen)
        return;
    if (c->mine)
        tbd_answer_offer(tbd_full_id(c->full), c->chosen);
    else
        tbd_answer_accept_for(tbd_full_id(c->full), c->chosen);
}

static void add_list(struct choice *c)
{
    GtkWidget *scroller = gtk_scrolled_window_new(), *list = gtk_list_box_new();
    GtkWidget *nobody = gtk_label_new(_("Nobody else of the team is known to this device."));

    c->list = GTK_LIST_BOX(list);
    gtk_label_set_wrap(GTK_LABEL(nobody), TRUE);
    gtk_list_box_set_placeholder(c->list, nobody);
    gtk_list_box_set_selection_mode(c->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    gtk_widget_set_valign(list, GTK_ALIGN_START);
    tbd_name(list, _("Who is to take it"));
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroller), LIST_HEIGHT);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), list);
    adw_message_dialog_set_extra_child(c->dialog, scroller);
}

void tbd_answer_ask_hand_over(const char *page)
{
    TbdItem *item = tbd_lists_page(tbd_app_lists(), page);
    GVariant *doc = item ? tbd_item_doc(item) : NULL;
    struct choice *c = g_new0(struct choice, 1);

    c->mine = doc && *brief_me() && strcmp(doc_text(doc, "owner"), brief_me()) == 0;
    c->dialog =
        ADW_MESSAGE_DIALOG(adw_message_dialog_new(tbd_app_window(), _("Hand the page over"), NULL));
    adw_message_dialog_set_body(
        c->dialog, c->mine ? _("It stays yours until the other person accepts.")
                           : _("You accept the page first; it stays yours until the other person "
                               "accepts. If you cannot take it at all, decline."));
    adw_message_dialog_add_response(c->dialog, "cancel", _("_Cancel"));
    adw_message_dialog_add_response(c->dialog, "yes",
                                    c->mine ? _("_Hand over") : _("_Accept and hand over"));
    adw_message_dialog_set_response_appearance(c->dialog, "yes", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_response_enabled(c->dialog, "yes", FALSE);
    adw_message_dialog_set_default_response(c->dialog, "yes");
    add_list(c);
    g_object_set_data_full(G_OBJECT(c->dialog), "choice", c, choice_free);
    (void)g_signal_connect(c->dialog, "response", G_CALLBACK(on_response), c);
    c->full = tbd_full_new(page);
    c->handler = g_signal_connect_swapped(c->full, "changed", G_CALLBACK(fill), c);
    tbd_dialog_present(c->dialog);
}
