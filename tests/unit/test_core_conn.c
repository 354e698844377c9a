/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: PkgConfig::GIO */
/* test_core_conn.c - the connection against real TLS peers on loopback, good ones and bad ones. */
#include <arpa/inet.h>
#include <dirent.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core_conn_peers.h"

static struct caller an;
static struct front relay;
static struct tls_identity *identity, *other;
static struct tb_hash pin, wrong_pin;
static const struct front_options plain;

static int setup(void **state)
{
    (void)state;
    identity = identity_new(&pin);
    other = identity_new(&wrong_pin);
    caller_new(&an, true);
    front_open(&relay, an.loop, identity, &plain);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    front_close(&relay);
    caller_done(&an);
    identity_free(identity);
    identity_free(other);
    return 0;
}

/* Another connection object; the front goes first, since it lives in the same loop. */
static void renew(bool resolves)
{
    front_close(&relay);
    caller_done(&an);
    caller_new(&an, resolves);
    front_open(&relay, an.loop, identity, &plain);
}

/* Another front than the plain one. */
static void front_is(const struct front_options *o)
{
    front_close(&relay);
    front_open(&relay, an.loop, identity, o);
}

static void connect_up(void)
{
    unsigned ups = an.ups;

    dial(&an, "127.0.0.1", relay.port, &pin);
    run_until(&an, &an.ups, ups + 1, 10);
}

static void say(const char *text)
{
    assert_int_equal(conn_send(an.conn, tb_view_of(text, strlen(text))), TB_OK);
}

/* One dial that fails for this reason, and says so once. */
static void assert_down(int port, const struct tb_hash *with, enum conn_down why, unsigned seconds)
{
    unsigned ups = an.ups, downs = an.downs;

    dial(&an, "127.0.0.1", port, with);
    run_until(&an, &an.downs, downs + 1, seconds);
    print_message("      %s\n", an.text);
    assert_int_equal(an.why, why);
    run_for(&an, 100);
    assert_int_equal(an.downs, downs + 1);
    assert_int_equal(an.ups, ups);
}

/* A port at which nobody listens. */
static int dead_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    (void)close(fd);
    return ntohs(at.sin_port);
}

enum { HOLE_FDS = 4 };

/* A port that answers no SYN: its queue is full.  Fills fds for closing. */
static int black_hole(int fds[static HOLE_FDS])
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;

    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&at, &n), 0);
    for (int i = 1; i < HOLE_FDS; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fds[i], (struct sockaddr *)&at, n);
    }
    return ntohs(at.sin_port);
}

static unsigned open_fds(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");

    assert_non_null(d);
    while (readdir(d))
        n++;
    (void)closedir(d);
    return n;
}

/* --- who is trusted */

static void the_pinned_key_is_accepted_and_nothing_else_is_asked(void **state)
{
    (void)state;
    connect_up(); /* self-signed, expired, of no name */
    assert_int_equal(an.downs, 0);
    say("hello");
    run_until(&an, &an.messages, 1, 5);
    assert_int_equal(an.in.n, 5);
    assert_memory_equal(an.in.p, "hello", 5);
}

static void the_next_key_is_accepted_too(void **state)
{
    (void)state;
    char address[40];
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", relay.port);
    assert_int_equal(conn_dial(an.conn, address, &wrong_pin, &pin), TB_OK);
    run_until(&an, &an.ups, 1, 5);
}

static void another_key_is_refused_before_a_byte_of_ours_is_sent(void **state)
{
    (void)state;
    assert_down(relay.port, &wrong_pin, CONN_DOWN_PIN, 5);
    assert_int_equal(relay.connections, 0);
    connect_up(); /* a refusal does not stick */
    assert_down(relay.port, &wrong_pin, CONN_DOWN_PIN, 5);
}

static void a_pin_of_zeros_matches_nothing(void **state)
{
    (void)state;
    const struct tb_hash none = { { 0 } };
    assert_down(relay.port, &none, CONN_DOWN_PIN, 5);
}

static void tls_below_1_3_is_refused(void **state)
{
    (void)state;
    front_is(&(struct front_options){ .tls_max = TLS1_2_VERSION });
    assert_down(relay.port, &pin, CONN_DOWN_PROTOCOL, 5);
    assert_int_equal(relay.connections, 0); /* not even the request went out */
}

static void both_ends_export_the_same_secret_and_never_twice(void **state)
{
    (void)state;
    connect_up();
    assert_true(tb_hash_equal(&an.exporter, &relay.exporter));
    assert_false(tb_hash_is_zero(&an.exporter));
    struct tb_hash first = an.exporter;
    connect_up();
    assert_true(tb_hash_equal(&an.exporter, &relay.exporter));
    assert_false(tb_hash_equal(&an.exporter, &first));
}

/* --- what can be dialled */

static void a_dead_port_is_refused(void **state)
{
    (void)state;
    assert_down(dead_port(), &pin, CONN_DOWN_REFUSED, 5);
}

static void nonsense_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "127.0.0.1", "127.0.0.1:",    ":80",           "x:0",  "x:65536",
        "x:-1", "x:8o",      "127.0.0.1:+80", "x:99999999999", "[]:80"
    };
    char longest[400];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(conn_dial(an.conn, bad[i], &pin, &pin), TB_E_RANGE);
    memset(longest, 'x', sizeof longest);
    (void)snprintf(longest + 256, 20, ":443");
    assert_int_equal(conn_dial(an.conn, longest, &pin, &pin), TB_E_RANGE);
    run_for(&an, 50);
    assert_int_equal(an.downs, 0);
    assert_int_equal(an.resolves, 0);
}

static void an_ipv6_address_stands_in_brackets(void **state)
{
    (void)state;
    dial(&an, "[::1]", dead_port(), &pin);
    run_until(&an, &an.downs, 1, 5);
    assert_int_equal(an.why, CONN_DOWN_REFUSED);
    assert_int_equal(an.resolves, 0);
}

static void resolve_at_once(struct caller *c)
{
    conn_resolved(c->conn, "127.0.0.1");
}

static void a_name_goes_through_the_resolver(void **state)
{
    (void)state;
    dial(&an, "relay.example", relay.port, &pin);
    assert_int_equal(an.resolves, 1);
    assert_string_equal(an.resolved_host, "relay.example");
    run_for(&an, 100);
    assert_int_equal(an.ups + an.downs, 0);
    conn_resolved(an.conn, "127.0.0.1");
    run_until(&an, &an.ups, 1, 5);
    conn_resolved(an.conn, "127.0.0.1"); /* nobody asked */
    run_for(&an, 50);
    assert_int_equal(an.ups, 1);
    an.on_resolve = resolve_at_once;
    dial(&an, "relay.example", relay.port, &pin);
    run_until(&an, &an.ups, 2, 5);
}

static void a_name_that_is_not_found_is_said_from_the_loop(void **state)
{
    (void)state;
    run_for(&an, 100); /* the loop is at rest */
    dial(&an, "relay.example", relay.port, &pin);
    conn_resolved(an.conn, NULL);
    assert_int_equal(an.downs, 0);
    run_until(&an, &an.downs, 1, 5);
    assert_int_equal(an.why, CONN_DOWN_RESOLVE);
    dial(&an, "relay.example", relay.port, &pin);
    conn_resolved(an.conn, "relay.example"); /* an answer that is a name would block */
    run_until(&an, &an.downs, 2, 5);
    assert_int_equal(an.why, CONN_DOWN_RESOLVE);
}

static void an_answer_after_hanging_up_is_ignored(void **state)
{
    (void)state;
    dial(&an, "relay.example", relay.port, &pin);
    conn_hang_up(an.conn);
    conn_resolved(an.conn, "127.0.0.1");
    run_for(&an, 100);
    dial(&an, "relay.example", relay.port, &pin);
    conn_resolved(an.conn, NULL);
    conn_hang_up(an.conn);
    run_for(&an, 100);
    assert_int_equal(an.ups + an.downs, 0);
    assert_int_equal(relay.connections, 0);
}

static void without_a_resolver_names_are_not_found(void **state)
{
    (void)state;
    renew(false);
    dial(&an, "localhost", 1, &pin);
    run_until(&an, &an.downs, 1, 5);
    assert_int_equal(an.why, CONN_DOWN_RESOLVE);
}

static void a_proxy_in_the_environment_is_not_asked(void **state)
{
    (void)state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    renew(true);
    (void)unsetenv("http_proxy");
    connect_up();
}

/* --- peers that break the rules */

static void trick(enum trick t, enum conn_down why, unsigned seconds)
{
    int port = 0;
    struct trickster *peer = trickster_new(t, identity, &port);

    assert_down(port, &pin, why, seconds);
    trickster_free(peer);
}

static void a_peer_that_is_no_relay_is_refused(void **state)
{
    (void)state;
    trick(TRICK_NOT_TLS, CONN_DOWN_PROTOCOL, 5);
    trick(TRICK_PAGE, CONN_DOWN_PROTOCOL, 5);
    trick(TRICK_NO_SUBPROTOCOL, CONN_DOWN_PROTOCOL, 5);
    front_is(&(struct front_options){ .subprotocol = "chat" });
    assert_down(relay.port, &pin, CONN_DOWN_PROTOCOL, 5);
}

/* A59 */
static void an_upgrade_with_odd_headers_ends_in_one_refusal(void **state)
{
    (void)state;
    trick(TRICK_REDIRECT, CONN_DOWN_PROTOCOL, 15); /* nobody is called at the other place */
    trick(TRICK_LONG_HEADER, CONN_DOWN_PROTOCOL, 15);
    trick(TRICK_EXTENSION, CONN_DOWN_PROTOCOL, 15);
    connect_up(); /* and nothing of it sticks */
}

static void assert_down_after_up(enum trick t, enum conn_down why)
{
    int port = 0;
    struct trickster *peer = trickster_new(t, identity, &port);
    unsigned ups = an.ups, downs = an.downs;

    dial(&an, "127.0.0.1", port, &pin);
    run_until(&an, &an.downs, downs + 1, 10);
    print_message("      %s\n", an.text);
    assert_int_equal(an.why, why);
    assert_int_equal(an.ups, ups + 1);
    assert_int_equal(an.messages, 0);
    trickster_free(peer);
    run_for(&an, 50);
    assert_int_equal(an.downs, downs + 1);
}

static void giant_endless_and_text_messages_end_the_connection(void **state)
{
    (void)state;
    assert_down_after_up(TRICK_GIANT, CONN_DOWN_PROTOCOL);
    assert_down_after_up(TRICK_PIECES, CONN_DOWN_PROTOCOL);
    assert_down_after_up(TRICK_TEXT, CONN_DOWN_PROTOCOL);
    assert_down_after_up(TRICK_HANG_UP, CONN_DOWN_CLOSED);
}

/* Slow (22 s): peers that fall mute at four stages and a living one, all at the same time. */
static void silence_is_noticed_within_twenty_seconds_and_life_is_not_mistaken_for_it(void **state)
{
    (void)state;
    static struct caller hole, tcp, tls, ws;
    struct caller *const mute[] = { &hole, &tcp, &tls, &ws };
    int tcp_port = 0, tls_port = 0, ws_port = 0, fds[HOLE_FDS];
    struct trickster *a = trickster_new(TRICK_MUTE, identity, &tcp_port);
    struct trickster *b = trickster_new(TRICK_MUTE_HTTP, identity, &tls_port);
    struct trickster *d = trickster_new(TRICK_MUTE_WS, identity, &ws_port);
    front_close(&relay); /* libwebsockets leaks a server that is older than another context */
    for (size_t i = 0; i < 4; i++)
        caller_new(mute[i], false);
    front_is(&plain);
    run_for(&an, 100); /* the loop is at rest: timers must start all the same */
    gint64 began = g_get_monotonic_time();
    dial(&hole, "127.0.0.1", black_hole(fds), &pin);
    dial(&tcp, "127.0.0.1", tcp_port, &pin);
    dial(&tls, "127.0.0.1", tls_port, &pin);
    dial(&ws, "127.0.0.1", ws_port, &pin);
    connect_up();
    for (size_t i = 0; i < 4; i++) {
        run_until(mute[i], &mute[i]->downs, 1, 22);
        print_message("      %s\n", mute[i]->text);
        assert_int_equal(mute[i]->why, mute[i] == &hole ? CONN_DOWN_REFUSED : CONN_DOWN_CLOSED);
        assert_true(g_get_monotonic_time() - began < 20 * G_USEC_PER_SEC);
    }
    assert_int_equal(ws.ups, 1);
    assert_true(g_get_monotonic_time() - began > 9 * G_USEC_PER_SEC);
    run_for(&an, 7000);
    assert_int_equal(an.downs, 0); /* quiet, but its pongs came */
    say("still there");
    run_until(&an, &an.messages, 1, 5);
    trickster_free(a);
    trickster_free(b);
    trickster_free(d);
    for (int i = 0; i < HOLE_FDS; i++)
        (void)close(fds[i]);
    for (size_t i = 0; i < 4; i++)
        caller_done(mute[i]);
}

/* --- messages */

static void big_messages_arrive_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 125, 126, 4096, 16384, 65535, 65536, 300000, TB_FRAME_MAX };
    uint8_t *big = malloc(TB_FRAME_MAX + 1);
    assert_non_null(big);
    for (size_t i = 0; i < TB_FRAME_MAX; i++)
        big[i] = (uint8_t)(i * 7 + i / 251);
    connect_up();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        tb_buf_done(&an.in);
        assert_int_equal(conn_send(an.conn, tb_view_of(big, sizes[i])), TB_OK);
        run_until(&an, &an.messages, (unsigned)i + 1, 10);
        assert_int_equal(an.in.n, sizes[i]);
        assert_memory_equal(an.in.p, big, sizes[i]);
    }
    assert_int_equal(conn_send(an.conn, tb_view_of(big, TB_FRAME_MAX + 1)), TB_E_RANGE);
    assert_int_equal(conn_send(an.conn, tb_view_of(big, 0)), TB_E_RANGE);
    free(big);
}

static void more_than_eight_megabytes_do_not_queue(void **state)
{
    (void)state;
    uint8_t *big = calloc(1, TB_FRAME_MAX);
    assert_non_null(big);
    connect_up();
    for (int i = 0; i < 8; i++) {
        big[0] = (uint8_t)i;
        assert_int_equal(conn_send(an.conn, tb_view_of(big, TB_FRAME_MAX)), TB_OK);
    }
    assert_int_equal(conn_send(an.conn, tb_view_of(big, 1)), TB_E_LIMIT);
    run_until(&an, &an.messages, 8, 20);
    for (size_t i = 0; i < 8; i++) /* in order */
        assert_int_equal(an.in.p[i * TB_FRAME_MAX], i);
    assert_int_equal(conn_send(an.conn, tb_view_of(big, 1)), TB_OK);
    run_until(&an, &an.messages, 9, 5);
    free(big);
}

static void many_small_messages_keep_their_order(void **state)
{
    (void)state;
    connect_up();
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(conn_send(an.conn, tb_view_of(&i, sizeof i)), TB_OK);
    run_until(&an, &an.messages, 5000, 20);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t got;
        memcpy(&got, an.in.p + i * sizeof got, sizeof got);
        assert_int_equal(got, i);
    }
}

static void nothing_is_sent_while_it_is_not_up(void **state)
{
    (void)state;
    assert_int_equal(conn_send(an.conn, tb_view_of("x", 1)), TB_E_OFFLINE);
    dial(&an, "127.0.0.1", relay.port, &pin);
    assert_int_equal(conn_send(an.conn, tb_view_of("x", 1)), TB_E_OFFLINE);
    run_until(&an, &an.ups, 1, 5);
    say("bye");
    run_until(&an, &an.downs, 1, 5);
    assert_int_equal(an.why, CONN_DOWN_CLOSED);
    assert_int_equal(conn_send(an.conn, tb_view_of("x", 1)), TB_E_OFFLINE);
}

/* --- hanging up, dialling again, going away */

static void hanging_up_is_silent_at_every_stage(void **state)
{
    (void)state;
    for (unsigned ms = 0; ms < 12; ms++) {
        dial(&an, "127.0.0.1", relay.port, &pin);
        run_for(&an, ms);
        unsigned ups = an.ups;
        conn_hang_up(an.conn);
        conn_hang_up(an.conn);
        run_for(&an, 20);
        assert_int_equal(an.ups, ups);
    }
    dial(&an, "127.0.0.1", dead_port(), &pin);
    conn_hang_up(an.conn);
    run_for(&an, 50);
    assert_int_equal(an.downs, 0);
    connect_up();
}

static void hang_up_inside(struct caller *c)
{
    conn_hang_up(c->conn);
    assert_memory_equal(c->in.p + c->in.n - 5, "first", 5);
}

static void hanging_up_inside_a_message_drops_the_rest(void **state)
{
    (void)state;
    connect_up();
    an.on_message = hang_up_inside;
    say("first");
    say("second");
    run_for(&an, 200);
    assert_int_equal(an.messages, 1);
    assert_int_equal(an.downs, 0);
    an.on_message = NULL;
    connect_up();
    say("third");
    run_until(&an, &an.messages, 2, 5);
}

static void dial_again(struct caller *c)
{
    if (c->downs < 4)
        dial(c, "127.0.0.1", relay.port, c->downs < 3 ? &wrong_pin : &pin);
}

static void dialling_inside_down_works(void **state)
{
    (void)state;
    an.on_down = dial_again;
    dial(&an, "127.0.0.1", dead_port(), &pin);
    run_until(&an, &an.ups, 1, 10);
    assert_int_equal(an.downs, 3);
    say("bye");
    run_until(&an, &an.downs, 4, 5);
}

static void fifty_reconnects_leave_no_descriptor_behind(void **state)
{
    (void)state;
    connect_up();
    run_for(&an, 100);
    unsigned before = open_fds();
    for (unsigned i = 0; i < 50; i++) {
        connect_up();
        say("bye");
        unsigned downs = an.downs;
        run_until(&an, &an.downs, downs + 1, 5);
        dial(&an, "127.0.0.1", i % 2 ? dead_port() : relay.port, &wrong_pin);
        run_until(&an, &an.downs, downs + 2, 5);
    }
    connect_up();
    run_for(&an, 200);
    assert_int_equal(open_fds(), before);
    say("hello");
    run_until(&an, &an.messages, 1, 5);
}

static void freeing_works_at_every_stage(void **state)
{
    (void)state;
    for (unsigned ms = 0; ms < 8; ms++) {
        dial(&an, "127.0.0.1", relay.port, &pin);
        run_for(&an, ms);
        renew(true);
    }
    connect_up();
    uint8_t *big = calloc(1, TB_FRAME_MAX);
    assert_int_equal(conn_send(an.conn, tb_view_of(big, TB_FRAME_MAX)), TB_OK);
    free(big);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_pinned_key_is_accepted_and_nothing_else_is_asked),
        test(the_next_key_is_accepted_too),
        test(another_key_is_refused_before_a_byte_of_ours_is_sent),
        test(a_pin_of_zeros_matches_nothing),
        test(tls_below_1_3_is_refused),
        test(both_ends_export_the_same_secret_and_never_twice),
        test(a_dead_port_is_refused),
        test(nonsense_is_no_address),
        test(an_ipv6_address_stands_in_brackets),
        test(a_name_goes_through_the_resolver),
        test(a_name_that_is_not_found_is_said_from_the_loop),
        test(an_answer_after_hanging_up_is_ignored),
        test(without_a_resolver_names_are_not_found),
        test(a_proxy_in_the_environment_is_not_asked),
        test(a_peer_that_is_no_relay_is_refused),
        test(an_upgrade_with_odd_headers_ends_in_one_refusal),
        test(giant_endless_and_text_messages_end_the_connection),
        test(big_messages_arrive_whole),
        test(more_than_eight_megabytes_do_not_queue),
        test(many_small_messages_keep_their_order),
        test(nothing_is_sent_while_it_is_not_up),
        test(hanging_up_is_silent_at_every_stage),
        test(hanging_up_inside_a_message_drops_the_rest),
        test(dialling_inside_down_works),
        test(fifty_reconnects_leave_no_descriptor_behind),
        test(freeing_works_at_every_stage),
        test(silence_is_noticed_within_twenty_seconds_and_life_is_not_mistaken_for_it),
    };
    return cmocka_run_group_tests_name("core_conn", tests, NULL, NULL);
}
