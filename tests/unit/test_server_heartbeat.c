/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_heartbeat.c - the line of a heartbeat, and what does not count as one. */
#include <inttypes.h>
#include <string.h>

#include "server/heartbeat.h"
#include "tb_cmocka.h"

static tb_result parse(const char *text, struct tb_id *ret)
{
    return heartbeat_parse(tb_view_of(text, strlen(text)), ret);
}

static void what_is_printed_is_understood(void **state)
{
    struct tb_id id = { { 1, 2, 0xfe } }, heard = { { 0 } };
    struct heartbeat_text text;

    (void)state;
    heartbeat_print(&id, UINT64_MAX, INT64_MAX, &text);
    assert_true(strlen(text.s) < HEARTBEAT_TEXT_MAX - 1);
    assert_int_equal(parse(text.s, &heard), TB_OK);
    assert_memory_equal(id.b, heard.b, sizeof id.b);
}

static void anything_else_is_no_heartbeat(void **state)
{
    struct tb_id id = { { 7 } }, heard;
    struct heartbeat_text good, bad;

    (void)state;
    heartbeat_print(&id, 3, 1000, &good);
    for (size_t n = 0; n < strlen(good.s); n++)
        assert_int_equal(heartbeat_parse(tb_view_of(good.s, n), &heard), TB_E_RANGE);
    for (size_t i = 0; i < strlen(good.s); i++) {
        bad = good;
        bad.s[i] = '#';
        assert_int_equal(parse(bad.s, &heard), TB_E_RANGE);
        bad.s[i] = '\0';
        assert_int_equal(heartbeat_parse(tb_view_of(bad.s, strlen(good.s)), &heard), TB_E_RANGE);
    }
    char longer[400];
    memset(longer, '1', sizeof longer);
    assert_int_equal(heartbeat_parse(tb_view_of(longer, sizeof longer), &heard), TB_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_understood),
        cmocka_unit_test(anything_else_is_no_heartbeat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
