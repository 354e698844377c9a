/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doubt.c - the alarm for a page that is said to be mine and cannot be verified yet.
 *
 * A release that names my account waits (held.c): its page is not here, its sender
 * is not in the roster, or the relay's key is not.  After TB_DOUBT_MS the person is
 * woken all the same, without a sender's name, and told to telephone.  What is known
 * against it counts: a header that does not give me that tier, an accept of a device
 * in good standing.
 *
 * Whoever runs the relay can make such releases up.  So at most TB_DOUBT_RINGS of
 * these alarms begin within TB_DOUBT_WINDOW_MS, and each ends by itself (ringer.h);
 * a further one comes late, not never, and what is verified never waits for them. */
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum { REPEAT_S = 30 };

/* ---- the list, in memory: after a start it is made again from what waits */

static struct doubt *find(struct tbc *c, const struct tb_id *page)
{
    for (size_t i = 0; i < c->n_doubts; i++)
        if (tb_id_equal(&c->doubt[i].page, page))
            return &c->doubt[i];
    return NULL;
}

void doubt_note(struct tbc *c, const struct tb_id *page)
{
    int64_t ripe = now_boot_ms() + TB_DOUBT_MS;
    struct doubt *d = find(c, page);

    if (d) {
        d->look_ms = now_boot_ms(); /* the release may be of a new round */
        return;
    }
    if (c->n_doubts >= TB_HELD_MAX)
        doubt_end(c, &c->doubt[0].page); /* more than can wait: it was settled */
    struct doubt *more = reallocarray(c->doubt, c->n_doubts + 1, sizeof *more);
    if (!more) {
        core_fail(c, TB_E_NOMEM); /* the envelope comes again */
        return;
    }
    c->doubt = more;
    more[c->n_doubts++] = (struct doubt){ *page, ripe, ripe };
}

void doubt_end(struct tbc *c, const struct tb_id *page)
{
    struct doubt *d = find(c, page);

    if (d)
        *d = c->doubt[--c->n_doubts];
}

void doubt_forget(struct tbc *c)
{
    free(c->doubt);
    c->doubt = NULL;
    c->n_doubts = 0;
}

/* ---- what is known */

struct facts {
    struct tbc *c;
    struct leaf *l; /* NULL: no verified page */
    bool called, taken, header, named;
    uint32_t page_class;
    bool drill;
    uint32_t tiers; /* bit t: the header that waits names me there */
    uint32_t t;     /* of the newest release that names me */
};

static void see_release(struct facts *f, struct tb_arena *a, struct tb_view statement)
{
    struct tb_view payload;
    Tb__Release *m;
    bool names = false;

    if (signed_payload(a, statement, &payload) != TB_OK ||
        tb_release_unpack(a, payload, &m) != TB_OK || m->step != TB_RELEASE_TIER)
        return;
    for (size_t i = 0; i < m->n_account; i++)
        names |= strcmp(m->account[i], f->c->me->account) == 0;
    if (f->l) { /* a relay with another key: only what would be news */
        const Tbl__Page *p = f->l->p;
        names = names && leaf_is_open(f->l) && leaf_names(f->l, m->t, f->c->me->account) &&
                m->release_no > p->release_no && (!p->owner[0] || m->round > p->round) &&
                memcmp(m->header_hash.data, f->l->header_hash.b, TB_HASH_BYTES) == 0;
    }
    if (!names)
        return;
    f->called = true;
    f->taken = false; /* an accept before it was of an older round */
    f->t = m->t;
}

static void see_header(struct facts *f, struct tb_arena *a, struct tb_view statement)
{
    struct tb_view payload;
    Tb__Header *h;

    if (signed_payload(a, statement, &payload) != TB_OK ||
        tb_header_unpack(a, payload, &h) != TB_OK)
        return;
    f->header = true;
    f->page_class = h->page_class;
    f->drill = h->drill;
    for (uint32_t t = 1; t <= h->n_tier && t <= TB_TIERS_MAX; t++)
        for (size_t i = 0; i < h->tier[t - 1]->n_target; i++)
            if (strcmp(h->tier[t - 1]->target[i]->id, f->c->me->account) == 0)
                f->tiers |= 1U << t;
}

/* Somebody who may act took it, or it has ended. */
static void see_act(struct facts *f, struct tb_arena *a, struct tb_view statement)
{
    const struct tb_cred *actor;
    struct tb_view payload;
    Tb__Act *m;

    if (signed_payload(a, statement, &payload) != TB_OK || tb_act_unpack(a, payload, &m) != TB_OK ||
        signed_by_device(f->c, a, TB_TYPE_ACT, statement, &m->actor_cred, &actor) != TB_OK)
        return;
    f->taken |= actor->standing == TB_STANDING_GOOD && strcmp(actor->account, m->account) == 0 &&
                (m->kind == TB_ACT_ACCEPT || m->kind == TB_ACT_RESOLVE);
}

static tb_result see(void *user, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_view statement = tb_field_view(&e->statement);

    tb_arena_init(&a, CORE_ARENA);
    if (e->kind == TB_ENV_RELEASE)
        see_release(user, &a, statement);
    else if (e->kind == TB_ENV_CAPSULE)
        see_header(user, &a, statement);
    else if (e->kind == TB_ENV_ACT)
        see_act(user, &a, statement);
    return TB_OK;
}

/* ---- may it ring? */

/* Takes one of the few alarms that may begin in this time; else the doubt ripens when there is one again. */
static bool take_ring(struct tbc *c, struct doubt *d)
{
    int64_t now = now_boot_ms(), *oldest = &c->doubt_rang_ms[0];

    for (size_t i = 1; i < TB_DOUBT_RINGS; i++)
        if (c->doubt_rang_ms[i] < *oldest)
            oldest = &c->doubt_rang_ms[i];
    if (*oldest && now - *oldest < TB_DOUBT_WINDOW_MS) {
        d->ripe_ms = *oldest + TB_DOUBT_WINDOW_MS;
        return false;
    }
    *oldest = now;
    return true;
}

static bool is_mine(const struct facts *f)
{
    if (!f->called || f->taken)
        return false;
    return f->l || !f->header || (f->t <= TB_TIERS_MAX && (f->tiers & 1U << f->t));
}

bool doubt_rings(struct tbc *c, const struct tb_id *page, struct leaf *l, struct tbc_ring *ret)
{
    struct doubt *d = find(c, page);
    struct facts f = { .c = c, .l = l };

    if (!d)
        return false;
    /* A row that cannot be read speaks for nobody: what was seen until then counts. */
    if (held_of_page(c, page, see, &f) != TB_OK)
        core_log(c, LOG_ERROR_, "store: what waits cannot be read");
    if (!is_mine(&f)) {
        doubt_end(c, page);
        return false;
    }
    d->look_ms = INT64_MAX;
    if (!alarm_is_doubtful(c, page) && (now_boot_ms() < d->ripe_ms || !take_ring(c, d))) {
        d->look_ms = d->ripe_ms;
        return false;
    }
    *ret = (struct tbc_ring){ .why = TBC_RING_UNVERIFIED,
                              .page_id = *page,
                              .page_class = l ? l->h->page_class : f.page_class,
                              .drill = l ? l->h->drill : f.drill,
                              .repeat_s = REPEAT_S,
                              .sender = "",
                              .agency = "" };
    return true;
}

/* ---- time */

int64_t doubt_due_ms(const struct tbc *c)
{
    int64_t at = INT64_MAX;

    for (size_t i = 0; i < c->n_doubts; i++)
        if (c->doubt[i].look_ms < at)
            at = c->doubt[i].look_ms;
    return at;
}

void doubt_tick(struct tbc *c)
{
    unsigned topics = c->topics;
    int64_t now = now_boot_ms();

    for (size_t i = 0; i < c->n_doubts; i++)
        if (c->doubt[i].look_ms <= now) {
            c->doubt[i].look_ms = now + TB_DOUBT_MS; /* should this turn be lost */
            core_touch(c, &c->doubt[i].page);
        }
    c->topics = topics; /* looked at is not changed */
}
