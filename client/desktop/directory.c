/* SPDX-License-Identifier: GPL-3.0-or-later */
/* directory.c - see directory.h.  GtkListView makes and measures 200 rows at once, which takes a second: the list
 * has a few first, and the others a few at a time once nobody types. */
#include "client/desktop/directory.h"

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/field.h"
#include "client/desktop/names.h"
#include "client/desktop/people.h"
#include "client/desktop/person_row.h"

/* FIRST fills a small window, ENOUGH is more than the list makes rows for. */
enum { FIRST = 10, STEP = 3, ENOUGH = 210, SETTLE_MS = 200, STEP_MS = 20 };

struct _TbdDirectory {
    AdwBin parent;
    GtkWidget *search;
    GtkStack *states;
    GtkListView *list;
    GtkWidget *none, *empty; /* instead of a list */
    TbdPeople *people;
    GtkSliceListModel *rows; /* the first of them */
    guint filling;
};

G_DEFINE_FINAL_TYPE(TbdDirectory, tbd_directory, ADW_TYPE_BIN)

static void show_state(TbdDirectory *d)
{
    const char *state = tbd_people_all(d->people) == 0     ? "empty"
                        : tbd_people_found(d->people) == 0 ? "none"
                                                           : "list";

    gtk_stack_set_visible_child_name(d->states, state);
}

/* ---- the other rows */

static bool is_full(const TbdDirectory *d)
{
    return gtk_slice_list_model_get_size(d->rows) >=
           g_list_model_get_n_items(tbd_people_model(d->people));
}

static gboolean on_fill(gpointer user)
{
    TbdDirectory *d = user;
    guint size = gtk_slice_list_model_get_size(d->rows) + STEP;

    gtk_slice_list_model_set_size(d->rows, size < ENOUGH ? size : G_MAXUINT);
    d->filling = is_full(d) ? 0 : g_timeout_add_full(G_PRIORITY_LOW, STEP_MS, on_fill, d, NULL);
    return G_SOURCE_REMOVE;
}

/* What nobody sees is not filled. */
static void fill_later(TbdDirectory *d)
{
    g_clear_handle_id(&d->filling, g_source_remove);
    if (gtk_widget_get_mapped(GTK_WIDGET(d)) && !is_full(d))
        d->filling = g_timeout_add_full(G_PRIORITY_LOW, SETTLE_MS, on_fill, d, NULL);
}

/* ---- who is shown */

static void on_contacts(TbdDirectory *d)
{
    tbd_people_load(d->people, tbd_lists_contacts(tbd_app_lists()));
    show_state(d);
    fill_later(d);
}

static void on_agent(TbdAgent *agent, guint topics, gpointer user)
{
    (void)topics;
    if (tbd_agent_status(agent) && !tbd_agent_me(agent)) /* locked: nobody's name stays */
        on_contacts(user);
}

static void on_search(TbdDirectory *d)
{
    gtk_slice_list_model_set_size(d->rows, FIRST);
    tbd_people_search(d->people, gtk_editable_get_text(GTK_EDITABLE(d->search)));
    show_state(d);
    if (tbd_people_found(d->people) > 0)
        gtk_widget_activate_action(GTK_WIDGET(d->list), "list.scroll-to-item", "u", 0);
    fill_later(d);
}

/* The first person, under the first heading. */
static guint first_person(TbdDirectory *d)
{
    GListModel *model = tbd_people_model(d->people);

    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(GObject) item = g_list_model_get_item(model, i);
        if (TBD_IS_ITEM(item))
            return i;
    }
    return GTK_INVALID_LIST_POSITION;
}

static void on_activate(TbdDirectory *d, guint position)
{
    g_autoptr(GObject) item = g_list_model_get_item(tbd_people_model(d->people), position);

    if (item && TBD_IS_ITEM(item))
        tbd_app_do("show-person", g_variant_new_string(tbd_item_key(TBD_ITEM(item))));
}

static void on_enter(TbdDirectory *d)
{
    guint first = first_person(d);

    if (first != GTK_INVALID_LIST_POSITION)
        on_activate(d, first);
}

static gboolean on_key(TbdDirectory *d, guint key)
{
    if (key != GDK_KEY_Down && key != GDK_KEY_KP_Down)
        return FALSE;
    for (GtkWidget *w = gtk_widget_get_first_child(GTK_WIDGET(d->list)); w;
         w = gtk_widget_get_next_sibling(w)) {
        GtkWidget *row = gtk_widget_get_first_child(w);
        if (row && TBD_IS_PERSON_ROW(row) && gtk_widget_get_child_visible(w) &&
            tbd_person_row_is_person(TBD_PERSON_ROW(row)))
            return gtk_widget_grab_focus(w);
    }
    return FALSE;
}

static void on_stop(TbdDirectory *d)
{
    gtk_editable_set_text(GTK_EDITABLE(d->search), "");
}

/* ---- rows */

static void on_setup(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    (void)factory;
    gtk_list_item_set_child(item, tbd_person_row_new());
}

/* All stay selectable, headings too: in GTK 4.8 a row that is not cannot have the focus, and the list does not
 * step over it. */
static void on_bind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    gpointer what = gtk_list_item_get_item(item);
    GtkWidget *row = gtk_list_item_get_child(item);
    bool person = TBD_IS_ITEM(what);

    (void)factory;
    gtk_list_item_set_activatable(item, person);
    tbd_person_row_set(TBD_PERSON_ROW(row), what);
}

static void on_unbind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    (void)factory;
    tbd_person_row_set(TBD_PERSON_ROW(gtk_list_item_get_child(item)), NULL);
}

static gboolean focus_search(gpointer user)
{
    TbdDirectory *d = user;

    if (gtk_widget_get_mapped(d->search))
        gtk_widget_grab_focus(d->search);
    g_object_unref(d);
    return G_SOURCE_REMOVE;
}

/* Who opens the directory looks for somebody. */
static void on_map(TbdDirectory *d)
{
    fill_later(d);
    (void)g_idle_add(focus_search, g_object_ref(d));
}

static void make_list(TbdDirectory *d)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();
    g_autoptr(GtkNoSelection) model = NULL;

    d->rows = gtk_slice_list_model_new(g_object_ref(tbd_people_model(d->people)), 0, FIRST);
    model = gtk_no_selection_new(g_object_ref(G_LIST_MODEL(d->rows)));
    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), NULL);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), NULL);
    g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), NULL);
    gtk_list_view_set_factory(d->list, factory);
    gtk_list_view_set_model(d->list, GTK_SELECTION_MODEL(model));
    tbd_name(d->list, _("People"));
    /* A status page is a pane to scroll, which takes the focus where nothing else does. */
    tbd_name(gtk_widget_get_first_child(d->none), _("Nobody of that name"));
    tbd_name(gtk_widget_get_first_child(d->empty), _("Nobody is here yet"));
}

static void tbd_directory_dispose(GObject *object)
{
    TbdDirectory *d = TBD_DIRECTORY(object);

    g_clear_handle_id(&d->filling, g_source_remove);
    g_clear_object(&d->rows);
    g_clear_object(&d->people);
    G_OBJECT_CLASS(tbd_directory_parent_class)->dispose(object);
}

static void tbd_directory_class_init(TbdDirectoryClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_directory_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/directory.ui");
    gtk_widget_class_bind_template_child(widget, TbdDirectory, search);
    gtk_widget_class_bind_template_child(widget, TbdDirectory, states);
    gtk_widget_class_bind_template_child(widget, TbdDirectory, list);
    gtk_widget_class_bind_template_child(widget, TbdDirectory, none);
    gtk_widget_class_bind_template_child(widget, TbdDirectory, empty);
}

static void tbd_directory_init(TbdDirectory *d)
{
    GtkEventController *keys = gtk_event_controller_key_new();

    gtk_widget_init_template(GTK_WIDGET(d));
    tbd_pass_by_panes(GTK_WIDGET(d));
    d->people = tbd_people_new();
    make_list(d);
    tbd_field_name(d->search, _("Search people"));
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(on_key), d);
    gtk_widget_add_controller(d->search, keys);
    g_signal_connect(d, "map", G_CALLBACK(on_map), NULL);
    g_signal_connect_swapped(d->search, "changed", G_CALLBACK(on_search), d);
    g_signal_connect_swapped(d->search, "activate", G_CALLBACK(on_enter), d);
    g_signal_connect_swapped(d->search, "stop-search", G_CALLBACK(on_stop), d);
    g_signal_connect_swapped(d->list, "activate", G_CALLBACK(on_activate), d);
    g_signal_connect_object(tbd_app_lists(), "contacts", G_CALLBACK(on_contacts), d,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_agent), d, 0);
    on_contacts(d);
}

void tbd_directory_search(TbdDirectory *d)
{
    gtk_widget_grab_focus(d->search);
}
