/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.c - pages in memory: read, looked at, and left alone until the next tier is called. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dummy.h"

enum { PAGES_MAX = 500 }; /* in one answer, as the agent's */

void page_free(gpointer data)
{
    struct page *p = data;

    g_variant_unref(p->doc);
    g_variant_unref(p->more);
    g_free(p);
}

/* ---- documents: each key of the agent's is there */

static const char usual_doc[] =
    "{'id': <''>, 'incident': <''>, 'change': <uint64 0>, 'box': <'in'>, 'state': <'ringing'>,"
    " 'class': <uint32 2>, 'tlp': <'amber'>, 'round': <uint32 1>, 'tier': <uint32 1>,"
    " 'drill': <false>, 'report': <true>, 'readable': <true>, 'test': <false>,"
    " 'mine_to_answer': <false>, 'declined_by_me': <false>, 'created_at': <int64 0>,"
    " 'relayed_at': <int64 0>, 'accepted_at': <int64 0>, 'ended_at': <int64 0>,"
    " 'sender': <'so-y-te'>, 'agency': <'so-y-te'>, 'sender_name': <'Lê Thị Thử'>,"
    " 'sender_level': <uint32 2>, 'sender_flags': <@as []>, 'sender_phone': <'0000 000 000'>,"
    " 'owner': <''>, 'owner_name': <''>, 'owner_level': <uint32 2>, 'owner_flags': <@as []>,"
    " 'eta_min': <uint32 0>, 'offer_to': <''>, 'title': <''>, 'kind': <''>,"
    " 'policy': <'chung'>, 'tiers': <uint32 2>, 'nobody': <false>, 'next_tier_at': <int64 0>,"
    " 'overdue_at': <int64 0>}";
static const char usual_more[] =
    "{'text': <''>, 'detected_at': <int64 0>, 'system_name': <''>, 'system_address': <''>,"
    " 'system_level': <uint32 0>, 'devices': <@aa{sv} []>, 'events': <@aa{sv} []>,"
    " 'files': <@aa{sv} []>}";
static const char usual_device[] =
    "{'tier': <uint32 1>, 'account': <''>, 'device': <'may-ban'>, 'name': <''>,"
    " 'level': <uint32 2>, 'flags': <@as []>, 'released': <true>, 'unreadable': <false>,"
    " 'rewrapped': <false>, 'capsule_ok_at': <int64 0>, 'delivered_at': <int64 0>,"
    " 'seen_at': <int64 0>}";
static const char usual_event[] = "{'at': <int64 0>, 'tier': <uint32 0>, 'round': <uint32 1>,"
                                  " 'release_no': <uint32 0>}";
static const char usual_act[] =
    "{'at': <int64 0>, 'tier': <uint32 0>, 'round': <uint32 1>, 'release_no': <uint32 0>,"
    " 'counted': <true>, 'account': <''>, 'name': <''>, 'target': <''>, 'level': <uint32 2>,"
    " 'eta_min': <uint32 0>, 'override': <false>, 'reason': <''>}";

/* Parsed once each: there may be ten thousand pages. */
static GVariant *parsed(const char *text)
{
    static GHashTable *known;
    GVariant *v;

    if (!known)
        known = g_hash_table_new(NULL, NULL);
    v = g_hash_table_lookup(known, text);
    if (!v) {
        v = g_variant_ref_sink(g_variant_new_parsed(text));
        (void)g_hash_table_insert(known, (gpointer)(guintptr)text, v);
    }
    return g_variant_ref(v);
}

static GVariant *with_usual(GVariant *doc, bool event)
{
    bool act = event && *get_s(doc, "account");
    g_autoptr(GVariant) usual = parsed(!event ? usual_device : act ? usual_act : usual_event);

    return doc_merge(usual, doc);
}

static GVariant *complete(GVariant *list, bool events)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) doc = g_variant_get_child_value(list, i);
        g_autoptr(GVariant) whole = with_usual(doc, events);
        g_variant_builder_add_value(&b, whole);
    }
    return g_variant_builder_end(&b);
}

/* A text of a million letters is not written into a scene: 'repeat_text' says how often it stands there. */
static GVariant *repeated(GVariant *doc, GVariant *value)
{
    int64_t times = get_n(doc, "repeat_text");
    const char *text = g_variant_get_string(value, NULL);
    GString *all = g_string_new(text);

    for (int64_t i = 1; i < times; i++)
        (void)g_string_append(all, text);
    return g_variant_new_take_string(g_string_free(all, FALSE));
}

static GVariant *fit_more(const char *key, GVariant *doc, GVariant *value)
{
    if (strcmp(key, "events") == 0 || strcmp(key, "devices") == 0)
        return complete(value, *key == 'e');
    if (strcmp(key, "text") == 0)
        return repeated(doc, value);
    return value;
}

static void take(struct dummy *d, struct page *p, GVariant *doc)
{
    GVariantDict first, more;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_dict_init(&first, p->doc);
    g_variant_dict_init(&more, p->more);
    g_variant_iter_init(&iter, doc);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        if (g_variant_dict_contains(&more, key))
            g_variant_dict_insert_value(&more, key, fit_more(key, doc, value));
        else if (g_variant_dict_contains(&first, key))
            g_variant_dict_insert_value(&first, key, value);
        else if (strcmp(key, "repeat_text") != 0)
            g_printerr("dummy_agent: a page has no '%s'\n", key);
    }
    g_variant_dict_insert(&first, "change", "t", ++d->page_change);
    g_variant_unref(p->doc);
    g_variant_unref(p->more);
    p->doc = g_variant_ref_sink(g_variant_dict_end(&first));
    p->more = g_variant_ref_sink(g_variant_dict_end(&more));
}

/* In order of `change`: whatever changes goes to the end. */
static void to_the_end(struct dummy *d, struct page *p)
{
    guint at = 0;

    if (g_ptr_array_index(d->pages, d->pages->len - 1) != p && g_ptr_array_find(d->pages, p, &at))
        g_ptr_array_add(d->pages, g_ptr_array_steal_index(d->pages, at));
}

void page_add(struct dummy *d, GVariant *doc)
{
    const char *id = get_s(doc, "id");
    struct page *p = g_hash_table_lookup(d->by_id, id);

    if (!p) {
        p = g_new0(struct page, 1);
        p->doc = parsed(usual_doc);
        p->more = parsed(usual_more);
        g_ptr_array_add(d->pages, p);
        (void)g_hash_table_insert(d->by_id, g_strdup(id), p);
    }
    take(d, p, doc);
    to_the_end(d, p);
    nudge(d, TOPIC_PAGES | TOPIC_STATUS);
}

void page_set(struct dummy *d, struct page *p, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autoptr(GVariant) patch = g_variant_ref_sink(g_variant_new_parsed_va(format, &arguments));
    va_end(arguments);
    take(d, p, patch);
    to_the_end(d, p);
    nudge(d, TOPIC_PAGES | TOPIC_STATUS);
}

void page_event(struct dummy *d, struct page *p, GVariant *event)
{
    g_autoptr(GVariant) e = g_variant_ref_sink(event);
    g_autoptr(GVariant) old = get_v(p->more, "events");
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(old); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(old, i);
        g_variant_builder_add_value(&b, one);
    }
    g_autoptr(GVariant) whole = with_usual(e, true);
    if (get_n(whole, "at") == 0)
        doc_patch(&whole, g_variant_new_parsed("{'at': <%x>}", now_ms()));
    g_variant_builder_add_value(&b, whole);
    page_set(d, p, "{'events': <%@aa{sv}>}", g_variant_builder_end(&b));
}

struct page *page_find(struct dummy *d, const char *prefix)
{
    struct page *found = g_hash_table_lookup(d->by_id, prefix);

    for (guint i = 0; !found && *prefix && i < d->pages->len; i++) {
        struct page *p = g_ptr_array_index(d->pages, i);
        if (g_str_has_prefix(get_s(p->doc, "id"), prefix))
            found = p;
    }
    return found;
}

/* ---- time */

static bool is(struct page *p, const char *state)
{
    return strcmp(get_s(p->doc, "state"), state) == 0;
}

static bool rings(struct page *p)
{
    return is(p, "ringing") && get_b(p->doc, "mine_to_answer") && !get_b(p->doc, "declined_by_me");
}

/* The policy's tiers, NULL if it has none of that name. */
static GVariant *tiers_of(struct dummy *d, const char *policy)
{
    g_autoptr(GVariant) all = get_v(d->scene, "policies");

    for (gsize i = 0; all && i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(all, i);
        if (strcmp(get_s(one, "id"), policy) == 0)
            return get_v(one, "tiers");
    }
    return NULL;
}

static void next_tier(struct dummy *d, struct page *p)
{
    g_autoptr(GVariant) tiers = tiers_of(d, get_s(p->doc, "policy"));
    guint32 tier = (guint32)get_n(p->doc, "tier");

    if (!tiers || tier >= g_variant_n_children(tiers)) {
        page_set(d, p, "{'state': <'exhausted'>, 'nobody': <true>, 'next_tier_at': <int64 0>}");
        page_event(d, p, g_variant_new_parsed("{'kind': <'nobody'>}"));
        return;
    }
    g_autoptr(GVariant) next = g_variant_get_child_value(tiers, tier);
    page_set(d, p, "{'tier': <%u>, 'next_tier_at': <%x>}", tier + 1,
             now_ms() + get_n(next, "wait_s") * 1000);
    page_event(d, p,
               g_variant_new_parsed("{'kind': <'release'>, 'tier': <%u>, 'release_no': <%u>}",
                                    tier + 1, tier + 1));
}

void pages_tick(struct dummy *d)
{
    int64_t now = now_ms();

    for (guint i = 0; i < d->pages->len; i++) {
        struct page *p = g_ptr_array_index(d->pages, i);
        int64_t due = is(p, "ringing") ? get_n(p->doc, "next_tier_at") : 0;
        /* A scene that says when the relay is late has one that calls no further. */
        if (due && due <= now && get_n(p->doc, "overdue_at") == 0)
            next_tier(d, p);
    }
}

GVariant *pages_ringing(struct dummy *d)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < d->pages->len; i++) {
        struct page *p = g_ptr_array_index(d->pages, i);
        const char *why = !get_b(p->doc, "readable")   ? "unreadable"
                          : *get_s(p->doc, "offer_to") ? "offer"
                                                       : "page";
        if (rings(p))
            g_variant_builder_add_parsed(
                &list,
                "{'page': <%s>, 'why': <%s>, 'class': <%u>, 'drill': <%b>, 'rings': <uint32 3>,"
                " 'since_at': <%x>}",
                get_s(p->doc, "id"), why, (guint32)get_n(p->doc, "class"), get_b(p->doc, "drill"),
                get_n(p->doc, "relayed_at"));
    }
    return g_variant_builder_end(&list);
}

guint pages_count(struct dummy *d, bool unanswered)
{
    guint n = 0;

    for (guint i = 0; i < d->pages->len; i++) {
        struct page *p = g_ptr_array_index(d->pages, i);
        n += unanswered ? rings(p) : get_n(p->doc, "ended_at") == 0 && !is(p, "resolved");
    }
    return n;
}

/* ---- methods */

static gboolean on_pages(TbaAgent *o, GDBusMethodInvocation *inv, GVariant *query, gpointer user)
{
    struct dummy *d = user;
    guint64 since = (guint64)get_n(query, "since"), before = (guint64)get_n(query, "before");
    guint64 max = (guint64)get_n(query, "max"), change = since, older = 0, last = 0;
    guint64 room = max == 0 || max > PAGES_MAX ? PAGES_MAX : max;
    GVariantBuilder list;

    if (not_ready(d, inv))
        return TRUE;
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = d->pages->len; i-- > 0 && older == 0;) {
        struct page *p = g_ptr_array_index(d->pages, i);
        guint64 at = (guint64)get_n(p->doc, "change");
        if (at <= since)
            break;
        if ((before && at >= before) || (get_b(query, "open") && get_n(p->doc, "ended_at")))
            continue;
        if (room-- == 0) {
            older = last;
            break;
        }
        g_variant_builder_add_value(&list, p->doc);
        change = MAX(change, at);
        last = at;
    }
    tba_agent_complete_pages(o, inv, g_variant_builder_end(&list), change, older);
    return TRUE;
}

static int content_fd(const char *content)
{
    int fd = memfd_create("dummy", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, content, strlen(content)) < 0)
        g_printerr("dummy_agent: a file was not written\n");
    return fd;
}

/* Scenes give files a 'content'; the interface a size and a descriptor. */
static GVariant *give_files(GVariant *files, GUnixFDList *fds, GVariant **ret_list)
{
    GVariantBuilder handles, list;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        const char *content = get_s(file, "content");
        int fd = content_fd(content);
        g_variant_builder_add(&handles, "h", g_unix_fd_list_append(fds, fd, NULL));
        g_variant_builder_add_parsed(&list, "{'name': <%s>, 'size': <%t>}", get_s(file, "name"),
                                     (guint64)strlen(content));
        (void)close(fd);
    }
    *ret_list = g_variant_builder_end(&list);
    return g_variant_builder_end(&handles);
}

static gboolean on_page_get(TbaAgent *o, GDBusMethodInvocation *inv, GUnixFDList *in,
                            const char *id, gpointer user)
{
    struct dummy *d = user;
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    struct page *p = page_find(d, id);

    (void)in;
    if (not_ready(d, inv))
        return TRUE;
    if (!p)
        return refuse(inv, "NOTFOUND", "no such page; `trucban pages` lists them");
    g_autoptr(GVariant) whole = doc_merge(p->doc, p->more);
    g_autoptr(GVariant) files = get_v(p->more, "files");
    GVariant *list = NULL;
    GVariant *handles = give_files(files, fds, &list);
    doc_patch(&whole, g_variant_new_parsed("{'files': <%@aa{sv}>}", list));
    tba_agent_complete_page_get(o, inv, fds, whole, handles);
    return TRUE;
}

static gboolean on_find(TbaAgent *o, GDBusMethodInvocation *inv, const char *prefix, gpointer user)
{
    struct page *p = page_find(user, prefix);

    if (not_ready(user, inv))
        return TRUE;
    if (!p)
        return refuse(inv, "NOTFOUND", "no such page; `trucban pages` lists them");
    tba_agent_complete_find(o, inv, get_s(p->doc, "id"));
    return TRUE;
}

static gboolean on_seen(TbaAgent *o, GDBusMethodInvocation *inv, const char *id, gpointer user)
{
    (void)id;
    if (!not_ready(user, inv))
        tba_agent_complete_seen(o, inv);
    return TRUE;
}

void connect_pages(TbaAgent *s, struct dummy *d)
{
    (void)g_signal_connect(s, "handle-pages", G_CALLBACK(on_pages), d);
    (void)g_signal_connect(s, "handle-page-get", G_CALLBACK(on_page_get), d);
    (void)g_signal_connect(s, "handle-find", G_CALLBACK(on_find), d);
    (void)g_signal_connect(s, "handle-seen", G_CALLBACK(on_seen), d);
}
