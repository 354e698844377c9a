/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_sections.c - which page stands where in the inbox, in which order, and what moves when one changes. */
#include <stdlib.h>
#include <string.h>

#include "client/desktop/sections.h"
#include "client/text/when.h"
#include "tb_cmocka.h"

#define ME "an"
enum { HOUR = 3600000, MANY = 400 };

static GVariant *page(const char *id, const char *state, int64_t created_ms, const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "{'id': <'%s'>, 'state': <'%s'>, 'created_at': <int64 %" G_GINT64_FORMAT ">%s%s}", id,
        state, (gint64)created_ms, *more ? ", " : "", more);
    GVariant *v = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

    assert_non_null(v);
    return g_variant_ref_sink(v);
}

static enum tbd_section place(const char *state, const char *more)
{
    g_autoptr(GVariant) doc = page("1", state, 1, more);

    return tbd_section_of(doc, ME, 100 * HOUR);
}

static void every_state_has_its_place(void **state)
{
    (void)state;
    assert_int_equal(place("ringing", "'mine_to_answer': <true>, 'box': <'in'>"),
                     TBD_SECTION_CALLS);
    assert_int_equal(place("ringing", "'mine_to_answer': <true>, 'declined_by_me': <true>"),
                     TBD_SECTION_WAITING);
    assert_int_equal(place("waiting", "'box': <'in'>"), TBD_SECTION_WAITING);
    assert_int_equal(place("queued", "'box': <'out'>"), TBD_SECTION_SILENT);
    assert_int_equal(place("ringing", "'box': <'out'>"), TBD_SECTION_SILENT);
    assert_int_equal(place("exhausted", "'box': <'in'>"), TBD_SECTION_SILENT);
    assert_int_equal(place("waiting", "'nobody': <true>, 'round': <uint32 2>"), TBD_SECTION_SILENT);
    assert_int_equal(place("waiting", "'overdue_at': <int64 360000000>"), TBD_SECTION_SILENT);
    assert_int_equal(place("waiting", "'overdue_at': <int64 360000001>"), TBD_SECTION_WAITING);
    assert_int_equal(place("ringing", "'nobody': <true>, 'mine_to_answer': <true>"),
                     TBD_SECTION_CALLS);
    assert_int_equal(place("accepted", "'owner': <'an'>"), TBD_SECTION_MINE);
    assert_int_equal(place("accepted", "'owner': <'binh'>, 'box': <'out'>"), TBD_SECTION_OTHERS);
    assert_int_equal(place("resolved", "'ended_at': <int64 320400000>"), TBD_SECTION_RECENT);
    assert_int_equal(place("resolved", "'ended_at': <int64 273599999>"), TBD_SECTION_OLDER);
    assert_int_equal(place("of a later program", ""), TBD_SECTION_WAITING);
}

/* While my own account is not known yet nothing is mine. */
static void without_an_account_nothing_is_mine(void **state)
{
    g_autoptr(GVariant) doc = page("1", "accepted", 1, "'owner': <''>");

    (void)state;
    assert_int_equal(tbd_section_of(doc, "", 0), TBD_SECTION_OTHERS);
}

static void add(GListStore *store, guint at, const char *id, const char *state, int64_t created,
                const char *more)
{
    g_autoptr(GVariant) doc = page(id, state, created, more);
    g_autoptr(TbdItem) item = tbd_item_new(doc, "id");

    g_list_store_insert(store, at, item);
}

/* The ids of a section in its order, "a b c". */
static char *ids(TbdSectionList *s, enum tbd_section section)
{
    GListModel *m = tbd_section_list_get(s, section);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < g_list_model_get_n_items(m); i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(m, i);
        g_string_append_printf(text, "%s%s", i ? " " : "", tbd_item_key(item));
    }
    return g_string_free(text, FALSE);
}

static void holds(TbdSectionList *s, enum tbd_section section, const char *wanted)
{
    g_autofree char *there = ids(s, section);

    assert_string_equal(there, wanted);
}

static void what_calls_me_stands_in_the_order_of_its_urgency(void **state)
{
    static const char calls[] = "'mine_to_answer': <true>, 'class': <uint32 %u>, 'drill': <%s>";
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdSectionList) s = tbd_section_list_new(G_LIST_MODEL(store));
    static const struct {
        const char *id;
        int64_t at;
        guint class;
        bool drill;
    } pages[] = { { "ordinary", 10, 2, false },
                  { "drill", 1, 1, true },
                  { "newer", 30, 1, false },
                  { "older", 20, 1, false } };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *more =
            g_strdup_printf(calls, pages[i].class, pages[i].drill ? "true" : "false");
        add(store, 0, pages[i].id, "ringing", pages[i].at, more);
    }
    holds(s, TBD_SECTION_CALLS, "older newer ordinary drill");
}

static void a_page_that_changes_moves_alone(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdSectionList) s = tbd_section_list_new(G_LIST_MODEL(store));

    (void)state;
    tbd_section_list_set_me(s, ME);
    add(store, 0, "a", "ringing", 1, "'mine_to_answer': <true>");
    add(store, 0, "b", "ringing", 2, "'mine_to_answer': <true>");
    g_autoptr(TbdItem) b = g_list_model_get_item(G_LIST_MODEL(store), 0);
    g_autoptr(GVariant) taken = page("b", "accepted", 2, "'owner': <'an'>");
    tbd_item_set_doc(b, taken);
    holds(s, TBD_SECTION_CALLS, "a");
    holds(s, TBD_SECTION_MINE, "b");
    tbd_section_list_set_me(s, "binh");
    holds(s, TBD_SECTION_MINE, "");
    holds(s, TBD_SECTION_OTHERS, "b");
    g_list_store_remove(store, 0);
    holds(s, TBD_SECTION_OTHERS, "");
    g_list_store_remove_all(store);
    holds(s, TBD_SECTION_CALLS, "");
}

static void what_ended_grows_old(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdSectionList) s = tbd_section_list_new(G_LIST_MODEL(store));
    g_autofree char *more = g_strdup_printf("'ended_at': <int64 %" G_GINT64_FORMAT ">",
                                            (gint64)(when_now() - 24 * HOUR + 30));

    (void)state;
    add(store, 0, "a", "resolved", 1, more);
    holds(s, TBD_SECTION_RECENT, "a");
    g_usleep(60000);
    tbd_section_list_age(s);
    holds(s, TBD_SECTION_RECENT, "");
    holds(s, TBD_SECTION_OLDER, "a");
}

/* ---- many at once */

struct watched {
    guint signals, removed, first_touched;
};

static void on_items(GListModel *m, guint position, guint removed, guint added, gpointer user)
{
    struct watched *w = user;

    (void)m, (void)added;
    w->signals++;
    w->removed += removed;
    w->first_touched = MIN(w->first_touched, position);
}

static void splice(GListStore *store, guint at, const guint *numbers, guint n)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);

    for (guint i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("%u", numbers[i]);
        g_autoptr(GVariant) doc =
            page(id, "resolved", 1000 + numbers[i], "'ended_at': <int64 1000>");
        g_ptr_array_add(items, tbd_item_new(doc, "id"));
    }
    g_list_store_splice(store, at, 0, items->pdata, items->len);
}

static void is_sorted(TbdSectionList *s, guint n)
{
    GListModel *m = tbd_section_list_get(s, TBD_SECTION_OLDER);
    long before = G_MAXLONG;

    assert_int_equal(g_list_model_get_n_items(m), n);
    for (guint i = 0; i < n; i++) {
        g_autoptr(TbdItem) item = g_list_model_get_item(m, i);
        long number = strtol(tbd_item_key(item), NULL, 10);
        assert_true(number < before);
        before = number;
    }
}

/* Who reads on, far down, stays where he is. */
static void an_older_part_goes_to_the_end_and_moves_nothing(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdSectionList) s = tbd_section_list_new(G_LIST_MODEL(store));
    struct watched w = { 0, 0, G_MAXUINT };
    guint newer[MANY], older[MANY];

    (void)state;
    for (guint i = 0; i < MANY; i++) {
        newer[i] = 2 * MANY - i;
        older[i] = MANY - i;
    }
    splice(store, 0, newer, MANY);
    (void)g_signal_connect(tbd_section_list_get(s, TBD_SECTION_OLDER), "items-changed",
                           G_CALLBACK(on_items), &w);
    splice(store, MANY, older, MANY);
    assert_int_equal(w.signals, 1);
    assert_int_equal(w.removed, 0);
    assert_int_equal(w.first_touched, MANY);
    is_sorted(s, 2 * MANY);
}

static void parts_in_any_order_come_out_sorted(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdSectionList) s = tbd_section_list_new(G_LIST_MODEL(store));
    guint numbers[MANY];

    (void)state;
    srand(7);
    for (guint i = 0; i < MANY; i++)
        numbers[i] = i + 1;
    for (guint i = MANY - 1; i > 0; i--) {
        guint j = (guint)rand() % (i + 1), kept = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = kept;
    }
    for (guint at = 0, n; at < MANY; at += n) {
        n = MIN(1 + (guint)rand() % 90, MANY - at);
        splice(store, at ? (guint)rand() % at : 0, numbers + at, n);
    }
    is_sorted(s, MANY);
    g_list_store_remove_all(store);
    is_sorted(s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_its_place),
        cmocka_unit_test(without_an_account_nothing_is_mine),
        cmocka_unit_test(what_calls_me_stands_in_the_order_of_its_urgency),
        cmocka_unit_test(a_page_that_changes_moves_alone),
        cmocka_unit_test(what_ended_grows_old),
        cmocka_unit_test(an_older_part_goes_to_the_end_and_moves_nothing),
        cmocka_unit_test(parts_in_any_order_come_out_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
