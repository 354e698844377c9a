/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escalate.c - who is paged next, and when.
 *
 * One loop of a page is a walk over the tiers 1..n: a tier's turn comes, it is
 * released or skipped, and it holds the walk up until its wait is over or there
 * is nothing left to wait for.  A page that loops stays RINGING between its
 * loops (said_nobody is set and due_ms is the next loop), so EXHAUSTED always
 * means that time alone changes nothing any more. */
#include "proto/escalate.h"

/* What one call to escalate_run() works on. */
struct run {
    struct escalation *e;
    const struct esc_policy *p;
    struct esc_facts f;
    int64_t now_ms;
    struct esc_step *steps;
    size_t n;
};

static uint16_t bit(uint8_t tier)
{
    return (uint16_t)(1u << tier);
}

static uint8_t tiers_of(const struct esc_policy *p)
{
    return p->tiers <= TB_TIERS_MAX ? p->tiers : TB_TIERS_MAX;
}

/* A policy that says nothing sensible may make a page fast, never make it spin or never end. */
static int64_t after(int64_t from_ms, int64_t wait_ms, int64_t least_ms)
{
    int64_t wait = wait_ms > least_ms ? wait_ms : least_ms;

    return from_ms > INT64_MAX - 1 - wait ? INT64_MAX - 1 : from_ms + wait;
}

static int64_t next_loop_ms(const struct run *r)
{
    return after(r->e->loop_began_ms, r->p->repeat_ms, 1);
}

static void say(struct run *r, enum esc_step_kind kind, uint8_t tier)
{
    r->steps[r->n++] = (struct esc_step){
        .kind = kind,
        .tier = tier,
        .round = r->e->round,
        .loop = r->e->loop,
    };
}

static void release(struct run *r, uint8_t tier)
{
    r->e->released |= bit(tier);
    say(r, ESC_RELEASE, tier);
}

static bool loop_is_due(const struct run *r)
{
    const struct escalation *e = r->e;

    return e->state == ESC_NEW ||
           (e->state == ESC_RINGING && e->said_nobody && r->now_ms >= e->due_ms);
}

static void begin_loop(struct run *r)
{
    struct escalation *e = r->e;

    if (e->state == ESC_NEW) {
        *e = (struct escalation){ .state = ESC_RINGING, .round = 1 };
    } else {
        e->round++;
        e->loop++;
        e->tier = 0;
        e->released = e->skipped = 0;
        e->said_nobody = false;
        r->f.declined = 0; /* what the caller knows was said in the round before */
    }
    e->loop_began_ms = r->now_ms;
    e->due_ms = r->now_ms;
}

/* Does anybody of the newest tier still have time to answer? */
static bool holds(const struct run *r)
{
    const struct escalation *e = r->e;
    uint16_t t = bit(e->tier);

    if (r->now_ms >= e->due_ms || (r->f.declined & t))
        return false;
    /* A device that went silent after the release may well be ringing. */
    return !(r->f.live & t) || (r->f.readable & t);
}

static void next_tier(struct run *r)
{
    struct escalation *e = r->e;

    e->tier++;
    if (r->f.live & bit(e->tier)) {
        release(r, e->tier);
        e->due_ms = after(r->now_ms, r->p->wait_ms[e->tier - 1], 0);
    } else {
        e->skipped |= bit(e->tier);
        say(r, ESC_SKIP, e->tier);
        e->due_ms = r->now_ms;
    }
}

static void late_releases(struct run *r)
{
    for (uint8_t t = 1; t <= tiers_of(r->p); t++)
        if ((r->e->skipped & ~r->e->released & r->f.live) & bit(t))
            release(r, t);
}

/* The last tier had its time: says so once, then waits for the next loop or for ever. */
static void nobody(struct run *r)
{
    struct escalation *e = r->e;

    e->said_nobody = true;
    say(r, ESC_NOBODY, 0);
    if (r->p->loops && e->round < TB_ROUNDS_MAX) {
        e->due_ms = next_loop_ms(r);
    } else {
        e->state = ESC_EXHAUSTED;
        e->due_ms = INT64_MAX;
    }
}

static void walk(struct run *r)
{
    while (r->e->tier < tiers_of(r->p) && !holds(r))
        next_tier(r);
    if (!holds(r))
        nobody(r);
}

size_t escalate_run(struct escalation *e, const struct esc_policy *p, const struct esc_facts *f,
                    int64_t now_ms, struct esc_step ret_steps[static ESC_STEPS_MAX])
{
    struct run r = { .e = e, .p = p, .f = *f, .now_ms = now_ms, .steps = ret_steps };

    if (e->state == ESC_ACCEPTED || e->state == ESC_RESOLVED)
        return 0;
    /* At the instant in which a loop began, a decline can only be one of the round before. */
    if (e->loop > 0 && now_ms == e->loop_began_ms)
        r.f.declined = 0;
    if (loop_is_due(&r))
        begin_loop(&r);
    late_releases(&r);
    if (!e->said_nobody)
        walk(&r);
    if (loop_is_due(&r)) { /* the one that has just ended took long enough */
        begin_loop(&r);
        walk(&r);
    }
    return r.n;
}

tb_result escalate_accept(struct escalation *e, uint32_t round)
{
    if (e->state == ESC_ACCEPTED || e->state == ESC_RESOLVED)
        return TB_E_CONFLICT;
    if (round < e->round)
        return TB_E_STALE;
    if (e->state == ESC_NEW || round > e->round)
        return TB_E_RANGE;
    e->state = ESC_ACCEPTED;
    e->due_ms = INT64_MAX;
    return TB_OK;
}

tb_result escalate_resolve(struct escalation *e)
{
    if (e->state == ESC_RESOLVED)
        return TB_E_CONFLICT;
    e->state = ESC_RESOLVED;
    e->due_ms = INT64_MAX;
    return TB_OK;
}
