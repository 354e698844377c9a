/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_clock.c - whoever sets the clock moves no deadline. */
#include "server/clock.h"
#include "tb_cmocka.h"

enum { HOUR_MS = 3600 * 1000 };
static const int64_t wall0_ms = 1790000000000, boot0_ms = 5000000;

static void engine_time_starts_at_the_wall_clock(void **state)
{
    struct engine_clock c;

    (void)state;
    clock_begin(&c, wall0_ms, boot0_ms);
    assert_int_equal(clock_engine_ms(&c, boot0_ms), wall0_ms);
    assert_int_equal(clock_engine_ms(&c, boot0_ms + 1234), wall0_ms + 1234);
}

static void a_jump_is_told_once_and_moves_nothing(void **state)
{
    struct engine_clock c;
    int64_t moved_ms = 0;

    (void)state;
    clock_begin(&c, wall0_ms, boot0_ms);
    assert_false(clock_jumped(&c, wall0_ms + 1000, boot0_ms + 1000, &moved_ms));
    assert_true(clock_jumped(&c, wall0_ms + HOUR_MS + 2000, boot0_ms + 2000, &moved_ms));
    assert_int_equal(moved_ms, HOUR_MS);
    assert_int_equal(clock_engine_ms(&c, boot0_ms + 2000), wall0_ms + 2000);
    assert_false(clock_jumped(&c, wall0_ms + HOUR_MS + 3000, boot0_ms + 3000, &moved_ms));
    assert_true(clock_jumped(&c, wall0_ms + 4000, boot0_ms + 4000, &moved_ms)); /* and back */
    assert_int_equal(moved_ms, -HOUR_MS);
}

static void slow_drift_is_told_when_it_is_a_minute(void **state)
{
    struct engine_clock c;
    int64_t moved_ms = 0;

    (void)state;
    clock_begin(&c, wall0_ms, boot0_ms);
    assert_false(clock_jumped(&c, wall0_ms + CLOCK_JUMP_MS, boot0_ms, &moved_ms));
    assert_true(clock_jumped(&c, wall0_ms + CLOCK_JUMP_MS + 1, boot0_ms, &moved_ms));
}

static void the_real_clocks_go_forward(void **state)
{
    int64_t boot_ms = clock_boot_ms();

    (void)state;
    assert_true(clock_wall_ms() > 1700000000000);
    assert_true(clock_boot_ms() >= boot_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_time_starts_at_the_wall_clock),
        cmocka_unit_test(a_jump_is_told_once_and_moves_nothing),
        cmocka_unit_test(slow_drift_is_told_when_it_is_a_minute),
        cmocka_unit_test(the_real_clocks_go_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
