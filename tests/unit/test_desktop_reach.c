/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_reach.c - how far a page came on each device, as far as this device can know. */
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/reach.h"
#include "client/text/words.h"
#include "tb_cmocka.h"

static GVariant *doc(const char *text)
{
    GVariant *v = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

    assert_non_null(v);
    return g_variant_ref_sink(v);
}

static enum reach_step seen(const char *box, const char *device)
{
    g_autoptr(GVariant) me = doc("{'account': <'an'>, 'device': <'may-ban'>}");
    g_autofree char *page = g_strdup_printf("{'box': <'%s'>}", box);
    g_autoptr(GVariant) full = doc(page), d = doc(device);

    return reach_step(full, d, "seen_at", me);
}

static void silence_says_something_only_to_who_is_sent_the_receipts(void **state)
{
    const char *silent = "{'account': <'binh'>, 'device': <'may-ban'>, 'released': <true>}";
    const char *heard = "{'account': <'binh'>, 'device': <'may-ban'>, 'seen_at': <int64 5>}";

    (void)state;
    assert_int_equal(seen("out", silent), REACH_NOT);
    assert_int_equal(seen("in", silent), REACH_UNKNOWN);
    assert_int_equal(seen("in", "{'account': <'binh'>, 'delivered_at': <int64 5>}"), REACH_NOT);
    assert_int_equal(seen("out", heard), REACH_DONE);
    assert_int_equal(seen("in", heard), REACH_DONE);
}

static void what_rang_on_this_device_is_on_it(void **state)
{
    (void)state;
    assert_int_equal(seen("in", "{'account': <'an'>, 'device': <'may-ban'>, 'released': <true>}"),
                     REACH_DONE);
    assert_int_equal(seen("in", "{'account': <'an'>, 'device': <'may-ban'>}"), REACH_NOT);
    assert_int_equal(seen("in", "{'account': <'an'>, 'device': <'xach-tay'>, 'released': <true>}"),
                     REACH_UNKNOWN);
}

#define THREE                                                                         \
    "'devices': <[{'account': <'chi'>, 'tier': <@u 3>}, {'account': <'an'>, 'tier': " \
    "<@u 1>, 'released': <true>}, {'account': <'binh'>, 'tier': <@u 2>}]>"

static void devices_come_in_the_order_of_their_tiers(void **state)
{
    (void)state;
    g_autoptr(GVariant) full = doc("{" THREE "}");
    g_autoptr(GPtrArray) all = reach_devices(full);

    assert_int_equal(all->len, 3);
    for (guint i = 0; i < all->len; i++)
        assert_int_equal(doc_number(all->pdata[i], "tier"), i + 1);
}

static void a_person_is_called_silent_only_where_that_is_known(void **state)
{
    (void)state;
    g_autoptr(GVariant) mine = doc("{'box': <'out'>, " THREE "}");
    g_autoptr(GVariant) other = doc("{'box': <'in'>, " THREE "}");
    g_autoptr(GPtrArray) a = reach_of(mine), b = reach_of(other);

    assert_string_equal(reach_word(a->pdata[0]), "called, device silent");
    assert_string_equal(reach_word(b->pdata[0]), "called");
    assert_string_equal(reach_word(b->pdata[1]), "not called yet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_says_something_only_to_who_is_sent_the_receipts),
        cmocka_unit_test(what_rang_on_this_device_is_on_it),
        cmocka_unit_test(devices_come_in_the_order_of_their_tiers),
        cmocka_unit_test(a_person_is_called_silent_only_where_that_is_known),
    };

    tba_lang_init("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
