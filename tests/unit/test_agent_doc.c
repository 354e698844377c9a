/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_agent_doc.c - documents of the interface, and what a bubble may say. */
#include <string.h>

#include "client/agent/alarm_text.h"
#include "client/agent/doc.h"
#include "tb_cmocka.h"

static const char *text_of(GVariant *doc, const char *key)
{
    const char *value = NULL;
    assert_true(g_variant_lookup(doc, key, "&s", &value));
    return value;
}

static void a_page_becomes_a_document_with_printed_ids_and_moments(void **state)
{
    (void)state;
    struct tbc_page p = { .id = { { 0xab, 0xcd } },
                          .page_class = 1,
                          .state = TBC_PAGE_RINGING,
                          .box = TBC_BOX_IN,
                          .drill = true,
                          .created_ms = 1700000000123,
                          .sender_trust = { .level = 2,
                                            .flags = TB_TRUST_COMPARED | TB_TRUST_STALE } };
    g_autoptr(GVariant) doc = g_variant_ref_sink(doc_page(&p));
    g_autofree const char **flags = NULL;
    gint64 created = 0;
    guint32 class = 0;
    gboolean drill = FALSE;

    assert_string_equal(text_of(doc, "id"), "abcd000000000000");
    assert_string_equal(text_of(doc, "incident"), "");
    assert_string_equal(text_of(doc, "state"), "ringing");
    assert_string_equal(text_of(doc, "box"), "in");
    assert_true(g_variant_lookup(doc, "created_at", "x", &created));
    assert_int_equal(created, 1700000000123);
    assert_true(g_variant_lookup(doc, "class", "u", &class) && class == 1);
    assert_true(g_variant_lookup(doc, "drill", "b", &drill) && drill);
    assert_true(g_variant_lookup(doc, "sender_flags", "^a&s", &flags));
    assert_string_equal(flags[0], "stale");
    assert_string_equal(flags[1], "compared");
    assert_null(flags[2]);
}

static void text_that_is_not_utf8_does_not_reach_the_bus(void **state)
{
    (void)state;
    struct tbc_page p = { .title = "a\xff\xfe" };
    g_autoptr(GVariant) doc = g_variant_ref_sink(doc_page(&p));

    assert_true(g_utf8_validate(text_of(doc, "title"), -1, NULL));
}

static void a_full_page_lists_ladder_events_and_files(void **state)
{
    (void)state;
    struct tbc_page_device device = {
        .t = 1, .account = "an", .released = true, .delivered_ms = 5
    };
    struct tbc_page_event event = {
        .kind = TBC_EV_ACT, .act = TB_ACT_ACCEPT, .account = "an", .eta_min = 10
    };
    struct tbc_page_full full = {
        .device = &device, .n_devices = 1, .event = &event, .n_events = 1, .n_files = 1
    };
    memcpy(full.file[0].name, "log.txt", sizeof "log.txt");
    full.file[0].n = 42;

    g_autoptr(GVariant) doc = g_variant_ref_sink(doc_page_full(&full));
    g_autoptr(GVariant) events = g_variant_lookup_value(doc, "events", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) files = g_variant_lookup_value(doc, "files", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) devices = g_variant_lookup_value(doc, "devices", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GVariant) first = g_variant_get_child_value(events, 0);
    g_autoptr(GVariant) file = g_variant_get_child_value(files, 0);

    assert_int_equal(g_variant_n_children(devices), 1);
    assert_string_equal(text_of(first, "kind"), "accept");
    assert_string_equal(text_of(file, "name"), "log.txt");
    assert_string_equal(text_of(doc, "text"), "");
}

static const struct ringer_item item = {
    .page = { { 0x12, 0x34 } },
    .why = TBC_RING_PAGE,
    .page_class = 1,
    .sender = "so-y-te",
    .agency = "so-y-te",
    .title = "<b>Bí mật</b>",
};

static void a_lock_screen_shows_no_content_unless_its_owner_says_so(void **state)
{
    (void)state;
    struct alarm_text none = alarm_text_make(&item, PRIVACY_NONE, true);
    struct alarm_text id = alarm_text_make(&item, PRIVACY_ID, true);
    struct alarm_text full = alarm_text_make(&item, PRIVACY_FULL, true);

    assert_null(strstr(none.body, "1234"));
    assert_null(strstr(none.body, "so-y-te"));
    assert_non_null(strstr(id.body, "1234000000000000"));
    assert_null(strstr(id.body, "so-y-te"));
    assert_null(strstr(id.body, "Bí mật"));
    assert_null(strstr(id.summary, "Bí mật"));
    assert_non_null(strstr(full.body, "so-y-te"));
    assert_non_null(strstr(full.body, "Bí mật"));
    alarm_text_done(&none);
    alarm_text_done(&id);
    alarm_text_done(&full);
}

static void without_buttons_the_bubble_says_what_to_type(void **state)
{
    (void)state;
    struct alarm_text t = alarm_text_make(&item, PRIVACY_ID, false);

    assert_non_null(strstr(t.body, "trucban accept 1234000000000000"));
    alarm_text_done(&t);
}

static void a_drill_says_so_first(void **state)
{
    (void)state;
    struct ringer_item drill = item;
    drill.drill = true;
    struct alarm_text t = alarm_text_make(&drill, PRIVACY_NONE, true);

    assert_true(g_str_has_prefix(t.summary, "[DRILL]"));
    alarm_text_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_becomes_a_document_with_printed_ids_and_moments),
        cmocka_unit_test(text_that_is_not_utf8_does_not_reach_the_bus),
        cmocka_unit_test(a_full_page_lists_ladder_events_and_files),
        cmocka_unit_test(a_lock_screen_shows_no_content_unless_its_owner_says_so),
        cmocka_unit_test(without_buttons_the_bubble_says_what_to_type),
        cmocka_unit_test(a_drill_says_so_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
