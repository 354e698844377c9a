/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liar_seams.c - where the liar stands: between the relay and its loop, its clock and its wire. */
#define _GNU_SOURCE
#include "liar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/act.h"
#include "server/clock.h"
#include "server/store.h"

enum { LISTEN_EVERY_MS = 10, CYCLE_MS = 4000 /* less than between two of the loop's own */ };

struct liar liar = { .listener = -1, .client = -1, .clock = { 0, 0, 1, 1 } };

/* The names that `--wrap` gives; C forbids such names to others, which is why it chose them.
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
tb_result __real_relay_open(const struct relay_options *o, const struct relay_wire *wire,
                            int64_t now_ms, struct relay **ret);
void __real_relay_close(struct relay *r);
void __real_relay_message(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms);
void __real_relay_disconnect(struct relay *r, struct peer *p, int64_t now_ms);
int64_t __real_relay_due_ms(const struct relay *r);
void __real_relay_tick(struct relay *r, int64_t now_ms);
int64_t __real_clock_engine_ms(const struct engine_clock *c, int64_t boot_ms);

tb_result __wrap_relay_open(const struct relay_options *o, const struct relay_wire *wire,
                            int64_t now_ms, struct relay **ret);
void __wrap_relay_close(struct relay *r);
void __wrap_relay_message(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms);
void __wrap_relay_disconnect(struct relay *r, struct peer *p, int64_t now_ms);
int64_t __wrap_relay_due_ms(const struct relay *r);
void __wrap_relay_tick(struct relay *r, int64_t now_ms);
int64_t __wrap_clock_engine_ms(const struct engine_clock *c, int64_t boot_ms);

void liar_must(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "lying_relay: %s\n", what);
    abort();
}

/* ---- who is who */

bool liar_is(const char *whom, const char *account)
{
    return strcmp(whom, "*") == 0 || strcmp(whom, account) == 0;
}

const struct tb_cred *liar_cred(const char *account)
{
    return tb_roster_account(liar.r->roster, account);
}

struct victim *liar_victim(const char *account)
{
    for (size_t i = 0; i < liar.n_victims; i++)
        if (strcmp(liar.victim[i].account, account) == 0)
            return &liar.victim[i];
    return NULL;
}

struct victim *liar_victim_of(const struct peer *p)
{
    const struct tb_cred *c = p->s.dev ? tb_roster_cred(liar.r->roster, &p->s.cred) : NULL;

    if (!c)
        return NULL;
    for (size_t i = 0; i < liar.n_victims; i++)
        if (tb_hash_equal(&liar.victim[i].cred, &c->hash)) {
            liar.victim[i].conn = p->conn;
            return &liar.victim[i];
        }
    liar_must(liar.n_victims < LIAR_DEVICES, "too many devices");
    struct victim *v = &liar.victim[liar.n_victims++];
    v->cred = c->hash;
    v->conn = p->conn;
    memcpy(v->account, c->account, sizeof v->account);
    return v;
}

static struct peer *peer_of_conn(const void *conn)
{
    for (struct peer *p = liar.r->peers; p; p = p->next)
        if (p->conn == conn)
            return p;
    return NULL;
}

/* ---- what goes out */

static void pack_into(ProtobufCBinaryData *field, struct tb_arena *a, const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *p = tb_arena_take(a, n);

    liar_must(p != NULL, "out of memory");
    (void)protobuf_c_message_pack(m, p);
    *field = tb_field(p, n);
}

void liar_push(void *conn, enum tb_op op, const ProtobufCMessage *body)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 }, out = { 0 };
    Tb__Frame f, *list[] = { &f };
    Tb__Batch b;

    tb__frame__init(&f);
    tb__batch__init(&b);
    liar_must(tb_pack(body, &packed) == TB_OK, "pack");
    f.op = op;
    f.body = tb_field(packed.p, packed.n);
    b.n_frame = 1;
    b.frame = list;
    liar_must(tb_pack(&b.base, &out) == TB_OK, "pack");
    liar.real->send(conn, tb_buf_view(&out));
}

static void lie_about_head(const struct victim *v, Tb__Frame *f, struct tb_arena *a)
{
    struct tb_hash *head = tb_arena_take(a, sizeof *head);
    Tb__PingReply *m;

    liar_must(head != NULL, "out of memory");
    if (tb_unpack(a, &tb__ping_reply__descriptor, tb_field_view(&f->body), &m) != TB_OK ||
        !tb_is(&m->roster_head, sizeof head->b))
        return;
    *head = tb_hash_from(m->roster_head.data);
    liar_head(v, &m->roster_size, head);
    m->roster_head = tb_field(head->b, sizeof head->b);
    pack_into(&f->body, a, &m->base);
}

static void lie_about_roster(const struct victim *v, Tb__Frame *f, struct tb_arena *a)
{
    Tb__RosterReply *m;

    if (tb_unpack(a, &tb__roster_reply__descriptor, tb_field_view(&f->body), &m) != TB_OK)
        return;
    liar_roster_reply(v, m, a);
    pack_into(&f->body, a, &m->base);
}

static void lie_about_keys(Tb__Frame *f, struct tb_arena *a)
{
    Tb__PrekeysReply *m;

    if (tb_unpack(a, &tb__prekeys_reply__descriptor, tb_field_view(&f->body), &m) != TB_OK)
        return;
    liar_bundles(m, a);
    pack_into(&f->body, a, &m->base);
}

static void lie_about_mail(struct victim *v, Tb__Frame *f, struct tb_arena *a)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf shown = { 0 };
    Tb__Envelopes *m;

    if (tb_unpack(a, &tb__envelopes__descriptor, tb_field_view(&f->body), &m) != TB_OK)
        return;
    liar_stream(v, m, &shown);
    uint8_t *p = tb_arena_take(a, shown.n + 1);
    liar_must(p != NULL && !shown.failed, "out of memory");
    if (shown.n)
        memcpy(p, shown.p, shown.n);
    f->body = tb_field(p, shown.n);
}

/* How far it says that it had come: as the device was shown. */
static void lie_about_cursor(struct victim *v, Tb__Frame *f, struct tb_arena *a)
{
    Tb__AuthReply *m;

    if (tb_unpack(a, &tb__auth_reply__descriptor, tb_field_view(&f->body), &m) != TB_OK)
        return;
    int64_t shown = (int64_t)m->newest - v->skew;
    m->newest = shown > 0 ? (uint64_t)shown : 0;
    pack_into(&f->body, a, &m->base);
}

static void lie_in_frame(struct victim *v, Tb__Frame *f, struct tb_arena *a)
{
    if (f->result != TB_OK)
        return;
    if (f->op == TB_OP_PREKEYS_GET)
        lie_about_keys(f, a);
    else if (f->op == TB_OP_ENVELOPES)
        lie_about_mail(v, f, a);
    else if (f->op == TB_OP_ROSTER_GET && v->view != VIEW_TRUE)
        lie_about_roster(v, f, a);
    else if ((f->op == TB_OP_PING || f->op == TB_OP_ROSTER_HEAD) && v->view != VIEW_TRUE)
        lie_about_head(v, f, a);
    else if (f->op == TB_OP_AUTH)
        lie_about_cursor(v, f, a);
}

static void out_send(void *conn, struct tb_view batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    struct peer *p = peer_of_conn(conn);
    struct victim *v = p ? liar_victim_of(p) : NULL;
    Tb__Batch *m;

    tb_arena_init(&a, 4 * TB_ARENA_MAX);
    if (!v || tb_unpack(&a, &tb__batch__descriptor, batch, &m) != TB_OK) {
        liar.real->send(conn, batch);
        return;
    }
    for (size_t i = 0; i < m->n_frame; i++)
        lie_in_frame(v, m->frame[i], &a);
    liar_must(tb_pack(&m->base, &out) == TB_OK, "pack");
    liar.real->send(conn, tb_buf_view(&out));
}

/* ---- what comes in */

static bool page_of_header(const ProtobufCBinaryData *header_signed, struct tb_arena *a,
                           struct tb_id *ret_page, struct tb_hash *ret_hash)
{
    struct tb_signed s;
    Tb__Header *h;

    if (tb_signed_parse(a, tb_field_view(header_signed), &s) != TB_OK ||
        tb_header_unpack(a, s.payload, &h) != TB_OK)
        return false;
    *ret_page = tb_id_from(h->msg_id.data);
    *ret_hash = tb_header_hash(s.payload);
    return true;
}

static void reply(const struct peer *p, const Tb__Frame *to, const ProtobufCMessage *body)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 }, out = { 0 };
    Tb__Frame f, *list[] = { &f };
    Tb__Batch b;

    tb__frame__init(&f);
    tb__batch__init(&b);
    if (body)
        liar_must(tb_pack(body, &packed) == TB_OK, "pack");
    f.op = to->op;
    f.id = to->id;
    f.body = tb_field(packed.p, packed.n);
    b.n_frame = 1;
    b.frame = list;
    liar_must(tb_pack(&b.base, &out) == TB_OK, "pack");
    liar.real->send(p->conn, tb_buf_view(&out));
}

/* "It is safe with me": with the relay's own, true signature. */
static void swallow_submit(const struct peer *p, const Tb__Frame *f, const Tb__Submit *m,
                           struct tb_arena *a)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    struct tb_hash hash;
    struct tb_id page;
    Tb__SubmitReply answer;
    Tb__RelayReceipt r;

    if (!page_of_header(&m->header_signed, a, &page, &hash))
        return;
    tb__relay_receipt__init(&r);
    tb__submit_reply__init(&answer);
    r.kind = TB_RELAYED_PAGE;
    r.relay_id = tb_field(liar.r->relay_id.b, sizeof liar.r->relay_id.b);
    r.era = store_era(liar.r->store);
    r.time_ms = clock_wall_ms();
    r.page_id = tb_field(page.b, sizeof page.b);
    r.header_hash = tb_field(hash.b, sizeof hash.b);
    r.capsules = (uint32_t)m->n_capsule;
    r.copies = 1;
    liar_must(signer_sign(liar.r->signer, TB_TYPE_RELAY_RECEIPT, tb_roster_id(liar.r->roster),
                          &r.base, &receipt) == TB_OK,
              "sign");
    answer.receipt_signed = tb_field(receipt.p, receipt.n);
    liar.count.swallowed++;
    reply(p, f, &answer.base);
}

/* Somebody whom the log does not know. */
static bool is_ghost(const ProtobufCBinaryData *cred)
{
    if (!tb_is(cred, TB_HASH_BYTES))
        return true;
    struct tb_hash hash = tb_hash_from(cred->data);
    return !tb_roster_cred(liar.r->roster, &hash);
}

static void count_fetch(const Tb__Frame *f, struct tb_arena *a)
{
    Tb__PrekeysGet *m;

    liar.count.prekey_gets++;
    if (tb_unpack(a, &tb__prekeys_get__descriptor, tb_field_view(&f->body), &m) != TB_OK)
        return;
    for (size_t i = 0; i < m->n_cred; i++)
        liar.count.ghosts += is_ghost(&m->cred[i]);
}

static bool take_submit(const struct peer *p, const Tb__Frame *f, struct tb_arena *a)
{
    const struct tb_cred *from = tb_roster_cred(liar.r->roster, &p->s.cred);
    const struct tb_cred *named = liar.counted[0] ? liar_cred(liar.counted) : NULL;
    struct tb_hash hash;
    Tb__Submit *m;

    if (tb_unpack(a, &tb__submit__descriptor, tb_field_view(&f->body), &m) != TB_OK ||
        !page_of_header(&m->header_signed, a, &liar.last_page, &hash))
        return true;
    liar.count.submits++;
    for (size_t i = 0; i < m->n_capsule; i++)
        liar.count.ghosts += is_ghost(&m->capsule[i]->to_cred);
    for (size_t i = 0; named && i < m->n_capsule; i++)
        liar.count.capsules_for_named +=
            tb_is(&m->capsule[i]->to_cred, TB_HASH_BYTES) &&
            memcmp(m->capsule[i]->to_cred.data, named->hash.b, TB_HASH_BYTES) == 0;
    liar_stream_page(&liar.last_page);
    if (!from || !liar.swallow.submits_of[0] || !liar_is(liar.swallow.submits_of, from->account))
        return true;
    swallow_submit(p, f, m, a);
    return false;
}

static bool take_act(const struct peer *p, const Tb__Frame *f)
{
    const struct tb_cred *from = tb_roster_cred(liar.r->roster, &p->s.cred);

    if (!from || !liar.swallow.acts_of[0] || !liar_is(liar.swallow.acts_of, from->account))
        return true;
    tb_buf_done(&liar.swallow.act);
    tb_put(&liar.swallow.act, f->body.data, f->body.len);
    liar.count.swallowed++;
    reply(p, f, NULL);
    return false;
}

/* The device counts as it was shown; the relay as it is. */
static void true_numbers(const struct peer *p, Tb__Frame *f, struct tb_arena *a)
{
    const struct victim *v = liar_victim_of(p);
    Tb__Ack *m;

    if (!v || tb_unpack(a, &tb__ack__descriptor, tb_field_view(&f->body), &m) != TB_OK)
        return;
    int64_t seq = (int64_t)m->seq + v->skew;
    uint64_t pushed = p->pushed;
    m->seq = seq < 0 ? 0 : (uint64_t)seq > pushed ? pushed : (uint64_t)seq;
    pack_into(&f->body, a, &m->base);
}

/* At log-in nobody is known yet, but the claim says who it is going to be. */
static void true_cursor(Tb__Frame *f, struct tb_arena *a)
{
    struct tb_signed s;
    Tb__AuthClaim *claim;
    Tb__Auth *m;

    if (tb_unpack(a, &tb__auth__descriptor, tb_field_view(&f->body), &m) != TB_OK ||
        tb_signed_parse(a, tb_field_view(&m->claim_signed), &s) != TB_OK ||
        tb_unpack(a, &tb__auth_claim__descriptor, s.payload, &claim) != TB_OK ||
        !tb_is(&claim->cred, TB_HASH_BYTES))
        return;
    for (size_t i = 0; i < liar.n_victims; i++) {
        const struct victim *v = &liar.victim[i];
        if (memcmp(v->cred.b, claim->cred.data, sizeof v->cred.b) != 0)
            continue;
        int64_t seq = (int64_t)m->cursor + v->skew;
        m->cursor = seq < 0 ? 0 : (uint64_t)seq;
    }
    pack_into(&f->body, a, &m->base);
}

/* False: the relay behind never hears of it. */
static bool take_frame(const struct peer *p, Tb__Frame *f, struct tb_arena *a)
{
    if (f->op == TB_OP_PREKEYS_GET)
        count_fetch(f, a);
    liar.count.resets += f->op == TB_OP_RESET;
    if (f->op == TB_OP_AUTH)
        true_cursor(f, a);
    if (!p->s.dev)
        return true;
    if (f->op == TB_OP_ACK)
        true_numbers(p, f, a);
    if (f->op == TB_OP_SUBMIT)
        return take_submit(p, f, a);
    return f->op != TB_OP_ACT || take_act(p, f);
}

void __wrap_relay_message(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf in = { 0 };
    Tb__Batch *m;
    size_t kept = 0;

    tb_arena_init(&a, 4 * TB_ARENA_MAX);
    if (!liar.r || tb_unpack(&a, &tb__batch__descriptor, batch, &m) != TB_OK) {
        __real_relay_message(r, p, batch, now_ms);
        return;
    }
    for (size_t i = 0; i < m->n_frame; i++)
        if (take_frame(p, m->frame[i], &a))
            m->frame[kept++] = m->frame[i];
    m->n_frame = kept;
    liar_must(tb_pack(&m->base, &in) == TB_OK, "pack");
    if (kept)
        __real_relay_message(r, p, tb_buf_view(&in), now_ms);
}

void __wrap_relay_disconnect(struct relay *r, struct peer *p, int64_t now_ms)
{
    for (size_t i = 0; i < liar.n_victims; i++)
        if (liar.victim[i].conn == p->conn)
            liar.victim[i].conn = NULL;
    __real_relay_disconnect(r, p, now_ms);
}

/* ---- orders of the test */

static void begin_listening(void)
{
    const char *path = getenv("LIAR_SOCKET");
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    if (!path)
        return;
    liar_must(strlen(path) < sizeof at.sun_path, "LIAR_SOCKET is too long");
    memcpy(at.sun_path, path, strlen(path) + 1);
    (void)unlink(path);
    liar.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    liar_must(liar.listener >= 0 && bind(liar.listener, (struct sockaddr *)&at, sizeof at) == 0 &&
                  listen(liar.listener, 4) == 0,
              "LIAR_SOCKET cannot be opened");
}

static void hear_orders(void)
{
    char line[512], said[512];

    if (liar.client < 0 && liar.listener >= 0)
        liar.client = accept4(liar.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (liar.client >= 0) {
        ssize_t n = recv(liar.client, line, sizeof line - 1, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            (void)close(liar.client);
            liar.client = -1;
            return;
        }
        line[n] = '\0';
        said[0] = '\0';
        bool ok = liar_order(line, said, sizeof said - 1);
        char answer[520];
        int len = snprintf(answer, sizeof answer, "%s %s", ok ? "ok" : "no", said);
        (void)!send(liar.client, answer, (size_t)len, MSG_NOSIGNAL);
    }
}

/* ---- the relay's life */

static struct relay_wire lying_wire;

tb_result __wrap_relay_open(const struct relay_options *o, const struct relay_wire *wire,
                            int64_t now_ms, struct relay **ret)
{
    lying_wire = (struct relay_wire){ out_send, wire->close };
    liar.real = wire;
    tb_result r = __real_relay_open(o, &lying_wire, now_ms, ret);
    if (r != TB_OK)
        return r;
    liar.r = *ret;
    tb_sign_pair_new(&liar.own);
    begin_listening();
    return TB_OK;
}

void __wrap_relay_close(struct relay *r)
{
    if (liar.client >= 0)
        (void)close(liar.client);
    if (liar.listener >= 0)
        (void)close(liar.listener);
    for (size_t i = 0; i < liar.n_victims; i++) {
        for (size_t k = 0; k < LIAR_TAPE; k++)
            tb_buf_done(&liar.victim[i].tape[k]);
        tb_buf_done(&liar.victim[i].entry);
        tb_buf_done(&liar.victim[i].swapped);
    }
    tb_buf_done(&liar.swallow.act);
    __real_relay_close(r);
    liar.r = NULL;
}

static int64_t shown_ms; /* the newest time that the relay was told */

int64_t __wrap_clock_engine_ms(const struct engine_clock *c, int64_t boot_ms)
{
    int64_t real = __real_clock_engine_ms(c, boot_ms);

    shown_ms = real;
    if (liar.clock.from_real)
        shown_ms =
            liar.clock.from_shown + (real - liar.clock.from_real) * liar.clock.num / liar.clock.den;
    return shown_ms;
}

int64_t liar_now(void)
{
    return shown_ms;
}

/* The loop wakes often enough to hear orders. */
int64_t __wrap_relay_due_ms(const struct relay *r)
{
    int64_t due = __real_relay_due_ms(r);

    return due < shown_ms + LISTEN_EVERY_MS ? due : shown_ms + LISTEN_EVERY_MS;
}

void __wrap_relay_tick(struct relay *r, int64_t now_ms)
{
    static int64_t ticked_ms;
    int64_t boot = clock_boot_ms();

    hear_orders();
    if (__real_relay_due_ms(r) > now_ms && boot - ticked_ms < CYCLE_MS)
        return;
    ticked_ms = boot;
    __real_relay_tick(r, now_ms);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
