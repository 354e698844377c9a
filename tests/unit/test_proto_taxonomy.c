/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_taxonomy.c - the plan's 25 kinds are there, once each, with valid text. */
#include "tb_cmocka.h"

#include <string.h>

#include "proto/taxonomy.h"
#include "proto/text.h"

static void the_plan_has_25_kinds_in_four_groups(void **state)
{
    static const struct {
        const char *group;
        size_t n;
    } groups[] = { { "ATT", 10 }, { "SYS", 5 }, { "ADM", 5 }, { "NAT", 5 } };

    (void)state;
    assert_int_equal(tb_kind_count, 25);
    for (size_t g = 0; g < 4; g++) {
        size_t n = 0;
        for (size_t i = 0; i < tb_kind_count; i++)
            n += strcmp(tb_kinds[i].group, groups[g].group) == 0;
        assert_int_equal(n, groups[g].n);
    }
}

static void every_kind_is_complete_and_found_by_its_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < tb_kind_count; i++) {
        const struct tb_kind *k = &tb_kinds[i];
        assert_ptr_equal(tb_kind_of(k->code), k);
        assert_int_equal(strlen(k->code), 6);
        assert_int_equal(strncmp(k->code, k->group, 3), 0);
        assert_int_equal(tb_text_check(k->vi, TB_TITLE_MAX, TB_TEXT_LINE), TB_OK);
        assert_true(k->vi[0] && k->en[0] && k->iodef[0] && k->cap[0]);
        assert_non_null(strchr(k->rsit, ':'));
    }
}

static void other_codes_name_no_kind(void **state)
{
    (void)state;
    assert_null(tb_kind_of("att-06"));
    assert_null(tb_kind_of("ATT-11"));
    assert_null(tb_kind_of(""));
    assert_null(tb_kind_of(NULL));
    assert_string_equal(tb_kind_of("ATT-06")->vi, "Tấn công mã hóa phần mềm, dữ liệu, thiết bị");
    assert_string_equal(tb_kind_of("NAT-01")->cap, "Met");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plan_has_25_kinds_in_four_groups),
        cmocka_unit_test(every_kind_is_complete_and_found_by_its_code),
        cmocka_unit_test(other_codes_name_no_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
