/* SPDX-License-Identifier: GPL-3.0-or-later */
/* person.c - see person.h. */
#include "client/desktop/person.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/names.h"
#include "client/desktop/standing.h"
#include "client/desktop/wrap.h"
#include "client/text/clean.h"
#include "client/text/words.h"

struct _TbdPerson {
    AdwBin parent;
    AdwWindowTitle *heading;
    GtkStack *states;
    GtkWidget *back, *trust, *buttons;
    GtkImage *icon;
    GtkLabel *name, *standing, *compared;
    GtkListBox *facts;
    char *account;
    GVariant *shown;
};

G_DEFINE_FINAL_TYPE(TbdPerson, tbd_person, ADW_TYPE_BIN)

static void fact(TbdPerson *p, const char *label, const char *value)
{
    g_autofree char *clean = text_clean(value, false);

    if (!*clean)
        return;
    GtkWidget *row = adw_action_row_new();
    g_autofree char *name = g_strdup_printf("%s: %s", label, clean);
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), label);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), clean);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
    gtk_widget_add_css_class(row, "fact");
    tbd_name(row, name);
    gtk_list_box_append(p->facts, row);
}

static void show_facts(TbdPerson *p, GVariant *doc)
{
    GtkListBoxRow *row;
    g_autofree char *devices = g_strdup_printf("%u", doc_number(doc, "devices"));

    while ((row = gtk_list_box_get_row_at_index(p->facts, 0)))
        gtk_list_box_remove(p->facts, GTK_WIDGET(row));
    fact(p, _("Role"), word_role(doc_text(doc, "role")));
    fact(p, _("Rank"), doc_text(doc, "rank"));
    fact(p, _("Position"), doc_text(doc, "position"));
    fact(p, _("Unit"), doc_text(doc, "unit"));
    fact(p, _("Agency"), doc_text(doc, "agency"));
    fact(p, _("Telephone"), doc_text(doc, "phone"));
    fact(p, _("E-mail"), doc_text(doc, "email"));
    fact(p, _("Devices that can be paged"), devices);
    fact(p, _("Account"), doc_text(doc, "account"));
}

/* Only what cannot be anything else than an address. */
static GtkWidget *mail_link(GVariant *doc)
{
    const char *email = doc_text(doc, "email");
    g_autofree char *escaped = g_uri_escape_string(email, "@", FALSE);
    g_autofree char *uri = g_strconcat("mailto:", escaped, NULL);
    g_autofree char *clean = text_clean(email, false);

    if (!strchr(email, '@'))
        return NULL;
    g_autofree char *label = g_strdup_printf(_("Write: %s"), clean);
    GtkWidget *link = gtk_link_button_new_with_label(uri, label);
    GtkWidget *words = gtk_button_get_child(GTK_BUTTON(link));
    if (GTK_IS_LABEL(words))
        gtk_label_set_wrap(GTK_LABEL(words), TRUE);
    gtk_widget_add_css_class(link, "call");
    tbd_name(link, label);
    return link;
}

static void show_buttons(TbdPerson *p, GVariant *doc, bool me)
{
    GtkWidget *call = me ? NULL : standing_call(doc), *mail = me ? NULL : mail_link(doc);

    tbd_box_clear(p->buttons);
    if (call)
        gtk_box_append(GTK_BOX(p->buttons), call);
    if (mail)
        gtk_box_append(GTK_BOX(p->buttons), mail);
    GtkWidget *verify = tbd_button_new(me                           ? _("My twelve _groups…")
                                       : doc_is(doc, "key_changed") ? _("_Verify again…")
                                       : doc_is(doc, "compared")    ? _("_Compare again…")
                                                                    : _("_Verify…"));
    gtk_widget_add_css_class(verify, "pill");
    if (!me && !doc_is(doc, "compared"))
        gtk_widget_add_css_class(verify, "suggested-action");
    gtk_actionable_set_action_name(GTK_ACTIONABLE(verify), "app.verify");
    gtk_actionable_set_action_target_value(GTK_ACTIONABLE(verify),
                                           g_variant_new_string(p->account));
    gtk_box_append(GTK_BOX(p->buttons), verify);
}

static void show_trust(TbdPerson *p, GVariant *doc)
{
    g_autofree char *words = standing_words(doc), *compared = standing_compared(doc);
    bool changed = doc_is(doc, "key_changed");

    gtk_image_set_from_icon_name(p->icon, standing_icon(doc));
    gtk_label_set_text(p->standing, words);
    gtk_label_set_text(p->compared, compared);
    if (changed)
        gtk_widget_add_css_class(p->trust, "loud");
    else
        gtk_widget_remove_css_class(p->trust, "loud");
    tbd_name(p->trust, words);
    tbd_describe(p->trust, compared);
}

static void show(TbdPerson *p)
{
    TbdItem *item = tbd_lists_contact(tbd_app_lists(), p->account);
    GVariant *doc = item ? tbd_item_doc(item) : NULL;

    gtk_stack_set_visible_child_name(p->states, doc ? "person" : "unknown");
    if (!doc || (p->shown && g_variant_equal(p->shown, doc)))
        return;
    g_clear_pointer(&p->shown, g_variant_unref);
    p->shown = g_variant_ref(doc);
    g_autofree char *who = brief_person(doc, "name", "account");
    g_autofree char *agency = text_clean(doc_text(doc, "agency"), false);
    bool me = strcmp(p->account, brief_me()) == 0;
    adw_window_title_set_title(p->heading, who);
    adw_window_title_set_subtitle(p->heading, agency);
    gtk_label_set_text(p->name, who);
    show_trust(p, doc);
    gtk_widget_set_visible(GTK_WIDGET(p->compared), !me);
    show_buttons(p, doc, me);
    show_facts(p, doc);
}

static void tbd_person_finalize(GObject *object)
{
    TbdPerson *p = TBD_PERSON(object);

    g_free(p->account);
    g_clear_pointer(&p->shown, g_variant_unref);
    G_OBJECT_CLASS(tbd_person_parent_class)->finalize(object);
}

static void tbd_person_class_init(TbdPersonClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_person_finalize;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/person.ui");
    gtk_widget_class_bind_template_child(widget, TbdPerson, heading);
    gtk_widget_class_bind_template_child(widget, TbdPerson, states);
    gtk_widget_class_bind_template_child(widget, TbdPerson, back);
    gtk_widget_class_bind_template_child(widget, TbdPerson, name);
    gtk_widget_class_bind_template_child(widget, TbdPerson, trust);
    gtk_widget_class_bind_template_child(widget, TbdPerson, icon);
    gtk_widget_class_bind_template_child(widget, TbdPerson, standing);
    gtk_widget_class_bind_template_child(widget, TbdPerson, compared);
    gtk_widget_class_bind_template_child(widget, TbdPerson, buttons);
    gtk_widget_class_bind_template_child(widget, TbdPerson, facts);
}

static void tbd_person_init(TbdPerson *p)
{
    gtk_widget_init_template(GTK_WIDGET(p));
    gtk_widget_set_layout_manager(p->buttons, tbd_wrap_new(12));
    tbd_name(p->back, _("Back"));
    g_signal_connect_object(tbd_app_lists(), "contacts", G_CALLBACK(show), p, G_CONNECT_SWAPPED);
}

GtkWidget *tbd_person_new(const char *account)
{
    TbdPerson *p = g_object_new(TBD_TYPE_PERSON, NULL);

    p->account = g_strdup(account);
    show(p);
    return GTK_WIDGET(p);
}
