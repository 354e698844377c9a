/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_promise.c - until when somebody promised to be there: across midnight too, and when it has passed. */
#include "client/api/lang.h"
#include "client/text/when.h"
#include "tb_cmocka.h"

#define ELEVEN INT64_C(1795363200000) /* 2026-11-22T23:00:00+07:00 */
#define AT(minutes) (ELEVEN + (minutes)*INT64_C(60000))

static void says(uint32_t eta_min, int64_t now_ms, const char *wanted)
{
    g_autofree char *said = when_promised(ELEVEN, eta_min, now_ms);
    assert_string_equal(said, wanted);
}

static void on_the_same_day_it_is_the_hour(void **state)
{
    (void)state;
    says(30, AT(3), "trong 30 phút (trước 23:30)");
    says(30, AT(30), "trong 30 phút (trước 23:30)");
}

static void across_midnight_it_has_the_date(void **state)
{
    (void)state;
    says(90, AT(3), "trong 90 phút (trước 23/11/2026 00:30)");
    says(90, AT(61), "trong 90 phút (trước 00:30)");
}

static void a_promise_that_has_passed_is_no_promise_any_more(void **state)
{
    (void)state;
    says(30, AT(24 * 60), "hẹn 22/11/2026 23:30, quá 23 giờ");
    says(30, AT(33), "hẹn 23:30, quá 3 phút");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_the_same_day_it_is_the_hour),
        cmocka_unit_test(across_midnight_it_has_the_date),
        cmocka_unit_test(a_promise_that_has_passed_is_no_promise_any_more),
    };

    tba_lang_init("vi");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
