/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_relay_front.c - what strangers can do to the door of a running relay: nothing that lasts. */
/* link: PkgConfig::OPENSSL */
#define _GNU_SOURCE
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world_front.h"
#include "world_storm.h"

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

/* The status that a request gets over TLS; a refused one is closed at once, not when time is up. */
static int ask(const char *request)
{
    struct raw r = raw_connect(the.port);
    struct raw_tls tls = { .alpn = "http/1.1" };

    assert_true(raw_tls(&r, &tls));
    long long start = now_ms();
    int status = raw_request(&r, request);
    if (status != 101) {
        assert_true(raw_wait_closed(&r, 4000) >= 0);
        assert_in_range(now_ms() - start, 0, 2000);
    }
    raw_close(&r);
    return status;
}

/* --- TLS and HTTP */

static void tls_1_2_is_refused(void **state)
{
    struct raw r = raw_connect(the.port);
    struct raw_tls tls = { .version = TLS1_2_VERSION };

    (void)state;
    assert_false(raw_tls(&r, &tls));
    raw_close(&r);
}

static void http_2_is_never_chosen(void **state)
{
    struct raw r = raw_connect(the.port);
    struct raw_tls tls = { .alpn = "h2" };

    (void)state;
    bool up = raw_tls(&r, &tls); /* refused, or without a choice: both are right */
    assert_true(!up || strcmp(tls.chosen, "h2") != 0);
    raw_close(&r);
}

static void an_h2c_upgrade_is_refused(void **state)
{
    (void)state;
    assert_int_not_equal(
        ask(FRONT_UPGRADE("/", FRONT_TRUCBAN_1 "HTTP2-Settings: AAMAAABkAAQAAP__\r\n", "h2c")),
        101);
}

static void connect_plain_requests_and_other_protocols_are_refused(void **state)
{
    (void)state;
    assert_int_not_equal(ask("CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n"), 200);
    assert_int_not_equal(ask("GET / HTTP/1.1\r\nHost: relay\r\n\r\n"), 200);
    assert_int_not_equal(ask("POST / HTTP/1.1\r\nHost: relay\r\nContent-Length: 3\r\n\r\nabc"),
                         200);
    assert_int_not_equal(ask(FRONT_UPGRADE("/", "", "websocket")), 101);
    assert_int_not_equal(ask(FRONT_UPGRADE("/", "Sec-WebSocket-Protocol: chat\r\n", "websocket")),
                         101);
    assert_int_not_equal(ask(FRONT_UPGRADE("/other", FRONT_TRUCBAN_1, "websocket")), 101);
    assert_int_equal(ask(FRONT_UPGRADE("/", FRONT_TRUCBAN_1, "websocket")), 101);
}

/* A58, A46: what the parser of libwebsockets is known, or was never meant, to meet.  The program is the sanitizers'. */
static const char *const odd[] = {
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET / HTTP/0.9\r\n\r\n",
    "GET http://other/ HTTP/1.1\r\nHost: relay\r\n\r\n",
    "GET /%2e%2e/%00/relay.key HTTP/1.1\r\nHost: relay\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: relay\r\n\r\n",
    "TRACE / HTTP/1.1\r\nHost: relay\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: relay\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: relay\r\nContent-Length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    "POST / HTTP/1.1\r\nHost: relay\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: relay\r\nRange: bytes=0-,5-,-1\r\nIf-None-Match: \"\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: relay\r\nAuthorization: Digest username=\"\r\nCookie: =;=;\r\n\r\n",
    "GET / HTTP/1.1\nHost: relay\nUpgrade: websocket\n\n",
    "GET / HTTP/1.1\r\n: nothing\r\nHost\r\n continued\r\n\r\n",
    "\x16\x03\x01\x02\xff\x80\x81\r\n\r\n",
    FRONT_UPGRADE("/", FRONT_TRUCBAN_1, ""),
    FRONT_UPGRADE("/", FRONT_TRUCBAN_1, "websocket, h2c"),
    FRONT_UPGRADE("/", FRONT_TRUCBAN_1, "websocketwebsocketwebsocketwebsocketwebsocket"),
    FRONT_UPGRADE("/", FRONT_TRUCBAN_1, "raw"),
    FRONT_UPGRADE("/", FRONT_TRUCBAN_1 "Upgrade: h2c\r\nUpgrade: mqtt\r\n", "websocket"),
    FRONT_UPGRADE("/", "Sec-WebSocket-Protocol: trucban-1, trucban-1, ,,,\r\n", "websocket"),
    FRONT_UPGRADE("/", "Sec-WebSocket-Protocol: \r\n", "websocket"),
    FRONT_UPGRADE("/x?a=b&c", FRONT_TRUCBAN_1, "websocket"),
};

enum { ODD = sizeof odd / sizeof odd[0] };

/* Some are refused, some wait for their end until their time is up; all at once, since that takes seconds. */
static void odd_requests_get_no_connection(void **state)
{
    struct raw r[ODD];
    struct raw_tls tls = { .alpn = "http/1.1" };

    (void)state;
    for (size_t i = 0; i < ODD; i++) {
        r[i] = raw_connect(the.port);
        assert_true(raw_tls(&r[i], &tls));
        assert_true(raw_send(&r[i], odd[i], strlen(odd[i])));
    }
    for (size_t i = 0; i < ODD; i++) {
        char answer[512] = "";
        int n = raw_receive(&r[i], answer, sizeof answer - 1, 9000);

        if (n < 0 || strncmp(answer, "HTTP/1.1 1", 10) == 0 ||
            strncmp(answer, "HTTP/1.1 2", 10) == 0)
            fail_msg("%d bytes, %.12s for: %s", n, answer, odd[i]);
        assert_true(n == 0 || raw_wait_closed(&r[i], 9000) >= 0);
        raw_close(&r[i]);
    }
    r[0] = front_websocket(&the);
    front_assert_served(&r[0]);
    raw_close(&r[0]);
}

static void compression_is_never_negotiated(void **state)
{
    static const char wish[] = FRONT_UPGRADE(
        "/",
        FRONT_TRUCBAN_1 "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
        "websocket");
    struct raw r = raw_connect(the.port);
    struct raw_tls tls = { 0 };
    char answer[2048] = "";
    int n = 0;

    (void)state;
    assert_true(raw_tls(&r, &tls));
    assert_true(raw_send(&r, wish, sizeof wish - 1));
    n = raw_receive(&r, answer, sizeof answer - 1, 5000);
    assert_true(n > 0);
    assert_non_null(strstr(answer, " 101 "));
    assert_null(strcasestr(answer, "sec-websocket-extensions"));
    raw_close(&r);
}

/* --- messages */

static void a_device_is_answered_until_it_leaves(void **state)
{
    struct raw r = front_websocket(&the);

    (void)state;
    front_assert_served(&r);
    raw_close(&r);
}

static void a_giant_frame_is_closed_when_it_is_announced(void **state)
{
    struct raw r = front_websocket(&the);
    long long before = front_metric(&the, "trucban_oversize_total");

    (void)state;
    assert_true(raw_send_frame(&r, &(struct raw_frame){ 0x82, 1ULL << 40, "abc", 3 }));
    long long took_ms = raw_wait_closed(&r, 4000);
    assert_in_range(took_ms, 0, 2000); /* long before the log-in deadline */
    raw_close(&r);
    assert_int_equal(front_metric(&the, "trucban_oversize_total"), before + 1);
}

static void a_message_in_parts_counts_as_one(void **state)
{
    static const uint8_t part[2000];
    struct raw r = front_websocket(&the);

    (void)state;
    assert_true(raw_send_frame(&r, &(struct raw_frame){ 0x02, sizeof part, part, sizeof part }));
    assert_true(raw_send_frame(&r, &(struct raw_frame){ 0x00, sizeof part, part, sizeof part }));
    assert_true(raw_send_frame(&r, &(struct raw_frame){ 0x00, sizeof part, part, sizeof part }));
    assert_in_range(raw_wait_closed(&r, 4000), 0, 2000); /* 6000 of at most 4096 */
    raw_close(&r);
}

static void a_message_in_tiny_pieces_is_closed(void **state)
{
    struct raw r = front_websocket(&the);
    bool up = raw_send_frame(&r, &(struct raw_frame){ 0x02, 1, "a", 1 });

    (void)state;
    for (int i = 0; up && i < 400; i++)
        up = raw_send_frame(&r, &(struct raw_frame){ 0x00, 1, "a", 1 });
    assert_in_range(raw_wait_closed(&r, 4000), 0, 2000);
    raw_close(&r);
}

/* Continuations of nothing, reserved opcodes and bits, control frames that are too long or in parts. */
static void frames_against_the_rules_harm_nobody_else(void **state)
{
    static const uint8_t first[] = { 0x80, 0x83, 0x8b, 0xf2, 0xc2, 0x09, 0x0a, 0x08 };

    (void)state;
    struct raw honest = front_websocket(&the);
    for (size_t i = 0; i < sizeof first; i++) {
        struct raw r = front_websocket(&the);
        assert_true(raw_send_frame(&r, &(struct raw_frame){ first[i], 3, "abc", 3 }));
        (void)raw_send_frame(&r, &(struct raw_frame){ 0x89, 200, NULL, 0 });
        raw_close(&r);
    }
    front_assert_served(&honest);
    raw_close(&honest);
}

/* A43: 4.1.6 takes them.  Below TLS nobody can put them there; the message is judged as any other. */
static void an_unmasked_message_is_judged_as_any_other(void **state)
{
    static const uint8_t frame[] = { 0x82, 4, 0xff, 0xff, 0xff, 0xff };
    struct raw r = front_websocket(&the);

    (void)state;
    assert_true(raw_send(&r, frame, sizeof frame));
    assert_in_range(raw_wait_closed(&r, 4000), 0,
                    2000); /* no batch of frames: closed, masked or not */
    raw_close(&r);
}

static int log_lines(void)
{
    FILE *f = fopen(the.log, "re");
    int lines = 0;

    assert_non_null(f);
    for (int c = fgetc(f); c != EOF; c = fgetc(f))
        lines += c == '\n';
    (void)fclose(f);
    return lines;
}

static void strangers_do_not_fill_the_log(void **state)
{
    enum { STRANGERS = 60, LINES = 25 };
    int before = log_lines();

    (void)state;
    for (int i = 0; i < STRANGERS; i++) {
        struct raw r = front_websocket(&the);
        assert_true(raw_send_frame(&r, &(struct raw_frame){ 0x82, 5, "\xff\xff\n<3>", 6 }));
        (void)raw_wait_closed(&r, 4000);
        raw_close(&r);
    }
    assert_in_range(log_lines() - before, 1, LINES);
}

static void text_messages_are_closed(void **state)
{
    struct raw r = front_websocket(&the);

    (void)state;
    assert_true(raw_send_frame(&r, &(struct raw_frame){ 0x81, 5, "hello", 5 }));
    assert_in_range(raw_wait_closed(&r, 4000), 0, 2000);
    raw_close(&r);
}

/* --- silence */

/* Three kinds of silence at one time, since each takes its seconds. */
static void whoever_is_silent_is_closed(void **state)
{
    struct raw_tls tls = { 0 };
    struct raw mute = front_websocket(&the);
    struct raw tcp = raw_connect(the.port);
    struct raw slow = raw_connect(the.port);

    (void)state;
    assert_true(raw_tls(&slow, &tls));
    assert_true(raw_send(&slow, "GET / HT", 8));
    long long start = now_ms();
    assert_true(raw_wait_closed(&mute, 8000) >= 0);
    assert_true(raw_wait_closed(&tcp, 8000) >= 0);
    assert_true(raw_wait_closed(&slow, 8000) >= 0);
    assert_in_range(now_ms() - start, 3000, 8000);
    raw_close(&mute);
    raw_close(&tcp);
    raw_close(&slow);
}

/* --- floods */

static void one_source_gets_only_its_share_of_the_door(void **state)
{
    enum { SHARE = 5 };
    struct raw held[SHARE];

    (void)state;
    front_restart_with(&the, "[limits]\nmax-anonymous-per-source = 5\n");
    for (int i = 0; i < SHARE; i++)
        held[i] = front_websocket(&the);
    struct raw extra = raw_connect(the.port);
    assert_in_range(raw_wait_closed(&extra, 4000), 0, 2000);
    raw_close(&extra);
    assert_int_equal(front_metric(&the, "trucban_refused_source_total"), 1);
    raw_close(&held[0]);
    while (front_metric(&the, "trucban_connections_anonymous") >= SHARE)
        pause_ms(10);
    held[0] = front_websocket(&the);
    front_assert_served(&held[0]);
    for (int i = 0; i < SHARE; i++)
        raw_close(&held[i]);
}

static void the_oldest_stranger_gives_way(void **state)
{
    struct raw held[4];

    (void)state;
    front_restart_with(&the, "[limits]\nmax-anonymous = 3\n");
    for (int i = 0; i < 4; i++)
        held[i] = front_websocket(&the);
    assert_in_range(raw_wait_closed(&held[0], 4000), 0, 2000);
    front_assert_served(&held[3]);
    for (int i = 0; i < 4; i++)
        raw_close(&held[i]);
    assert_int_equal(front_metric(&the, "trucban_evicted_total"), 1);
}

/* 400 silent connections against a limit of 160 descriptors. */
static void a_flood_of_connections_does_not_spin(void **state)
{
    enum { FLOOD = 400 };
    const struct rlimit few = { 160, 160 };
    struct rlimit before;
    struct raw flood[FLOOD];

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    proc_stop(&the.relay);
    front_write_config(
        &the, "[limits]\nmax-anonymous-per-source = 1000\nhandshakes-per-source-s = 10000\n");
    front_start(&the);
    assert_int_equal(prlimit(the.relay.pid, RLIMIT_NOFILE, &few, NULL), 0);
    for (int i = 0; i < FLOOD; i++)
        flood[i] = raw_connect(the.port);
    double cpu = storm_cpu_seconds(the.relay.pid);
    pause_ms(3000);
    cpu = storm_cpu_seconds(the.relay.pid) - cpu;
    assert_true(cpu < 0.3);
    for (int i = 0; i < FLOOD; i++)
        raw_close(&flood[i]);
    struct raw r = front_websocket(&the);
    front_assert_served(&r);
    raw_close(&r);
    assert_true(log_lines() < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_1_2_is_refused),
        cmocka_unit_test(http_2_is_never_chosen),
        cmocka_unit_test(an_h2c_upgrade_is_refused),
        cmocka_unit_test(connect_plain_requests_and_other_protocols_are_refused),
        cmocka_unit_test(odd_requests_get_no_connection),
        cmocka_unit_test(compression_is_never_negotiated),
        cmocka_unit_test(a_device_is_answered_until_it_leaves),
        cmocka_unit_test(a_giant_frame_is_closed_when_it_is_announced),
        cmocka_unit_test(a_message_in_parts_counts_as_one),
        cmocka_unit_test(a_message_in_tiny_pieces_is_closed),
        cmocka_unit_test(frames_against_the_rules_harm_nobody_else),
        cmocka_unit_test(an_unmasked_message_is_judged_as_any_other),
        cmocka_unit_test(strangers_do_not_fill_the_log),
        cmocka_unit_test(text_messages_are_closed),
        cmocka_unit_test(whoever_is_silent_is_closed),
        cmocka_unit_test(one_source_gets_only_its_share_of_the_door),
        cmocka_unit_test(the_oldest_stranger_gives_way),
        cmocka_unit_test(a_flood_of_connections_does_not_spin),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
