/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turn.c - one transaction per turn of the loop; nothing is said before it is on disk.
 *
 * The messages of the turn are kept until COMMIT.  When the disk is full the whole turn is lost: the
 * ballast goes, and the messages are handled again one by one, log-ins first, then acts and class 1,
 * each with a COMMIT of its own.  When reading, writing or syncing fails the relay stops: after a failed
 * fsync nobody knows what is on disk, and a relay that goes on acknowledging is worse than one that is
 * seen to be down. */
#include <stdlib.h>
#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/device.h"
#include "server/log.h"
#include "server/mailbox.h"
#include "server/page.h"
#include "server/spool.h"

tb_result turn_begin(struct relay *r)
{
    tb_result res = store_begin(r->store);

    if (res == TB_OK)
        r->turn.open = true;
    return res;
}

void turn_touch(struct relay *r, struct peer *p)
{
    if (p->touched)
        return;
    p->touched = true;
    p->before = p->s;
    p->next_touched = r->turn.touched;
    r->turn.touched = p;
}

struct incoming *turn_add(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms)
{
    struct incoming *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->peer = p;
    m->at_ms = now_ms;
    tb_put(&m->batch, batch.p, batch.n);
    if (m->batch.failed) {
        free(m);
        return NULL;
    }
    if (r->turn.in_last)
        r->turn.in_last->next = m;
    else
        r->turn.in = m;
    r->turn.in_last = m;
    turn_touch(r, p);
    return m;
}

void turn_answer(struct relay *r, struct peer *p, struct tb_view batch)
{
    struct outgoing *o = p->out_last;

    turn_touch(r, p);
    if (!o || o->batch.n + batch.n > REPLY_BYTES) {
        o = calloc(1, sizeof *o);
        if (!o) {
            turn_close(r, p, "out of memory"); /* it asks again */
            return;
        }
        if (p->out_last)
            p->out_last->next = o;
        else
            p->out = o;
        p->out_last = o;
    }
    tb_put(&o->batch, batch.p, batch.n); /* batches one after the other are one batch */
    if (o->batch.failed)
        turn_close(r, p, "out of memory");
}

void turn_push(struct relay *r, struct device *d)
{
    if (d->push)
        return;
    d->push = true;
    d->next_push = r->turn.push;
    r->turn.push = d;
}

void turn_close(struct relay *r, struct peer *p, const char *why)
{
    turn_touch(r, p);
    if (!p->s.close)
        p->s.close = why;
}

static void drop_out(struct peer *p)
{
    while (p->out) {
        struct outgoing *o = p->out;
        p->out = o->next;
        tb_buf_done(&o->batch);
        free(o);
    }
    p->out_last = NULL;
}

static void drop_in(struct incoming *m)
{
    while (m) {
        struct incoming *next = m->next;
        tb_buf_wipe(&m->batch); /* shares passed through it */
        free(m);
        m = next;
    }
}

void turn_forget_peer(struct relay *r, struct peer *p)
{
    for (struct peer **at = &r->turn.touched; *at; at = &(*at)->next_touched) {
        if (*at == p) {
            *at = p->next_touched;
            break;
        }
    }
    for (struct incoming *m = r->turn.in; m; m = m->next)
        if (m->peer == p)
            m->peer = NULL;
    drop_out(p);
}

/* ---- after COMMIT */

static void deliver(struct relay *r)
{
    struct peer *p = r->turn.touched;
    struct device *d = r->turn.push;

    r->turn.touched = NULL;
    r->turn.push = NULL;
    while (p) {
        struct peer *next = p->next_touched;
        p->touched = false;
        for (struct outgoing *o = p->out; o; o = o->next)
            r->wire.send(p->conn, tb_buf_view(&o->batch));
        drop_out(p);
        if (p->s.close && !p->closed) {
            p->closed = true;
            r->wire.close(p->conn, p->s.close);
        }
        p = next;
    }
    while (d) {
        struct device *next = d->next_push;
        d->push = false;
        if (d->peer && !d->peer->closed)
            mailbox_push(r, d->peer);
        d = next;
    }
}

/* Nothing of the transaction happened. */
static void lose(struct relay *r)
{
    store_drop(r->store);
    memset(r->pair, 0, sizeof r->pair); /* may count removals that did not happen */
    spool_forget(r);
    for (struct peer *p = r->turn.touched; p; p = p->next_touched) {
        p->touched = false;
        if (p->s.dev && p->s.dev != p->before.dev && p->s.dev->peer == p)
            p->s.dev->peer = NULL;
        p->s = p->before;
        drop_out(p);
    }
    for (struct peer *p = r->turn.touched; p; p = p->next_touched)
        if (p->s.dev && !p->s.dev->peer) /* superseded by a log-in that did not happen */
            p->s.dev->peer = p;
    r->turn.touched = NULL;
    for (struct device *d = r->turn.push; d; d = d->next_push)
        d->push = false;
    r->turn.push = NULL;
    if (r->turn.roster_changed && relay_load_roster(r) != TB_OK)
        relay_fail_stop("the roster cannot be read back");
    r->turn.roster_changed = false;
}

static void on_committed(void *user, tb_result how)
{
    struct relay *r = user;

    r->turn.how = how;
    if (how == TB_OK) {
        r->stats.commits++;
        r->turn.roster_changed = false;
        if (store_due_ms(r->store, &r->due_ms) != TB_OK)
            relay_fail_stop("the next step's time cannot be read");
        spool_committed(r);
        deliver(r);
    } else if (how != TB_E_FULL) {
        relay_fail_stop("a commit failed");
    } else {
        lose(r);
    }
}

static tb_result commit(struct relay *r)
{
    if (r->ack_ms != INT64_MAX && store_wrote(r->store) && devices_flush_acks(r) != TB_OK &&
        store_health(r->store) == STORE_FAILED)
        relay_fail_stop("acknowledgements cannot be stored");
    store_commit(r->store, on_committed, r);
    return r->turn.how;
}

/* ---- when the disk is full */

static void answer_full(struct relay *r, struct peer *p, const struct incoming *m,
                        enum dispatch_pass pass)
{
    dispatch_refuse(r, p, tb_buf_view(&m->batch), pass);
    (void)commit(r); /* wrote nothing */
}

static void again(struct relay *r, enum dispatch_pass pass)
{
    for (struct incoming *m = r->turn.in; m; m = m->next) {
        if (!m->peer || m->peer->closed)
            continue;
        if (turn_begin(r) != TB_OK)
            relay_fail_stop("the store cannot begin again");
        turn_touch(r, m->peer);
        dispatch_batch(r, m->peer, tb_buf_view(&m->batch), m->at_ms, pass);
        if (commit(r) == TB_E_FULL)
            answer_full(r, m->peer, m, pass);
    }
}

static void tick_again(struct relay *r, int64_t now_ms)
{
    if (!r->turn.ticked)
        return;
    if (turn_begin(r) != TB_OK)
        relay_fail_stop("the store cannot begin again");
    pages_run_due(r, now_ms);
    if (commit(r) == TB_E_FULL)
        log_line(LOG_ERROR, "disk-full", "step=lost remedy=free-space");
}

static void recover(struct relay *r, int64_t now_ms)
{
    bool freed = ballast_drop(r, now_ms);

    r->stats.disk_full++;
    log_line(LOG_ERROR, "disk-full", "ballast=%s remedy=free-space", freed ? "freed" : "gone");
    again(r, PASS_LOGIN);
    again(r, PASS_URGENT);
    tick_again(r, now_ms);
    again(r, PASS_REST);
    r->rest_ms = now_ms + FULL_RETRY_MS; /* what is due may stay due: not a loop without a pause */
}

void turn_end(struct relay *r, int64_t now_ms)
{
    struct incoming *in;

    if (!r->turn.open)
        return;
    if (commit(r) == TB_E_FULL)
        recover(r, now_ms);
    in = r->turn.in;
    r->turn.in = r->turn.in_last = NULL;
    r->turn.open = r->turn.ticked = false;
    drop_in(in);
    if (store_log_is_long(r->store) && store_checkpoint(r->store) != TB_OK &&
        store_health(r->store) == STORE_FAILED)
        relay_fail_stop("the log cannot be copied back");
}
