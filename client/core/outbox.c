/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outbox.c - what the relay must confirm: kept on disk, sent in order, sent again after every reconnect.
 *
 * An item leaves only with the relay's final word (confirm.c).  Requests are
 * idempotent, so sending twice is safe and sending never is not. */
#include <stdlib.h>

#include "client/core/parts.h"

enum { WINDOW = 64, AGAIN_MS = 5000 };

static tb_result put_row(struct tbc *c, Tbl__Outgoing *m)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Counters *n;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = counters_get(c, &a, &n);
    if (r != TB_OK)
        return r;
    n->outbox++;
    m->at_ms = now_wall_ms();
    const struct cs_key k = key_of(CS_OUTBOX, NULL, 0, (int64_t)n->outbox);
    r = counters_put(c, n);
    if (r == TB_OK)
        r = local_put(c, &k, NULL, &m->base);
    c->outbox_new = true;
    c->topics |= TBC_TOPIC_OUTBOX;
    return r;
}

static ProtobufCBinaryData id_field(const struct tb_id *id)
{
    return tb_field(id ? id->b : NULL, id ? sizeof id->b : 0);
}

tb_result outbox_again(struct tbc *c, enum tb_op op, const struct tb_id *page,
                       const struct tb_id *act, struct tb_view body)
{
    Tbl__Outgoing m;

    tbl__outgoing__init(&m);
    m.op = op;
    m.body = tb_field(body.p, body.n);
    m.page_id = id_field(page);
    m.act_id = id_field(act);
    return put_row(c, &m);
}

tb_result outbox_put(struct tbc *c, const struct outgoing *o)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf body = { 0 };
    Tbl__Outgoing m;
    tb_result r = tb_pack(o->body, &body);

    if (r != TB_OK)
        return r;
    tbl__outgoing__init(&m);
    m.op = o->op;
    m.body = tb_field(body.p, body.n);
    m.page_id = id_field(o->page);
    m.act_id = id_field(o->act);
    if (o->cred)
        m.cred = tb_field(o->cred->b, sizeof o->cred->b);
    return put_row(c, &m);
}

struct wanted {
    enum tb_op op;
    bool found;
};

static tb_result is_wanted(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct wanted *w = user;
    Tbl__Outgoing *o;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_unpack(&a, &tbl__outgoing__descriptor, plain, &o);
    w->found = w->found || (r == TB_OK && o->op == (uint32_t)w->op);
    return r;
}

bool outbox_holds(struct tbc *c, enum tb_op op)
{
    const struct cs_key from = key_of(CS_OUTBOX, NULL, 0, 0);
    struct wanted w = { .op = op };

    (void)cs_rows(c->store, &from, is_wanted, &w);
    return w.found;
}

/* Not now, but maybe later. */
static bool is_passing(tb_result r)
{
    return r == TB_E_NOMEM || r == TB_E_STORE || r == TB_E_FULL || r == TB_E_LIMIT ||
           r == TB_E_TIMEOUT || r == TB_E_IO || r == TB_E_LOCKED;
}

static void on_answer(struct tbc *c, uint64_t n, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_of(CS_OUTBOX, NULL, 0, (int64_t)n);
    Tbl__Outgoing *o;

    if (c->outbox_flying)
        c->outbox_flying--;
    c->outbox_new = true;
    if (ans->result == TB_E_OFFLINE)
        return;
    if (is_passing(ans->result)) {
        core_log(c, LOG_WARN_, "outbox: the relay cannot take it now: %s",
                 tb_strresult(ans->result));
        c->outbox_ms = now_boot_ms() + AGAIN_MS;
        return;
    }
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__outgoing__descriptor, &o);
    if (r == TB_E_NOTFOUND)
        return; /* answered before, on another connection */
    if (r == TB_E_DAMAGED) {
        core_fail(c, cs_drop(c->store, &k)); /* it was sent before its row was damaged */
        return;
    }
    if (r == TB_OK)
        r = cs_drop(c->store, &k);
    if (r == TB_OK)
        confirm_answer(c, o, ans);
    core_fail(c, r);
    c->topics |= TBC_TOPIC_OUTBOX;
}

static tb_result send_row(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tbc *c = user;
    Tbl__Outgoing *o;

    if (c->outbox_flying >= WINDOW)
        return TB_E_LIMIT;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_unpack(&a, &tbl__outgoing__descriptor, plain, &o);
    if (r == TB_OK)
        r = link_request(c, (enum tb_op)o->op, tb_field_view(&o->body), on_answer, (uint64_t)n);
    if (r != TB_OK)
        return r;
    c->outbox_sent = (uint64_t)n;
    c->outbox_flying++;
    return TB_OK;
}

void outbox_pump(struct tbc *c)
{
    if (!c->outbox_new || !c->me || !link_is_up(c))
        return;
    c->outbox_new = false;
    const struct cs_key from = key_of(CS_OUTBOX, NULL, 0, (int64_t)c->outbox_sent + 1);
    tb_result r = cs_rows(c->store, &from, send_row, c);
    if (r == TB_OK || r == TB_E_LIMIT || r == TB_E_OFFLINE)
        return;
    if (r == TB_E_DAMAGED) {
        core_log(c, LOG_ERROR_,
                 "outbox: something that was to be sent is damaged; the rest is sent");
        return;
    }
    core_log(c, LOG_ERROR_, "outbox: cannot be read: %s", tb_strresult(r));
    c->outbox_ms = now_boot_ms() + AGAIN_MS;
}

void outbox_up(struct tbc *c)
{
    c->outbox_sent = 0;
    c->outbox_flying = 0;
    c->outbox_ms = INT64_MAX;
    c->outbox_new = true;
}

int64_t outbox_due_ms(const struct tbc *c)
{
    return link_is_up(c) ? c->outbox_ms : INT64_MAX;
}

void outbox_tick(struct tbc *c)
{
    if (now_boot_ms() < outbox_due_ms(c) || c->outbox_flying)
        return;
    outbox_up(c);
}

tb_result outbox_receipt(struct tbc *c, struct leaf *l, enum tb_receipt_kind kind, int error)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    static const struct tb_hash zero;
    Tb__Receipt m;
    Tb__ReceiptPut put;

    tb__receipt__init(&m);
    tb__receipt_put__init(&put);
    m.kind = kind;
    m.page_id = tb_field(l->id.b, sizeof l->id.b);
    m.header_hash = tb_field(l->header_hash.b, sizeof l->header_hash.b);
    m.cred = tb_field(c->me->cred.b, sizeof c->me->cred.b);
    m.release_hash = tb_field(zero.b, sizeof zero.b);
    if (kind == TB_RECEIPT_DELIVERED || kind == TB_RECEIPT_SEEN)
        m.release_hash = l->p->my_release;
    if (kind == TB_RECEIPT_CAPSULE_BAD) {
        m.need_epoch = l->p->need_epoch;
        m.have_epoch = province_epoch(c);
        m.error = error;
    }
    m.time_ms = now_wall_ms();
    tb_result r =
        tb_signed_make(TB_TYPE_RECEIPT, &c->me->roster_id, &m.base, &c->me->sign, &packed);
    if (r != TB_OK)
        return r;
    put.receipt_signed = tb_field(packed.p, packed.n);
    const struct outgoing o = { .op = TB_OP_RECEIPT, .body = &put.base, .page = &l->id };
    return outbox_put(c, &o);
}
