/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_relay_process.c - starting, stopping and asking a relay, as its administrator does. */
/* link: PkgConfig::OPENSSL */
#define _GNU_SOURCE
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

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
    front_write_config(&the, "[limits]\ncolour = 5\n");
    struct run r = front_run(&the, args);
    assert_int_equal(r.code, 78);
    (void)snprintf(expected, sizeof expected, "%s:9: unknown key 'colour' in [limits]", the.config);
    assert_non_null(strstr(r.err, expected));
    run_done(&r);
    front_write_config(&the, "");
}

static void a_near_miss_is_named(void **state)
{
    const char *const config[] = { "--config", the.config, NULL };
    const char *const command[] = { "requets", NULL };
    const char *const option[] = { "check", "--stat", the.state, "--adress", "x", NULL };

    (void)state;
    front_write_config(&the, "[limits]\nmax-pers = 5\n");
    struct run r = front_run(&the, config);
    assert_int_equal(r.code, 78);
    assert_non_null(strstr(r.err, "did you mean 'max-peers'?"));
    run_done(&r);
    front_write_config(&the, "");
    r = front_run(&the, command);
    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, "there is no command 'requets': did you mean 'requests'?"));
    run_done(&r);
    r = front_run(&the, option);
    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, "unknown option '--adress': did you mean '--address'?"));
    run_done(&r);
}

static void the_operator_chooses_the_language(void **state)
{
    const char *const vi[] = { "--lang", "vi", "check", "--state", the.state, NULL };
    const char *const en[] = { "check", "--lang=en", "--state", the.state, NULL };
    const char *const fr[] = { "check", "--lang", "fr", "--state", the.state, NULL };

    (void)state;
    struct run r = front_run(&the, vi);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "mọi thứ đều tốt"));
    run_done(&r);
    r = front_run(&the, en);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "all is well"));
    assert_string_equal(r.err, ""); /* no lines of the log */
    run_done(&r);
    r = front_run(&the, fr);
    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, "--lang 'fr'"));
    assert_non_null(strstr(r.err, "vi"));
    assert_non_null(strstr(r.err, "en"));
    run_done(&r);
}

/* The relay answers with fields: the words are those of whoever asks. */
static void a_running_relay_answers_in_the_language_of_who_asks(void **state)
{
    const char *const vi[] = { "--lang", "vi", "import", "--state", the.state, the.config, NULL };
    const char *const en[] = { "--lang", "en", "import", "--state", the.state, the.config, NULL };

    (void)state;
    struct run r = front_run(&the, vi);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "hãy chép lại tệp"));
    run_done(&r);
    r = front_run(&the, en);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "copy the file again"));
    run_done(&r);
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

/* As in a script: the relay in the background, and at once how it is. */
static void status_waits_for_a_relay_that_is_just_starting(void **state)
{
    enum { HEAD_START_MS = 300 };
    char log[sizeof the.dir + 16];
    char *argv[] = { the.program, (char[]){ "status" },   (char[]){ "--state" },
                     the.state,   (char[]){ "--within" }, (char[]){ "60" },
                     NULL };
    int status = 0;

    (void)state;
    (void)snprintf(log, sizeof log, "%s/status.log", the.dir);
    proc_kill(&the.relay);
    struct proc asking = proc_start(argv, log, NULL, 0, 0);
    pause_ms(HEAD_START_MS);
    front_start(&the);
    assert_int_equal(waitpid(asking.pid, &status, 0), asking.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- what an administrator asks of a running relay */

static int http_status(const char *request)
{
    struct raw r = raw_connect(the.metrics);
    int status = raw_request(&r, request);

    raw_close(&r);
    return status;
}

static void metrics_answer_two_paths_and_nothing_else(void **state)
{
    char longer[4000];

    (void)state;
    assert_int_equal(http_status("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
    assert_int_equal(http_status("GET /metrics HTTP/1.1\r\n\r\n"), 200);
    assert_int_equal(http_status("GET /../relay.key HTTP/1.1\r\n\r\n"), 404);
    assert_int_equal(http_status("POST /metrics HTTP/1.1\r\n\r\n"), 400);
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(http_status(longer), 0);
}

static bool log_says(const char *words)
{
    static char text[65536];
    FILE *f = fopen(the.log, "re");

    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    return strstr(text, words) != NULL;
}

static void signal_until_logged(int number, const char *words)
{
    long long until = now_ms() + 5000;

    assert_int_equal(kill(the.relay.pid, number), 0);
    while (!log_says(words)) {
        assert_true(now_ms() < until);
        pause_ms(10);
    }
}

static void usr1_logs_one_line_of_state(void **state)
{
    (void)state;
    signal_until_logged(SIGUSR1, "<6>state connections=0 ");
}

/* SHA-256 of the certificate that a new connection is shown. */
static void shown_certificate(unsigned char ret[static 32])
{
    struct raw r = raw_connect(the.port);
    struct raw_tls tls = { 0 };
    unsigned n = 0;

    assert_true(raw_tls(&r, &tls));
    X509 *crt = SSL_get1_peer_certificate(r.tls);
    assert_non_null(crt);
    assert_int_equal(X509_digest(crt, EVP_sha256(), ret, &n), 1);
    assert_int_equal(n, 32);
    X509_free(crt);
    raw_close(&r);
}

static void move_into_state(const char *dir, const char *name)
{
    char from[160], to[160];

    (void)snprintf(from, sizeof from, "%s/%s", dir, name);
    (void)snprintf(to, sizeof to, "%s/%s", the.state, name);
    assert_int_equal(rename(from, to), 0);
}

static void hup_takes_a_new_certificate_and_refuses_a_wrong_file(void **state)
{
    unsigned char before[32], after[32];
    char other[96], out[96];

    (void)state;
    shown_certificate(before);
    front_write_config(&the, "[log]\nlevel = loud\n");
    signal_until_logged(SIGHUP, "<3>reload result=refused why=");
    front_write_config(&the, "");
    (void)snprintf(other, sizeof other, "%s/other", the.dir);
    (void)snprintf(out, sizeof out, "%s/other.parcel", the.dir);
    const char *const args[] = { "init",        "--state", other, "--address",
                                 "127.0.0.1:1", "--out",   out,   NULL };
    struct run made = front_run(&the, args);
    assert_int_equal(made.code, 0);
    run_done(&made);
    move_into_state(other, "tls.crt"); /* without its key: both stay as they were */
    signal_until_logged(SIGHUP, "<3>reload result=TB_E_BADSIG");
    shown_certificate(after);
    assert_memory_equal(before, after, sizeof before);
    move_into_state(other, "tls.key");
    signal_until_logged(SIGHUP, "<6>reload result=TB_OK");
    shown_certificate(after);
    assert_memory_not_equal(before, after, sizeof before);
}

/* --- the service manager */

static void assert_told(int fd, const char *expected)
{
    char text[128];
    struct pollfd ready = { .fd = fd, .events = POLLIN };

    assert_int_equal(poll(&ready, 1, 5000), 1);
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void the_service_manager_hears_of_start_cycles_and_stop(void **state)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_true(fd >= 0);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", the.dir);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    proc_stop(&the.relay);
    assert_int_equal(setenv("NOTIFY_SOCKET", at.sun_path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "600000", 1), 0);
    front_start(&the);
    assert_told(fd, "READY=1");
    assert_told(fd, "WATCHDOG=1");
    assert_told(fd, "WATCHDOG=1");
    assert_int_equal(kill(the.relay.pid, SIGTERM), 0);
    char text[128] = "";
    while (strcmp(text, "STOPPING=1") != 0) {
        ssize_t n = recv(fd, text, sizeof text - 1, 0);
        assert_true(n > 0);
        text[n] = '\0';
    }
    proc_stop(&the.relay);
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
    (void)close(fd);
    front_start(&the);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_takes_the_same_port_again),
        cmocka_unit_test(sigterm_ends_it_cleanly_while_devices_are_connected),
        cmocka_unit_test(a_wrong_key_is_named_with_file_and_line),
        cmocka_unit_test(a_near_miss_is_named),
        cmocka_unit_test(the_operator_chooses_the_language),
        cmocka_unit_test(a_running_relay_answers_in_the_language_of_who_asks),
        cmocka_unit_test(a_second_relay_does_not_start_on_the_same_state),
        cmocka_unit_test(a_state_folder_open_to_others_is_refused),
        cmocka_unit_test(status_tells_a_running_relay_from_a_crashed_one),
        cmocka_unit_test(status_waits_for_a_relay_that_is_just_starting),
        cmocka_unit_test(metrics_answer_two_paths_and_nothing_else),
        cmocka_unit_test(usr1_logs_one_line_of_state),
        cmocka_unit_test(hup_takes_a_new_certificate_and_refuses_a_wrong_file),
        cmocka_unit_test(the_service_manager_hears_of_start_cycles_and_stop),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
