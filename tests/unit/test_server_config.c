/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_config.c - a configuration is read whole or refused by file and line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config.h"
#include "tb_cmocka.h"

static char dir[64], path[96], more_dir[96], more[128];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/trucban-config-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/relay.conf", dir);
    (void)snprintf(more_dir, sizeof more_dir, "%s/relay.conf.d", dir);
    (void)snprintf(more, sizeof more, "%s/10-port.conf", more_dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(more);
    (void)rmdir(more_dir);
    (void)unlink(path);
    return rmdir(dir);
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "we");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void assert_refused(const char *text, const char *line_and_reason)
{
    struct config c = { .port = 42 };
    struct config_error why = { "" };
    char expected[256];

    write_file(path, text);
    assert_int_equal(config_load(path, &c, &why), TB_E_RANGE);
    (void)snprintf(expected, sizeof expected, "%s:%s", path, line_and_reason);
    if (strncmp(why.text, expected, strlen(expected)) != 0)
        fail_msg("said '%s' instead of '%s...'", why.text, expected);
    assert_int_equal(c.port, 42); /* untouched */
}

static void a_whole_file_is_read(void **state)
{
    struct config c;
    struct config_error why = { "" };

    (void)state;
    write_file(path,
               "; a comment\n[relay]\nstate-dir = /srv/relay\n\n[listen]\naddress = ::\nport = 0\n"
               "[metrics]\naddress = ::1\nport = 9100\n"
               "[limits]\nmax-peers = 10\nmax-anonymous = 11\nmax-anonymous-per-source = 12\n"
               "handshakes-per-source-s = 13\n[heartbeat]\naddress = 192.0.2.7\nport = 14\n"
               "every-s = 15\n[log]\nlevel = debug\n");
    assert_int_equal(config_load(path, &c, &why), TB_OK);
    assert_string_equal(c.state_dir, "/srv/relay");
    assert_string_equal(c.address, "::");
    assert_int_equal(c.port, 0);
    assert_string_equal(c.metrics_address, "::1");
    assert_int_equal(c.metrics_port, 9100);
    assert_int_equal(c.max_peers, 10);
    assert_int_equal(c.max_anonymous, 11);
    assert_int_equal(c.max_anonymous_source, 12);
    assert_int_equal(c.handshakes_per_source_s, 13);
    assert_string_equal(c.heartbeat_address, "192.0.2.7");
    assert_int_equal(c.heartbeat_port, 14);
    assert_int_equal(c.heartbeat_every_s, 15);
    assert_int_equal(c.log_level, LOG_TRACE);
}

static void an_empty_file_means_the_defaults(void **state)
{
    struct config c, usual;
    struct config_error why = { "" };

    (void)state;
    write_file(path, "");
    assert_int_equal(config_load(path, &c, &why), TB_OK);
    config_default(&usual);
    assert_string_equal(c.state_dir, usual.state_dir);
    assert_int_equal(c.port, usual.port);
    assert_int_equal(c.metrics_port, CONFIG_OFF);
}

static void unknown_words_are_errors(void **state)
{
    (void)state;
    assert_refused("[listen]\nprot = 1\n", "2: unknown key 'prot' in [listen]");
    assert_refused("[listne]\nport = 1\n", "1: unknown section [listne]");
    assert_refused("\n[nothing]\n", "2: unknown section [nothing]"); /* without a key, too */
    assert_refused("port = 1\n", "1: unknown key 'port' in []");
    assert_refused("[listen]\nport\n", "2: neither");
}

static void what_a_file_holds_commands_no_terminal(void **state)
{
    (void)state;
    assert_refused("[listen]\n\x1b]0;x\x07 = 1\n", "2: unknown key '?]0;x?' in [listen]");
    assert_refused("[\x1b[2J]\n", "1: unknown section [?[2J]");
    assert_refused("[listen]\nport = \x1b[2J\n", "2: port = ?[2J");
}

static void a_heartbeat_needs_address_and_port(void **state)
{
    (void)state;
    assert_refused("[heartbeat]\nport = 7444\n", " [heartbeat] needs both address and port");
    assert_refused("[heartbeat]\naddress = 192.0.2.7\n",
                   " [heartbeat] needs both address and port");
    assert_refused("[heartbeat]\naddress = example\n", "2: address = example");
    assert_refused("[heartbeat]\nport = 0\n", "2: port = 0: should be a number from 1 to 65535");
}

static void values_out_of_range_are_errors(void **state)
{
    (void)state;
    assert_refused("[listen]\nport = 65536\n",
                   "2: port = 65536: should be a number from 0 to 65535");
    assert_refused("[listen]\nport = 7443x\n", "2: port = 7443x");
    assert_refused("[listen]\nport =\n", "2: port = ");
    assert_refused("[listen]\naddress = relay.example\n",
                   "2: address = relay.example: should be a numeric");
    assert_refused("[relay]\nstate-dir = state\n",
                   "2: state-dir = state: should be an absolute path");
    assert_refused("[limits]\nmax-peers = 0\n", "2: max-peers = 0");
    assert_refused("[log]\nlevel = loud\n",
                   "2: level = loud: should be error, warning, info or debug");
}

static void metrics_stay_on_this_machine(void **state)
{
    (void)state;
    assert_refused("[metrics]\naddress = 0.0.0.0\n",
                   "2: address = 0.0.0.0: should be 127.0.0.1 or ::1");
    assert_refused("[metrics]\naddress = 10.0.0.1\n", "2: address");
}

static void the_same_key_twice_is_an_error(void **state)
{
    (void)state;
    assert_refused("[listen]\nport = 1\nport = 2\n", "3: port stands here a second time");
    assert_refused("[listen]\nport = 1\n  2\n",
                   "3: port stands here a second time"); /* a continued line */
}

static void a_line_that_is_too_long_is_an_error(void **state)
{
    char text[600];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_refused(text, "1: the line is longer than");
}

static void files_of_the_folder_come_later_and_win(void **state)
{
    struct config c;
    struct config_error why = { "" };

    (void)state;
    write_file(path, "[listen]\nport = 1\naddress = 127.0.0.1\n");
    assert_int_equal(mkdir(more_dir, 0700), 0);
    write_file(more, "[listen]\nport = 2\n");
    assert_int_equal(config_load(path, &c, &why), TB_OK);
    assert_int_equal(c.port, 2);
    assert_string_equal(c.address, "127.0.0.1");
    write_file(more, "\n[listen]\npotr = 2\n");
    assert_int_equal(config_load(path, &c, &why), TB_E_RANGE);
    assert_non_null(strstr(why.text, "10-port.conf:3: unknown key"));
}

static void a_missing_file_is_named(void **state)
{
    struct config c;
    struct config_error why = { "" };

    (void)state;
    assert_int_equal(config_load("/nowhere/relay.conf", &c, &why), TB_E_IO);
    assert_string_equal(
        why.text,
        "/nowhere/relay.conf: there is no such file; name the configuration with --config "
        "FILE, as in /etc/trucban/relay.conf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_read),
        cmocka_unit_test(an_empty_file_means_the_defaults),
        cmocka_unit_test(unknown_words_are_errors),
        cmocka_unit_test(what_a_file_holds_commands_no_terminal),
        cmocka_unit_test(a_heartbeat_needs_address_and_port),
        cmocka_unit_test(values_out_of_range_are_errors),
        cmocka_unit_test(metrics_stay_on_this_machine),
        cmocka_unit_test(the_same_key_twice_is_an_error),
        cmocka_unit_test(a_line_that_is_too_long_is_an_error),
        cmocka_unit_test(files_of_the_folder_come_later_and_win),
        cmocka_unit_test(a_missing_file_is_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
