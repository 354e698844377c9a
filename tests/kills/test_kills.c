/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kills.c - relay and agents are killed again and again while people report and answer.
 *
 * In episodes: some kills under load; then everything is left alone until nothing is left to do, and the judge
 * (judge.h) compares what the devices show with what was answered.  TRUCBAN_KILLS kills of the relay and as many of
 * agents (20), from the plan that TRUCBAN_SEED makes (the time of day; printed).  The same seed makes the same plan;
 * what a kill meets also depends on the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "look.h"
#include "tb_cmocka.h"

enum {
    EPISODE = 10,      /* kills in it */
    SETTLE_MS = 90000, /* reconnecting backs off to 30 s and a half */
    AGREE_MS = 45000,
    REPORT_EVERY_MS = 700,
    LOOK_EVERY_MS = 120,
};

static struct world w;
static struct people all;
static uint64_t seed;

/* splitmix64: the plan of a run is its seed */
static uint64_t chance(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t between(int64_t low, int64_t high)
{
    return low + (int64_t)(chance() % (uint64_t)(high - low + 1));
}

static long wish(const char *name, long usual)
{
    const char *text = getenv(name);

    return text && *text ? strtol(text, NULL, 10) : usual;
}

/* ---- what people do */

struct night {
    long relay_kills, agent_kills; /* still to come */
    int64_t report_ms, kill_ms, look_ms;
    size_t first; /* page of this episode */
    int64_t worst_ms;
    bool calm; /* no more kills and reports */
};

static struct man *man_named(const char *name)
{
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.man[i].p->name, name) == 0)
            return &all.man[i];
    return NULL;
}

static void maybe_report(struct night *n)
{
    int64_t now = people_now();

    if (n->calm || now < n->report_ms)
        return;
    n->report_ms = now + between(0, 2 * REPORT_EVERY_MS);
    struct man *m = man_named(chance() % 3 == 0 ? "dung" : "so-y-te");
    if (m->bus)
        people_report(&all, m, chance() % 4 == 0 ? 1 : 2);
    /* Half of the kills come while something is under way. */
    if (chance() % 2 == 0 && n->kill_ms > now + 200)
        n->kill_ms = now + between(0, 120);
}

/* What somebody whom a page rings for does: a third accepts, a tenth declines, the others sleep.  In the end
 * somebody takes what would ring for ever. */
static void maybe_answer(const struct night *n, struct man *m, size_t i, GVariant *row)
{
    const char *id = "", *state = "";
    guint32 class = 0;
    gboolean mine = FALSE;

    (void)g_variant_lookup(row, "id", "&s", &id);
    (void)g_variant_lookup(row, "state", "&s", &state);
    (void)g_variant_lookup(row, "class", "u", &class);
    (void)g_variant_lookup(row, "mine_to_answer", "b", &mine);
    struct known *k = people_page(&all, id);
    bool asked = k && (k->asked & (1U << i));
    bool last = n->calm && class == 1;
    if (!k || !mine || strcmp(state, "ringing") != 0 || (asked && !last))
        return;
    k->asked |= 1U << i;
    uint64_t how = chance() % 10;
    if (how < 3 || last)
        people_answer(&all, m, k, J_ACCEPT);
    else if (how == 3)
        people_answer(&all, m, k, J_DECLINE);
}

static void look_around(struct night *n)
{
    if (people_now() < n->look_ms)
        return;
    n->look_ms = people_now() + LOOK_EVERY_MS;
    for (size_t i = 0; i < all.n; i++) {
        struct man *m = &all.man[i];
        g_autoptr(GVariant) reply =
            m->bus && m->calls == 0
                ? people_ask(m, "Pages", g_variant_new("(tbu)", (guint64)0, TRUE, 40U))
                : NULL;
        if (!reply)
            continue;
        g_autoptr(GVariant) rows = g_variant_get_child_value(reply, 0);
        for (gsize r = 0; r < g_variant_n_children(rows); r++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(rows, r);
            maybe_answer(n, m, i, row);
        }
    }
}

/* Mostly back at once; sometimes later than a tier waits. */
static int64_t down_ms(void)
{
    return chance() % 8 == 0 ? between(2000, 4000) : between(0, 300);
}

static void maybe_kill(struct night *n, long *left)
{
    if (*left <= 0 || people_now() < n->kill_ms)
        return;
    n->kill_ms = people_now() + between(100, 1600);
    bool relay = n->relay_kills > 0 && (n->agent_kills <= 0 || chance() % 2 == 0);
    bool both = chance() % 10 == 0;
    if ((relay || both) && n->relay_kills > 0 && people_kill_relay(&all, down_ms())) {
        n->relay_kills--;
        (*left)--;
    }
    if ((!relay || both) && n->agent_kills > 0 &&
        people_kill(&all, &all.man[chance() % all.n], down_ms())) {
        n->agent_kills--;
        (*left)--;
    }
}

static void turn(struct night *n)
{
    people_turn(&all);
    look_around(n);
}

/* ---- the end of an episode */

static void settle(struct night *n)
{
    int64_t until = people_now() + SETTLE_MS;

    n->calm = true;
    while (!look_settled(&all, n->first) && people_now() < until)
        for (int i = 0; i < 50; i++)
            turn(n);
}

/* The last envelopes may still be on their way: what is wrong has to stay so. */
static void judge(struct night *n, struct j_verdict *v)
{
    int64_t until = people_now() + AGREE_MS;

    do {
        for (int i = 0; i < 100; i++)
            turn(n);
        *v = (struct j_verdict){ 0 };
        look_and_judge(&all, n->first, v);
    } while (v->n && people_now() < until);
}

static void resolve_all(struct night *n)
{
    struct man *chi = man_named("chi");

    for (size_t i = n->first; i < all.n_pages; i++)
        people_answer(&all, chi, &all.page[i], J_RESOLVE);
    while (chi->calls && people_now() < n->look_ms + 10000)
        people_turn(&all);
    n->first = all.n_pages;
}

static void fail_with(const char *what, const struct j_verdict *v, long plan)
{
    (void)setenv("TRUCBAN_KEEP", "1", 1);
    people_note(&all, "verdict\n%s", v->text);
    fail_msg("%s; seed %ld; %zu complaints; history, logs and stores: %s\n%s", what, plan, v->n,
             w.dir, v->text);
}

static void episode(struct night *n, long plan)
{
    static struct j_verdict v;
    long left = EPISODE;

    n->calm = false;
    n->kill_ms = n->report_ms = people_now();
    while (left > 0 && (n->relay_kills > 0 || n->agent_kills > 0)) {
        turn(n);
        maybe_report(n);
        maybe_kill(n, &left);
    }
    settle(n);
    judge(n, &v);
    (void)printf(
        "kills left: relay %ld, agents %ld; pages %zu; latest step %lld ms after it was due; "
        "longest stall of this machine %lld ms; complaints %zu\n",
        n->relay_kills, n->agent_kills, all.n_pages, (long long)v.worst_ms, (long long)all.stall_ms,
        v.n);
    (void)fflush(stdout);
    if (v.n)
        fail_with("an episode ends badly", &v, plan);
    if (v.worst_ms > n->worst_ms)
        n->worst_ms = v.worst_ms;
    all.stall_ms = 0;
    resolve_all(n);
}

static void nothing_that_was_answered_is_lost_or_done_twice_by_kills(void **state)
{
    static struct j_verdict v;
    long kills = wish("TRUCBAN_KILLS", 20), plan = wish("TRUCBAN_SEED", (long)time(NULL));
    struct night n = { .relay_kills = kills, .agent_kills = kills };

    (void)state;
    seed = (uint64_t)plan;
    (void)printf("seed %ld: %ld kills of the relay, %ld of agents\n", plan, kills, kills);
    while (n.relay_kills > 0 || n.agent_kills > 0)
        episode(&n, plan);
    settle(&n);
    for (int64_t until = people_now() + AGREE_MS;;) {
        v = (struct j_verdict){ 0 };
        look_at_all(&all, &v);
        if (!v.n || people_now() > until)
            break;
        for (int i = 0; i < 100; i++)
            turn(&n);
    }
    if (v.n)
        fail_with("the end", &v, plan);
    (void)printf("%ld kills of the relay, %ld of agents, %zu pages: nothing lost, nothing twice, "
                 "nothing early; "
                 "latest step %lld ms after it was due\n",
                 kills, kills, all.n_pages, (long long)n.worst_ms);
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
