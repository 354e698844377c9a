/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reported.c - see reported.h. */
#include "client/desktop/reported.h"

#include <stdbool.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/brief.h"
#include "client/desktop/names.h"
#include "client/desktop/save.h"
#include "client/desktop/wrap.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/limits.h"

struct _TbdReported {
    AdwBin parent;
    GtkLabel *title, *text;
    GtkGrid *facts;
    GtkBox *files;
    AdwBin *call;
    int n_facts;
    GVariant *files_shown;
    char *phone;
};

G_DEFINE_FINAL_TYPE(TbdReported, tbd_reported, ADW_TYPE_BIN)

static void set_words(GtkLabel *label, const char *text)
{
    if (strcmp(gtk_label_get_text(label), text) != 0)
        gtk_label_set_text(label, text);
    gtk_widget_set_visible(GTK_WIDGET(label), *text != '\0');
}

/* ---- facts: one line each, in a fixed order, so that a line is changed and not made anew */

static GtkWidget *cell_new(bool caption)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_valign(label, GTK_ALIGN_START);
    if (caption) {
        gtk_widget_add_css_class(label, "dim-label");
        gtk_label_set_max_width_chars(GTK_LABEL(label), 16);
    } else {
        gtk_label_set_selectable(GTK_LABEL(label), TRUE);
        gtk_widget_set_hexpand(label, TRUE);
    }
    return label;
}

static void fact(TbdReported *r, const char *caption, const char *value)
{
    int row = r->n_facts++;
    GtkWidget *left = gtk_grid_get_child_at(r->facts, 0, row);
    GtkWidget *right = gtk_grid_get_child_at(r->facts, 1, row);

    if (!left) {
        left = cell_new(true);
        right = cell_new(false);
        gtk_grid_attach(r->facts, left, 0, row, 1, 1);
        gtk_grid_attach(r->facts, right, 1, row, 1, 1);
    }
    set_words(GTK_LABEL(left), *value ? caption : "");
    set_words(GTK_LABEL(right), value);
    /* A label that can be selected has the focus: it says what it is about. */
    g_autofree char *name = g_strdup_printf("%s: %s", caption, value);
    tbd_name(right, name);
}

static void fact_text(TbdReported *r, GVariant *page, const char *caption, const char *key)
{
    g_autofree char *value = text_clean(doc_text(page, key), false);

    fact(r, caption, value);
}

static void fact_moment(TbdReported *r, GVariant *page, const char *caption, const char *key)
{
    int64_t at = doc_moment(page, key);
    g_autofree char *value = at ? when_people(at) : g_strdup("");

    fact(r, caption, value);
}

static void show_facts(TbdReported *r, GVariant *page)
{
    g_autofree char *kind = brief_kind(page), *class = brief_class(page);
    g_autofree char *sender = brief_sender(page);
    guint level = doc_number(page, "system_level");
    g_autofree char *system_level = level ? g_strdup_printf("%u", level) : g_strdup("");
    g_autofree char *tlp = g_ascii_strup(doc_text(page, "tlp"), -1);

    r->n_facts = 0;
    fact(r, _("Kind"), kind);
    fact(r, _("Severity"), class);
    fact(r, _("Reported by"), sender);
    fact_text(r, page, _("System"), "system_name");
    fact_text(r, page, _("Address"), "system_address");
    fact(r, _("Level of the system"), system_level);
    fact_moment(r, page, _("Noticed"), "detected_at");
    fact_moment(r, page, _("Raised"), "created_at");
    fact_moment(r, page, _("At the relay"), "relayed_at");
    fact(r, "TLP", tlp);
    fact_text(r, page, _("Page"), "id");
}

/* ---- files */

struct file_row {
    TbdFull *full;
    guint index;
    char *name;
};

static void file_row_free(gpointer data, GClosure *closure)
{
    struct file_row *f = data;

    (void)closure;
    g_object_unref(f->full);
    g_free(f->name);
    g_free(f);
}

static void on_save(GtkButton *button, gpointer user)
{
    const struct file_row *f = user;

    (void)button;
    tbd_save(f->name, tbd_full_file(f->full, f->index));
}

static GtkWidget *file_new(TbdFull *full, guint i, GVariant *file)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12), *label, *button;
    struct file_row *f = g_new0(struct file_row, 1);
    guint64 size = 0;

    (void)g_variant_lookup(file, "size", "t", &size);
    f->full = g_object_ref(full);
    f->index = i;
    f->name = g_strdup(doc_text(file, "name"));
    g_autofree char *name = text_clean(f->name, false), *bytes = word_size(size);
    g_autofree char *text = g_strdup_printf("%s (%s)", name, bytes);
    g_autofree char *order = g_strdup_printf(_("Save %s"), name);
    label = gtk_label_new(text);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_hexpand(label, TRUE);
    button = tbd_button_new(_("_Save…"));
    tbd_name(button, order);
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    (void)g_signal_connect_data(button, "clicked", G_CALLBACK(on_save), f, file_row_free, 0);
    gtk_box_append(GTK_BOX(box), brief_icon("text-x-generic-symbolic"));
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), button);
    return box;
}

static void show_files(TbdReported *r, TbdFull *full)
{
    GVariant *page = tbd_full_doc(full);
    g_autoptr(GVariant) files = g_variant_lookup_value(page, "files", G_VARIANT_TYPE("aa{sv}"));
    gsize n = files ? g_variant_n_children(files) : 0;

    gtk_widget_set_visible(GTK_WIDGET(r->files), n > 0);
    if (files && r->files_shown && g_variant_equal(files, r->files_shown))
        return;
    tbd_box_clear(GTK_WIDGET(r->files));
    for (gsize i = 0; i < n && i < TB_INLINE_FILES; i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        gtk_box_append(r->files, file_new(full, (guint)i, file));
    }
    g_clear_pointer(&r->files_shown, g_variant_unref);
    r->files_shown = g_steal_pointer(&files);
}

/* ---- all of it */

static void show_call(TbdReported *r, GVariant *page)
{
    const char *phone = doc_text(page, "sender_phone");

    if (g_strcmp0(phone, r->phone) == 0)
        return;
    g_free(r->phone);
    r->phone = g_strdup(phone);
    adw_bin_set_child(r->call, brief_call(_("Call back"), phone));
}

/* No more than a report can hold: one that holds more is not from us. */
static char *prose(GVariant *page)
{
    g_autofree char *clean = text_clean(doc_text(page, "text"), true);

    if (g_utf8_strlen(clean, -1) <= TB_TEXT_MAX)
        return g_steal_pointer(&clean);
    g_autofree char *start = g_utf8_substring(clean, 0, TB_TEXT_MAX);
    return g_strdup_printf("%s…\n\n%s", start,
                           _("The rest is longer than a report can be and is "
                             "not shown."));
}

void tbd_reported_set(TbdReported *r, TbdFull *full)
{
    GVariant *page = tbd_full_doc(full);
    g_autofree char *title = brief_title(page), *text = prose(page);

    set_words(r->title, title);
    set_words(r->text, text);
    show_facts(r, page);
    show_call(r, page);
    show_files(r, full);
}

static void tbd_reported_finalize(GObject *object)
{
    TbdReported *r = TBD_REPORTED(object);

    g_clear_pointer(&r->files_shown, g_variant_unref);
    g_free(r->phone);
    G_OBJECT_CLASS(tbd_reported_parent_class)->finalize(object);
}

static void tbd_reported_class_init(TbdReportedClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_reported_finalize;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/reported.ui");
    gtk_widget_class_bind_template_child(widget, TbdReported, title);
    gtk_widget_class_bind_template_child(widget, TbdReported, text);
    gtk_widget_class_bind_template_child(widget, TbdReported, facts);
    gtk_widget_class_bind_template_child(widget, TbdReported, files);
    gtk_widget_class_bind_template_child(widget, TbdReported, call);
}

static void tbd_reported_init(TbdReported *r)
{
    gtk_widget_init_template(GTK_WIDGET(r));
}
