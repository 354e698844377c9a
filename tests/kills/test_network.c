/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_network.c - between relay and devices things are late, out of step, cut in the middle of a frame, reset, and not
 * there at all for a while, as people report and answer: TRUCBAN_TROUBLES times (30). */
#include <stdio.h>

#include "night.h"
#include "tb_cmocka.h"
#include "world_chaos.h"

enum { EPISODE = 15 /* troubles in it */ };

static struct world w;
static struct people all;
static long troubles, left;

/* A command of the proxy, for a moment or until the next. */
static void trouble_now(char ret[static 64])
{
    switch (night_chance() % 6) {
    case 0:
        (void)snprintf(ret, 64, "delay %d %d", (int)night_between(0, 80),
                       (int)night_between(0, 150));
        break;
    case 1:
        (void)snprintf(ret, 64, "cut %d", (int)night_between(200, 20000));
        break;
    case 2:
        (void)snprintf(ret, 64, "rst");
        break;
    case 3:
        (void)snprintf(ret, 64, "stall %s", night_chance() % 2 ? "up" : "down");
        break;
    case 4:
        (void)snprintf(ret, 64, "rate %d", (int)night_between(20000, 60000));
        break;
    default:
        (void)snprintf(ret, 64, "dead");
        break;
    }
}

static bool trouble_the_line(struct night *n)
{
    char command[64];

    chaos("heal");
    trouble_now(command);
    chaos(command);
    people_note(&all, "network: %s", command);
    n->trouble_ms = people_now() + night_between(100, 1500);
    troubles--;
    return --left > 0 && troubles > 0;
}

static void heal(struct night *n)
{
    (void)n;
    chaos("heal");
    people_note(&all, "network: heal");
}

static void nothing_that_was_answered_is_lost_or_done_twice_by_the_network(void **state)
{
    struct night n;

    (void)state;
    troubles = night_wish("TRUCBAN_TROUBLES", 30);
    night_begin(&n, &all);
    while (troubles > 0) {
        left = EPISODE;
        night_episode(&n, trouble_the_line, heal);
        (void)printf("troubles left: %ld; connections so far: %u\n", troubles, chaos_stats().taken);
        (void)fflush(stdout);
    }
    night_end(&n);
}

static int open_province(void **state)
{
    (void)state;
    world_open_behind(&w, NULL, chaos_start);
    people_open(&all, &w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    people_close(&all);
    world_close(&w);
    chaos_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_answered_is_lost_or_done_twice_by_the_network),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
