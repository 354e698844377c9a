/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_people.c - the directory's order, its headings, and the price of a key press. */
#include <gtk/gtk.h>
#include <stdlib.h>
#include <string.h>

#include "client/desktop/people.h"
#include "client/text/words.h"
#include "tb_cmocka.h"

enum { MANY = 1000, KEY_PRESS_US = 50000 };

static void add_of(GListStore *store, const char *account, const char *agency, const char *unit,
                   const char *name, bool changed)
{
    g_autoptr(GVariant) doc = g_variant_ref_sink(g_variant_new_parsed(
        "{'account': <%s>, 'agency': <%s>, 'name': <%s>, 'role': <'agency'>, 'unit': <%s>,"
        " 'phone': <'0000 000 000'>, 'level': <uint32 2>, 'key_changed': <%b>}",
        account, agency, name, unit, changed));
    g_autoptr(TbdItem) item = tbd_item_new(doc, "account");

    g_list_store_append(store, item);
}

static void add(GListStore *store, const char *account, const char *agency, const char *name,
                bool changed)
{
    add_of(store, account, agency, "Sở Y tế", name, changed);
}

static const char *at(TbdPeople *p, guint n)
{
    g_autoptr(GObject) row = g_list_model_get_item(tbd_people_model(p), n);

    assert_non_null(row);
    return TBD_IS_ITEM(row) ? tbd_item_key(TBD_ITEM(row))
                            : gtk_string_object_get_string(GTK_STRING_OBJECT(row));
}

static void whose_key_changed_stands_first_then_agencies_under_headings(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdPeople) p = tbd_people_new();

    (void)state;
    add(store, "an", "b-y", "An", false);
    add(store, "binh", "a-x", "Bình", false);
    add(store, "chi", "b-y", "Chi", true);
    add(store, "dung", "a-x", "Ánh", false);
    tbd_people_load(p, G_LIST_MODEL(store));
    assert_int_equal(g_list_model_get_n_items(tbd_people_model(p)), 4 + 3);
    assert_non_null(strstr(at(p, 0), "KEY CHANGED"));
    assert_string_equal(at(p, 1), "chi");
    assert_string_equal(at(p, 2), "Sở Y tế (a-x)");
    assert_string_equal(at(p, 5), "Sở Y tế (b-y)");
    assert_string_equal(at(p, 6), "an");
    tbd_people_search(p, "binh");
    assert_int_equal(tbd_people_found(p), 1);
    assert_string_equal(at(p, 1), "binh");
    tbd_people_search(p, "0000000000 so y te");
    assert_int_equal(tbd_people_found(p), 4);
    tbd_people_search(p, "nobody");
    assert_int_equal(tbd_people_found(p), 0);
    assert_int_equal(g_list_model_get_n_items(tbd_people_model(p)), 0);
}

static void one_who_names_the_agency_names_it_for_all(void **state)
{
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdPeople) p = tbd_people_new();

    (void)state;
    add_of(store, "an", "a-x", "", "An", false);
    add_of(store, "binh", "a-x", "Sở X", "Bình", false);
    add_of(store, "chi", "b-y", "", "Chi", false);
    tbd_people_load(p, G_LIST_MODEL(store));
    assert_string_equal(at(p, 0), "Sở X (a-x)");
    assert_string_equal(at(p, 1), "an");
    assert_string_equal(at(p, 3), "b-y");
    tbd_people_search(p, "an"); /* also where only the other is found */
    assert_string_equal(at(p, 0), "Sở X (a-x)");
}

static void a_thousand_are_searched_while_a_key_goes_down(void **state)
{
    static const char *const typed[] = { "n", "ng", "nguyen", "nguyễn văn", "nguyen van 7", "" };
    g_autoptr(GListStore) store = g_list_store_new(TBD_TYPE_ITEM);
    g_autoptr(TbdPeople) p = tbd_people_new();
    gint64 worst = 0;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        g_autofree char *account = g_strdup_printf("nguoi-%d", i);
        g_autofree char *agency = g_strdup_printf("co-quan-%d", i % 40);
        g_autofree char *name = g_strdup_printf("Nguyễn Văn Mẫu %d", i);
        add(store, account, agency, name, i % 100 == 0);
    }
    tbd_people_load(p, G_LIST_MODEL(store));
    for (gsize i = 0; i < G_N_ELEMENTS(typed); i++) {
        gint64 start = g_get_monotonic_time();
        tbd_people_search(p, typed[i]);
        worst = MAX(worst, g_get_monotonic_time() - start);
    }
    assert_int_equal(tbd_people_found(p), MANY);
    print_message("slowest key press among %d people: %.1f ms\n", MANY, (double)worst / 1000);
    assert_true(worst < KEY_PRESS_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_key_changed_stands_first_then_agencies_under_headings),
        cmocka_unit_test(one_who_names_the_agency_names_it_for_all),
        cmocka_unit_test(a_thousand_are_searched_while_a_key_goes_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
