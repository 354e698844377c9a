/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lists.c - see lists.h. */
#include "client/desktop/lists.h"

#include <stdbool.h>

#include "client/desktop/pull.h"
#include "client/text/words.h"

enum { MANY = 32 };

struct list {
    GListStore *store;
    GHashTable *by_key; /* items of `store`, borrowed */
    const char *key;
};

struct _TbdLists {
    GObject parent;
    TbdAgent *agent;
    struct list pages, contacts;
    gboolean asking, asking_again; /* for the contacts */
    struct pull pull;
    struct pull_call call; /* under way, or PULL_NOTHING */
    GCancellable *cancel;  /* of the call: of no use once the link is another */
    GPtrArray *part;       /* the last part of the newest or older ones: of TbdItem */
    GHashTable *seen;      /* keys that came since the link is another; NULL: it is compared */
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

static guint list_length(const struct list *s)
{
    return g_list_model_get_n_items(G_LIST_MODEL(s->store));
}

/* The item of this document, renewed; a new one is added to `fresh`, which owns it. */
static TbdItem *list_take(struct list *s, GVariant *doc, GPtrArray *fresh)
{
    TbdItem *item = g_hash_table_lookup(s->by_key, doc_text(doc, s->key));

    if (item) {
        tbd_item_set_doc(item, doc);
        return item;
    }
    item = tbd_item_new(doc, s->key);
    g_ptr_array_add(fresh, item);
    (void)g_hash_table_insert(s->by_key, g_strdup(tbd_item_key(item)), item);
    return item;
}

/* Adds what is new in one splice at `at`, and renews what is known; all of it also into `part` (or NULL). */
static void list_merge(struct list *s, GVariant *docs, guint at, GPtrArray *part)
{
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(g_object_unref);

    for (gsize i = 0; i < g_variant_n_children(docs); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(docs, i);
        TbdItem *item = list_take(s, doc, fresh);
        if (part)
            g_ptr_array_add(part, g_object_ref(item));
    }
    if (fresh->len)
        g_list_store_splice(s->store, at, 0, fresh->pdata, fresh->len);
}

static void keep_all(struct list *s, GPtrArray *kept)
{
    g_list_store_splice(s->store, 0, list_length(s), kept->pdata, kept->len);
    g_hash_table_remove_all(s->by_key);
    for (guint i = 0; i < kept->len; i++)
        (void)g_hash_table_insert(s->by_key, g_strdup(tbd_item_key(kept->pdata[i])),
                                  kept->pdata[i]);
}

/* A link that came back may be to an agent with fewer things in it. */
static void list_keep(struct list *s, GHashTable *keys)
{
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_object_unref);
    guint n = list_length(s);

    for (guint i = 0; i < n; i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(G_LIST_MODEL(s->store), i);
        if (g_hash_table_contains(keys, tbd_item_key(item)))
            g_ptr_array_add(kept, g_object_ref(item));
    }
    if (n - kept->len > MANY) {
        keep_all(s, kept);
        return;
    }
    for (guint i = n; list_length(s) > kept->len && i-- > 0;) {
        g_autoptr(TbdItem) item = g_list_model_get_item(G_LIST_MODEL(s->store), i);
        if (g_hash_table_contains(keys, tbd_item_key(item)))
            continue;
        (void)g_hash_table_remove(s->by_key, tbd_item_key(item));
        g_list_store_remove(s->store, i);
    }
}

static void add_keys(GHashTable *keys, const struct list *s, GVariant *docs)
{
    for (gsize i = 0; i < g_variant_n_children(docs); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(docs, i);
        (void)g_hash_table_add(keys, g_strdup(doc_text(doc, s->key)));
    }
}

/* ---- pages */

static void take_part(TbdLists *l, GVariant *docs)
{
    enum pull_what what = l->call.what;
    bool edge = what == PULL_FIRST || what == PULL_OLDER;
    guint at = what == PULL_FIRST || what == PULL_NEWS ? 0 : list_length(&l->pages);

    if (l->seen)
        add_keys(l->seen, &l->pages, docs);
    if (edge)
        g_ptr_array_set_size(l->part, 0);
    list_merge(&l->pages, docs, at, edge ? l->part : NULL);
}

static void on_pages(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdLists) l = user;
    g_autoptr(GVariant) docs = NULL;
    g_autoptr(GError) error = NULL;
    struct pull_call call = l->call;
    guint64 change = 0, older = 0;
    bool ok =
        tba_agent_call_pages_finish(TBA_AGENT(source), &docs, &change, &older, result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the answer of a link that is gone */
    if (ok) {
        take_part(l, docs);
        pull_took(&l->pull, &call, change, older);
    } else {
        pull_failed(&l->pull, &call); /* the next nudge asks again */
    }
    l->call.what = PULL_NOTHING;
    if (!ok)
        return;
    if (l->seen && pull_is_level(&l->pull)) {
        list_keep(&l->pages, l->seen);
        g_clear_pointer(&l->seen, g_hash_table_unref);
    }
    l->loaded = TRUE;
    g_signal_emit(l, pages_signal, 0);
    pull_pages(l);
}

static GVariant *query_of(const struct pull_call *call)
{
    GVariantDict q;

    g_variant_dict_init(&q, NULL);
    g_variant_dict_insert(&q, "since", "t", call->since);
    g_variant_dict_insert(&q, "before", "t", call->before);
    g_variant_dict_insert(&q, "open", "b", (gboolean)(call->what == PULL_OPEN));
    g_variant_dict_insert(&q, "max", "u", (guint32)PULL_PART);
    return g_variant_dict_end(&q);
}

static void pull_pages(TbdLists *l)
{
    TbaAgent *proxy = tbd_agent_proxy(l->agent);

    if (!proxy || l->call.what != PULL_NOTHING)
        return;
    l->call = pull_next(&l->pull);
    if (l->call.what != PULL_NOTHING)
        tba_agent_call_pages(proxy, query_of(&l->call), l->cancel, on_pages, g_object_ref(l));
}

/* Everything may be another. */
static void forget_cursors(TbdLists *l)
{
    g_cancellable_cancel(l->cancel);
    g_object_unref(l->cancel);
    l->cancel = g_cancellable_new();
    l->pull = (struct pull){ .begun = false };
    l->call.what = PULL_NOTHING;
    g_clear_pointer(&l->seen, g_hash_table_unref);
    l->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_set_size(l->part, 0);
}

/* ---- contacts */

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

    l->asking = FALSE;
    if (ok) {
        g_autoptr(GHashTable) here = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        add_keys(here, &l->contacts, docs);
        list_keep(&l->contacts, here);
        list_merge(&l->contacts, docs, 0, NULL);
        g_list_store_sort(l->contacts.store, by_name, NULL);
        g_signal_emit(l, contacts_signal, 0);
    }
    if (l->asking_again)
        pull_contacts(l);
}

static void pull_contacts(TbdLists *l)
{
    TbaAgent *proxy = tbd_agent_proxy(l->agent);

    l->asking_again = l->asking;
    if (l->asking || !proxy)
        return;
    l->asking = TRUE;
    tba_agent_call_contacts(proxy, NULL, on_contacts, g_object_ref(l));
}

static void on_changed(TbdAgent *agent, guint topics, gpointer user)
{
    TbdLists *l = user;

    if (topics & TBD_TOPIC_LINK)
        forget_cursors(l);
    if (!tbd_agent_me(agent)) { /* locked or not enrolled: nothing may stay on screen */
        if (tbd_agent_proxy(agent)) {
            list_clear(&l->pages);
            list_clear(&l->contacts);
            forget_cursors(l);
            l->loaded = FALSE;
        }
        return;
    }
    if (topics & (TBD_TOPIC_PAGES | TBD_TOPIC_OUTBOX | TBD_TOPIC_LINK) || !l->loaded) {
        l->pull.nudged = l->pull.begun || l->call.what != PULL_NOTHING;
        pull_pages(l);
    }
    if (topics & (TBD_TOPIC_ROSTER | TBD_TOPIC_LINK) ||
        g_list_model_get_n_items(G_LIST_MODEL(l->contacts.store)) == 0)
        pull_contacts(l);
}

static void tbd_lists_finalize(GObject *object)
{
    TbdLists *l = TBD_LISTS(object);

    list_done(&l->pages);
    list_done(&l->contacts);
    g_clear_pointer(&l->seen, g_hash_table_unref);
    g_clear_pointer(&l->part, g_ptr_array_unref);
    g_clear_object(&l->cancel);
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
    l->part = g_ptr_array_new_with_free_func(g_object_unref);
    l->cancel = g_cancellable_new();
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

bool tbd_lists_has_older(TbdLists *l)
{
    return l->pull.older != 0;
}

void tbd_lists_pull_older(TbdLists *l)
{
    l->pull.wanted = true;
    pull_pages(l);
}

const GPtrArray *tbd_lists_last_part(TbdLists *l)
{
    return l->part;
}

TbdItem *tbd_lists_page(TbdLists *l, const char *id)
{
    return g_hash_table_lookup(l->pages.by_key, id);
}

TbdItem *tbd_lists_contact(TbdLists *l, const char *account)
{
    return g_hash_table_lookup(l->contacts.by_key, account);
}
