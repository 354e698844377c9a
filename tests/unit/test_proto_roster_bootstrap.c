/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_bootstrap.c - a province begins with its root and grows entry by entry. */
#include "tb_cmocka.h"

#include "province.h"

static void a_demo_province_stands(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    assert_true(tb_roster_is_demo(p.roster));
    assert_int_equal(tb_roster_size(p.roster), 11);
    assert_non_null(tb_roster_policy_by_id(p.roster, "truc-dem"));
    province_done(&p);
}

static void a_real_province_stands(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    assert_false(tb_roster_is_demo(p.roster));
    assert_int_equal(tb_roster_size(p.roster), 11);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_demo_province_stands),
        cmocka_unit_test(a_real_province_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
