/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarm.c - who must be woken, judged anew for a page whenever it changed.
 *
 * What rings is only remembered in memory: after a restart every open page is
 * looked at again, and what is still unanswered rings again.  A bell that rings
 * ends by a signed act and by nothing else.  watch.c says what is overdue. */
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum { REPEAT_S = 30, AGAIN_MS = 1000 };

struct verdict {
    bool rings;
    enum tbc_ring_why why;
    int64_t look_ms; /* boot; INT64_MAX: only when something happens */
};

/* ---- one page */

static bool i_coordinate(struct tbc *c)
{
    const struct tb_cred *me = tb_roster_cred(c->roster, &c->me->cred);

    return me && me->role == TB_ROLE_COORDINATOR;
}

static struct verdict judge(struct tbc *c, struct leaf *l)
{
    struct verdict v = { false, TBC_RING_PAGE, INT64_MAX };
    const Tbl__Page *p = l->p;

    if (!leaf_is_open(l) || p->owner[0])
        watch_end(c, &l->id);
    if (!leaf_is_open(l))
        return v;
    bool off = duty_is_off(c); /* what I answer for as sender or coordinator rings all the same */
    if (strcmp(p->offer_to, c->me->account) == 0) {
        v.rings = !p->declined && !off;
        v.why = TBC_RING_OFFER;
        return v;
    }
    if (p->owner[0])
        return v;
    if (p->mine && !p->declined && !off) {
        v.rings = true;
        v.why = p->readable ? TBC_RING_PAGE : TBC_RING_UNREADABLE;
        return v;
    }
    struct watch w = watch_page(c, l, i_coordinate(c));
    v.rings = w.late;
    v.why = w.why;
    v.look_ms = w.look_ms;
    return v;
}

static uint32_t repeat_of(struct tbc *c, const struct leaf *l)
{
    struct tb_hash hash = tb_hash_from(l->h->policy_hash.data);
    const struct tb_policy *p = tb_roster_policy(c->roster, &hash);
    uint32_t t = l->p->my_t ? l->p->my_t : 1;

    return p && t <= p->n_tiers && p->tier[t - 1].repeat_s ? p->tier[t - 1].repeat_s : REPEAT_S;
}

static struct ringing *find(struct tbc *c, const struct tb_id *page)
{
    for (size_t i = 0; i < c->n_ringing; i++)
        if (tb_id_equal(&c->ringing[i].page, page))
            return &c->ringing[i];
    return NULL;
}

static void ring(struct tbc *c, const struct tbc_ring *r, uint32_t round)
{
    struct ringing *at = find(c, &r->page_id);

    if (at && at->why == r->why && at->round == round)
        return;
    if (!at) {
        struct ringing *more = reallocarray(c->ringing, c->n_ringing + 1, sizeof *more);
        if (more) { /* without memory it rings all the same, only more often */
            c->ringing = more;
            at = &more[c->n_ringing++];
        }
    }
    if (at)
        *at = (struct ringing){ r->page_id, r->why, round };
    if (c->env.ring)
        c->env.ring(c->env.user, r);
}

static void ring_page(struct tbc *c, const struct leaf *l, enum tbc_ring_why why)
{
    const struct tbc_ring r = { .why = why,
                                .page_id = l->id,
                                .page_class = l->h->page_class,
                                .drill = l->h->drill,
                                .repeat_s = repeat_of(c, l),
                                .sender = l->p->sender,
                                .agency = l->p->agency,
                                .title = l->p->readable ? l->p->title : NULL };

    ring(c, &r, l->p->round);
}

bool alarm_is_doubtful(struct tbc *c, const struct tb_id *page)
{
    const struct ringing *at = find(c, page);

    return at && at->why == TBC_RING_UNVERIFIED;
}

static void hush(struct tbc *c, const struct tb_id *page)
{
    struct ringing *at = find(c, page);

    if (!at)
        return;
    *at = c->ringing[--c->n_ringing];
    if (c->env.quiet)
        c->env.quiet(c->env.user, page);
}

/* What nobody can verify yet rings only where nothing verified does. */
static void look_at_doubt(struct tbc *c, const struct tb_id *page, struct leaf *l)
{
    struct tbc_ring r;

    if (!duty_is_off(c) && doubt_rings(c, page, l, &r))
        ring(c, &r, 0);
    else
        hush(c, page);
}

/* What could not be read now may be what must ring: all open pages are looked at again soon. */
static void look_again(struct tbc *c)
{
    if (now_boot_ms() + AGAIN_MS < c->watch_ms)
        c->watch_ms = now_boot_ms() + AGAIN_MS;
}

static void look(struct tbc *c, const struct tb_id *page)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    tb_result r = leaf_load(c, page, &l);

    if (r == TB_E_NOTFOUND)
        look_at_doubt(c, page, NULL);
    if (is_our_failure(r))
        look_again(c);
    if (r != TB_OK)
        return;
    struct verdict v = judge(c, &l);
    if (v.rings) {
        doubt_end(c, page);
        ring_page(c, &l, v.why);
    } else {
        look_at_doubt(c, page, &l);
    }
    if (v.look_ms < c->watch_ms)
        c->watch_ms = v.look_ms;
}

/* ---- the roster's alarm */

static void look_at_roster(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    static const struct tb_id none;
    Tbl__RosterState *m;

    if (c->roster_seen)
        return;
    tb_arena_init(&a, CORE_ARENA);
    if (rosync_state(c, &a, &m) != TB_OK)
        return;
    c->roster_seen = true;
    const struct tbc_ring r = {
        .why = TBC_RING_ROSTER, .page_class = 1, .repeat_s = REPEAT_S, .sender = "", .agency = ""
    };
    bool was = c->roster_rings;
    c->roster_rings = m->alarm[0] != 0;
    if (c->roster_rings && c->env.ring)
        c->env.ring(c->env.user, &r);
    else if (was && !c->roster_rings && c->env.quiet)
        c->env.quiet(c->env.user, &none);
}

/* ---- entry points */

void alarm_run(struct tbc *c)
{
    /* A callback may come back in and touch pages again: the list is taken first. */
    struct tb_id *list = c->touched;
    size_t n = c->n_touched;

    c->touched = NULL;
    c->n_touched = 0;
    if (c->me->member)
        look_at_roster(c);
    uint64_t failures = tb_memory_failures();
    for (size_t i = 0; i < n; i++)
        look(c, &list[i]);
    if (tb_memory_failures() != failures)
        look_again(c);
    free(list);
}

static tb_result touch_row(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tbc *c = user;
    Tbl__Page *p;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__page__descriptor, plain, &p) != TB_OK || !tb_is(&p->id, TB_ID_BYTES))
        return TB_OK; /* a damaged row must not keep the others from ringing */
    struct tb_id id = tb_id_from(p->id.data);
    core_touch(c, &id);
    return TB_OK;
}

void alarm_all(struct tbc *c)
{
    const struct cs_query open = { CS_PAGE, 0, true };
    unsigned topics = c->topics;

    c->watch_ms = INT64_MAX;
    uint64_t failures = tb_memory_failures();
    tb_result r = cs_newest(c->store, &open, touch_row, c);
    if (r != TB_OK)
        core_log(c, LOG_ERROR_, "store: open pages cannot be read");
    if (is_our_failure(r) || tb_memory_failures() != failures)
        look_again(c);
    c->topics = topics; /* looked at is not changed */
}

int64_t alarm_due_ms(const struct tbc *c)
{
    return c->watch_ms;
}

void alarm_tick(struct tbc *c)
{
    if (now_boot_ms() >= c->watch_ms)
        alarm_all(c);
}

void alarm_forget(struct tbc *c)
{
    if (c->env.quiet && c->lock_fd >= 0)
        for (size_t i = 0; i < c->n_ringing; i++)
            c->env.quiet(c->env.user, &c->ringing[i].page);
    free(c->ringing);
    c->ringing = NULL;
    c->n_ringing = 0;
    watch_forget(c);
}
