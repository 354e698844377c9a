/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbox.c - see inbox.h.
 *
 * One list of everything: cards, headings and rows stand in the same virtual
 * list, so that ten thousand pages cost what the screen shows. */
#include "client/desktop/inbox.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/card.h"
#include "client/desktop/late.h"
#include "client/desktop/names.h"
#include "client/desktop/sections.h"
#include "client/desktop/silent.h"
#include "client/text/words.h"

enum { AGE_CHECK_S = 60, OVERDUE_CHECK_S = 5 };

struct _TbdInbox {
    AdwBin parent;
    GtkStack *states;
    gboolean scrolled; /* away from the first row */
    GtkListView *list;
    GtkWidget *deaf;  /* instead of a list */
    GtkWidget *older; /* the button below the list */
    GListStore *parts;
    TbdSectionList *sections;
    gboolean show_older;
    gboolean go_older; /* the focus is to go to the first of them */
    guint timer, overdue, pulling;
};

G_DEFINE_FINAL_TYPE(TbdInbox, tbd_inbox, ADW_TYPE_BIN)

/* NULL: without a heading. */
static const char *const headings[TBD_SECTIONS] = {
    [TBD_SECTION_MINE] = N_("You have these"),
    [TBD_SECTION_OTHERS] = N_("Others have these"),
    [TBD_SECTION_WAITING] = N_("Others are being called"),
    [TBD_SECTION_RECENT] = N_("Ended in the last 24 hours"),
    [TBD_SECTION_OLDER] = N_("Older"),
};

/* ---- rows */

static GtkWidget *heading_new(const char *text)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_widget_add_css_class(label, "heading");
    gtk_widget_add_css_class(label, "section-heading");
    return label;
}

/* The widget for this object: the one that is there, if it is of that kind. */
static GtkWidget *fitting(GtkListItem *li, GType type, GtkWidget *(*make)(void))
{
    GtkWidget *child = gtk_list_item_get_child(li);

    if (child && G_TYPE_CHECK_INSTANCE_TYPE(child, type))
        return child;
    child = make();
    gtk_list_item_set_child(li, child);
    return child;
}

enum kind { HEADING, CARD, ROW };

/* In GTK 4.8 a row that is not selectable cannot have the focus, and the list does not step over it: headings take
 * it too.  In a card its buttons do. */
static void make_kind(GtkListItem *li, enum kind kind)
{
    GtkWidget *wrapper = gtk_widget_get_parent(gtk_list_item_get_child(li));

    gtk_list_item_set_activatable(li, kind == ROW);
    gtk_list_item_set_selectable(li, kind != CARD);
    if (!wrapper)
        return;
    gtk_widget_set_focusable(wrapper, kind != CARD);
    if (kind == ROW)
        gtk_widget_remove_css_class(wrapper, "plain");
    else
        gtk_widget_add_css_class(wrapper, "plain");
}

static void bind_heading(GtkListItem *li, const char *text)
{
    gtk_list_item_set_child(li, heading_new(text));
    make_kind(li, HEADING);
    tbd_name(gtk_widget_get_parent(gtk_list_item_get_child(li)), text);
}

static void on_bind(GtkSignalListItemFactory *factory, GtkListItem *li, gpointer user)
{
    TbdInbox *s = user;
    GObject *object = gtk_list_item_get_item(li);

    (void)factory;
    if (GTK_IS_STRING_OBJECT(object)) {
        bind_heading(li, gtk_string_object_get_string(GTK_STRING_OBJECT(object)));
        return;
    }
    switch (tbd_section_list_where(s->sections, TBD_ITEM(object))) {
    case TBD_SECTION_CALLS:
        tbd_card_set_item(TBD_CARD(fitting(li, TBD_TYPE_CARD, tbd_card_new)), TBD_ITEM(object));
        make_kind(li, CARD);
        break;
    case TBD_SECTION_SILENT:
        tbd_silent_set_item(TBD_SILENT(fitting(li, TBD_TYPE_SILENT, tbd_silent_new)),
                            TBD_ITEM(object));
        make_kind(li, CARD);
        break;
    case TBD_SECTION_MINE:
    case TBD_SECTION_OTHERS:
    case TBD_SECTION_WAITING:
    case TBD_SECTION_RECENT:
    case TBD_SECTION_OLDER:
    case TBD_SECTIONS:
    default:
        tbd_late_set_item(TBD_LATE(fitting(li, TBD_TYPE_LATE, tbd_late_new)), TBD_ITEM(object));
        make_kind(li, ROW);
    }
}

static void on_unbind(GtkSignalListItemFactory *factory, GtkListItem *li, gpointer user)
{
    GtkWidget *child = gtk_list_item_get_child(li);

    (void)factory, (void)user;
    if (TBD_IS_CARD(child))
        tbd_card_set_item(TBD_CARD(child), NULL);
    else if (TBD_IS_SILENT(child))
        tbd_silent_set_item(TBD_SILENT(child), NULL);
    else if (TBD_IS_LATE(child))
        tbd_late_set_item(TBD_LATE(child), NULL);
}

static void on_activate(GtkListView *list, guint position, gpointer user)
{
    GListModel *model = G_LIST_MODEL(gtk_list_view_get_model(list));
    g_autoptr(GObject) object = g_list_model_get_item(model, position);

    (void)user;
    if (TBD_IS_ITEM(object))
        tbd_app_do("show-page", g_variant_new_string(tbd_item_key(TBD_ITEM(object))));
}

/* ---- what the list is made of */

/* A heading that is there while its section has pages. */
static void follow_heading(GListModel *section, guint position, guint removed, guint added,
                           GtkStringList *heading)
{
    const char *text = g_object_get_data(G_OBJECT(heading), "text");
    bool wanted = g_list_model_get_n_items(section) > 0;
    bool there = g_list_model_get_n_items(G_LIST_MODEL(heading)) > 0;

    (void)position, (void)removed, (void)added;
    if (wanted && !there)
        gtk_string_list_append(heading, _(text));
    else if (!wanted && there)
        gtk_string_list_remove(heading, 0);
}

static void add_part(TbdInbox *s, enum tbd_section section)
{
    GListModel *model = tbd_section_list_get(s->sections, section);

    if (headings[section]) {
        g_autoptr(GtkStringList) heading = gtk_string_list_new(NULL);
        g_object_set_data(G_OBJECT(heading), "text", (gpointer)(guintptr)headings[section]);
        /* After the flat list has heard of it: one change at a time. */
        g_signal_connect_object(model, "items-changed", G_CALLBACK(follow_heading), heading,
                                G_CONNECT_AFTER);
        follow_heading(model, 0, 0, 0, heading);
        g_list_store_append(s->parts, heading);
    }
    g_list_store_append(s->parts, model);
}

/* Quiet means something only where a page would be heard. */
static bool would_ring(void)
{
    GVariant *status = tbd_agent_status(tbd_app_agent());
    const char *bell = status ? doc_text(status, "bell") : "";

    return status && strcmp(doc_text(status, "online"), "online") == 0 &&
           doc_moment(status, "duty_off_at") == 0 && strcmp(bell, "muted") != 0 &&
           strcmp(bell, "none") != 0;
}

static const char *without_pages(void)
{
    if (!tbd_lists_loaded(tbd_app_lists()))
        return "loading";
    return would_ring() ? "empty" : "deaf";
}

static void show_state(TbdInbox *s)
{
    GListModel *all = G_LIST_MODEL(gtk_list_view_get_model(s->list));
    GListModel *older = tbd_section_list_get(s->sections, TBD_SECTION_OLDER);
    guint n = g_list_model_get_n_items(all), n_older = g_list_model_get_n_items(older);

    bool more = n_older > 0 || tbd_lists_has_older(tbd_app_lists());

    gtk_stack_set_visible_child_name(s->states, n || more ? "list" : without_pages());
    gtk_widget_set_visible(s->older, more && !s->show_older);
}

/* Not all that ended within a day have come, as long as the last part of the list held one. */
static bool more_are_recent(TbdInbox *s)
{
    const GPtrArray *part = tbd_lists_last_part(tbd_app_lists());

    for (guint i = 0; i < part->len; i++)
        if (tbd_section_list_where(s->sections, part->pdata[i]) == TBD_SECTION_RECENT)
            return true;
    return false;
}

/* Older pages come while somebody scrolls towards them, a few screens ahead. */
static gboolean on_pull(gpointer user)
{
    enum { SCREENS = 4 };
    TbdInbox *s = user;
    GtkAdjustment *a = gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(s->list));
    double below = gtk_adjustment_get_upper(a) - gtk_adjustment_get_value(a);

    if (tbd_lists_has_older(tbd_app_lists()) &&
        ((s->show_older && below < SCREENS * gtk_adjustment_get_page_size(a)) ||
         more_are_recent(s)))
        tbd_lists_pull_older(tbd_app_lists());
    s->pulling = 0;
    return G_SOURCE_REMOVE;
}

/* Once the list has been laid out: before that it does not know how much of it is below. */
static void pull_more(TbdInbox *s)
{
    if (!s->pulling)
        s->pulling = g_idle_add_full(G_PRIORITY_LOW, on_pull, s, NULL);
}

static void on_scrolled(TbdInbox *s, GtkAdjustment *a)
{
    s->scrolled = gtk_adjustment_get_value(a) >= 1;
    pull_more(s);
}

/* The button that somebody pressed by keyboard is gone: the focus goes on with the first of what it brought. */
static void go_older(TbdInbox *s)
{
    GListModel *all = G_LIST_MODEL(gtk_list_view_get_model(s->list));
    GListModel *older = tbd_section_list_get(s->sections, TBD_SECTION_OLDER);
    g_autoptr(GObject) first = g_list_model_get_item(older, 0);

    if (!s->go_older || !first)
        return;
    s->go_older = FALSE;
    gtk_widget_activate_action(GTK_WIDGET(s->list), "list.scroll-to-item", "u",
                               g_list_model_get_n_items(all) - g_list_model_get_n_items(older));
    for (GtkWidget *w = gtk_widget_get_first_child(GTK_WIDGET(s->list)); w;
         w = gtk_widget_get_next_sibling(w)) {
        GtkWidget *row = gtk_widget_get_first_child(w);
        if (TBD_IS_LATE(row) && G_OBJECT(tbd_late_item(TBD_LATE(row))) == first)
            (void)gtk_widget_grab_focus(w);
    }
}

/* GtkListView holds on to the row that was first: what comes above it would not be seen. */
static void on_pages(TbdInbox *s)
{
    show_state(s);
    if (!s->scrolled)
        gtk_widget_activate_action(GTK_WIDGET(s->list), "list.scroll-to-item", "u", 0);
    go_older(s);
    pull_more(s);
}

static void on_older(TbdInbox *s)
{
    s->show_older = TRUE;
    s->go_older = gtk_widget_has_focus(s->older);
    add_part(s, TBD_SECTION_OLDER);
    on_pages(s);
}

static void on_agent(TbdInbox *s)
{
    const char *me = brief_me();

    if (*me)
        tbd_section_list_set_me(s->sections, me);
    show_state(s);
}

static gboolean on_overdue(gpointer user)
{
    tbd_section_list_overdue(TBD_INBOX(user)->sections);
    return G_SOURCE_CONTINUE;
}

static gboolean on_age(gpointer user)
{
    tbd_section_list_age(TBD_INBOX(user)->sections);
    return G_SOURCE_CONTINUE;
}

/* ---- the object */

static void tbd_inbox_dispose(GObject *object)
{
    TbdInbox *s = TBD_INBOX(object);

    g_clear_handle_id(&s->timer, g_source_remove);
    g_clear_handle_id(&s->overdue, g_source_remove);
    g_clear_handle_id(&s->pulling, g_source_remove);
    g_clear_object(&s->parts);
    g_clear_object(&s->sections);
    G_OBJECT_CLASS(tbd_inbox_parent_class)->dispose(object);
}

static void tbd_inbox_class_init(TbdInboxClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_inbox_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/inbox.ui");
    gtk_widget_class_bind_template_child(widget, TbdInbox, states);
    gtk_widget_class_bind_template_child(widget, TbdInbox, list);
    gtk_widget_class_bind_template_child(widget, TbdInbox, deaf);
    gtk_widget_class_bind_template_child(widget, TbdInbox, older);
}

static void set_up_list(TbdInbox *s)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();

    g_signal_connect_object(factory, "bind", G_CALLBACK(on_bind), s, 0);
    g_signal_connect_object(factory, "unbind", G_CALLBACK(on_unbind), s, 0);
    gtk_list_view_set_factory(s->list, factory);
    g_object_unref(factory);
    GtkFlattenListModel *flat = gtk_flatten_list_model_new(G_LIST_MODEL(g_object_ref(s->parts)));
    GtkNoSelection *plain = gtk_no_selection_new(G_LIST_MODEL(flat));
    gtk_list_view_set_model(s->list, GTK_SELECTION_MODEL(plain));
    g_object_unref(plain);
    gtk_list_view_set_single_click_activate(s->list, TRUE);
    (void)g_signal_connect(s->list, "activate", G_CALLBACK(on_activate), s);
}

static void tbd_inbox_init(TbdInbox *s)
{
    g_type_ensure(TBD_TYPE_CARD);
    gtk_widget_init_template(GTK_WIDGET(s));
    tbd_name(s->list, _("Pages"));
    /* A status page is a pane to scroll, which takes the focus where nothing else does. */
    tbd_name(gtk_widget_get_first_child(s->deaf), _("No page is here"));
    s->parts = g_list_store_new(G_TYPE_LIST_MODEL);
    s->sections = tbd_section_list_new(tbd_lists_pages(tbd_app_lists()));
    set_up_list(s);
    for (int i = 0; i < TBD_SECTION_OLDER; i++)
        add_part(s, (enum tbd_section)i);
    g_signal_connect_object(s->older, "clicked", G_CALLBACK(on_older), s, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_lists(), "pages", G_CALLBACK(on_pages), s, G_CONNECT_SWAPPED);
    g_signal_connect_object(gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(s->list)),
                            "value-changed", G_CALLBACK(on_scrolled), s, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_agent), s, G_CONNECT_SWAPPED);
    s->timer = g_timeout_add_seconds(AGE_CHECK_S, on_age, s);
    s->overdue = g_timeout_add_seconds(OVERDUE_CHECK_S, on_overdue, s);
    on_agent(s);
}
