/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reach.c - see reach.h. */
#include "client/desktop/reach.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/wrap.h"
#include "client/text/words.h"

enum { TEAM_NUMBERS = 6 };

static void reach_free(gpointer data)
{
    struct reach *r = data;

    g_free(r->account);
    g_free(r->who);
    g_free(r);
}

static struct reach *find(GPtrArray *all, const char *account)
{
    for (guint i = 0; i < all->len; i++) {
        struct reach *r = g_ptr_array_index(all, i);
        if (strcmp(r->account, account) == 0)
            return r;
    }
    return NULL;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void add_device(GPtrArray *all, GVariant *d)
{
    struct reach *r = find(all, doc_text(d, "account"));

    if (!r) {
        r = g_new0(struct reach, 1);
        r->account = g_strdup(doc_text(d, "account"));
        r->who = brief_person(d, "name", "account");
        r->tier = doc_number(d, "tier");
        r->unreadable = true;
        r->answer = "";
        g_ptr_array_add(all, r);
    }
    r->released = r->released || doc_is(d, "released");
    r->unreadable = r->unreadable && doc_is(d, "unreadable");
    r->delivered_ms = earlier(r->delivered_ms, doc_moment(d, "delivered_at"));
    r->seen_ms = earlier(r->seen_ms, doc_moment(d, "seen_at"));
}

static void add_answers(GPtrArray *all, GVariant *full)
{
    static const char *const answers[] = { "accept", "decline", "offer" };
    g_autoptr(GVariant) events = g_variant_lookup_value(full, "events", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; events && i < g_variant_n_children(events); i++) {
        g_autoptr(GVariant) e = g_variant_get_child_value(events, i);
        struct reach *r = find(all, doc_text(e, "account"));
        for (gsize k = 0; r && doc_is(e, "counted") && k < G_N_ELEMENTS(answers); k++)
            if (strcmp(doc_text(e, "kind"), answers[k]) == 0)
                r->answer = answers[k];
    }
}

static int by_tier(gconstpointer a, gconstpointer b)
{
    const struct reach *x = *(struct reach *const *)a, *y = *(struct reach *const *)b;

    return (int)x->tier - (int)y->tier;
}

GPtrArray *reach_of(GVariant *full)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(reach_free);
    g_autoptr(GVariant) devices =
        full ? g_variant_lookup_value(full, "devices", G_VARIANT_TYPE("aa{sv}")) : NULL;

    for (gsize i = 0; devices && i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) d = g_variant_get_child_value(devices, i);
        add_device(all, d);
    }
    if (full)
        add_answers(all, full);
    g_ptr_array_sort(all, by_tier);
    return all;
}

const char *reach_word(const struct reach *r)
{
    if (strcmp(r->answer, "accept") == 0)
        return _("accepted");
    if (strcmp(r->answer, "decline") == 0)
        return _("declined");
    if (strcmp(r->answer, "offer") == 0)
        return _("handed over");
    if (r->seen_ms)
        return _("has seen it");
    if (r->unreadable)
        return _("NOT READABLE");
    if (r->delivered_ms)
        return _("on the device");
    return r->released ? _("called, device silent") : _("not called yet");
}

char *reach_list(GVariant *full, const char *me)
{
    g_autoptr(GPtrArray) all = reach_of(full);
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < all->len; i++) {
        const struct reach *r = g_ptr_array_index(all, i);
        if (!r->released || strcmp(r->account, me) == 0)
            continue;
        g_string_append_printf(s, "%s%s", s->len ? ", " : "", r->who);
        /* Who neither sent the page nor coordinates gets no receipts: silence says nothing then. */
        if (r->answer[0] || r->seen_ms || r->delivered_ms || r->unreadable)
            g_string_append_printf(s, " (%s)", reach_word(r));
    }
    return g_string_free(s, FALSE);
}

/* Adds a link to this account's telephone; says whether there is one. */
static bool add_number(GtkWidget *box, const char *account)
{
    TbdItem *item = tbd_lists_contact(tbd_app_lists(), account);
    GVariant *contact = item ? tbd_item_doc(item) : NULL;

    if (!contact || strcmp(account, brief_me()) == 0)
        return false;
    g_autofree char *who = brief_person(contact, "name", "account");
    GtkWidget *link = brief_call(who, doc_text(contact, "phone"));
    if (link)
        gtk_box_append(GTK_BOX(box), link);
    return link != NULL;
}

/* Where a page does not say who was called: the team. */
static guint add_team(GtkWidget *box)
{
    GListModel *contacts = tbd_lists_contacts(tbd_app_lists());
    guint added = 0;

    for (guint i = 0; i < g_list_model_get_n_items(contacts) && added < TEAM_NUMBERS; i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(contacts, i);
        const char *role = doc_text(tbd_item_doc(item), "role");
        if (strcmp(role, "responder") == 0 || strcmp(role, "coordinator") == 0)
            added += add_number(box, tbd_item_key(item)) ? 1 : 0;
    }
    return added;
}

GtkWidget *reach_numbers(GVariant *full)
{
    g_autoptr(GPtrArray) all = reach_of(full);
    GtkWidget *box = g_object_ref_sink(gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0));
    const char *sender = doc_text(full, "sender");
    guint added = 0;

    gtk_widget_set_layout_manager(box, tbd_wrap_new(12));
    for (guint i = 0; i < all->len; i++)
        added += add_number(box, ((struct reach *)g_ptr_array_index(all, i))->account) ? 1 : 0;
    if (added == 0)
        added = add_team(box);
    if (strcmp(sender, brief_me()) != 0) {
        g_autofree char *who = brief_person(full, "sender_name", "sender");
        g_autofree char *label = g_strdup_printf(_("Who reported, %s"), who);
        GtkWidget *link = brief_call(label, doc_text(full, "sender_phone"));
        if (link)
            gtk_box_prepend(GTK_BOX(box), link);
        added += link ? 1 : 0;
    }
    if (added == 0)
        g_clear_object(&box);
    else
        g_object_force_floating(G_OBJECT(box));
    return box;
}
