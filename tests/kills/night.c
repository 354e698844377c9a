/* SPDX-License-Identifier: GPL-3.0-or-later */
/* night.c - see night.h. */
#include "night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "look.h"
#include "tb_cmocka.h"

enum {
    SETTLE_MS = 90000, /* reconnecting backs off to 30 s and a half */
    AGREE_MS = 45000,
    REPORT_EVERY_MS = 700,
    LOOK_EVERY_MS = 120,
};

static uint64_t seed;

/* splitmix64: the plan of a run is its seed */
uint64_t night_chance(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t night_between(int64_t low, int64_t high)
{
    return low + (int64_t)(night_chance() % (uint64_t)(high - low + 1));
}

long night_wish(const char *name, long usual)
{
    const char *text = getenv(name);

    return text && *text ? strtol(text, NULL, 10) : usual;
}

/* ---- what people do */

static struct man *man_named(const struct night *n, const char *name)
{
    for (size_t i = 0; i < n->all->n; i++)
        if (strcmp(n->all->man[i].p->name, name) == 0)
            return &n->all->man[i];
    return NULL;
}

static void maybe_report(struct night *n)
{
    int64_t now = people_now();

    if (n->calm || now < n->report_ms)
        return;
    n->report_ms = now + night_between(0, 2 * REPORT_EVERY_MS);
    struct man *m = man_named(n, night_chance() % 3 == 0 ? "dung" : "so-y-te");
    if (m->bus)
        people_report(n->all, m, night_chance() % 4 == 0 ? 1 : 2);
    /* Half of the troubles come while something is under way. */
    if (night_chance() % 2 == 0 && n->trouble_ms > now + 200)
        n->trouble_ms = now + night_between(0, 120);
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
    struct known *k = people_page(n->all, id);
    bool asked = k && (k->asked & (1U << i));
    bool last = n->calm && class == 1;
    if (!k || !mine || strcmp(state, "ringing") != 0 || (asked && !last))
        return;
    k->asked |= 1U << i;
    uint64_t how = night_chance() % 10;
    if (how < 3 || last)
        people_answer(n->all, m, k, J_ACCEPT);
    else if (how == 3)
        people_answer(n->all, m, k, J_DECLINE);
}

static void look_around(struct night *n)
{
    if (people_now() < n->look_ms)
        return;
    n->look_ms = people_now() + LOOK_EVERY_MS;
    for (size_t i = 0; i < n->all->n; i++) {
        struct man *m = &n->all->man[i];
        g_autoptr(GVariant) rows = m->bus && m->calls == 0 ? look_rows(m, true) : NULL;
        for (gsize r = 0; rows && r < g_variant_n_children(rows); r++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(rows, r);
            maybe_answer(n, m, i, row);
        }
    }
}

void night_turn(struct night *n)
{
    people_turn(n->all);
    look_around(n);
}

/* ---- the end of an episode */

static void settle(struct night *n)
{
    int64_t until = people_now() + SETTLE_MS;

    n->calm = true;
    while (!look_settled(n->all, n->first) && people_now() < until)
        for (int i = 0; i < 50; i++)
            night_turn(n);
}

/* The last envelopes may still be on their way: what is wrong has to stay so. */
static void judge(struct night *n, struct j_verdict *v)
{
    int64_t until = people_now() + AGREE_MS;

    do {
        for (int i = 0; i < 100; i++)
            night_turn(n);
        *v = (struct j_verdict){ 0 };
        look_and_judge(n->all, n->first, v);
    } while (v->n && people_now() < until);
}

static void resolve_all(struct night *n)
{
    struct man *chi = man_named(n, "chi");

    for (size_t i = n->first; i < n->all->n_pages; i++)
        people_answer(n->all, chi, &n->all->page[i], J_RESOLVE);
    while (chi->calls && people_now() < n->look_ms + 10000)
        people_turn(n->all);
    n->first = n->all->n_pages;
}

static void fail_with(const struct night *n, const char *what, const struct j_verdict *v)
{
    (void)setenv("TRUCBAN_KEEP", "1", 1);
    people_note(n->all, "verdict\n%s", v->text);
    fail_msg("%s; seed %ld; %zu complaints; history, logs and stores: %s\n%s", what, n->seed, v->n,
             n->all->w->dir, v->text);
}

void night_begin(struct night *n, struct people *all)
{
    *n = (struct night){ .all = all, .seed = night_wish("TRUCBAN_SEED", (long)time(NULL)) };
    seed = (uint64_t)n->seed;
    (void)printf("seed %ld\n", n->seed);
}

void night_episode(struct night *n, bool (*trouble)(struct night *n), void (*end)(struct night *n))
{
    static struct j_verdict v;

    n->calm = false;
    n->trouble_ms = n->report_ms = people_now();
    for (bool more = true; more;) {
        night_turn(n);
        maybe_report(n);
        if (people_now() >= n->trouble_ms)
            more = trouble(n);
    }
    if (end)
        end(n);
    settle(n);
    judge(n, &v);
    (void)printf(
        "pages %zu; latest step %lld ms after it was due; longest stall of this machine %lld "
        "ms; complaints %zu\n",
        n->all->n_pages, (long long)v.worst_ms, (long long)n->all->stall_ms, v.n);
    (void)fflush(stdout);
    if (v.n)
        fail_with(n, "an episode ends badly", &v);
    if (v.worst_ms > n->worst_ms)
        n->worst_ms = v.worst_ms;
    n->all->stall_ms = 0;
    resolve_all(n);
}

void night_end(struct night *n)
{
    static struct j_verdict v;

    settle(n);
    for (int64_t until = people_now() + AGREE_MS;;) {
        v = (struct j_verdict){ 0 };
        look_at_all(n->all, &v);
        if (!v.n || people_now() > until)
            break;
        for (int i = 0; i < 100; i++)
            night_turn(n);
    }
    if (v.n)
        fail_with(n, "the end", &v);
    (void)printf("%zu pages: nothing lost, nothing twice, nothing early; latest step %lld ms after "
                 "it was due\n",
                 n->all->n_pages, (long long)n->worst_ms);
}
