/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kills.c - relay and agents are killed again and again while people report and answer: TRUCBAN_KILLS times each
 * (20). */
#include <stdio.h>

#include "night.h"
#include "tb_cmocka.h"

enum { EPISODE = 10 /* kills in it */ };

static struct world w;
static struct people all;
static long relay_kills, agent_kills, left; /* still to come; in this episode */

/* Mostly back at once; sometimes later than a tier waits. */
static int64_t down_ms(void)
{
    return night_chance() % 8 == 0 ? night_between(2000, 4000) : night_between(0, 300);
}

static bool kill_somebody(struct night *n)
{
    n->trouble_ms = people_now() + night_between(100, 1600);
    bool relay = relay_kills > 0 && (agent_kills <= 0 || night_chance() % 2 == 0);
    bool both = night_chance() % 10 == 0;
    if ((relay || both) && relay_kills > 0 && people_kill_relay(&all, down_ms())) {
        relay_kills--;
        left--;
    }
    if ((!relay || both) && agent_kills > 0 &&
        people_kill(&all, &all.man[night_chance() % all.n], down_ms())) {
        agent_kills--;
        left--;
    }
    return left > 0 && relay_kills + agent_kills > 0;
}

static void nothing_that_was_answered_is_lost_or_done_twice_by_kills(void **state)
{
    long kills = night_wish("TRUCBAN_KILLS", 20);
    struct night n;

    (void)state;
    relay_kills = agent_kills = kills;
    night_begin(&n, &all);
    (void)printf("%ld kills of the relay, %ld of agents\n", kills, kills);
    while (relay_kills + agent_kills > 0) {
        left = EPISODE;
        night_episode(&n, kill_somebody, NULL);
        (void)printf("kills left: relay %ld, agents %ld\n", relay_kills, agent_kills);
        (void)fflush(stdout);
    }
    night_end(&n);
}

static int open_province(void **state)
{
    (void)state;
    world_open(&w);
    people_open(&all, &w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    people_close(&all);
    world_close(&w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_answered_is_lost_or_done_twice_by_kills),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
