/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_partition.c - one person's machine has a network of its own, whose cable is pulled: a network namespace with a
 * veth pair.  Needs root and iproute2; else it is skipped, and test_chaos.c does what can be done without. */
/* timeout: 300 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world_look.h"

enum { BACK_MS = 60000, BUSY_MS = 10000, SKIPPED = 77 };

static struct world w;
static char ns[16], outer[16], inner[16], relay_at[32], relay_net[40], device_net[40];

/* `ip` with these words (NULL-terminated): done? */
__attribute__((sentinel)) static bool ip(const char *first, ...)
{
    enum { WORDS = 10, WORD = 48 };
    static char copy[WORDS][WORD];
    char *argv[WORDS + 2] = { (char[]){ "/sbin/ip" } };
    va_list more;
    size_t n = 0;

    va_start(more, first);
    for (const char *word = first; word && n < WORDS; word = va_arg(more, const char *)) {
        (void)snprintf(copy[n], WORD, "%s", word);
        argv[n + 1] = copy[n];
        n++;
    }
    va_end(more);
    struct run r = proc_run(argv, NULL, 20);
    bool done = r.code == 0;
    if (!done)
        print_message("%s", r.err);
    run_done(&r);
    return done;
}

/* A /30 of the range that is set aside for measuring (RFC 2544). */
static bool make_network(void)
{
    int id = (int)getpid();
    int third = (id >> 6) & 255, fourth = (id & 63) * 4;

    (void)snprintf(ns, sizeof ns, "tb-%d", id);
    (void)snprintf(outer, sizeof outer, "tbo%d", id);
    (void)snprintf(inner, sizeof inner, "tbi%d", id);
    (void)snprintf(relay_at, sizeof relay_at, "198.18.%d.%d", third, fourth + 1);
    (void)snprintf(relay_net, sizeof relay_net, "%s/30", relay_at);
    (void)snprintf(device_net, sizeof device_net, "198.18.%d.%d/30", third, fourth + 2);
    return geteuid() == 0 && access("/sbin/ip", X_OK) == 0 && ip("netns", "add", ns, NULL) &&
           ip("link", "add", outer, "type", "veth", "peer", "name", inner, NULL) &&
           ip("link", "set", inner, "netns", ns, NULL) &&
           ip("addr", "add", relay_net, "dev", outer, NULL) &&
           ip("-n", ns, "addr", "add", device_net, "dev", inner, NULL) &&
           ip("link", "set", outer, "up", NULL) && ip("-n", ns, "link", "set", inner, "up", NULL);
}

static void drop_network(void)
{
    if (geteuid() != 0 || access("/sbin/ip", X_OK) != 0)
        return;
    (void)ip("link", "del", outer, NULL);
    (void)ip("netns", "del", ns, NULL);
}

static void cable(bool plugged)
{
    assert_true(ip("link", "set", outer, plugged ? "up" : "down", NULL));
}

static void move(const char *name, const char *to)
{
    struct person *p = world_person(&w, name);

    world_stop_agent(&w, name);
    (void)snprintf(p->netns, sizeof p->netns, "%s", to);
    world_start_agent(&w, name);
    world_wait_online(&w, name);
}

static int open_province(void **state)
{
    (void)state;
    world_open_behind(&w, relay_at, NULL);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* A31 */
static void a_clerk_whose_cable_is_pulled_is_told_and_gets_through_afterwards(void **state)
{
    struct look_reported page;

    (void)state;
    move("so-y-te", ns);
    cable(false);
    long long began = now_ms();
    look_report_is_kept(&w, &page);
    print_message("the relay noticed after %lld ms\n", look_relay_notices(&w, 4, began));
    print_message("so-y-te noticed after %lld ms\n", look_agent_notices(&w, "so-y-te", began));
    cable(true);
    world_wait_online(&w, "so-y-te");
    look_goes_through_once(&w, page.id, BACK_MS);
    move("so-y-te", "");
}

/* A31, A32 */
static void a_page_for_somebody_behind_a_pulled_cable_goes_on(void **state)
{
    struct look_reported early, late;

    (void)state;
    move("an", ns);
    cable(false);
    long long began = now_ms();
    assert_int_equal(look_report(&w, NULL, 0, &early), 0);
    world_wait_state(&w, "binh", early.id, "ringing", BACK_MS);
    world_expect_code(&w, 0, "binh", "accept", early.id, NULL);
    print_message("the relay noticed after %lld ms\n", look_relay_notices(&w, 4, began));
    assert_int_equal(look_report(&w, NULL, 0, &late), 0);
    (void)world_wait_event(&w, "chi", late.id, "skip", 1, BACK_MS);
    print_message("an noticed after %lld ms\n", look_agent_notices(&w, "an", began));
    cable(true);
    world_wait_state(&w, "an", early.id, "accepted", BACK_MS);
    assert_string_equal(world_owner(&w, "an", early.id), "binh");
    world_wait_state(&w, "an", late.id, "ringing", BACK_MS);
    assert_int_equal(look_count(&w, "so-y-te", early.id, "release", 1), 1);
    assert_int_equal(look_count(&w, "so-y-te", late.id, "release", 1), 1);
    assert_int_equal(look_rows(&w, "an", early.id), 1);
    assert_int_equal(look_rows(&w, "an", late.id), 1);
    move("an", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clerk_whose_cable_is_pulled_is_told_and_gets_through_afterwards),
        cmocka_unit_test(a_page_for_somebody_behind_a_pulled_cable_goes_on),
    };

    if (!make_network()) {
        drop_network();
        (void)printf(
            "skipped: no network namespace can be made here (root and iproute2 are needed)\n");
        return SKIPPED;
    }
    int failed = cmocka_run_group_tests(tests, open_province, close_province);
    drop_network();
    return failed;
}
