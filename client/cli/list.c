/* SPDX-License-Identifier: GPL-3.0-or-later */
/* list.c - see list.h. */
#include "client/cli/list.h"

static GVariant *query_of(const struct page_list *l, guint64 before, guint have)
{
    GVariantDict q;

    g_variant_dict_init(&q, NULL);
    g_variant_dict_insert(&q, "since", "t", l->since);
    g_variant_dict_insert(&q, "before", "t", before);
    g_variant_dict_insert(&q, "open", "b", l->open);
    g_variant_dict_insert(&q, "max", "u", l->max ? l->max - have : 0);
    return g_variant_dict_end(&q);
}

GPtrArray *page_list(struct cli *c, struct page_list *l, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    guint64 before = l->before, first = l->since;

    do {
        g_autoptr(GVariant) part = NULL;
        guint64 change = 0, older = 0;
        if (!tba_agent_call_pages_sync(c->agent, query_of(l, before, all->len), &part, &change,
                                       &older, NULL, error))
            return NULL;
        for (gsize i = 0; i < g_variant_n_children(part); i++)
            g_ptr_array_add(all, g_variant_get_child_value(part, i));
        if (before == l->before)
            first = change;
        before = older;
    } while (before && (l->max == 0 || all->len < l->max));
    l->change = first;
    l->older = before;
    return g_steal_pointer(&all);
}
