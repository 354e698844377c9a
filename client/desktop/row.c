/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row.c - see row.h. */
#include "client/desktop/row.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/brief.h"
#include "client/desktop/names.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdRow {
    AdwBin parent;
    GtkWidget *frame;
    GtkImage *icon;
    GtkLabel *title, *from, *state, *when;
    TbdItem *item;
    gulong handler;
};

G_DEFINE_FINAL_TYPE(TbdRow, tbd_row, ADW_TYPE_BIN)

static void show(TbdRow *r)
{
    GVariant *page = tbd_item_doc(r->item);
    g_autofree char *title = brief_title(page), *class = brief_class(page);
    g_autofree char *from = brief_sender(page), *state = brief_state(page, brief_me());
    g_autofree char *when = when_short(doc_moment(page, "created_at"), when_now());
    g_autofree char *head = g_strdup_printf("%s · %s", class, title);
    GtkWidget *late = gtk_widget_get_parent(GTK_WIDGET(r));
    GtkWidget *item_widget = late ? gtk_widget_get_parent(late) : NULL;

    brief_mark(r->frame, r->icon, page);
    gtk_label_set_text(r->title, head);
    gtk_label_set_text(r->from, from);
    gtk_label_set_text(r->state, state);
    gtk_label_set_text(r->when, when);
    g_autofree char *name = g_strdup_printf("%s. %s. %s. %s", head, state, from, when);
    if (item_widget) /* the list's own wrapper has the focus, and no name of its own */
        tbd_name(item_widget, name);
}

void tbd_row_set_item(TbdRow *r, TbdItem *item)
{
    if (r->item)
        g_signal_handler_disconnect(r->item, r->handler);
    g_set_object(&r->item, item);
    if (!item)
        return;
    r->handler = g_signal_connect_swapped(item, "notify::doc", G_CALLBACK(show), r);
    show(r);
}

static void tbd_row_dispose(GObject *object)
{
    tbd_row_set_item(TBD_ROW(object), NULL);
    G_OBJECT_CLASS(tbd_row_parent_class)->dispose(object);
}

static void tbd_row_class_init(TbdRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_row_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/row.ui");
    gtk_widget_class_bind_template_child(widget, TbdRow, frame);
    gtk_widget_class_bind_template_child(widget, TbdRow, icon);
    gtk_widget_class_bind_template_child(widget, TbdRow, title);
    gtk_widget_class_bind_template_child(widget, TbdRow, from);
    gtk_widget_class_bind_template_child(widget, TbdRow, state);
    gtk_widget_class_bind_template_child(widget, TbdRow, when);
}

static void tbd_row_init(TbdRow *r)
{
    gtk_widget_init_template(GTK_WIDGET(r));
}

GtkWidget *tbd_row_new(void)
{
    return g_object_new(TBD_TYPE_ROW, NULL);
}
