/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sections.c - see sections.h. */
#include "client/desktop/sections.h"

#include <stdbool.h>
#include <string.h>

#include "client/desktop/answer.h"
#include "client/text/calling.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { DAY_MS = 24 * 3600 * 1000, ONE_BY_ONE = 32 };

struct _TbdSectionList {
    GObject parent;
    GListModel *pages;
    GPtrArray *mirror; /* what `pages` holds, to know what went */
    GListStore *section[TBD_SECTIONS];
    char *me;
};

G_DEFINE_FINAL_TYPE(TbdSectionList, tbd_section_list, G_TYPE_OBJECT)

static GQuark place_quark(void)
{
    return g_quark_from_static_string("tbd-section");
}

/* ---- the rule */

enum tbd_section tbd_section_of(GVariant *page, const char *me, int64_t now_ms)
{
    const char *state = doc_text(page, "state");

    if (strcmp(state, "resolved") == 0)
        return now_ms - doc_moment(page, "ended_at") < DAY_MS ? TBD_SECTION_RECENT
                                                              : TBD_SECTION_OLDER;
    if (page_waits_for(page, me))
        return TBD_SECTION_CALLS;
    if (strcmp(state, "accepted") == 0)
        return *me && strcmp(doc_text(page, "owner"), me) == 0 ? TBD_SECTION_MINE
                                                               : TBD_SECTION_OTHERS;
    if (calling_is_loud(page, now_ms) || strcmp(doc_text(page, "box"), "out") == 0)
        return TBD_SECTION_SILENT;
    return TBD_SECTION_WAITING;
}

/* What sorts a page, read once: its class, drill flag and birth never change. */
struct place {
    int section; /* -1: in none */
    uint32_t urgency;
    int64_t created_ms;
};

static struct place *place_of(gconstpointer item)
{
    return g_object_get_qdata(G_OBJECT((gpointer)(guintptr)item), place_quark());
}

static struct place *place_made(TbdItem *item)
{
    GVariant *doc = tbd_item_doc(item);
    struct place *p = place_of(item);

    if (p)
        return p;
    p = g_new0(struct place, 1);
    p->section = -1;
    p->created_ms = doc_moment(doc, "created_at");
    p->urgency = doc_number(doc, "class") + (doc_is(doc, "drill") ? 1000 : 0);
    g_object_set_qdata_full(G_OBJECT(item), place_quark(), p, g_free);
    return p;
}

static int newest_first(gconstpointer a, gconstpointer b, gpointer user)
{
    int64_t x = place_of(a)->created_ms, y = place_of(b)->created_ms;

    (void)user;
    return x > y ? -1 : x < y;
}

/* Real before drill, severe before ordinary, and who waits longest before the others. */
static int most_urgent_first(gconstpointer a, gconstpointer b, gpointer user)
{
    const struct place *x = place_of(a), *y = place_of(b);

    if (x->urgency != y->urgency)
        return x->urgency < y->urgency ? -1 : 1;
    return newest_first(b, a, user);
}

static GCompareDataFunc order_of(int section)
{
    return section == TBD_SECTION_CALLS || section == TBD_SECTION_SILENT ? most_urgent_first
                                                                         : newest_first;
}

/* ---- moving */

static void take_out(TbdSectionList *s, TbdItem *item)
{
    struct place *p = place_made(item);
    guint at = 0;

    if (p->section >= 0 && g_list_store_find(s->section[p->section], item, &at))
        g_list_store_remove(s->section[p->section], at);
    p->section = -1;
}

static void settle(TbdSectionList *s, TbdItem *item, int64_t now_ms)
{
    int section = (int)tbd_section_of(tbd_item_doc(item), s->me, now_ms);
    struct place *p = place_made(item);

    if (section == p->section)
        return;
    take_out(s, item);
    p->section = section;
    (void)g_list_store_insert_sorted(s->section[section], item, order_of(section), NULL);
}

static void on_doc(TbdItem *item, GParamSpec *spec, gpointer user)
{
    (void)spec;
    settle(user, item, when_now());
}

/* Where this item belongs in a section: behind all that come before it. */
static guint place_in(GListModel *section, TbdItem *item, GCompareDataFunc order)
{
    guint low = 0, high = g_list_model_get_n_items(section);

    while (low < high) {
        guint middle = low + (high - low) / 2;
        g_autoptr(TbdItem) other = g_list_model_get_item(section, middle);
        if (order(item, other, NULL) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static int by_order(gconstpointer a, gconstpointer b, gpointer order)
{
    const GCompareDataFunc *fn = order;

    return (*fn)(*(TbdItem *const *)a, *(TbdItem *const *)b, NULL);
}

/* In as few pieces as there are places: what stands in between, and where somebody scrolled to, stays. */
static void insert_all(GListStore *section, GPtrArray *fresh, GCompareDataFunc order)
{
    g_ptr_array_sort_with_data(fresh, by_order, &order);
    for (guint i = fresh->len; i > 0;) { /* from the end: the places before do not move */
        guint at = place_in(G_LIST_MODEL(section), fresh->pdata[i - 1], order), from = i - 1;
        while (from > 0 && place_in(G_LIST_MODEL(section), fresh->pdata[from - 1], order) == at)
            from--;
        g_list_store_splice(section, at, 0, fresh->pdata + from, i - from);
        i = from;
    }
}

static void settle_many(TbdSectionList *s, TbdItem *const *items, guint n)
{
    int64_t now = when_now();
    GPtrArray *fresh[TBD_SECTIONS];

    for (int i = 0; i < TBD_SECTIONS; i++)
        fresh[i] = g_ptr_array_new();
    for (guint i = 0; i < n; i++) {
        struct place *p = place_made(items[i]);
        p->section = (int)tbd_section_of(tbd_item_doc(items[i]), s->me, now);
        g_ptr_array_add(fresh[p->section], items[i]);
    }
    for (int i = 0; i < TBD_SECTIONS; i++) {
        insert_all(s->section[i], fresh[i], order_of(i));
        g_ptr_array_unref(fresh[i]);
    }
}

static void forget(TbdSectionList *s, guint position, guint removed)
{
    bool all = removed > ONE_BY_ONE && removed == s->mirror->len;

    for (guint i = 0; i < removed; i++) {
        TbdItem *item = g_ptr_array_index(s->mirror, position + i);
        g_signal_handlers_disconnect_by_data(item, s);
        if (all)
            place_made(item)->section = -1;
        else
            take_out(s, item);
    }
    for (int i = 0; all && i < TBD_SECTIONS; i++)
        g_list_store_remove_all(s->section[i]);
    if (removed)
        g_ptr_array_remove_range(s->mirror, position, removed);
}

static void on_items(GListModel *pages, guint position, guint removed, guint added, gpointer user)
{
    TbdSectionList *s = user;
    int64_t now = when_now();

    forget(s, position, removed);
    for (guint i = 0; i < added; i++) {
        TbdItem *item = g_list_model_get_item(pages, position + i);
        g_ptr_array_insert(s->mirror, (int)(position + i), item);
        g_signal_connect_object(item, "notify::doc", G_CALLBACK(on_doc), s, 0);
        if (added <= ONE_BY_ONE)
            settle(s, item, now);
    }
    if (added > ONE_BY_ONE)
        settle_many(s, (TbdItem *const *)(s->mirror->pdata + position), added);
}

static void settle_section(TbdSectionList *s, enum tbd_section section)
{
    GListModel *pages = G_LIST_MODEL(s->section[section]);
    int64_t now = when_now();

    for (guint n = g_list_model_get_n_items(pages); n-- > 0;) {
        g_autoptr(TbdItem) item = g_list_model_get_item(pages, n);
        settle(s, item, now);
    }
}

void tbd_section_list_age(TbdSectionList *s)
{
    settle_section(s, TBD_SECTION_RECENT);
}

void tbd_section_list_overdue(TbdSectionList *s)
{
    settle_section(s, TBD_SECTION_WAITING);
}

enum tbd_section tbd_section_list_where(TbdSectionList *s, TbdItem *item)
{
    const struct place *p = place_of(item);

    return p && p->section >= 0 ? (enum tbd_section)p->section
                                : tbd_section_of(tbd_item_doc(item), s->me, when_now());
}

void tbd_section_list_set_me(TbdSectionList *s, const char *account)
{
    int64_t now = when_now();

    if (strcmp(s->me, account) == 0)
        return;
    g_free(s->me);
    s->me = g_strdup(account);
    for (guint i = 0; i < s->mirror->len; i++)
        settle(s, g_ptr_array_index(s->mirror, i), now);
}

/* ---- the object */

static void tbd_section_list_finalize(GObject *object)
{
    TbdSectionList *s = TBD_SECTION_LIST(object);

    for (int i = 0; i < TBD_SECTIONS; i++)
        g_clear_object(&s->section[i]);
    g_ptr_array_unref(s->mirror);
    g_clear_object(&s->pages);
    g_free(s->me);
    G_OBJECT_CLASS(tbd_section_list_parent_class)->finalize(object);
}

static void tbd_section_list_class_init(TbdSectionListClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_section_list_finalize;
}

static void tbd_section_list_init(TbdSectionList *s)
{
    s->mirror = g_ptr_array_new_with_free_func(g_object_unref);
    s->me = g_strdup("");
    for (int i = 0; i < TBD_SECTIONS; i++)
        s->section[i] = g_list_store_new(TBD_TYPE_ITEM);
}

TbdSectionList *tbd_section_list_new(GListModel *pages)
{
    TbdSectionList *s = g_object_new(TBD_TYPE_SECTIONS, NULL);

    s->pages = g_object_ref(pages);
    g_signal_connect_object(pages, "items-changed", G_CALLBACK(on_items), s, 0);
    on_items(pages, 0, 0, g_list_model_get_n_items(pages), s);
    return s;
}

GListModel *tbd_section_list_get(TbdSectionList *s, enum tbd_section section)
{
    return G_LIST_MODEL(s->section[section]);
}
