/* SPDX-License-Identifier: GPL-3.0-or-later */
/* silent.c - see silent.h. */
#include "client/desktop/silent.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/card.h"
#include "client/desktop/full.h"
#include "client/desktop/names.h"
#include "client/desktop/reach.h"
#include "client/desktop/wrap.h"
#include "client/text/calling.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdSilent {
    AdwBin parent;
    GtkWidget *frame, *numbers, *buttons, *reached;
    GtkImage *icon;
    GtkLabel *state, *count_down, *title, *about, *advice;
    TbdItem *item;
    TbdFull *full;
    gulong item_handler, full_handler;
    guint timer;
    char *said; /* the advice that is shown; NULL: nothing is wrong */
};

G_DEFINE_FINAL_TYPE(TbdSilent, tbd_silent, ADW_TYPE_BIN)

static void show(TbdSilent *s);

static gboolean show_time(gpointer user)
{
    TbdSilent *s = user;
    GVariant *page = tbd_item_doc(s->item);
    g_autofree char *left = calling_clock(page, when_now());
    g_autofree char *age = brief_ago(doc_moment(page, "created_at"));

    gtk_label_set_text(s->count_down, left ? left : age);
    return G_SOURCE_CONTINUE;
}

/* What was calm a second ago may be overdue now, without a word of the agent. */
static gboolean on_second(gpointer user)
{
    TbdSilent *s = user;
    g_autofree char *advice = calling_advice(tbd_item_doc(s->item), when_now());

    if (g_strcmp0(advice, s->said) != 0)
        show(s);
    return show_time(s);
}

static void show_reached(TbdSilent *s)
{
    GVariant *full = s->full ? tbd_full_doc(s->full) : NULL;
    g_autoptr(GPtrArray) all = reach_of(full);

    tbd_box_clear(s->reached);
    for (guint i = 0; i < all->len; i++) {
        const struct reach *r = g_ptr_array_index(all, i);
        g_autofree char *text =
            g_strdup_printf(_("Tier %u: %s – %s"), r->tier, r->who, reach_word(r));
        GtkWidget *label = gtk_label_new(text);
        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_box_append(GTK_BOX(s->reached), label);
    }
    GtkWidget *numbers = full && s->said ? reach_numbers(full) : NULL;
    adw_bin_set_child(ADW_BIN(s->numbers), numbers);
}

static void show(TbdSilent *s)
{
    GVariant *page = tbd_item_doc(s->item);
    bool mine = strcmp(doc_text(page, "box"), "out") == 0;
    g_autofree char *class = brief_class(page), *title = brief_title(page);
    g_autofree char *sender = brief_sender(page);
    g_autofree char *state = brief_state(page, brief_me());
    g_autofree char *about = g_strdup_printf("%s · %s", class, mine ? _("your report") : sender);
    g_autofree char *name = g_strdup_printf("%s: %s. %s", state, title, about);

    g_free(s->said);
    s->said = calling_advice(page, when_now());
    brief_mark(s->frame, NULL, page);
    if (s->said)
        gtk_widget_add_css_class(s->frame, "loud");
    else
        gtk_widget_remove_css_class(s->frame, "loud");
    gtk_image_set_from_icon_name(s->icon, brief_class_icon(doc_number(page, "class")));
    gtk_label_set_text(s->state, state);
    gtk_label_set_text(s->title, title);
    gtk_label_set_text(s->about, about);
    gtk_label_set_text(s->advice, s->said ? s->said : "");
    gtk_widget_set_visible(GTK_WIDGET(s->advice), s->said != NULL);
    tbd_name(s->frame, name);
    (void)show_time(s);
    show_reached(s);
}

static void fill_buttons(TbdSilent *s, const char *page)
{
    tbd_box_clear(s->buttons);
    gtk_widget_set_layout_manager(s->buttons, tbd_wrap_new(6));
    gtk_box_append(GTK_BOX(s->buttons), tbd_card_button(_("_Open the page"), "show-page", page));
    if (strcmp(doc_text(tbd_item_doc(s->item), "box"), "out") == 0)
        gtk_box_append(GTK_BOX(s->buttons), tbd_card_button(_("_End it…"), "resolve", page));
}

static void unset(TbdSilent *s)
{
    if (s->item)
        g_signal_handler_disconnect(s->item, s->item_handler);
    if (s->full)
        g_signal_handler_disconnect(s->full, s->full_handler);
    g_clear_object(&s->item);
    g_clear_object(&s->full);
    g_clear_handle_id(&s->timer, g_source_remove);
    g_clear_pointer(&s->said, g_free);
}

void tbd_silent_set_item(TbdSilent *s, TbdItem *item)
{
    unset(s);
    if (!item)
        return;
    s->item = g_object_ref(item);
    s->full = tbd_full_new(tbd_item_key(item));
    s->item_handler = g_signal_connect_swapped(item, "notify::doc", G_CALLBACK(show), s);
    s->full_handler = g_signal_connect_swapped(s->full, "changed", G_CALLBACK(show_reached), s);
    s->timer = g_timeout_add_seconds(1, on_second, s);
    fill_buttons(s, tbd_item_key(item));
    show(s);
}

static void tbd_silent_dispose(GObject *object)
{
    unset(TBD_SILENT(object));
    G_OBJECT_CLASS(tbd_silent_parent_class)->dispose(object);
}

static void tbd_silent_class_init(TbdSilentClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_silent_dispose;
    widget->grab_focus = tbd_focus_inside;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/silent.ui");
    gtk_widget_class_bind_template_child(widget, TbdSilent, frame);
    gtk_widget_class_bind_template_child(widget, TbdSilent, icon);
    gtk_widget_class_bind_template_child(widget, TbdSilent, state);
    gtk_widget_class_bind_template_child(widget, TbdSilent, count_down);
    gtk_widget_class_bind_template_child(widget, TbdSilent, title);
    gtk_widget_class_bind_template_child(widget, TbdSilent, about);
    gtk_widget_class_bind_template_child(widget, TbdSilent, advice);
    gtk_widget_class_bind_template_child(widget, TbdSilent, reached);
    gtk_widget_class_bind_template_child(widget, TbdSilent, numbers);
    gtk_widget_class_bind_template_child(widget, TbdSilent, buttons);
}

static void tbd_silent_init(TbdSilent *s)
{
    gtk_widget_init_template(GTK_WIDGET(s));
}

GtkWidget *tbd_silent_new(void)
{
    return g_object_new(TBD_TYPE_SILENT, NULL);
}
