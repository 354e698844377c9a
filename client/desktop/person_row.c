/* SPDX-License-Identifier: GPL-3.0-or-later */
/* person_row.c - see person_row.h. */
#include "client/desktop/person_row.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/brief.h"
#include "client/desktop/item.h"
#include "client/desktop/names.h"
#include "client/desktop/standing.h"
#include "client/desktop/wrap.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

struct _TbdPersonRow {
    GtkBox parent;
    GtkWidget *heading, *body, *call;
    GtkImage *icon;
    GtkLabel *name, *post, *standing;
    TbdItem *item;
    gulong handler;
};

G_DEFINE_FINAL_TYPE(TbdPersonRow, tbd_person_row, GTK_TYPE_BOX)

/* "responder · Đại uý · Cán bộ trực · Đội ứng cứu sự cố" */
static char *post_of(GVariant *doc)
{
    static const char *const keys[] = { "rank", "position", "unit" };
    GString *s = g_string_new(word_role(doc_text(doc, "role")));

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *clean = text_clean(doc_text(doc, keys[i]), false);
        if (*clean)
            g_string_append_printf(s, " · %s", clean);
    }
    return g_string_free(s, FALSE);
}

static char *standing_line(GVariant *doc)
{
    g_autofree char *words = standing_words(doc);
    guint32 devices = doc_number(doc, "devices");
    int64_t off = doc_moment(doc, "duty_off_at");
    g_autofree char *since = when_short(off, when_now());

    if (devices && off > 0)
        return g_strdup_printf(_("%s · RECEIVES NO PAGES since %s"), words, since);
    return devices ? g_strdup_printf(_("%s · devices: %u"), words, devices)
                   : g_strdup_printf(_("%s · NO DEVICE: cannot be paged"), words);
}

static void set_style(TbdPersonRow *r, const char *style)
{
    static const char *const styles[] = { "standing-bad", "standing-open", "standing-good" };

    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
        gtk_widget_remove_css_class(GTK_WIDGET(r), styles[i]);
    gtk_widget_add_css_class(GTK_WIDGET(r), style);
}

/* What has the focus is the list's own widget around this one. */
static void name_outside(TbdPersonRow *r, const char *name, const char *more)
{
    GtkWidget *outside = gtk_widget_get_parent(GTK_WIDGET(r));

    if (!outside)
        return;
    tbd_name(outside, name);
    tbd_describe(outside, more);
}

static void show(TbdPersonRow *r)
{
    GVariant *doc = tbd_item_doc(r->item);
    g_autofree char *who = brief_person(doc, "name", "account");
    g_autofree char *post = post_of(doc), *line = standing_line(doc);
    bool me = strcmp(doc_text(doc, "account"), brief_me()) == 0;
    g_autofree char *name = me ? g_strdup_printf(_("%s – you"), who) : g_strdup(who);
    g_autofree char *more = g_strdup_printf("%s. %s", post, line);
    GtkWidget *link = standing_call(doc);

    gtk_image_set_from_icon_name(r->icon, standing_icon(doc));
    gtk_label_set_text(r->name, name);
    gtk_label_set_text(r->post, post);
    gtk_label_set_text(r->standing, line);
    tbd_box_clear(r->call);
    if (link && !me)
        gtk_box_append(GTK_BOX(r->call), link);
    else if (link)
        g_object_unref(g_object_ref_sink(link));
    set_style(r, standing_style(doc));
    name_outside(r, name, more);
}

static void unset(TbdPersonRow *r)
{
    if (r->item)
        g_signal_handler_disconnect(r->item, r->handler);
    g_clear_object(&r->item);
}

void tbd_person_row_set(TbdPersonRow *r, gpointer item)
{
    bool person = item && TBD_IS_ITEM(item);

    unset(r);
    gtk_widget_set_visible(r->heading, !person);
    gtk_widget_set_visible(r->body, person);
    if (person) {
        r->item = g_object_ref(item);
        r->handler = g_signal_connect_swapped(item, "notify::doc", G_CALLBACK(show), r);
        show(r);
    } else if (item) {
        const char *text = gtk_string_object_get_string(item);
        gtk_label_set_text(GTK_LABEL(r->heading), text);
        name_outside(r, text, "");
    }
}

gboolean tbd_person_row_is_person(TbdPersonRow *r)
{
    return r->item != NULL;
}

static void tbd_person_row_dispose(GObject *object)
{
    GtkWidget *child;

    unset(TBD_PERSON_ROW(object));
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_box_remove(GTK_BOX(object), child);
    G_OBJECT_CLASS(tbd_person_row_parent_class)->dispose(object);
}

static void tbd_person_row_class_init(TbdPersonRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_person_row_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/person_row.ui");
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, heading);
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, body);
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, icon);
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, name);
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, post);
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, standing);
    gtk_widget_class_bind_template_child(widget, TbdPersonRow, call);
}

static void tbd_person_row_init(TbdPersonRow *r)
{
    gtk_widget_init_template(GTK_WIDGET(r));
}

GtkWidget *tbd_person_row_new(void)
{
    return g_object_new(TBD_TYPE_PERSON_ROW, NULL);
}
