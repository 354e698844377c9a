/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_freshness.h - what tests of freshness need: appointing a device, and a relay that lies about clocks. */
#pragma once

#include "core_lies.h"
#include "proto/parcel.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)

/* ---- appointing */

/* The device's public half, as it goes to the custodians; NULL: only have it made. */
static inline void town_freshness_key(struct node *n, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };

    assert_int_equal(tbc_freshness_key(n->core, ret ? ret : &parcel), TB_OK);
}

static inline void town_appoint_until(struct town *t, struct node *n, int64_t until_ms)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Parcel *p;

    tb_arena_init(&a, 1 << 20);
    town_freshness_key(n, &parcel);
    assert_int_equal(tb_parcel_decode(&a, tb_buf_view(&parcel), &p), TB_OK);
    assert_int_equal(p->n_freshness_key, 1);
    Tb__FreshnessKey *m = p->freshness_key[0];
    m->from_ms = PROVINCE_T0;
    m->until_ms = until_ms;
    struct province_entry e =
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, m->key.data, m->key.len, &m->base);
    province_by_root(&t->p, &e);
    province_put(&t->p, &e);
    town_sync(t);
}

static inline void town_appoint(struct town *t, struct node *n)
{
    town_appoint_until(t, n, PROVINCE_T0 + 365 * PROVINCE_DAY);
}

static inline struct tb_witness witness_at(const struct tb_roster *r, const struct node *n)
{
    struct tb_witness w;
    char holder[80];

    (void)snprintf(holder, sizeof holder, "%.32s/%.32s", n->account, n->device);
    for (size_t i = 0; tb_roster_next_witness(r, &i, &w);)
        if (strcmp(w.holder, holder) == 0)
            return w;
    return (struct tb_witness){ 0 };
}

/* What the relay holds of that device: when it signed last, and how long the log was. */
static inline int64_t town_signed(struct town *t, const struct node *n)
{
    return witness_at(t->relay->roster, n).time_ms;
}

static inline uint64_t town_said_size(struct town *t, const struct node *n)
{
    return witness_at(t->relay->roster, n).size;
}

static inline enum tbc_signer signer_of(struct node *n)
{
    struct tbc_status s;

    tbc_status(n->core, &s);
    return s.signer;
}

/* ---- a relay that shows another clock, or takes no statement */

struct lie {
    int64_t relay_ahead_ms; /* of what it shows as its clock */
    bool refuses;           /* statements: says no, and serves none */
    unsigned answers;       /* to statements */
    uint64_t frozen;        /* it shows the log as it was with so many entries; 0: as it is */
    struct tb_hash head;    /* then */
    bool drops_notes;
};

static inline void repack(struct tb_arena *a, Tb__Frame *f, const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *p = tb_arena_take(a, n ? n : 1);

    assert_non_null(p);
    assert_int_equal(protobuf_c_message_pack(m, p), n);
    f->body = (ProtobufCBinaryData){ n, p };
}

static inline void drop_notes(struct tb_arena *a, Tb__Frame *f)
{
    Tb__Envelopes *m;
    size_t kept = 0;

    assert_int_equal(tb_unpack(a, &tb__envelopes__descriptor, tb_field_view(&f->body), &m), TB_OK);
    for (size_t i = 0; i < m->n_envelope; i++)
        if (m->envelope[i]->kind != TB_ENV_NOTE)
            m->envelope[kept++] = m->envelope[i];
    m->n_envelope = kept;
    repack(a, f, &m->base);
}

static inline void bend(const struct lie *lie, struct tb_arena *a, Tb__Frame *f)
{
    const ProtobufCBinaryData head = tb_field(lie->head.b, TB_HASH_BYTES);
    Tb__PingReply *ping;
    Tb__RosterReply *roster;

    if (f->op == TB_OP_PING || f->op == TB_OP_ROSTER_HEAD) {
        assert_int_equal(tb_unpack(a, &tb__ping_reply__descriptor, tb_field_view(&f->body), &ping),
                         TB_OK);
        ping->time_ms += f->id ? lie->relay_ahead_ms : 0;
        if (lie->frozen) {
            ping->roster_size = lie->frozen;
            ping->roster_head = head;
        }
        repack(a, f, &ping->base);
    } else if (f->op == TB_OP_ROSTER_GET) {
        assert_int_equal(
            tb_unpack(a, &tb__roster_reply__descriptor, tb_field_view(&f->body), &roster), TB_OK);
        if (lie->refuses)
            roster->n_freshness_signed = 0;
        if (lie->frozen) {
            roster->n_entry_signed = 0;
            roster->size = lie->frozen;
            roster->head = head;
        }
        repack(a, f, &roster->base);
    } else if (f->op == TB_OP_ENVELOPES && lie->drops_notes) {
        drop_notes(a, f);
    } else if (f->op == TB_OP_FRESHNESS_PUT && lie->refuses) {
        f->result = TB_E_DENIED;
    }
}

static inline bool bend_batch(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct lie *lie = n->filter_user;
    struct tb_buf changed = { 0 };
    Tb__Batch *b;

    tb_arena_init(&a, 16 << 20);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; i < b->n_frame; i++) {
        lie->answers += b->frame[i]->op == TB_OP_FRESHNESS_PUT;
        bend(lie, &a, b->frame[i]);
    }
    assert_int_equal(tb_pack(&b->base, &changed), TB_OK);
    tb_buf_done(batch);
    *batch = changed;
    return true;
}

/* From now on this device is shown nothing new. */
static inline void town_freeze(struct node *n, struct lie *lie)
{
    lie->frozen = tb_roster_size(n->core->roster);
    lie->head = tb_roster_head(n->core->roster);
}

static inline void town_lie(struct node *n, struct lie *lie)
{
    n->filter = bend_batch;
    n->filter_user = lie;
}

/* ---- time */

/* Days pass faster where the others sleep. */
static inline void town_sleep_but(struct town *t, const struct node *awake)
{
    for (size_t i = 0; i < t->n; i++)
        if (&t->node[i] != awake) {
            town_kill(&t->node[i]);
            town_hang_up(&t->node[i]);
        }
}

/* The machines slept: nobody saw this time pass. */
static inline void town_suspend(struct town *t, int64_t ms)
{
    town_now += ms;
    town_pass(t, 2 * MINUTE);
}

/* ---- heads */

/* The relay says that its log is this long and has this head. */
static inline void town_show_head(struct node *n, uint64_t size, const struct tb_hash *head)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 }, batch = { 0 };
    Tb__Frame f, *frames[] = { &f };
    Tb__PingReply m;
    Tb__Batch b;

    tb__ping_reply__init(&m);
    tb__frame__init(&f);
    tb__batch__init(&b);
    m.roster_size = size;
    m.roster_head = tb_field(head->b, sizeof head->b);
    assert_int_equal(tb_pack(&m.base, &body), TB_OK);
    f.op = TB_OP_ROSTER_HEAD;
    f.body = tb_field(body.p, body.n);
    b.n_frame = 1;
    b.frame = frames;
    assert_int_equal(tb_pack(&b.base, &batch), TB_OK);
    n->ev->message(n->link, tb_buf_view(&batch));
}
