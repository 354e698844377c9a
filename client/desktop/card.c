/* SPDX-License-Identifier: GPL-3.0-or-later */
/* card.c - see card.h. */
#include "client/desktop/card.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/brief.h"
#include "client/desktop/full.h"
#include "client/desktop/names.h"
#include "client/desktop/reach.h"
#include "client/desktop/wrap.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdCard {
    AdwBin parent;
    GtkWidget *frame, *etas, *others, *call;
    GtkImage *icon;
    GtkLabel *class, *count_down, *title, *kind, *from, *age, *called, *ask;
    TbdItem *item;
    TbdFull *full;
    gulong item_handler, full_handler;
    guint timer;
    char *phone; /* that the link shows */
};

G_DEFINE_FINAL_TYPE(TbdCard, tbd_card, ADW_TYPE_BIN)

static void set_words(GtkLabel *label, const char *text)
{
    if (strcmp(gtk_label_get_text(label), text) != 0)
        gtk_label_set_text(label, text);
    gtk_widget_set_visible(GTK_WIDGET(label), *text != '\0');
}

/* ---- buttons */

GtkWidget *tbd_card_button(const char *mnemonic, const char *action, const char *page)
{
    GtkWidget *button = tbd_button_new(mnemonic);
    g_autofree char *name = g_strconcat("app.", action, NULL);

    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), name);
    gtk_actionable_set_action_target_value(GTK_ACTIONABLE(button), g_variant_new_string(page));
    return button;
}

static GtkWidget *eta_button(guint minutes, const char *page)
{
    g_autofree char *text = g_strdup_printf(_("%u min"), minutes);
    g_autofree char *name = g_strdup_printf(_("Accept: there in %u minutes"), minutes);
    GtkWidget *button = gtk_button_new_with_label(text);

    tbd_name(button, name);
    gtk_widget_add_css_class(button, "suggested-action");
    gtk_widget_add_css_class(button, "eta");
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "app.accept-in");
    gtk_actionable_set_action_target_value(GTK_ACTIONABLE(button),
                                           g_variant_new("(su)", page, minutes));
    return button;
}

void tbd_card_fill_etas(GtkWidget *box, const char *page)
{
    static const guint minutes[] = { 5, 10, 15, 30 };

    tbd_box_clear(box);
    gtk_widget_set_layout_manager(box, tbd_wrap_new(6));
    for (gsize i = 0; i < G_N_ELEMENTS(minutes); i++)
        gtk_box_append(GTK_BOX(box), eta_button(minutes[i], page));
    GtkWidget *other = tbd_card_button(_("Other…"), "accept", page);
    tbd_name(other, _("Accept: choose when"));
    gtk_widget_add_css_class(other, "eta");
    gtk_box_append(GTK_BOX(box), other);
}

static void fill_buttons(TbdCard *c, const char *page)
{
    tbd_card_fill_etas(c->etas, page);
    tbd_box_clear(c->others);
    gtk_widget_set_layout_manager(c->others, tbd_wrap_new(6));
    gtk_box_append(GTK_BOX(c->others), tbd_card_button(_("_Decline…"), "decline", page));
    gtk_box_append(GTK_BOX(c->others), tbd_card_button(_("_Hand over…"), "hand-over", page));
    gtk_box_append(GTK_BOX(c->others), tbd_card_button(_("_Open the page"), "show-page", page));
}

/* ---- what it says */

static gboolean show_time(gpointer user)
{
    TbdCard *c = user;
    GVariant *page = tbd_item_doc(c->item);
    g_autofree char *left = calling_clock(page, when_now());
    g_autofree char *age = brief_ago(doc_moment(page, "created_at"));
    g_autofree char *at = when_short(doc_moment(page, "created_at"), when_now());
    g_autofree char *both = g_strdup_printf("%s · %s", age, at);

    const char *headline = calling_headline(page, when_now());
    g_autofree char *loud = headline && left ? g_strdup_printf("%s · %s", headline, left) : NULL;

    set_words(c->count_down, loud       ? loud
                             : headline ? headline
                             : left     ? left
                                        : _("Waits for your answer"));
    set_words(c->age, both);
    return G_SOURCE_CONTINUE;
}

static void show_call(TbdCard *c, GVariant *page)
{
    const char *phone = doc_text(page, "sender_phone");

    if (g_strcmp0(phone, c->phone) == 0)
        return;
    g_free(c->phone);
    c->phone = g_strdup(phone);
    adw_bin_set_child(ADW_BIN(c->call), brief_call(_("Call back"), phone));
}

static void show_called(TbdCard *c)
{
    GVariant *full = c->full ? tbd_full_doc(c->full) : NULL;
    g_autofree char *list = full ? reach_list(full, brief_me()) : g_strdup("");
    g_autofree char *text = *list ? g_strdup_printf(_("Also called: %s"), list) : NULL;

    set_words(c->called, text ? text : full ? _("Nobody else has been called so far") : "");
}

static void show(TbdCard *c)
{
    GVariant *page = tbd_item_doc(c->item);
    g_autofree char *class = brief_class(page), *title = brief_title(page);
    g_autofree char *kind = brief_kind(page), *sender = brief_sender(page);
    g_autofree char *from = g_strdup_printf(_("Reported by %s"), sender);
    bool offered = strcmp(doc_text(page, "state"), "accepted") == 0;
    g_autofree char *owner = brief_person(page, "owner_name", "owner");
    g_autofree char *offer = g_strdup_printf(_("%s hands this page over to you"), owner);

    brief_mark(c->frame, c->icon, page);
    set_words(c->class, class);
    set_words(c->title, title);
    set_words(c->kind, doc_is(page, "readable")
                           ? kind
                           : _("Its content cannot be opened here. Ring up the sender, and accept "
                               "so that others know that it is in hand."));
    set_words(c->from, from);
    set_words(c->ask, offered ? offer : _("Accept – when can you be there?"));
    show_call(c, page);
    (void)show_time(c);
    g_autofree char *name =
        g_strdup_printf(_("Waits for your answer: %s. %s. %s"), class, title, from);
    tbd_name(c->frame, name);
}

/* ---- its page */

static void unset(TbdCard *c)
{
    if (c->item)
        g_signal_handler_disconnect(c->item, c->item_handler);
    if (c->full)
        g_signal_handler_disconnect(c->full, c->full_handler);
    g_clear_object(&c->item);
    g_clear_object(&c->full);
    g_clear_handle_id(&c->timer, g_source_remove);
}

void tbd_card_set_item(TbdCard *c, TbdItem *item)
{
    unset(c);
    if (!item)
        return;
    c->item = g_object_ref(item);
    c->full = tbd_full_new(tbd_item_key(item));
    c->item_handler = g_signal_connect_swapped(item, "notify::doc", G_CALLBACK(show), c);
    c->full_handler = g_signal_connect_swapped(c->full, "changed", G_CALLBACK(show_called), c);
    c->timer = g_timeout_add_seconds(1, show_time, c);
    fill_buttons(c, tbd_item_key(item));
    show(c);
    show_called(c);
}

static void tbd_card_dispose(GObject *object)
{
    unset(TBD_CARD(object));
    g_clear_pointer(&TBD_CARD(object)->phone, g_free);
    G_OBJECT_CLASS(tbd_card_parent_class)->dispose(object);
}

static void tbd_card_class_init(TbdCardClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_card_dispose;
    widget->grab_focus = tbd_focus_inside;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/card.ui");
    gtk_widget_class_bind_template_child(widget, TbdCard, frame);
    gtk_widget_class_bind_template_child(widget, TbdCard, icon);
    gtk_widget_class_bind_template_child(widget, TbdCard, class);
    gtk_widget_class_bind_template_child(widget, TbdCard, count_down);
    gtk_widget_class_bind_template_child(widget, TbdCard, title);
    gtk_widget_class_bind_template_child(widget, TbdCard, kind);
    gtk_widget_class_bind_template_child(widget, TbdCard, from);
    gtk_widget_class_bind_template_child(widget, TbdCard, age);
    gtk_widget_class_bind_template_child(widget, TbdCard, call);
    gtk_widget_class_bind_template_child(widget, TbdCard, called);
    gtk_widget_class_bind_template_child(widget, TbdCard, ask);
    gtk_widget_class_bind_template_child(widget, TbdCard, etas);
    gtk_widget_class_bind_template_child(widget, TbdCard, others);
}

static void tbd_card_init(TbdCard *c)
{
    gtk_widget_init_template(GTK_WIDGET(c));
}

GtkWidget *tbd_card_new(void)
{
    return g_object_new(TBD_TYPE_CARD, NULL);
}
