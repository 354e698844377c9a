/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_escalate_random.c - never early, never twice in a loop, never lost: ten thousand
 * random nights, each from its own seed; a failure names the seed. */
#include <stdio.h>
#include <string.h>

#include "tb_cmocka.h"

#include "proto/escalate.h"

enum { SEEDS = 10000, EVENTS = 60 };

/* SplitMix64: the same nights on every machine. */
static uint64_t next(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int64_t below(uint64_t *s, int64_t n)
{
    return (int64_t)(next(s) % (uint64_t)n);
}

/* What an observer of the steps knows, without looking into the machine. */
struct observer {
    uint32_t round;
    int64_t last_ms; /* newest turn: release or skip in order */
    uint8_t turn;    /* newest tier in order */
    bool turn_skipped;
    bool nobody;
    int64_t loop_ms;
    uint16_t released;
};

struct night {
    uint64_t seed, rng;
    struct esc_policy p;
    struct esc_facts f;
    struct escalation e;
    struct observer o;
    int64_t now_ms;
};

#define MUST(n, x)                                                                       \
    do {                                                                                 \
        if (!(x)) {                                                                      \
            fprintf(stderr, "seed %llu at %lld ms: %s\n", (unsigned long long)(n)->seed, \
                    (long long)(n)->now_ms, #x);                                         \
            fail();                                                                      \
        }                                                                                \
    } while (0)

static void begin(struct night *n, uint64_t seed)
{
    *n = (struct night){ .seed = seed, .rng = seed };
    n->p.tiers = (uint8_t)(1 + below(&n->rng, TB_TIERS_MAX));
    for (int i = 0; i < TB_TIERS_MAX; i++)
        n->p.wait_ms[i] = 1 + below(&n->rng, 5000);
    n->p.repeat_ms = 1 + below(&n->rng, 20000);
    n->p.loops = below(&n->rng, 2);
    n->f.live = (uint16_t)(next(&n->rng) | next(&n->rng));
    n->f.readable = n->f.live & (uint16_t)(next(&n->rng) | next(&n->rng));
}

/* May the turn move past tier o->turn now? Facts and time alone say so. */
static bool may_move_on(const struct night *n)
{
    const struct observer *o = &n->o;
    uint16_t t = (uint16_t)(1u << o->turn);

    if (o->turn == 0 || o->turn_skipped)
        return true;
    if ((n->f.declined & t) || ((n->f.live & t) && !(n->f.readable & t)))
        return true;
    return n->now_ms >= o->last_ms + n->p.wait_ms[o->turn - 1];
}

static void see_loop(struct night *n, const struct esc_step *s)
{
    struct observer *o = &n->o;

    if (s->round == o->round)
        return;
    MUST(n, s->round == o->round + 1 && s->loop + 1 == s->round);
    MUST(n, o->round == 0 || (n->p.loops && o->nobody)); /* a loop is said to be over first */
    MUST(n, o->round == 0 || n->now_ms >= o->loop_ms + n->p.repeat_ms);
    *o = (struct observer){ .round = s->round, .loop_ms = n->now_ms };
    n->f.declined = 0;
}

static void see_turn(struct night *n, const struct esc_step *s)
{
    struct observer *o = &n->o;
    uint16_t t = (uint16_t)(1u << s->tier);

    MUST(n, s->tier >= 1 && s->tier <= n->p.tiers);
    MUST(n, !(o->released & t)); /* never twice */
    if (s->kind == ESC_RELEASE) {
        MUST(n, n->f.live & t);
        o->released |= t;
    }
    if (s->tier <= o->turn) {
        MUST(n, s->kind == ESC_RELEASE); /* late: it had been skipped */
        return;
    }
    MUST(n, s->tier == o->turn + 1);
    MUST(n, may_move_on(n)); /* never early */
    MUST(n, s->kind == ESC_RELEASE || !(n->f.live & t));
    o->turn = s->tier;
    o->turn_skipped = s->kind == ESC_SKIP;
    o->last_ms = n->now_ms;
}

static void see(struct night *n, const struct esc_step *s)
{
    see_loop(n, s);
    if (s->kind != ESC_NOBODY) {
        see_turn(n, s);
        return;
    }
    MUST(n, !n->o.nobody && n->o.turn == n->p.tiers && may_move_on(n));
    n->o.nobody = true;
}

/* What must hold after every call, whatever happened. */
static void check_rest(struct night *n)
{
    const struct escalation *e = &n->e;
    bool over = e->state == ESC_ACCEPTED || e->state == ESC_RESOLVED;

    MUST(n, e->state != ESC_NEW);
    MUST(n, over || e->state == ESC_RINGING || (n->o.nobody && !n->p.loops));
    MUST(n, (e->state == ESC_RINGING) == (e->due_ms != INT64_MAX)); /* never lost */
    if (e->state != ESC_RINGING)
        return;
    MUST(n, e->due_ms > n->now_ms);
    MUST(n, !n->o.nobody || e->due_ms <= n->o.loop_ms + n->p.repeat_ms);
    MUST(n, n->o.nobody || e->due_ms <= n->o.last_ms + n->p.wait_ms[n->o.turn - 1]);
    for (uint8_t t = 1; t <= n->o.turn; t++) /* whoever is there now has been released */
        MUST(n, (n->o.released & (1u << t)) || !(n->f.live & (1u << t)));
}

static void run(struct night *n)
{
    struct esc_step steps[ESC_STEPS_MAX], again[ESC_STEPS_MAX];
    struct esc_facts f = n->f;
    size_t count = escalate_run(&n->e, &n->p, &f, n->now_ms, steps);

    MUST(n, count <= ESC_STEPS_MAX);
    for (size_t i = 0; i < count; i++)
        see(n, &steps[i]);
    struct escalation e = n->e;
    MUST(n, escalate_run(&n->e, &n->p, &f, n->now_ms, again) == 0);
    MUST(n, memcmp(&e, &n->e, sizeof e) == 0);
    check_rest(n);
}

static void something_happens(struct night *n)
{
    int64_t due = n->e.due_ms;
    uint16_t t = (uint16_t)(1u << (1 + below(&n->rng, TB_TIERS_MAX)));

    switch (below(&n->rng, 8)) {
    case 0:
        n->now_ms += 1 + below(&n->rng, 100);
        n->f.declined |= n->o.released & t;
        break;
    case 1:
        n->f.live ^= t;
        n->f.readable &= n->f.live;
        break;
    case 2:
        n->f.readable ^= n->f.live & t;
        break;
    case 3: /* the relay was down */
        n->now_ms += below(&n->rng, 100000);
        break;
    case 4:
        n->now_ms += below(&n->rng, 1000);
        break;
    default: /* the timer */
        if (due != INT64_MAX)
            n->now_ms = due;
        break;
    }
}

static void every_random_night_keeps_the_promises(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct night n;
        begin(&n, seed);
        run(&n);
        for (int i = 0; i < EVENTS; i++) {
            something_happens(&n);
            run(&n);
        }
        uint32_t round = n.e.round;
        MUST(&n, escalate_accept(&n.e, round - 1) == TB_E_STALE);
        MUST(&n, escalate_accept(&n.e, round) == TB_OK);
        something_happens(&n);
        run(&n);
    }
    print_message("seeds 1 to %d, %d events each\n", SEEDS, EVENTS);
}

/* Left alone with its timer, a severe page pages every tier that has somebody, in every loop. */
static void a_page_left_to_its_timer_reaches_every_tier(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct night n;
        begin(&n, seed);
        n.p.loops = true;
        run(&n);
        while (n.e.loop < 3) {
            uint16_t want = (uint16_t)((1u << (n.p.tiers + 1)) - 2);
            if (n.o.nobody)
                MUST(&n, n.o.released == (n.f.live & want));
            n.now_ms = n.e.due_ms;
            run(&n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_random_night_keeps_the_promises),
        cmocka_unit_test(a_page_left_to_its_timer_reaches_every_tier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
