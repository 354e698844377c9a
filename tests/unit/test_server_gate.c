/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_gate.c - strangers of one source wait for each other, not for other people. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

#include "server/gate.h"
#include "tb_cmocka.h"

enum { PER_SOURCE = 4, PER_SECOND = 100 };

static int set_up(void **state)
{
    struct gate *g = NULL;
    const struct gate_limits limits = { .per_source = PER_SOURCE, .per_source_s = PER_SECOND };

    assert_int_equal(gate_new(&limits, &g), TB_OK);
    *state = g;
    return 0;
}

static int tear_down(void **state)
{
    gate_free(*state);
    return 0;
}

static enum gate_verdict enter(struct gate *g, const char *ip, int64_t now_ms,
                               struct gate_pass *ret)
{
    struct sockaddr_storage from = { 0 };
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, ip, &four.sin_addr) == 1) {
        memcpy(&from, &four, sizeof four);
    } else {
        assert_int_equal(inet_pton(AF_INET6, ip, &six.sin6_addr), 1);
        memcpy(&from, &six, sizeof six);
    }
    return gate_enter(g, (struct sockaddr *)&from, now_ms, ret);
}

static void fill(struct gate *g, const char *ip, struct gate_pass passes[PER_SOURCE])
{
    for (int i = 0; i < PER_SOURCE; i++)
        assert_int_equal(enter(g, ip, 1000, &passes[i]), GATE_OPEN);
}

static void a_source_has_its_share_and_no_more(void **state)
{
    struct gate_pass passes[PER_SOURCE], other, extra;

    fill(*state, "192.0.2.1", passes);
    assert_int_equal(enter(*state, "192.0.2.1", 1000, &extra), GATE_SOURCE);
    assert_int_equal(enter(*state, "198.51.100.1", 1000, &other), GATE_OPEN);
    gate_leave(*state, &passes[0]);
    gate_leave(*state, &passes[0]); /* a second time does nothing */
    assert_int_equal(enter(*state, "192.0.2.1", 1000, &extra), GATE_OPEN);
    assert_int_equal(enter(*state, "192.0.2.1", 1000, &extra), GATE_SOURCE);
}

static void a_network_has_two_shares(void **state)
{
    struct gate_pass one[PER_SOURCE], two[PER_SOURCE], extra;

    fill(*state, "192.0.2.1", one);
    fill(*state, "192.0.2.2", two);
    assert_int_equal(enter(*state, "192.0.2.3", 1000, &extra), GATE_SOURCE);
    assert_int_equal(enter(*state, "192.0.3.3", 1000, &extra), GATE_OPEN);
}

static void an_ipv6_subnet_is_one_source(void **state)
{
    struct gate_pass passes[PER_SOURCE], extra;

    fill(*state, "2001:db8:1:2::1", passes);
    assert_int_equal(enter(*state, "2001:db8:1:2:ffff::9", 1000, &extra), GATE_SOURCE);
    assert_int_equal(enter(*state, "2001:db8:7:2::1", 1000, &extra), GATE_OPEN);
}

static void a_mapped_address_is_the_ipv4_one(void **state)
{
    struct gate_pass passes[PER_SOURCE], extra;

    fill(*state, "192.0.2.1", passes);
    assert_int_equal(enter(*state, "::ffff:192.0.2.1", 1000, &extra), GATE_SOURCE);
}

static int enter_and_leave(struct gate *g, int times, int64_t now_ms)
{
    int open = 0;

    for (int i = 0; i < times; i++) {
        struct gate_pass pass = { 0 };

        open += enter(g, "192.0.2.1", now_ms, &pass) == GATE_OPEN;
        gate_leave(g, &pass);
    }
    return open;
}

static void handshakes_of_one_source_have_a_rate(void **state)
{
    assert_int_equal(enter_and_leave(*state, 500, 1000), PER_SECOND);
    assert_int_equal(enter_and_leave(*state, 500, 1500), PER_SECOND / 2);
    assert_int_equal(enter_and_leave(*state, 500, 1500), 0);
    assert_int_equal(enter_and_leave(*state, 500, 100000),
                     PER_SECOND); /* never more than a second's worth */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_source_has_its_share_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_network_has_two_shares, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_ipv6_subnet_is_one_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mapped_address_is_the_ipv4_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(handshakes_of_one_source_have_a_rate, set_up, tear_down),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
