/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mailbox.c - see mailbox.h. */
#include "server/mailbox.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/device.h"
#include "server/log.h"

/* ---- how many capsules of one device wait for another */

enum { PAIR_PROBES = 8, PAIR_COUNT_MS = 10000 };

static bool is_pair(const struct pair *p, const struct tb_hash *from, const struct tb_hash *to)
{
    return tb_hash_equal(&p->from, from) && tb_hash_equal(&p->to, to);
}

/* The pair's slot, or the one that it may take. */
static struct pair *pair_of(struct relay *r, const struct tb_hash *from, const struct tb_hash *to)
{
    struct pair *least = NULL;
    uint32_t a, b;

    memcpy(&a, from->b, sizeof a);
    memcpy(&b, to->b, sizeof b);
    for (uint32_t i = 0; i < PAIR_PROBES; i++) {
        struct pair *p = &r->pair[(a * 0x9E3779B1u + b + i) & (PAIR_SLOTS - 1)];
        if (is_pair(p, from, to))
            return p;
        if (!least || p->most < least->most)
            least = p;
    }
    return least;
}

/* Looks into the store: where a mailbox holds few envelopes at all, that is the answer.  Otherwise they are
 * counted.  A pair that was found full is not counted again so soon: whoever fills a mailbox shall not make the
 * relay read it again and again. */
static tb_result pair_count(struct request *q, struct pair *p, bool known)
{
    const struct device *d = device_find(q->r, &p->to);
    uint64_t all = 0, acked = d ? d->ack : 0; /* not yet removed, but read */
    tb_result res = TB_OK;

    if (known && p->full_ms && q->now_ms - p->full_ms < PAIR_COUNT_MS &&
        (!d || d->in_ms < p->full_ms)) /* a log-in says what was read before it */
        return TB_OK;
    p->full_ms = 0;
    res = store_mail_queued(q->r->store, &p->to, acked, &all);
    if (res != TB_OK)
        return res;
    if (all < TB_MAILBOX_PAIR_MAX) {
        p->most = (uint32_t)all;
        return TB_OK;
    }
    res = store_mail_pair(q->r->store, &p->to, &p->from, acked, &p->most);
    if (res == TB_OK && p->most >= TB_MAILBOX_PAIR_MAX)
        p->full_ms = q->now_ms;
    return res;
}

/* Never too low: what was acknowledged after a connection had ended, or was undone, is not taken off before
 * the limit is reached. */
tb_result mailbox_waiting(struct request *q, const struct tb_hash *to, uint32_t *ret)
{
    struct pair *p = pair_of(q->r, &q->cred->hash, to);
    bool known = is_pair(p, &q->cred->hash, to);

    if (!known || p->most >= TB_MAILBOX_PAIR_MAX) {
        struct pair now = { .from = q->cred->hash, .to = *to };
        if (known)
            now = *p;
        tb_result res = pair_count(q, &now, known);
        if (res != TB_OK)
            return res;
        *p = now;
    }
    *ret = p->most;
    return TB_OK;
}

tb_result mailbox_put(struct relay *r, const struct tb_hash *cred, const struct store_mail *m)
{
    struct device *d = device_find(r, cred);
    struct pair *p = m->from && m->capsule.n ? pair_of(r, m->from, cred) : NULL;
    tb_result res = store_mail_put(r->store, cred, m);

    if (res == TB_OK && p && is_pair(p, m->from, cred))
        p->most++;

    if (res == TB_OK && d)
        turn_push(r, d);
    return res;
}

/* ---- what is under way on a connection */

static uint64_t short_name(const struct tb_hash *cred)
{
    uint64_t v;

    memcpy(&v, cred->b, sizeof v);
    return v;
}

/* An idle device has no window: there are thousands of them. */
static struct pushed *window_of(struct peer *p)
{
    if (!p->sent)
        p->sent = calloc(PUSH_WINDOW, sizeof *p->sent);
    return p->sent;
}

void mailbox_end(struct peer *p)
{
    free(p->sent);
    p->sent = NULL;
}

void mailbox_start(struct peer *p, uint64_t seq)
{
    mailbox_end(p);
    p->pushed = p->acked = seq;
    p->push_bytes = 0;
}

/* One capsule fewer waits, if its pair is remembered at all. */
static void pair_less(struct relay *r, const struct tb_hash *to, const struct pushed *s)
{
    struct pair *p = &r->pair[s->pair];

    if (s->sender && p->most && short_name(&p->from) == s->sender && tb_hash_equal(&p->to, to))
        p->most--;
}

void mailbox_acked(struct relay *r, struct peer *p, uint64_t seq)
{
    while (p->sent && p->acked < seq && p->acked < p->pushed) {
        struct pushed *s = &p->sent[++p->acked % PUSH_WINDOW];
        pair_less(r, &p->s.cred, s);
        p->push_bytes -= s->size;
        *s = (struct pushed){ 0 };
    }
    if (p->acked == p->pushed)
        mailbox_end(p);
}

static void remember(struct relay *r, struct peer *p, const struct store_mail *m, size_t size)
{
    struct pushed *s = &p->sent[m->seq % PUSH_WINDOW];

    *s = (struct pushed){ .size = (uint32_t)size };
    if (m->from && m->capsule.n) {
        s->pair = (uint32_t)(pair_of(r, m->from, &p->s.cred) - r->pair);
        s->sender = short_name(m->from);
    }
    p->pushed = m->seq;
    p->push_bytes += size;
    if (p->s.dev->pushed < m->seq)
        p->s.dev->pushed = m->seq;
}

/* ---- pushing */

struct push {
    struct relay *r;
    struct peer *p;
    struct tb_buf frame; /* packed Envelopes, one message after the other is their union */
    uint32_t n;
    tb_result how;
};

static tb_result blob(struct push *b, uint64_t id, struct tb_buf *ret)
{
    return id ? store_blob_get(b->r->store, id, ret) : TB_OK;
}

static void fill(Tb__Envelope *e, const struct store_mail *m, Tb__WireCapsule *c, const uint8_t *to)
{
    e->seq = m->seq;
    e->kind = m->kind;
    e->at_ms = m->at_ms;
    if (m->from)
        e->from_cred = tb_field(m->from->b, sizeof m->from->b);
    if (m->capsule.n) {
        c->to_cred = tb_field(to, TB_HASH_BYTES);
        c->t = m->capsule_t;
        c->type = m->capsule_type;
        c->data = tb_field(m->capsule.p, m->capsule.n);
        e->capsule = c;
    }
}

static tb_result append(struct push *b, Tb__Envelope *e)
{
    Tb__Envelope *list[] = { e };
    Tb__Envelopes all;

    tb__envelopes__init(&all);
    all.era = b->n ? 0 : store_era(b->r->store); /* once per message */
    all.n_envelope = 1;
    all.envelope = list;
    return tb_pack(&all.base, &b->frame);
}

static tb_result pack(struct push *b, const struct store_mail *m)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf statement = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key share = { 0 };
    struct store_page page;
    Tb__WireCapsule c;
    Tb__Envelope e;

    tb__wire_capsule__init(&c);
    tb__envelope__init(&e);
    fill(&e, m, &c, b->p->s.cred.b);
    tb_result r = blob(b, m->statement, &statement);
    if (r == TB_OK)
        r = blob(b, m->body, &body);
    if (r == TB_OK && m->page)
        r = store_page_get(b->r->store, m->page, &page);
    if (r == TB_OK && m->page)
        e.page_id = tb_field(page.id.b, sizeof page.id.b);
    /* The share may be gone: resolving destroys those that were never released. */
    if (r == TB_OK && m->share_t &&
        store_share_get(b->r->store, m->page, m->share_t, &share) == TB_OK)
        e.share = tb_field(share.b, sizeof share.b);
    if (r != TB_OK)
        return r;
    e.statement = m->own.n ? tb_field(m->own.p, m->own.n) : tb_field(statement.p, statement.n);
    e.body = tb_field(body.p, body.n);
    return append(b, &e);
}

static bool window_full(const struct peer *p)
{
    return p->pushed - p->acked >= PUSH_WINDOW || p->push_bytes >= PUSH_BYTES;
}

static tb_result add(void *user, const struct store_mail *m)
{
    struct push *b = user;
    struct peer *p = b->p;
    size_t before = b->frame.n;

    if (p->pushed == p->acked) /* what lay between was removed with its page */
        p->pushed = p->acked = m->seq - 1;
    if (window_full(p) || b->n >= TB_PUSH_BATCH || b->frame.n >= ANSWER_MAX ||
        m->seq - p->acked > PUSH_WINDOW)
        return TB_E_LIMIT;
    b->how = window_of(p) ? pack(b, m) : TB_E_NOMEM;
    if (b->how == TB_E_NOMEM)
        return TB_E_LIMIT;
    if (b->how != TB_OK && store_health(b->r->store) != STORE_FINE)
        return b->how;
    /* A damaged statement was logged; the stream goes on behind it. */
    remember(b->r, p, m, b->how == TB_OK ? b->frame.n - before : 0);
    b->n += b->how == TB_OK;
    return TB_OK;
}

/* False: no memory for it. */
static bool send_envelopes(struct push *b)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf out = { 0 };
    Tb__Frame f;
    Tb__Frame *list[] = { &f };
    Tb__Batch batch;

    tb__frame__init(&f);
    f.op = TB_OP_ENVELOPES;
    f.body = tb_field(b->frame.p, b->frame.n);
    tb__batch__init(&batch);
    batch.n_frame = 1;
    batch.frame = list;
    if (b->frame.failed || tb_pack(&batch.base, &out) != TB_OK)
        return false;
    b->r->wire.send(b->p->conn, tb_buf_view(&out));
    return true;
}

/* Numbers were passed over for want of memory: they come again on the next connection, and must not be
 * acknowledged with those behind them. */
static void give_up(struct push *b)
{
    b->p->closed = true;
    b->r->wire.close(b->p->conn, "out of memory");
}

void mailbox_push(struct relay *r, struct peer *p)
{
    uint64_t before;

    do {
        TB_CLEANUP(tb_buf_wipe) struct tb_buf frame = { 0 };
        struct push b = { .r = r, .p = p };

        before = p->pushed;
        tb_result how = store_mails(r->store, &p->s.cred, p->pushed, add, &b);
        frame = b.frame;
        if (how != TB_OK && store_health(r->store) == STORE_FAILED)
            relay_fail_stop("a mailbox cannot be read");
        if (how == TB_E_NOMEM || b.how == TB_E_NOMEM || (b.n && !send_envelopes(&b))) {
            give_up(&b);
            return;
        }
    } while (p->pushed != before && !window_full(p));
}
