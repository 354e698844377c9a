/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link.c - the connection as the core sees it: dialling again, requests and their answers, heartbeat.
 *
 * After a failure the next dial comes after 0.2 s, doubled up to 30 s, each
 * jittered by half to one and a half.  A heartbeat goes out when nothing was
 * sent or heard for 15 s; a relay that is silent for 20 s, with nothing long under
 * way, is hung up on.  The timers are ours (wake_at), not those of the transport. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum {
    RETRY_MIN_MS = 200,
    RETRY_MAX_MS = 30000,
    DIAL_MS = 20000,
    LOGIN_MS = 10000,
    PING_MS = 15000,
    DEAD_MS = 20000,
    FLUSH_BYTES = 256 * 1024,
    FLUSH_FRAMES = 64,
};

static void forget_pending(struct tbc *c)
{
    struct pending *list = c->link.pending;
    size_t n = c->link.n_pending;
    const struct answer gone = { .result = TB_E_OFFLINE, .detail = "the connection ended" };

    c->link.pending = NULL;
    c->link.n_pending = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i].fn)
            list[i].fn(c, list[i].ctx, &gone);
    free(list);
}

static void wait_before_retry(struct tbc *c)
{
    unsigned shift = c->link.attempt < 8 ? c->link.attempt : 8;
    uint32_t base = (uint32_t)RETRY_MIN_MS << shift;

    if (base > RETRY_MAX_MS)
        base = RETRY_MAX_MS;
    c->link.attempt++;
    c->link.state = LINK_WAIT;
    c->link.due_ms = now_boot_ms() + base / 2 + randombytes_uniform(base);
}

static void went_down(struct tbc *c, const char *why)
{
    copy_text(c->link.error, sizeof c->link.error, why);
    core_log(c, LOG_NOTE_, "relay: %s", why);
    c->link.drop = false;
    c->topics |= TBC_TOPIC_STATUS;
    tb_buf_done(&c->link.out);
    c->link.out_frames = 0;
    wait_before_retry(c);
    forget_pending(c);
    if (c->unkept_ms > c->link.due_ms)
        c->link.due_ms = c->unkept_ms; /* a disk is not full only for a moment */
    c->unkept_ms = 0;
    c->syncing = c->fetching = c->asking = false;
    inbox_clear(c);
}

void link_give_up(struct tbc *c, const char *why)
{
    copy_text(c->link.error, sizeof c->link.error, why);
    c->link.drop = true;
}

static void hang_up(struct tbc *c)
{
    char why[sizeof c->link.error];

    copy_text(why, sizeof why, c->link.error);
    if (c->link.has_transport)
        c->link.t.hang_up(c->link.t.self);
    went_down(c, why);
}

/* ---- events of the transport */

static void on_up(void *user, const struct tb_hash *exporter)
{
    struct tbc *c = user;

    if (c->link.state != LINK_DIALING)
        return;
    c->link.exporter = *exporter;
    c->link.state = LINK_HELLO;
    c->link.heard_ms = c->link.sent_ms = now_boot_ms();
    c->link.due_ms = now_boot_ms() + LOGIN_MS;
    tb_result r = core_begin(c);
    if (r == TB_OK)
        login_hello(c);
    (void)core_end(c, r); /* a store that fails is logged there; the timer tries again */
}

static void on_down(void *user, const char *why)
{
    struct tbc *c = user;

    if (c->link.state == LINK_OFF || c->link.state == LINK_WAIT)
        return;
    tb_result r = core_begin(c);
    went_down(c, why);
    (void)core_end(c, r); /* as above */
}

/* A relay that takes or sends a long message has no time to answer. */
static void on_moving(void *user)
{
    struct tbc *c = user;

    if (c->link.state == LINK_UP)
        c->link.heard_ms = now_boot_ms();
}

static void on_resolve(void *user, const char *host)
{
    struct tbc *c = user;

    if (c->env.resolve)
        c->env.resolve(c->env.user, host, ++c->link.resolve_ticket);
}

static void on_push(struct tbc *c, const Tb__Frame *f, struct tb_arena *a)
{
    if (f->op == TB_OP_ENVELOPES) {
        inbox_push(c, tb_field_view(&f->body));
    } else if (f->op == TB_OP_ROSTER_HEAD) {
        Tb__PingReply *m;
        if (tb_unpack(a, &tb__ping_reply__descriptor, tb_field_view(&f->body), &m) == TB_OK &&
            tb_is(&m->roster_head, TB_HASH_BYTES)) {
            struct tb_hash head = tb_hash_from(m->roster_head.data);
            rosync_head(c, m->roster_size, &head);
            rosync_start(c); /* the same head: a card or a statement is new */
        }
    } else if (f->op == TB_OP_NOTICE) {
        Tb__Notice *m;
        if (tb_unpack(a, &tb__notice__descriptor, tb_field_view(&f->body), &m) != TB_OK)
            return;
        if (m->superseded) {
            core_log(c, LOG_WARN_, "relay: this device logged in from another place");
            c->link.attempt = 8; /* two copies must not chase each other out */
            link_give_up(
                c,
                "this device logged in from another place: is there a second copy of the profile?");
        } else {
            prekeys_low(c, m->prekeys_left);
        }
    }
}

static void on_answer(struct tbc *c, const Tb__Frame *f)
{
    struct link *l = &c->link;

    for (size_t i = 0; i < l->n_pending; i++) {
        if (l->pending[i].id != f->id)
            continue;
        struct pending p = l->pending[i];
        const struct answer a = { tb_result_of(f->result), tb_field_view(&f->body), f->detail };
        memmove(&l->pending[i], &l->pending[i + 1], (l->n_pending - i - 1) * sizeof p);
        l->n_pending--;
        if (p.op != f->op)
            link_give_up(c, "the relay answered another question than was asked");
        else if (p.fn)
            p.fn(c, p.ctx, &a);
        return;
    }
}

static void take_batch(struct tbc *c, struct tb_view batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Batch *b;

    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tb__batch__descriptor, batch, &b) != TB_OK) {
        link_give_up(c, "the relay sent something that is not the protocol");
        return;
    }
    for (size_t i = 0; i < b->n_frame && !c->link.drop; i++) {
        if (b->frame[i]->id == 0)
            on_push(c, b->frame[i], &a);
        else
            on_answer(c, b->frame[i]);
    }
}

static void on_message(void *user, struct tb_view batch)
{
    struct tbc *c = user;

    if (c->link.state < LINK_HELLO)
        return;
    c->link.heard_ms = now_boot_ms();
    c->link.heard_wall_ms = now_wall_ms();
    tb_result r = TB_E_STORE;
    if (!unkept_waits(c)) {
        r = core_begin(c);
        c->hearing = true;
        if (r == TB_OK)
            take_batch(c, batch);
        r = core_end(c, r);
    }
    /* Nothing of this message counts: the relay will say it again on a new connection. */
    if (r != TB_OK)
        unkept_hear(c, batch);
}

/* ---- dialling */

static tb_result make_transport(struct tbc *c)
{
    static const struct transport_events ev = { on_up, on_message, on_down, on_resolve, on_moving };
    tb_result r;

    if (c->link.has_transport)
        return TB_OK;
    if (c->maker.make)
        r = c->maker.make(c->maker.user, &ev, c, &c->link.t);
    else if (c->env.glib_loop)
        r = transport_conn(c->env.glib_loop, &ev, c, &c->link.t);
    else
        return TB_E_OFFLINE;
    c->link.has_transport = r == TB_OK;
    return r;
}

struct where {
    char address[TB_ADDRESS_MAX + 8];
    struct tb_hash pin, pin_next;
};

/* The roster knows best; before it is there, the invite. */
static tb_result find_relay(struct tbc *c, struct where *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct tb_relay_info *info = tb_roster_first_relay(c->roster);
    const struct cs_key k = key_meta("relay");
    Tbl__Relay *m;

    tb_arena_init(&a, CORE_ARENA);
    if (info && info->n_addresses) {
        copy_text(ret->address, sizeof ret->address,
                  info->address[c->link.attempt % info->n_addresses]);
        ret->pin = info->tls_pin;
        ret->pin_next = info->tls_pin_next;
        return TB_OK;
    }
    tb_result r = local_get(c, &k, &a, &tbl__relay__descriptor, &m);
    if (r == TB_OK && (m->n_address == 0 || !tb_is(&m->tls_pin, TB_HASH_BYTES)))
        r = TB_E_STORE;
    if (r != TB_OK)
        return r;
    copy_text(ret->address, sizeof ret->address, m->address[c->link.attempt % m->n_address]);
    ret->pin = ret->pin_next = tb_hash_from(m->tls_pin.data);
    return TB_OK;
}

static void dial(struct tbc *c)
{
    struct where w = { 0 };
    tb_result r = make_transport(c);

    if (r == TB_OK)
        r = find_relay(c, &w);
    if (r != TB_OK) {
        copy_text(c->link.error, sizeof c->link.error, tb_strresult(r));
        wait_before_retry(c);
        return;
    }
    copy_text(c->link.relay, sizeof c->link.relay, w.address);
    c->link.state = LINK_DIALING;
    c->link.due_ms = now_boot_ms() + DIAL_MS;
    c->topics |= TBC_TOPIC_STATUS;
    bool has_next = !tb_hash_is_zero(&w.pin_next);
    r = c->link.t.dial(c->link.t.self, w.address, &w.pin, has_next ? &w.pin_next : NULL);
    if (r != TB_OK && c->link.state == LINK_DIALING) {
        copy_text(c->link.error, sizeof c->link.error, tb_strresult(r));
        wait_before_retry(c);
    }
}

void link_start(struct tbc *c)
{
    if (c->link.state != LINK_OFF || !c->me)
        return;
    if (!c->maker.make && !c->env.glib_loop)
        return;
    c->link.attempt = 0;
    c->link.state = LINK_WAIT;
    c->link.due_ms = now_boot_ms();
}

void link_stop(struct tbc *c)
{
    struct link *l = &c->link;

    if (l->has_transport)
        l->t.free(l->t.self);
    forget_pending(c);
    tb_buf_done(&l->out);
    *l = (struct link){ .state = LINK_OFF, .due_ms = INT64_MAX };
}

void link_redial(struct tbc *c)
{
    struct link *l = &c->link;

    if (l->state == LINK_OFF)
        return;
    if (l->state != LINK_WAIT) {
        copy_text(l->error, sizeof l->error, "dialling again");
        hang_up(c);
    }
    l->attempt = 0;
    l->due_ms = now_boot_ms();
}

/* ---- time */

int64_t link_due_ms(const struct tbc *c)
{
    const struct link *l = &c->link;
    int64_t quiet = l->heard_ms < l->sent_ms ? l->heard_ms : l->sent_ms;

    if (l->state == LINK_OFF)
        return INT64_MAX;
    if (l->state != LINK_UP)
        return l->due_ms;
    int64_t dead = l->heard_ms + DEAD_MS, ping = quiet + PING_MS;
    if (l->sent_ms > l->heard_ms && l->sent_ms - l->heard_ms >= PING_MS)
        return dead; /* asked already */
    return ping < dead ? ping : dead;
}

static void on_ping(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__PingReply *m;

    (void)ctx;
    tb_arena_init(&a, CORE_ARENA);
    if (ans->result != TB_OK || tb_unpack(&a, &tb__ping_reply__descriptor, ans->body, &m) != TB_OK)
        return;
    c->link.skew_ms = m->time_ms - now_wall_ms();
    if (c->me->member && tb_is(&m->roster_head, TB_HASH_BYTES)) {
        struct tb_hash head = tb_hash_from(m->roster_head.data);
        rosync_head(c, m->roster_size, &head);
    }
}

static void ping(struct tbc *c)
{
    struct tb_hash head = tb_roster_head(c->roster);
    Tb__Ping m;

    tb__ping__init(&m);
    m.roster_size = tb_roster_size(c->roster);
    m.roster_head = tb_field(head.b, sizeof head.b);
    (void)link_request_msg(c, TB_OP_PING, &m.base, on_ping,
                           0); /* silence is noticed all the same */
}

void link_tick(struct tbc *c)
{
    struct link *l = &c->link;
    int64_t now = now_boot_ms();

    if (l->state == LINK_OFF || now < link_due_ms(c))
        return;
    if (l->state == LINK_WAIT) {
        dial(c);
    } else if (l->state != LINK_UP || now - l->heard_ms >= DEAD_MS) {
        copy_text(l->error, sizeof l->error, "the relay does not answer");
        hang_up(c);
    } else {
        ping(c);
    }
}

/* ---- requests */

void link_undo(struct tbc *c)
{
    if (c->link.out_frames == 0)
        return;
    tb_buf_done(&c->link.out);
    c->link.out_frames = 0;
    link_give_up(c, "what was to be said could not be stored");
}

bool link_is_up(const struct tbc *c)
{
    return c->link.state == LINK_UP && !c->link.as_invite && !c->link.drop;
}

static tb_result send_out(struct tbc *c)
{
    struct link *l = &c->link;
    tb_result r = l->out.n ? l->t.send(l->t.self, tb_buf_view(&l->out)) : TB_OK;

    if (l->out.n)
        l->sent_ms = now_boot_ms();
    tb_buf_done(&l->out);
    l->out_frames = 0;
    return r;
}

static tb_result remember(struct tbc *c, uint32_t op, answer_fn *fn, uint64_t ctx)
{
    struct link *l = &c->link;
    struct pending *more = reallocarray(l->pending, l->n_pending + 1, sizeof *more);

    if (!more)
        return TB_E_NOMEM;
    l->pending = more;
    l->pending[l->n_pending++] =
        (struct pending){ .id = ++l->next_id, .ctx = ctx, .op = op, .fn = fn };
    return TB_OK;
}

tb_result link_request(struct tbc *c, enum tb_op op, struct tb_view body, answer_fn *fn,
                       uint64_t ctx)
{
    struct link *l = &c->link;
    Tb__Frame f, *list = &f;
    Tb__Batch b;

    if (l->state < LINK_HELLO || l->drop)
        return TB_E_OFFLINE;
    if (l->out_frames &&
        (l->state != LINK_UP || l->out_frames >= FLUSH_FRAMES || l->out.n + body.n > FLUSH_BYTES) &&
        send_out(c) != TB_OK)
        return TB_E_OFFLINE;
    tb_result r = remember(c, op, fn, ctx);
    if (r != TB_OK)
        return r;
    tb__frame__init(&f);
    tb__batch__init(&b);
    f.op = op;
    f.id = l->next_id;
    f.body = tb_field(body.p, body.n);
    b.n_frame = 1;
    b.frame = &list;
    r = tb_pack(&b.base, &l->out); /* packed batches one after the other are one batch */
    if (r == TB_OK)
        l->out_frames++;
    else
        l->n_pending--;
    return r;
}

tb_result link_request_msg(struct tbc *c, enum tb_op op, const ProtobufCMessage *m, answer_fn *fn,
                           uint64_t ctx)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    tb_result r = tb_pack(m, &body);

    return r == TB_OK ? link_request(c, op, tb_buf_view(&body), fn, ctx) : r;
}

void link_flush(struct tbc *c)
{
    struct link *l = &c->link;

    if (c->ack && !c->memory_lost && link_is_up(c)) /* only what is on disk */
        cursor_ack(c);
    if (l->state >= LINK_HELLO && !l->drop && send_out(c) != TB_OK)
        link_give_up(c, "the connection takes nothing more");
    if (l->drop)
        hang_up(c);
}
