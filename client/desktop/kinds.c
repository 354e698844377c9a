/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinds.c - see kinds.h. */
#include "client/desktop/kinds.h"

#include <adwaita.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/field.h"
#include "client/desktop/kind.h"
#include "client/desktop/names.h"
#include "client/text/fold.h"
#include "proto/taxonomy.h"

#define TBD_TYPE_KINDS tbd_kinds_get_type()
G_DECLARE_FINAL_TYPE(TbdKinds, tbd_kinds, TBD, KINDS, AdwWindow)

struct _TbdKinds {
    AdwWindow parent;
    GtkWidget *search;
    GtkListBox *list;
    char *query; /* folded */
    tbd_kind_fn *fn;
    gpointer user;
};

G_DEFINE_FINAL_TYPE(TbdKinds, tbd_kinds, ADW_TYPE_WINDOW)

static const struct tb_kind *kind_of(GtkListBoxRow *row)
{
    return g_object_get_data(G_OBJECT(row), "kind");
}

static const char *group_words(const char *group)
{
    if (strcmp(group, "ATT") == 0)
        return _("Attack");
    if (strcmp(group, "SYS") == 0)
        return _("Failure of system, equipment, power or line");
    if (strcmp(group, "ADM") == 0)
        return _("Error of administration or operation");
    return _("Natural disaster and the like");
}

static void heading(GtkListBoxRow *row, GtkListBoxRow *before, gpointer user)
{
    const char *group = kind_of(row)->group;

    (void)user;
    if (before && strcmp(kind_of(before)->group, group) == 0) {
        gtk_list_box_row_set_header(row, NULL);
        return;
    }
    GtkWidget *label = gtk_label_new(group_words(group));
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_add_css_class(label, "heading");
    gtk_widget_add_css_class(label, "kind-group");
    gtk_list_box_row_set_header(row, label);
}

/* Both languages and the code are searched, whatever the window speaks. */
static gboolean fits(GtkListBoxRow *row, gpointer user)
{
    TbdKinds *w = user;

    return text_found(g_object_get_data(G_OBJECT(row), "folded"), w->query);
}

static void on_search(TbdKinds *w)
{
    g_free(w->query);
    w->query = text_fold(gtk_editable_get_text(GTK_EDITABLE(w->search)));
    gtk_list_box_invalidate_filter(w->list);
    gtk_list_box_invalidate_headers(w->list);
}

static void choose(TbdKinds *w, GtkListBoxRow *row)
{
    tbd_kind_fn *fn = w->fn;
    gpointer user = w->user;
    const char *code = kind_of(row)->code;

    gtk_window_destroy(GTK_WINDOW(w));
    fn(code, user);
}

static void on_row(TbdKinds *w, GtkListBoxRow *row)
{
    choose(w, row);
}

/* Enter in the search takes the first that fits. */
static void on_enter(TbdKinds *w)
{
    GtkListBoxRow *row;

    for (int i = 0; (row = gtk_list_box_get_row_at_index(w->list, i)); i++)
        if (gtk_widget_get_child_visible(GTK_WIDGET(row))) {
            choose(w, row);
            return;
        }
}

static gboolean on_key(TbdKinds *w, guint key)
{
    if (key != GDK_KEY_Down && key != GDK_KEY_KP_Down)
        return FALSE;
    return gtk_widget_child_focus(GTK_WIDGET(w->list), GTK_DIR_TAB_FORWARD);
}

static GtkWidget *row_of(const struct tb_kind *kind)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *all = g_strconcat(kind->vi, " ", kind->en, " ", kind->code, NULL);
    g_autofree char *name = g_strconcat(kind->code, " ", tbd_kind_words(kind->code), NULL);

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), tbd_kind_words(kind->code));
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), kind->code);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    g_object_set_data(G_OBJECT(row), "kind", (gpointer)(guintptr)kind);
    g_object_set_data_full(G_OBJECT(row), "folded", text_fold(all), g_free);
    tbd_name(row, name);
    return row;
}

static void fill(TbdKinds *w, const char *now)
{
    for (size_t i = 0; i < tb_kind_count; i++) {
        GtkWidget *row = row_of(&tb_kinds[i]);
        gtk_list_box_append(w->list, row);
        if (strcmp(tb_kinds[i].code, now) == 0)
            gtk_list_box_select_row(w->list, GTK_LIST_BOX_ROW(row));
    }
    gtk_list_box_set_header_func(w->list, heading, NULL, NULL);
    gtk_list_box_set_filter_func(w->list, fits, w, NULL);
}

static void tbd_kinds_finalize(GObject *object)
{
    g_free(TBD_KINDS(object)->query);
    G_OBJECT_CLASS(tbd_kinds_parent_class)->finalize(object);
}

static void tbd_kinds_class_init(TbdKindsClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_kinds_finalize;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/kinds.ui");
    gtk_widget_class_bind_template_child(widget, TbdKinds, search);
    gtk_widget_class_bind_template_child(widget, TbdKinds, list);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void tbd_kinds_init(TbdKinds *w)
{
    GtkEventController *keys = gtk_event_controller_key_new();

    w->query = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(w));
    tbd_field_name(w->search, _("Search the kinds"));
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(on_key), w);
    gtk_widget_add_controller(w->search, keys);
    g_signal_connect_swapped(w->search, "changed", G_CALLBACK(on_search), w);
    g_signal_connect_swapped(w->search, "activate", G_CALLBACK(on_enter), w);
    g_signal_connect_swapped(w->search, "stop-search", G_CALLBACK(gtk_window_close), w);
    g_signal_connect_swapped(w->list, "row-activated", G_CALLBACK(on_row), w);
}

void tbd_kinds_choose(GtkWidget *over, const char *now, tbd_kind_fn *fn, gpointer user)
{
    TbdKinds *w = g_object_new(TBD_TYPE_KINDS, "transient-for", gtk_widget_get_root(over), NULL);

    w->fn = fn;
    w->user = user;
    fill(w, now);
    gtk_window_present(GTK_WINDOW(w));
    gtk_widget_grab_focus(w->search);
}
