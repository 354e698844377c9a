/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_limit.c - how often a peer's messages may fail in a minute.
 *
 * A forged message costs up to 2,000 key derivations per session state before
 * its MAC is looked at.  In memory only: a restart forgives. */
#include "client/core/e2e_part.h"

enum { WINDOW_MS = 60 * 1000 };

static struct e2e_failures *find(struct e2e *e, const struct tb_hash *cred)
{
    for (size_t i = 0; i < E2E_LIMITED_PEERS; i++)
        if (e->failures[i].n > 0 && tb_hash_equal(&e->failures[i].cred, cred))
            return &e->failures[i];
    return NULL;
}

static bool over(const struct e2e_failures *f, int64_t now_ms)
{
    return now_ms < f->since_ms || now_ms - f->since_ms >= WINDOW_MS;
}

bool e2e_limit_reached(struct e2e *e, const struct tb_hash *cred, int64_t now_ms)
{
    struct e2e_failures *f = find(e, cred);

    if (f && over(f, now_ms))
        f->n = 0;
    return f && f->n >= E2E_FAILURES_PER_MINUTE;
}

/* A free place, or that of the oldest window. */
static struct e2e_failures *place(struct e2e *e)
{
    struct e2e_failures *oldest = &e->failures[0];

    for (size_t i = 0; i < E2E_LIMITED_PEERS; i++) {
        if (e->failures[i].n == 0)
            return &e->failures[i];
        if (e->failures[i].since_ms < oldest->since_ms)
            oldest = &e->failures[i];
    }
    return oldest;
}

void e2e_limit_failed(struct e2e *e, const struct tb_hash *cred, int64_t now_ms)
{
    struct e2e_failures *f = find(e, cred);

    if (!f || over(f, now_ms)) {
        f = f ? f : place(e);
        *f = (struct e2e_failures){ .cred = *cred, .since_ms = now_ms };
    }
    f->n++;
}
