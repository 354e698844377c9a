/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.c - see judge.h. */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void judge_complain(struct j_verdict *v, const char *id, const char *format, ...)
{
    size_t at = strlen(v->text), room = sizeof v->text - at;
    va_list more;

    v->n++;
    int n = snprintf(v->text + at, room, "%s: ", id);
    if (n < 0 || (size_t)n >= room)
        return; /* there are enough of them */
    va_start(more, format);
    (void)vsnprintf(v->text + at + n, room - (size_t)n, format, more);
    va_end(more);
    (void)strncat(v->text, "\n", sizeof v->text - strlen(v->text) - 1);
}

static const struct j_view *view_of(const struct j_page *p, const char *who)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->view[i].who, who) == 0)
            return &p->view[i];
    return NULL;
}

static int tier_of(const struct j_world *w, const char *who)
{
    for (size_t t = 1; t <= w->tiers; t++)
        if (strcmp(w->account[t - 1], who) == 0)
            return (int)t;
    return 0;
}

/* ---- rule 1 */

static void judge_rows(const struct j_world *w, const struct j_page *p, struct j_verdict *v)
{
    const struct j_view *from = view_of(p, p->sender);
    bool there = from && from->rows > 0;

    for (size_t i = 0; i < p->n; i++) {
        const struct j_view *s = &p->view[i];
        bool concerned = tier_of(w, s->who) || strcmp(s->who, p->sender) == 0;
        bool expected = concerned && (p->taken || there);
        if (s->rows != (expected ? 1 : 0))
            judge_complain(v, p->id, "%s shows %d rows of it", s->who, s->rows);
    }
}

/* ---- rules 3 to 5: the turns of one page, as its sender's device shows them */

struct walk {
    const struct j_world *w;
    const struct j_page *p;
    struct j_verdict *v;
    unsigned released, skipped; /* bit t, in this round */
    int round, tier;            /* newest turn; tier past the last: "nobody" was said */
    bool was_skip, declined, over;
    int64_t at_ms, began_ms; /* of the newest turn, of the round */
};

/* When the next turn is due. */
static int64_t due_of(const struct walk *k)
{
    if (k->tier == 0)
        return k->at_ms;
    if ((size_t)k->tier > k->w->tiers)
        return k->at_ms > k->began_ms + k->w->repeat_ms ? k->at_ms : k->began_ms + k->w->repeat_ms;
    return k->was_skip || k->declined ? k->at_ms : k->at_ms + k->w->wait_ms[k->tier - 1];
}

/* The last moment at which what is due then may happen; INT64_MAX: the relay was never there for long enough. */
static int64_t limit_of(const struct j_world *w, int64_t due_ms)
{
    for (size_t i = 0; i < w->n_up; i++) {
        int64_t from = w->up[i].from_ms > due_ms ? w->up[i].from_ms : due_ms;
        if (w->up[i].to_ms - from >= w->late_ms)
            return from + w->late_ms;
    }
    return INT64_MAX;
}

/* How late, counted from when the relay could. */
static void note_lateness(struct walk *k, int64_t due_ms, int64_t at_ms)
{
    int64_t from = due_ms;

    for (size_t i = 0; i < k->w->n_up; i++)
        if (k->w->up[i].from_ms <= at_ms && k->w->up[i].from_ms > from)
            from = k->w->up[i].from_ms;
    if (at_ms - from > k->v->worst_ms)
        k->v->worst_ms = at_ms - from;
    if (at_ms > limit_of(k->w, due_ms))
        judge_complain(k->v, k->p->id, "round %d, after tier %d: %lld ms late", k->round, k->tier,
                       (long long)(at_ms - from));
}

static void take_turn(struct walk *k, const struct j_event *e, int tier)
{
    int64_t due = due_of(k);

    if (e->at_ms < due)
        judge_complain(k->v, k->p->id, "round %d, tier %d: %lld ms early", e->round, tier,
                       (long long)(due - e->at_ms));
    if (k->round > 0)
        note_lateness(k, due, e->at_ms);
    if (tier != k->tier + 1)
        judge_complain(k->v, k->p->id, "round %d: tier %d came after tier %d", e->round, tier,
                       k->tier);
    k->tier = tier;
    k->at_ms = e->at_ms;
    k->was_skip = e->kind == J_SKIP;
    k->declined = false;
}

static void begin_round(struct walk *k, const struct j_event *e)
{
    if (e->round != k->round + 1)
        judge_complain(k->v, k->p->id, "round %d came after round %d", e->round, k->round);
    if (k->round > 0 && (size_t)k->tier <= k->w->tiers)
        judge_complain(k->v, k->p->id, "round %d did not come to its end", k->round);
    if (k->round == 0)
        k->at_ms = e->at_ms;
    int64_t due = due_of(k);
    if (k->round > 0 && e->at_ms < due)
        judge_complain(k->v, k->p->id, "round %d: %lld ms early", e->round,
                       (long long)(due - e->at_ms));
    if (k->round > 0)
        note_lateness(k, due, e->at_ms);
    k->round = e->round;
    k->tier = 0;
    k->released = k->skipped = 0;
    k->was_skip = true; /* nothing is waited for before the first */
    k->at_ms = k->began_ms = e->at_ms;
}

static void on_step(struct walk *k, const struct j_event *e)
{
    unsigned bit = 1U << (e->tier & 15);
    bool first = !((k->released | k->skipped) & bit);

    if (k->over)
        judge_complain(k->v, k->p->id, "round %d, tier %d: a step after the answer", e->round,
                       e->tier);
    if (e->round != k->round) {
        begin_round(k, e);
        first = true;
    }
    if ((e->kind == J_RELEASE ? k->released : k->skipped) & bit)
        judge_complain(k->v, k->p->id, "round %d, tier %d: %s twice", e->round, e->tier,
                       e->kind == J_RELEASE ? "released" : "skipped");
    if (e->kind == J_RELEASE)
        k->released |= bit;
    else
        k->skipped |= bit;
    if (first)
        take_turn(k, e, e->tier);
}

static void on_nobody(struct walk *k, const struct j_event *e)
{
    if (k->over)
        judge_complain(k->v, k->p->id, "round %d: nobody, after the answer", e->round);
    if ((size_t)k->tier > k->w->tiers)
        judge_complain(k->v, k->p->id, "round %d: nobody twice", e->round);
    else
        take_turn(k, e, (int)k->w->tiers + 1);
}

static void on_event(struct walk *k, const struct j_event *e)
{
    switch (e->kind) {
    case J_RELEASE:
    case J_SKIP:
        on_step(k, e);
        break;
    case J_NOBODY:
        on_nobody(k, e);
        break;
    case J_ACCEPT:
    case J_RESOLVE:
        k->over = k->over || e->counted;
        break;
    case J_DECLINE:
        if (e->counted && e->round == k->round && tier_of(k->w, e->who) == k->tier) {
            k->declined = true;
            k->at_ms = e->at_ms;
        }
        break;
    case J_OTHER:
        break;
    }
}

static void judge_turns(const struct j_world *w, const struct j_page *p, const struct j_view *from,
                        struct j_verdict *v)
{
    struct walk k = { .w = w, .p = p, .v = v };

    for (size_t i = 0; i < from->n; i++)
        on_event(&k, &from->event[i]);
    bool ends = (size_t)k.tier > w->tiers && p->page_class != 1;
    if (k.round == 0 && !k.over)
        judge_complain(v, p->id, "nobody was called");
    else if (!k.over && !ends && w->seen_ms > limit_of(w, due_of(&k)))
        judge_complain(v, p->id, "round %d: nothing came after tier %d", k.round, k.tier);
}

/* ---- rules 2, 6, 7 */

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static void judge_end(const struct j_world *w, const struct j_page *p, const struct j_view *from,
                      struct j_verdict *v)
{
    (void)w;
    if (!is(from->state, "accepted") && !is(from->state, "resolved") &&
        !is(from->state, "exhausted"))
        judge_complain(v, p->id, "it is still %s", from->state);
    for (size_t i = 0; i < p->n; i++)
        if (p->view[i].rows && !is(p->view[i].owner, from->owner))
            judge_complain(v, p->id, "%s sees the owner '%s', %s '%s'", p->view[i].who,
                           p->view[i].owner, from->who, from->owner);
}

static bool shows(const struct j_view *s, const struct j_answer *a)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->event[i].kind == a->kind && is(s->event[i].who, a->who))
            return true;
    return false;
}

/* One that came too late stands there too, as one that does not count; the relay sends it to nobody else. */
static void judge_answers(const struct j_page *p, struct j_verdict *v)
{
    for (size_t i = 0; i < p->n_answers; i++) {
        const struct j_answer *a = &p->answer[i];
        const struct j_view *own = view_of(p, a->who);
        if (!own || !shows(own, a))
            judge_complain(v, p->id, "the answer of %s is not in the own record", a->who);
    }
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->view[i].n; j++) {
            const struct j_event *e = &p->view[i].event[j];
            const struct j_answer a = { .kind = e->kind };
            if ((e->kind != J_ACCEPT && e->kind != J_DECLINE && e->kind != J_RESOLVE) ||
                !e->counted)
                continue;
            for (size_t k = 0; k < p->n; k++) {
                struct j_answer of = a;
                memcpy(of.who, e->who, sizeof of.who);
                if (p->view[k].rows && !shows(&p->view[k], &of))
                    judge_complain(v, p->id, "%s does not show what %s answered", p->view[k].who,
                                   e->who);
            }
        }
}

static void judge_called(const struct j_world *w, const struct j_page *p, const struct j_view *from,
                         struct j_verdict *v)
{
    unsigned called = 0;

    for (size_t i = 0; i < from->n; i++)
        if (from->event[i].kind == J_RELEASE)
            called |= 1U << (from->event[i].tier & 15);
    for (size_t t = 1; t <= w->tiers; t++) {
        const struct j_view *s = view_of(p, w->account[t - 1]);
        if (!(called & (1U << t)) || !s || !s->rows)
            continue;
        if (!s->readable)
            judge_complain(v, p->id, "%s was called and cannot read it", s->who);
        if (!p->delivered[t - 1])
            judge_complain(v, p->id, "%s was called and the sender has no receipt", s->who);
    }
}

void judge_page(const struct j_world *w, const struct j_page *p, struct j_verdict *v)
{
    const struct j_view *from = view_of(p, p->sender);

    judge_rows(w, p, v);
    if (!from || !from->rows)
        return;
    judge_turns(w, p, from, v);
    judge_end(w, p, from, v);
    judge_answers(p, v);
    judge_called(w, p, from, v);
}
