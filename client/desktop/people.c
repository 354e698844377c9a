/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.c - see people.h. */
#include "client/desktop/people.h"

#include <gtk/gtk.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/text/clean.h"
#include "client/text/fold.h"
#include "client/text/words.h"

struct person {
    TbdItem *item;
    char *folded, *order; /* order: a collation key */
    char *agency;
    GtkStringObject *heading; /* the same one for each search: a list keeps the row of what stays */
    gboolean changed, named;  /* named: the heading has more than the agency's account */
};

struct _TbdPeople {
    GObject parent;
    GListStore *shown;
    GPtrArray *all; /* of struct person, in order */
    char *query;    /* folded */
    guint found;
};

G_DEFINE_FINAL_TYPE(TbdPeople, tbd_people, G_TYPE_OBJECT)

static void person_free(gpointer data)
{
    struct person *p = data;

    g_object_unref(p->item);
    g_free(p->folded);
    g_free(p->order);
    g_free(p->agency);
    g_object_unref(p->heading);
    g_free(p);
}

/* "Sở Y tế (so-y-te)"; people of an agency name it as they like, so the account rules, and the first of them who
 * names it at all is heard (share_headings). */
static char *heading_of(GVariant *doc)
{
    g_autofree char *agency = text_clean(doc_text(doc, "agency"), false);
    g_autofree char *unit = text_clean(doc_text(doc, "unit"), false);

    if (doc_is(doc, "key_changed"))
        return g_strdup(_("KEY CHANGED: verify again before you trust"));
    return *unit ? g_strdup_printf("%s (%s)", unit, agency) : g_strdup(agency);
}

static char *folded_of(GVariant *doc)
{
    static const char *const keys[] = { "name",     "account", "agency", "rank",
                                        "position", "unit",    "phone",  "email" };
    g_autoptr(GString) s = g_string_new(word_role(doc_text(doc, "role")));

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        g_string_append_printf(s, "\n%s", doc_text(doc, keys[i]));
    for (const char *c = doc_text(doc, "phone"); *c; c++) /* also as one number */
        if (g_ascii_isdigit(*c))
            g_string_append_c(s, *c);
    return text_fold(s->str);
}

static char *order_of(GVariant *doc)
{
    g_autofree char *text = g_strdup_printf("%s\x01%s\x01%s", doc_text(doc, "agency"),
                                            doc_text(doc, "name"), doc_text(doc, "account"));

    return g_utf8_collate_key(text, -1);
}

static struct person *person_of(TbdItem *item)
{
    struct person *p = g_new0(struct person, 1);
    GVariant *doc = tbd_item_doc(item);
    g_autofree char *heading = heading_of(doc);

    p->item = g_object_ref(item);
    p->folded = folded_of(doc);
    p->order = order_of(doc);
    p->agency = g_strdup(doc_text(doc, "agency"));
    p->heading = gtk_string_object_new(heading);
    p->named = *doc_text(doc, "unit") != '\0';
    p->changed = doc_is(doc, "key_changed");
    return p;
}

static int in_order(gconstpointer a, gconstpointer b)
{
    const struct person *x = *(struct person *const *)a, *y = *(struct person *const *)b;

    return x->changed != y->changed ? (x->changed ? -1 : 1) : strcmp(x->order, y->order);
}

static bool same_group(const struct person *a, const struct person *b)
{
    if (a->changed || b->changed)
        return a->changed == b->changed;
    return strcmp(a->agency, b->agency) == 0;
}

static bool is_at(GListStore *store, guint position, gconstpointer row)
{
    g_autoptr(GObject) here = g_list_model_get_item(G_LIST_MODEL(store), position);

    return here == row;
}

/* Only what is between the first and the last difference: a list measures what it is told of. */
static void replace(GListStore *store, GPtrArray *rows)
{
    guint old = g_list_model_get_n_items(G_LIST_MODEL(store)), new = rows->len, head = 0, tail = 0;

    while (head < MIN(old, new) && is_at(store, head, rows->pdata[head]))
        head++;
    while (tail < MIN(old, new) - head && is_at(store, old - 1 - tail, rows->pdata[new - 1 - tail]))
        tail++;
    if (old - head - tail || new - head - tail)
        g_list_store_splice(store, head, old - head - tail, rows->pdata + head, new - head - tail);
}

static void rebuild(TbdPeople *p)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_object_unref);
    const struct person *before = NULL;

    p->found = 0;
    for (guint i = 0; i < p->all->len; i++) {
        struct person *person = g_ptr_array_index(p->all, i);
        if (!text_found(person->folded, p->query))
            continue;
        if (!before || !same_group(before, person))
            g_ptr_array_add(rows, g_object_ref(person->heading));
        g_ptr_array_add(rows, g_object_ref(person->item));
        before = person;
        p->found++;
    }
    replace(p->shown, rows);
}

static void share_headings(GPtrArray *all)
{
    for (guint from = 0, to = 0; from < all->len; from = to) {
        const struct person *best = all->pdata[from];

        for (to = from; to < all->len && same_group(all->pdata[from], all->pdata[to]); to++)
            best = best->named ? best : all->pdata[to];
        for (guint i = from; i < to; i++)
            g_set_object(&((struct person *)all->pdata[i])->heading, best->heading);
    }
}

void tbd_people_load(TbdPeople *p, GListModel *contacts)
{
    g_ptr_array_set_size(p->all, 0);
    for (guint i = 0; i < g_list_model_get_n_items(contacts); i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(contacts, i);
        g_ptr_array_add(p->all, person_of(item));
    }
    g_ptr_array_sort(p->all, in_order);
    share_headings(p->all);
    rebuild(p);
}

void tbd_people_search(TbdPeople *p, const char *query)
{
    g_free(p->query);
    p->query = text_fold(query);
    rebuild(p);
}

static void tbd_people_finalize(GObject *object)
{
    TbdPeople *p = TBD_PEOPLE(object);

    g_clear_object(&p->shown);
    g_ptr_array_unref(p->all);
    g_free(p->query);
    G_OBJECT_CLASS(tbd_people_parent_class)->finalize(object);
}

static void tbd_people_class_init(TbdPeopleClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_people_finalize;
}

static void tbd_people_init(TbdPeople *p)
{
    p->shown = g_list_store_new(G_TYPE_OBJECT);
    p->all = g_ptr_array_new_with_free_func(person_free);
    p->query = g_strdup("");
}

TbdPeople *tbd_people_new(void)
{
    return g_object_new(TBD_TYPE_PEOPLE, NULL);
}

GListModel *tbd_people_model(TbdPeople *p)
{
    return G_LIST_MODEL(p->shown);
}

guint tbd_people_found(TbdPeople *p)
{
    return p->found;
}

guint tbd_people_all(TbdPeople *p)
{
    return p->all->len;
}
