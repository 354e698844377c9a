/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn.c - admits, counts and lists connections. */
#include "server/conn.h"

#include <stdlib.h>

tb_result conns_open(struct conns *all, const struct gate_limits *limits)
{
    TAILQ_INIT(&all->anonymous);
    TAILQ_INIT(&all->known);
    TAILQ_INIT(&all->touched);
    return gate_new(limits, &all->gate);
}

void conns_done(struct conns *all)
{
    gate_free(all->gate);
    all->gate = NULL;
}

struct conn *conns_surplus(const struct conns *all)
{
    return all->stats.anonymous >= all->max_anonymous ? TAILQ_FIRST(&all->anonymous) : NULL;
}

struct conn *conns_admit(struct conns *all, const struct sockaddr *from, int64_t now_ms)
{
    struct gate_pass pass = { 0 };

    if (all->stats.connections + 1 >= all->max_fds) {
        all->stats.refused_full++;
        return NULL;
    }
    switch (gate_enter(all->gate, from, now_ms, &pass)) {
    case GATE_SOURCE:
        all->stats.refused_source++;
        return NULL;
    case GATE_RATE:
        all->stats.refused_rate++;
        return NULL;
    case GATE_OPEN:
        break;
    }
    struct conn *c = calloc(1, sizeof *c);
    if (!c) {
        gate_leave(all->gate, &pass);
        return NULL;
    }
    c->all = all;
    c->pass = pass;
    c->is_anonymous = true;
    TAILQ_INSERT_TAIL(&all->anonymous, c, place);
    all->stats.anonymous++;
    all->stats.connections++;
    return c;
}

static void leave_list(struct conn *c)
{
    if (!c->is_anonymous) {
        TAILQ_REMOVE(&c->all->known, c, place);
        return;
    }
    TAILQ_REMOVE(&c->all->anonymous, c, place);
    c->all->stats.anonymous--;
    gate_leave(c->all->gate, &c->pass);
}

void conn_free(struct conn *c)
{
    leave_list(c);
    if (c->is_touched)
        TAILQ_REMOVE(&c->all->touched, c, touch);
    sendq_clear(&c->queue);
    pieces_reset(&c->pieces);
    c->all->stats.connections--;
    free(c);
}

void conn_logged_in(struct conn *c)
{
    leave_list(c);
    c->is_anonymous = false;
    if (!c->closing)
        c->deadline_ms = 0;
    TAILQ_INSERT_TAIL(&c->all->known, c, place);
}

void conn_touch(struct conn *c)
{
    if (c->is_touched)
        return;
    c->is_touched = true;
    TAILQ_INSERT_TAIL(&c->all->touched, c, touch);
}

struct conn *conns_pop_touched(struct conns *all)
{
    struct conn *c = TAILQ_FIRST(&all->touched);

    if (c) {
        TAILQ_REMOVE(&all->touched, c, touch);
        c->is_touched = false;
    }
    return c;
}

static void each(struct conn_list *list, void (*fn)(struct conn *c, int64_t now_ms), int64_t now_ms)
{
    struct conn *c = TAILQ_FIRST(list);

    while (c) {
        struct conn *next = TAILQ_NEXT(c, place);

        fn(c, now_ms);
        c = next;
    }
}

void conns_each(struct conns *all, void (*fn)(struct conn *c, int64_t now_ms), int64_t now_ms)
{
    each(&all->anonymous, fn, now_ms);
    each(&all->known, fn, now_ms);
}
