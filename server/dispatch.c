/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch.c - which request it is, who may ask it, how large it may be; then its handler.
 *
 * Order, from cheap to dear: the operation exists; this connection's role may ask for it (op.h); the body
 * is small enough; the device still stands; only then anything of the body is read. */
#include "server/dispatch.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/wire.pb-c.h"
#include "server/device.h"
#include "server/log.h"
#include "server/page.h"

enum changes { CHANGES_ROWS, CHANGES_ROW /* one at most */ };
static const struct handler {
    enum tb_op op;
    handler_fn *fn;
    enum changes changes; /* of the store */
} handlers[] = {
    { TB_OP_HELLO, handle_hello, CHANGES_ROWS },
    { TB_OP_AUTH, handle_auth, CHANGES_ROWS },
    { TB_OP_AUTH_INVITE, handle_auth_invite, CHANGES_ROWS },
    { TB_OP_AUTH_BELL, handle_auth_bell, CHANGES_ROWS },
    { TB_OP_PING, handle_ping, CHANGES_ROW },
    { TB_OP_ROSTER_GET, handle_roster_get, CHANGES_ROWS },
    { TB_OP_ROSTER_APPEND, handle_roster_append, CHANGES_ROWS },
    { TB_OP_FRESHNESS_PUT, handle_freshness_put, CHANGES_ROWS },
    { TB_OP_CARD_PUT, handle_card_put, CHANGES_ROWS },
    { TB_OP_DUTY_PUT, handle_duty_put, CHANGES_ROWS },
    { TB_OP_ENROL_PUT, handle_enrol_put, CHANGES_ROWS },
    { TB_OP_ENROL_POLL, handle_enrol_poll, CHANGES_ROWS },
    { TB_OP_ENROL_LIST, handle_enrol_list, CHANGES_ROWS },
    { TB_OP_APPROVAL_PUT, handle_approval_put, CHANGES_ROWS },
    { TB_OP_PREKEYS_PUT, handle_prekeys_put, CHANGES_ROWS },
    { TB_OP_PREKEYS_GET, handle_prekeys_get, CHANGES_ROWS },
    { TB_OP_SUBMIT, handle_submit, CHANGES_ROWS },
    { TB_OP_CAPSULES_ADD, handle_capsules_add, CHANGES_ROWS },
    { TB_OP_RECEIPT, handle_receipt, CHANGES_ROWS },
    { TB_OP_ACT, handle_act, CHANGES_ROWS },
    { TB_OP_RESET, handle_reset, CHANGES_ROWS },
    { TB_OP_ACK, handle_ack, CHANGES_ROW },
    { TB_OP_NOTE_PUT, handle_note, CHANGES_ROW },
};

static const struct handler *handler_of(enum tb_op op)
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
        if (handlers[i].op == op)
            return &handlers[i];
    return NULL;
}

tb_result refuse(struct request *q, tb_result code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(q->why.text, sizeof q->why.text, fmt, args);
    va_end(args);
    return code;
}

tb_result request_body(struct request *q, const ProtobufCMessageDescriptor *type, void *ret_msg)
{
    tb_result r = tb_unpack(q->arena, type, q->body, ret_msg);

    return r == TB_OK ? r
                      : refuse(q, r, "the body of %s is not a %s", q->op->name, type->short_name);
}

tb_result request_statement(struct request *q, enum tb_type type, const ProtobufCBinaryData *field,
                            const char *what, struct tb_view *ret_payload)
{
    tb_result r = tb_signed_open(q->arena, type, tb_roster_id(q->r->roster), tb_field_view(field),
                                 q->cred->sign_pk, ret_payload);

    if (r == TB_E_BADSIG)
        return refuse(q, r, "%s is not signed by the device that logged in", what);
    return r == TB_OK ? r : refuse(q, r, "%s is not a signed statement", what);
}

/* ---- who asks */

/* A device's standing is looked up for every request: the log may have changed since it logged in. */
static tb_result check_device(struct request *q)
{
    const struct tb_cred *c = tb_roster_cred(q->r->roster, &q->p->s.cred);

    if (!c) {
        q->close = "credential unknown";
        return refuse(q, TB_E_NOTFOUND, "this relay's roster does not hold your credential");
    }
    if (c->standing != TB_STANDING_GOOD) {
        q->close = "removed";
        return refuse(q, TB_E_REVOKED, "the credential of %s/%s was %s; ask a registrar",
                      c->account, c->device,
                      c->standing == TB_STANDING_REPLACED ? "replaced" : "removed");
    }
    q->cred = c;
    return TB_OK;
}

static tb_result check_request(struct request *q)
{
    enum tb_role role = q->p->s.role;

    if (!q->op || q->op->max_body == 0) {
        q->close = "no such operation";
        return refuse(q, TB_E_DENIED, "there is no such operation; update this program");
    }
    if (!tb_op_permitted(q->op, role)) {
        q->close = "not permitted";
        return refuse(q, TB_E_DENIED, "the role %s may not ask for %s", tb_role_name(role),
                      q->op->name);
    }
    if (q->body.n > q->op->max_body)
        return refuse(q, TB_E_LIMIT, "%zu bytes for %s, where %u are allowed", q->body.n,
                      q->op->name, q->op->max_body);
    return role & TB_ROLE_DEVICE ? check_device(q) : TB_OK;
}

/* ---- answers */

static void pack_frame(struct relay *r, struct peer *p, Tb__Frame *f)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    Tb__Frame *list[] = { f };
    Tb__Batch b;

    tb__batch__init(&b);
    b.n_frame = 1;
    b.frame = list;
    if (tb_pack(&b.base, &out) == TB_OK)
        turn_answer(r, p, tb_buf_view(&out));
    else
        turn_close(r, p, "out of memory");
}

void push_message(struct relay *r, struct peer *p, enum tb_op op, const ProtobufCMessage *msg)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    Tb__Frame f;

    if (tb_pack(msg, &body) != TB_OK)
        return;
    tb__frame__init(&f);
    f.op = (uint32_t)op;
    f.body = tb_field(body.p, body.n);
    pack_frame(r, p, &f);
}

static void answer(struct request *q, uint32_t op, tb_result how)
{
    Tb__Frame f;

    tb__frame__init(&f);
    f.op = op;
    f.id = q->id;
    f.result = how;
    if (how == TB_OK)
        f.body = tb_field(q->reply.p, q->reply.n);
    else
        f.detail = q->why.text[0] ? q->why.text : NULL;
    pack_frame(q->r, q->p, &f);
}

static void log_refused(const struct request *q, uint32_t op, tb_result how)
{
    char who[17] = "-";

    if (q->p->s.role & TB_ROLE_DEVICE)
        tb_hex(q->p->s.cred.b, 8, who);
    /* A device that acknowledges what was never sent to it has seen another relay, or a liar. */
    log_line(op == TB_OP_ACK ? LOG_WARN : LOG_NOTE, "refused",
             "op=%s code=0x%x device=%s result=%s", q->op ? q->op->name : "-", op, who,
             tb_result_name(how));
}

/* A text of its own, since protobuf-c's empty string is not ours to point into. */
static tb_result run(struct request *q)
{
    tb_result r = check_request(q);

    if (r != TB_OK)
        return r;
    const struct handler *h = handler_of(q->op->op);
    r = h->changes == CHANGES_ROW ? store_mark_row(q->r->store) : store_mark(q->r->store);
    if (r != TB_OK)
        return r;
    r = h->fn(q);
    if (r == TB_OK && q->reply.failed)
        r = TB_E_NOMEM;
    if (store_health(q->r->store) != STORE_FINE)
        return TB_E_FULL; /* the turn is lost: nobody will hear this */
    tb_result end = r == TB_OK || q->keep ? store_keep(q->r->store) : store_undo(q->r->store);
    return end == TB_OK ? r : end;
}

static void handle(struct relay *r, struct peer *p, const Tb__Frame *f, int64_t now_ms)
{
    struct tb_arena arena;
    struct request q = {
        .r = r,
        .p = p,
        .op = tb_op_lookup(f->op),
        .id = f->id,
        .body = tb_field_view(&f->body),
        .now_ms = now_ms,
        .arena = &arena,
    };

    tb_arena_init(&arena, p->s.role == TB_ROLE_NONE ? TB_ARENA_ANON : TB_ARENA_MAX);
    tb_result how = run(&q);
    r->stats.requests++;
    if (how != TB_OK) {
        r->stats.refused++;
        log_refused(&q, f->op, how);
    }
    answer(&q, f->op, how);
    if (how == TB_E_TRUNCATED || how == TB_E_TRAILING)
        q.close = "malformed request";
    if (q.close)
        turn_close(r, p, q.close);
    tb_buf_wipe(&q.reply);
    tb_arena_done(&arena);
}

/* ---- one message */

/* What must get through first when space is short. */
static bool urgent(const Tb__Frame *f)
{
    if (f->op == TB_OP_ACT || f->op == TB_OP_ACK || f->op == TB_OP_PING)
        return true;
    return f->op == TB_OP_SUBMIT && submit_is_severe(tb_field_view(&f->body));
}

static bool in_pass(const Tb__Frame *f, enum dispatch_pass pass)
{
    bool login = f->op == TB_OP_HELLO || f->op == TB_OP_AUTH || f->op == TB_OP_AUTH_INVITE ||
                 f->op == TB_OP_AUTH_BELL;

    switch (pass) {
    case PASS_ALL:
        return true;
    case PASS_LOGIN:
        return login;
    case PASS_URGENT:
        return !login && urgent(f);
    case PASS_REST:
        return !login && !urgent(f);
    }
    return false;
}

static tb_result open_batch(struct tb_arena *a, struct peer *p, struct tb_view data,
                            Tb__Batch **ret)
{
    bool stranger = p->s.role == TB_ROLE_NONE;

    tb_arena_init(a, stranger ? TB_ARENA_ANON : TB_ARENA_MAX);
    if (data.n > relay_message_max(p))
        return TB_E_LIMIT;
    Tb__Batch *b;
    tb_result r = tb_unpack(a, &tb__batch__descriptor, data, &b);
    if (r != TB_OK)
        return r;
    if (b->n_frame == 0 || b->n_frame > TB_BATCH_FRAMES_MAX || (stranger && b->n_frame != 1))
        return TB_E_LIMIT;
    for (size_t i = 0; i < b->n_frame; i++)
        if (b->frame[i]->id == 0 || b->frame[i]->result != 0)
            return TB_E_RANGE;
    *ret = b;
    return TB_OK;
}

void dispatch_batch(struct relay *r, struct peer *p, struct tb_view data, int64_t now_ms,
                    enum dispatch_pass pass)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Batch *b;
    tb_result how = open_batch(&a, p, data, &b);

    if (how != TB_OK) {
        static struct log_rate rate; /* any stranger can bring it about */

        log_rated(&rate, LOG_NOTE, "bad-message", "bytes=%zu result=%s", data.n,
                  tb_result_name(how));
        turn_close(r, p, "malformed message");
        return;
    }
    for (size_t i = 0; i < b->n_frame && !p->s.close; i++) {
        if (!in_pass(b->frame[i], pass))
            continue;
        handle(r, p, b->frame[i], now_ms);
        if (store_health(r->store) != STORE_FINE)
            return;
    }
}

void dispatch_refuse(struct relay *r, struct peer *p, struct tb_view data, enum dispatch_pass pass)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Batch *b;

    if (open_batch(&a, p, data, &b) != TB_OK)
        return;
    for (size_t i = 0; i < b->n_frame; i++) {
        struct request q = { .r = r, .p = p, .id = b->frame[i]->id };
        if (!in_pass(b->frame[i], pass))
            continue;
        (void)refuse(&q, TB_E_FULL,
                     "the relay's disk is full: nothing was kept; call by telephone");
        answer(&q, b->frame[i]->op, TB_E_FULL);
        r->stats.refused++;
    }
}
