/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch.c - who trusts no relay: by when it must have said more about a page, or the sender's device sounds.
 *
 * Deadlines come from the signed policy and from the first word of the relay, so
 * nothing that it repeats moves them; a coordinator keeps the same clock.  Each
 * is set once, on the clock that nobody sets: after a restart what is left is
 * worked out from our wall clock, and is never more than the whole. */
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum {
    SLACK_MS = 30000,     /* for the relay and the network, beyond what the policy allows */
    ORDINARY_MS = 120000, /* until a page that is not class 1 must be at the relay */
    ANY_DEVICE_MS =
        60000, /* after the first release: some device must have said that it has the page */
};

enum step { STEP_RELAY = 1, STEP_RELEASE, STEP_ANY_DEVICE, STEP_LAST_TIER, STEP_NEXT_TIER };

static int64_t first_due_ms(int64_t since_wall_ms, int64_t wait_ms)
{
    int64_t left = since_wall_ms + wait_ms - now_wall_ms();

    if (left > wait_ms)
        left = wait_ms; /* our clock was set back meanwhile */
    return now_boot_ms() + (left > 0 ? left : 0);
}

/* The moment, on the boot clock, that was set when this step was first looked at. */
static int64_t due_ms(struct tbc *c, const struct leaf *l, uint32_t step, int64_t since_wall_ms,
                      int64_t wait_ms)
{
    for (size_t i = 0; i < c->n_deadline; i++)
        if (c->deadline[i].step == step && tb_id_equal(&c->deadline[i].page, &l->id))
            return c->deadline[i].due_ms;
    int64_t due = first_due_ms(since_wall_ms, wait_ms);
    struct deadline *more = reallocarray(c->deadline, c->n_deadline + 1, sizeof *more);
    if (!more)
        return now_boot_ms(); /* better a false alarm than none */
    c->deadline = more;
    more[c->n_deadline++] = (struct deadline){ l->id, step, due };
    return due;
}

static void rise(struct watch *w, int64_t due, enum tbc_ring_why why)
{
    if (w->late)
        return;
    if (now_boot_ms() >= due) {
        w->late = true;
        w->why = why;
    } else if (due < w->look_ms) {
        w->look_ms = due;
    }
}

/* What the signed policy allows for one round. */
static int64_t round_ms(const struct tb_policy *p)
{
    int64_t wait_ms = 0;

    for (size_t t = 0; p && t < p->n_tiers; t++)
        wait_ms += (int64_t)p->tier[t].wait_s * 1000;
    return wait_ms;
}

static const struct tb_policy *policy_of(struct tbc *c, const struct leaf *l)
{
    struct tb_hash hash = tb_hash_from(l->h->policy_hash.data);

    return tb_roster_policy(c->roster, &hash);
}

/* Has any device of those that were called answered for its capsule? */
static bool somebody_has_it(struct tbc *c, struct leaf *l)
{
    if (leaf_ladder(c, l) != TB_OK)
        return false;
    for (size_t i = 0; i < l->ladder->n_device; i++) {
        const Tbl__Device *d = l->ladder->device[i];
        if (d->t > 0 && (d->ok_ms || d->bad_ms || d->delivered_ms || d->seen_ms))
            return true;
    }
    return false;
}

static void watch_released(struct tbc *c, struct leaf *l, struct watch *w)
{
    const Tbl__Page *p = l->p;
    int64_t round = round_ms(policy_of(c, l)) + SLACK_MS;

    if (!somebody_has_it(c, l))
        rise(w, due_ms(c, l, STEP_ANY_DEVICE, p->first_released_here_ms, ANY_DEVICE_MS),
             TBC_RING_NO_RECEIPT);
    rise(w, due_ms(c, l, STEP_LAST_TIER, p->first_released_here_ms, round), TBC_RING_NOBODY);
}

static void watch_mine(struct tbc *c, struct leaf *l, struct watch *w)
{
    const Tbl__Page *p = l->p;
    int64_t patience = l->h->page_class == 1 ? SLACK_MS : ORDINARY_MS;

    if (p->refused)
        rise(w, 0, TBC_RING_NO_RECEIPT);
    else if (p->relayed_here_ms == 0)
        rise(w, due_ms(c, l, STEP_RELAY, p->at_ms, patience), TBC_RING_NO_RECEIPT);
    else if (p->release_no == 0)
        rise(w, due_ms(c, l, STEP_RELEASE, p->relayed_here_ms, SLACK_MS), TBC_RING_NO_RECEIPT);
    else if (!p->test)
        watch_released(c, l, w);
}

/* ---- the coordinator's shadow of the relay's timer */

/* Whose device joined late does not know what was released before: without a release it waits for one. */
static bool seen_from_start(const Tbl__Page *p, const Tb__Header *h)
{
    return p->release_no != 0 || p->relayed_here_ms - h->created_ms < SLACK_MS;
}

static void shadow(struct tbc *c, struct leaf *l, struct watch *w)
{
    const struct tb_policy *policy = policy_of(c, l);
    const Tbl__Page *p = l->p;

    if (!policy || p->test || p->relayed_here_ms == 0 || !seen_from_start(p, l->h))
        return;
    if (p->release_no == 0) {
        rise(w, due_ms(c, l, STEP_RELEASE, p->relayed_here_ms, SLACK_MS), TBC_RING_NOBODY);
        return;
    }
    int64_t round = round_ms(policy) + SLACK_MS;
    rise(w, due_ms(c, l, STEP_LAST_TIER, p->first_released_here_ms, round), TBC_RING_NOBODY);
    if (p->tier == 0 || p->tier > policy->n_tiers)
        return;
    int64_t wait = (int64_t)policy->tier[p->tier - 1].wait_s * 1000 + SLACK_MS;
    rise(w, due_ms(c, l, STEP_NEXT_TIER + p->release_no, p->released_here_ms, wait),
         TBC_RING_NOBODY);
}

/* ---- what people are told */

int64_t watch_overdue_ms(struct tbc *c, const struct leaf *l)
{
    const struct tb_policy *policy = policy_of(c, l);
    const Tbl__Page *p = l->p;

    if (!policy || p->test || p->ended_ms || p->owner[0] || p->nobody || p->queued || p->refused ||
        p->relayed_here_ms == 0 || !(leaf_is_out(l) || seen_from_start(p, l->h)))
        return 0;
    if (p->release_no == 0)
        return p->relayed_here_ms + SLACK_MS;
    if (p->tier == 0 || p->tier > policy->n_tiers)
        return 0;
    return p->released_here_ms + (int64_t)policy->tier[p->tier - 1].wait_s * 1000 + SLACK_MS;
}

/* ---- entry points */

struct watch watch_page(struct tbc *c, struct leaf *l, bool coordinates)
{
    struct watch w = { false, TBC_RING_NOBODY, INT64_MAX };

    if (l->p->nobody_yet && (leaf_is_out(l) || coordinates))
        rise(&w, 0, TBC_RING_NOBODY);
    else if (leaf_by_me(c, l))
        watch_mine(c, l, &w);
    else if (coordinates)
        shadow(c, l, &w);
    return w;
}

void watch_end(struct tbc *c, const struct tb_id *page)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->n_deadline; i++)
        if (!tb_id_equal(&c->deadline[i].page, page))
            c->deadline[kept++] = c->deadline[i];
    c->n_deadline = kept;
}

void watch_forget(struct tbc *c)
{
    free(c->deadline);
    c->deadline = NULL;
    c->n_deadline = 0;
}
