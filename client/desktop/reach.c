/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reach.c - see reach.h. */
#include "client/desktop/reach.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/wrap.h"
#include "client/text/clean.h"
#include "client/text/phones.h"
#include "client/text/words.h"

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

/* Receipts go to who sent the page: anybody else knows nothing from their absence. */
static bool is_told(GVariant *full)
{
    return strcmp(doc_text(full, "box"), "out") == 0;
}

enum reach_step reach_step(GVariant *full, GVariant *d, const char *moment, GVariant *me)
{
    bool own = me && *doc_text(me, "account") &&
               strcmp(doc_text(me, "account"), doc_text(d, "account")) == 0 &&
               strcmp(doc_text(me, "device"), doc_text(d, "device")) == 0;

    /* No receipt comes from oneself: what this device was called with is on it, and seen while it is shown. */
    if (doc_moment(d, moment) > 0 || (own && doc_is(d, "released")))
        return REACH_DONE;
    /* Who is sent "delivered" is sent "seen" too: a coordinator whom the page names. */
    return own || is_told(full) || doc_moment(d, "delivered_at") > 0 ? REACH_NOT : REACH_UNKNOWN;
}

static int devices_by_tier(gconstpointer a, gconstpointer b)
{
    uint32_t x = doc_number(*(GVariant *const *)a, "tier");
    uint32_t y = doc_number(*(GVariant *const *)b, "tier");

    return (x > y) - (x < y);
}

GPtrArray *reach_devices(GVariant *full)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autoptr(GVariant) devices = g_variant_lookup_value(full, "devices", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; devices && i < g_variant_n_children(devices); i++)
        g_ptr_array_add(all, g_variant_get_child_value(devices, i));
    g_ptr_array_sort(all, devices_by_tier);
    return all;
}

static void add_device(GPtrArray *all, GVariant *full, GVariant *d)
{
    struct reach *r = find(all, doc_text(d, "account"));

    if (!r) {
        r = g_new0(struct reach, 1);
        r->account = g_strdup(doc_text(d, "account"));
        r->who = brief_person(d, "name", "account");
        r->tier = doc_number(d, "tier");
        r->unreadable = true;
        r->told = is_told(full);
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
        add_device(all, full, d);
    }
    if (full)
        add_answers(all, full);
    g_ptr_array_sort(all, by_tier);
    return all;
}

const char *reach_word(const struct reach *r)
{
    if (strcmp(r->answer, "accept") == 0)
        return _("has accepted");
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
    if (!r->released)
        return _("not called yet");
    return r->told ? _("called, device silent") : _("called");
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

/* What the directory knows of everybody, borrowed for one question. */
static GPtrArray *everybody(void)
{
    GListModel *contacts = tbd_lists_contacts(tbd_app_lists());
    GPtrArray *docs = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    for (guint i = 0; i < g_list_model_get_n_items(contacts); i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(contacts, i);
        g_ptr_array_add(docs, g_variant_ref(tbd_item_doc(item)));
    }
    return docs;
}

static GtkWidget *link_of(const struct phone *p)
{
    g_autofree char *who = text_clean(*p->name ? p->name : p->account, false);
    g_autofree char *label =
        p->reported ? g_strdup_printf(_("Who reported, %s"), who) : g_strdup(who);

    return brief_call(label, p->number);
}

GtkWidget *reach_numbers(GVariant *full)
{
    g_autoptr(GPtrArray) people = everybody();
    g_autoptr(GPtrArray) phones = phones_for(full, NULL, people, brief_me());
    GtkWidget *box = NULL;

    for (guint i = 0; i < phones->len; i++) {
        GtkWidget *link = link_of(phones->pdata[i]);
        if (!link)
            continue;
        if (!box) {
            box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
            gtk_widget_set_layout_manager(box, tbd_wrap_new(12));
        }
        gtk_box_append(GTK_BOX(box), link);
    }
    if (!box) /* "Use the telephone now:" has an end, whatever it is */
        box = g_object_new(GTK_TYPE_LABEL, "label", _("(no telephone number is known here)"),
                           "wrap", TRUE, "xalign", 0.0F, NULL);
    return box;
}
