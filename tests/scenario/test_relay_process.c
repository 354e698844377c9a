/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_relay_process.c - starting, stopping and asking a relay, as its administrator does. */
/* link: PkgConfig::OPENSSL */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tb_cmocka.h"
#include "world_front.h"

static struct front the;

static int set_up(void **state)
{
    (void)state;
    front_open(&the);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    front_close(&the);
    return 0;
}

/* --- the process */

static void a_restart_takes_the_same_port_again(void **state)
{
    int port = the.port;
    struct raw r = front_websocket(&the);

    (void)state;
    front_restart_with(&the, "");
    assert_true(raw_wait_closed(&r, 5000) >= 0);
    raw_close(&r);
    assert_int_equal(the.port, port);
    r = front_websocket(&the);
    front_assert_served(&r);
    raw_close(&r);
}

static void sigterm_ends_it_cleanly_while_devices_are_connected(void **state)
{
    struct raw r = front_websocket(&the);

    (void)state;
    front_assert_served(&r);
    struct raw silent = raw_connect(the.port);
    long long before = now_ms();
    proc_stop(&the.relay); /* asserts exit 0 */
    assert_true(now_ms() - before < 5000);
    raw_close(&r);
    raw_close(&silent);
    front_start(&the);
}

static void a_wrong_key_is_named_with_file_and_line(void **state)
{
    char expected[160];
    const char *const args[] = { "--config", the.config, NULL };

    (void)state;
    front_write_config(&the, "[limits]\nmax-pears = 5\n");
    struct run r = front_run(&the, args);
    assert_int_equal(r.code, 78);
    (void)snprintf(expected, sizeof expected, "%s:9: unknown key 'max-pears' in [limits]",
                   the.config);
    assert_non_null(strstr(r.err, expected));
    run_done(&r);
    front_write_config(&the, "");
}

static void a_second_relay_does_not_start_on_the_same_state(void **state)
{
    const char *const args[] = { "--config", the.config, NULL };

    (void)state;
    struct run r = front_run(&the, args);
    assert_int_not_equal(r.code, 0);
    assert_non_null(strstr(r.err, "state"));
    run_done(&r);
}

static void a_state_folder_open_to_others_is_refused(void **state)
{
    const char *const args[] = { "check", "--state", the.state, NULL };

    (void)state;
    assert_int_equal(chmod(the.state, 0755), 0);
    struct run r = front_run(&the, args);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "chmod 700"));
    run_done(&r);
    assert_int_equal(chmod(the.state, 0700), 0);
}

static void status_tells_a_running_relay_from_a_crashed_one(void **state)
{
    const char *const args[] = { "status", "--state", the.state, NULL };

    (void)state;
    struct run r = front_run(&the, args);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "trucban_connections "));
    run_done(&r);
    proc_kill(&the.relay);
    r = front_run(&the, args);
    assert_int_equal(r.code, 3);
    run_done(&r);
    front_start(&the);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_takes_the_same_port_again),
        cmocka_unit_test(sigterm_ends_it_cleanly_while_devices_are_connected),
        cmocka_unit_test(a_wrong_key_is_named_with_file_and_line),
        cmocka_unit_test(a_second_relay_does_not_start_on_the_same_state),
        cmocka_unit_test(a_state_folder_open_to_others_is_refused),
        cmocka_unit_test(status_tells_a_running_relay_from_a_crashed_one),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
