/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists.c - see lists.h. */
#include "client/desktop/lists.h"

#include <stdbool.h>

#include "client/text/words.h"

struct list {
    GListStore *store;
    GHashTable *by_key; /* items of `store`, borrowed */
    const char *key;
    gboolean pulling, again;
};

struct _TbdLists {
    GObject parent;
    TbdAgent *agent;
    struct list pages, contacts;
    guint64 change; /* of the newest page that is here */
    gboolean loaded;
};

G_DEFINE_FINAL_TYPE(TbdLists, tbd_lists, G_TYPE_OBJECT)

static guint pages_signal, contacts_signal;

static void pull_pages(TbdLists *l);
static void pull_contacts(TbdLists *l);

static void list_init(struct list *s, const char *key)
{
    s->store = g_list_store_new(TBD_TYPE_ITEM);
    s->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->key = key;
}

static void list_done(struct list *s)
{
    g_clear_pointer(&s->by_key, g_hash_table_unref);
    g_clear_object(&s->store);
}

static void list_clear(struct list *s)
{
    g_hash_table_remove_all(s->by_key);
    g_list_store_remove_all(s->store);
}

/* Adds what is new in one splice at `at`, and renews what is known. */
static void list_merge(struct list *s, GVariant *docs, guint at)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(g_object_unref);

    for (gsize i = 0; i < g_variant_n_children(docs); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(docs, i);
        TbdItem *known = g_hash_table_lookup(s->by_key, doc_text(doc, s->key));
        if (known) {
            tbd_item_set_doc(known, doc);
            continue;
        }
        TbdItem *item = tbd_item_new(doc, s->key);
        g_ptr_array_add(fresh, item);
        (void)g_hash_table_insert(s->by_key, g_strdup(tbd_item_key(item)), item);
    }
    if (fresh->len)
        g_list_store_splice(s->store, at, 0, fresh->pdata, fresh->len);
}

/* A link that came back may be to an agent with fewer things in it. */
static void list_drop_missing(struct list *s, GVariant *docs)
{
    g_autoptr(GHashTable) here = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (gsize i = 0; i < g_variant_n_children(docs); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(docs, i);
        (void)g_hash_table_add(here, g_strdup(doc_text(doc, s->key)));
    }
    for (guint n = g_list_model_get_n_items(G_LIST_MODEL(s->store)); n-- > 0;) {
        g_autoptr(TbdItem) item = g_list_model_get_item(G_LIST_MODEL(s->store), n);
        if (g_hash_table_contains(here, tbd_item_key(item)))
            continue;
        (void)g_hash_table_remove(s->by_key, tbd_item_key(item));
        g_list_store_remove(s->store, n);
    }
}

static void on_pages(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdLists) l = user;
    g_autoptr(GVariant) docs = NULL;
    guint64 change = 0;
    bool ok = tba_agent_call_pages_finish(TBA_AGENT(source), &docs, &change, result, NULL);

    l->pages.pulling = FALSE;
    if (ok) {
        if (l->change == 0)
            list_drop_missing(&l->pages, docs);
        l->change = change;
        l->loaded = TRUE;
        list_merge(&l->pages, docs, 0);
        g_signal_emit(l, pages_signal, 0);
    }
    if (l->pages.again)
        pull_pages(l);
}

static void pull_pages(TbdLists *l)
{
    TbaAgent *proxy = tbd_agent_proxy(l->agent);

    l->pages.again = l->pages.pulling;
    if (l->pages.pulling || !proxy)
        return;
    l->pages.pulling = TRUE;
    tba_agent_call_pages(proxy, l->change, FALSE, 0, NULL, on_pages, g_object_ref(l));
}

static const char *sort_name(gconstpointer item)
{
    GVariant *doc = tbd_item_doc(TBD_ITEM((gpointer)(guintptr)item));
    const char *name = doc_text(doc, "name");

    return *name ? name : doc_text(doc, "account");
}

static int by_name(gconstpointer a, gconstpointer b, gpointer user)
{
    (void)user;
    return g_utf8_collate(sort_name(a), sort_name(b));
}

static void on_contacts(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdLists) l = user;
    g_autoptr(GVariant) docs = NULL;
    bool ok = tba_agent_call_contacts_finish(TBA_AGENT(source), &docs, result, NULL);

    l->contacts.pulling = FALSE;
    if (ok) {
        list_drop_missing(&l->contacts, docs);
        list_merge(&l->contacts, docs, 0);
        g_list_store_sort(l->contacts.store, by_name, NULL);
        g_signal_emit(l, contacts_signal, 0);
    }
    if (l->contacts.again)
        pull_contacts(l);
}

static void pull_contacts(TbdLists *l)
{
    TbaAgent *proxy = tbd_agent_proxy(l->agent);

    l->contacts.again = l->contacts.pulling;
    if (l->contacts.pulling || !proxy)
        return;
    l->contacts.pulling = TRUE;
    tba_agent_call_contacts(proxy, NULL, on_contacts, g_object_ref(l));
}

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    TbdLists *l = user;

    if (topics & TBD_TOPIC_LINK)
        l->change = 0;
    if (!tbd_agent_me(agent)) { /* locked or not enrolled: nothing may stay on screen */
        if (tbd_agent_proxy(agent)) {
            list_clear(&l->pages);
            list_clear(&l->contacts);
            l->change = 0;
            l->loaded = FALSE;
        }
        return;
    }
    if (topics & (TBD_TOPIC_PAGES | TBD_TOPIC_OUTBOX | TBD_TOPIC_LINK) || !l->loaded)
        pull_pages(l);
    if (topics & (TBD_TOPIC_ROSTER | TBD_TOPIC_LINK) ||
        g_list_model_get_n_items(G_LIST_MODEL(l->contacts.store)) == 0)
        pull_contacts(l);
}

static void tbd_lists_finalize(GObject *object)
{
    TbdLists *l = TBD_LISTS(object);

    list_done(&l->pages);
    list_done(&l->contacts);
    g_clear_object(&l->agent);
    G_OBJECT_CLASS(tbd_lists_parent_class)->finalize(object);
}

static void tbd_lists_class_init(TbdListsClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_lists_finalize;
    pages_signal = g_signal_new("pages", TBD_TYPE_LISTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
    contacts_signal = g_signal_new("contacts", TBD_TYPE_LISTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void tbd_lists_init(TbdLists *l)
{
    list_init(&l->pages, "id");
    list_init(&l->contacts, "account");
}

TbdLists *tbd_lists_new(TbdAgent *agent)
{
    TbdLists *l = g_object_new(TBD_TYPE_LISTS, NULL);

    l->agent = g_object_ref(agent);
    g_signal_connect_object(agent, "changed", G_CALLBACK(on_changed), l, 0);
    return l;
}

GListModel *tbd_lists_pages(TbdLists *l)
{
    return G_LIST_MODEL(l->pages.store);
}

GListModel *tbd_lists_contacts(TbdLists *l)
{
    return G_LIST_MODEL(l->contacts.store);
}

bool tbd_lists_loaded(TbdLists *l)
{
    return l->loaded;
}

TbdItem *tbd_lists_page(TbdLists *l, const char *id)
{
    return g_hash_table_lookup(l->pages.by_key, id);
}

TbdItem *tbd_lists_contact(TbdLists *l, const char *account)
{
    return g_hash_table_lookup(l->contacts.by_key, account);
}
