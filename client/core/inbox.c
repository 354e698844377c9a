/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbox.c - envelopes in the relay's order; acknowledged only after our own commit.
 *
 * They wait, in memory and unacknowledged, while the roster is being fetched: what
 * a statement means is judged by the log that its signer had.  One that cannot be
 * judged by then either is put on disk (held.c) before it is acknowledged.  An
 * envelope that is not what it says is logged and passed over; one that could not
 * be stored undoes the turn, and comes again. */
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum { HELD_MAX = 64, HOLD_MS = 5000 };

tb_result inbox_dispatch(struct tbc *c, const Tb__Envelope *e)
{
    switch ((enum tb_envelope_kind)e->kind) {
    case TB_ENV_CAPSULE:
        return arrive_capsule(c, e);
    case TB_ENV_RELEASE:
        return arrive_release(c, e);
    case TB_ENV_RECEIPT:
        return arrive_receipt(c, e);
    case TB_ENV_ACT:
        return arrive_act(c, e);
    case TB_ENV_RESET:
        return arrive_reset(c, e);
    case TB_ENV_REWRAP:
        return arrive_rewrap(c, e);
    case TB_ENV_NOTE:
        return arrive_note(c, e);
    }
    return TB_E_RESERVED;
}

bool is_our_failure(tb_result r)
{
    return r == TB_E_STORE || r == TB_E_NOMEM || r == TB_E_FULL;
}

static void log_passed(struct tbc *c, const Tb__Envelope *e, tb_result r)
{
    core_log(c, LOG_WARN_, "inbox: envelope %llu of kind %u from %s passed over: %s",
             (unsigned long long)e->seq, e->kind,
             e->from_cred.len ? cred_name(c, &e->from_cred) : "the relay", tb_result_name(r));
}

/* A page that came may be what others waited for. */
static tb_result after_page(struct tbc *c, const Tb__Envelope *e)
{
    if (e->kind != TB_ENV_CAPSULE || !tb_is(&e->page_id, TB_ID_BYTES))
        return TB_OK;
    struct tb_id page = tb_id_from(e->page_id.data);
    return held_judge(c, &page);
}

static tb_result take(struct tbc *c, const Tb__Envelope *e)
{
    tb_result r = cs_mark(c->store);

    if (r != TB_OK)
        return r;
    c->taking_era = c->era;
    tb_result how = inbox_dispatch(c, e);
    if (how == TB_OK || how == TB_E_STALE)
        r = cs_keep(c->store);
    else
        cs_undo(c->store);
    if (is_our_failure(how))
        return how;
    if (r == TB_OK && (how == TB_E_UNVERIFIED || how == TB_E_STALE))
        r = held_put(c, e);
    else if (how != TB_OK)
        log_passed(c, e, how);
    if (how == TB_E_DAMAGED)
        unkept_see(c, e); /* that page's trouble alone: it rings, and the others go on */
    return r == TB_OK && (how == TB_OK || how == TB_E_STALE) ? after_page(c, e) : r;
}

/* ---- one push */

static tb_result take_all(struct tbc *c, struct tb_view body)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Envelopes *m;
    tb_result r = TB_OK;

    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tb__envelopes__descriptor, body, &m) != TB_OK) {
        link_give_up(c, "the relay sent envelopes that cannot be read");
        return TB_OK;
    }
    c->took = true;
    if (m->era != c->era)
        r = cursor_era(c, m->era);
    for (size_t i = 0; i < m->n_envelope && r == TB_OK; i++) {
        cursor_sees(c, m->envelope[i]->seq);
        r = take(c, m->envelope[i]);
        if (r == TB_OK) {
            c->memory_ahead = true;
            c->seq = m->envelope[i]->seq;
        }
    }
    c->ack = true;
    return r == TB_OK ? cursor_put(c) : r;
}

static void hold(struct tbc *c, struct tb_view body)
{
    struct tb_buf *more = reallocarray(c->held, c->n_held + 1, sizeof *more);

    if (!more) {
        core_fail(c, TB_E_NOMEM);
        return;
    }
    c->held = more;
    c->held[c->n_held] = (struct tb_buf){ 0 };
    tb_put(&c->held[c->n_held], body.p, body.n);
    core_fail(c, tb_buf_check(&c->held[c->n_held]));
    if (c->n_held++ == 0)
        c->held_ms = now_boot_ms() + HOLD_MS;
}

void inbox_push(struct tbc *c, struct tb_view body)
{
    if (!c->me->member)
        return;
    bool waits = (c->syncing || !c->synced) && c->n_held < HELD_MAX;
    if (!c->resumed && (waits || (c->n_held && c->n_held < HELD_MAX))) {
        hold(c, body);
        return;
    }
    inbox_resume(c);
    core_fail(c, take_all(c, body));
}

void inbox_resume(struct tbc *c)
{
    if (c->resumed)
        return; /* in this turn */
    held_roster(c);
    for (size_t i = 0; i < c->n_held; i++)
        core_fail(c, take_all(c, tb_buf_view(&c->held[i])));
    c->resumed = true;
}

void inbox_settle(struct tbc *c)
{
    if (c->resumed)
        inbox_clear(c);
    c->resumed = false;
}

void inbox_clear(struct tbc *c)
{
    for (size_t i = 0; i < c->n_held; i++)
        tb_buf_done(&c->held[i]);
    free(c->held);
    c->held = NULL;
    c->n_held = 0;
}

int64_t inbox_due_ms(const struct tbc *c)
{
    return c->n_held ? c->held_ms : INT64_MAX;
}

void inbox_tick(struct tbc *c)
{
    if (now_boot_ms() >= inbox_due_ms(c))
        inbox_resume(c); /* receiving does not wait longer for a roster that does not come */
}
