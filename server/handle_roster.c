/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_roster.c - the log, freshness statements, and the sealed cards beside it; who receives pages is in handle_duty.c. */
#include <string.h>

#include "proto/kdf.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch.h"

/* ---- reading */

struct list {
    ProtobufCBinaryData at[ENTRIES_MAX];
    size_t n, bytes;
    struct tb_arena *arena;
    uint64_t last;
};

static bool has_room(const struct list *l, size_t n)
{
    return l->n < ENTRIES_MAX && l->bytes + n <= ANSWER_MAX;
}

/* The store's bytes live until its next row: copies. */
static tb_result add_copy(void *user, uint64_t no, struct tb_view data)
{
    struct list *l = user;

    if (!has_room(l, data.n))
        return TB_E_LIMIT;
    uint8_t *copy = tb_arena_take(l->arena, data.n);
    if (!copy)
        return TB_E_LIMIT;
    memcpy(copy, data.p, data.n);
    l->at[l->n++] = tb_field(copy, data.n);
    l->bytes += data.n;
    l->last = no;
    return TB_OK;
}

static void add_entries(const struct request *q, const Tb__RosterGet *m, struct list *l)
{
    uint64_t size = tb_roster_size(q->r->roster);

    for (uint64_t i = m->from; i < size && (m->max == 0 || l->n < m->max); i++) {
        struct tb_view e = tb_roster_entry(q->r->roster, i);
        if (!has_room(l, e.n))
            break;
        l->at[l->n++] = tb_field(e.p, e.n);
        l->bytes += e.n;
    }
}

static tb_result add_extras(struct request *q, const Tb__RosterGet *m, struct list *fresh,
                            struct list *cards, struct list *duties)
{
    tb_result res = store_freshness(q->r->store, add_copy, fresh);
    /* Who has only an invite holds no province secret yet: not even sealed cards; nor need he know
     * who is awake. */
    bool member = q->p->s.role != TB_ROLE_INVITE;

    cards->last = m->cards_from;
    duties->last = m->duty_from;
    if ((res == TB_OK || res == TB_E_LIMIT) && member)
        res = store_cards(q->r->store, m->cards_from, add_copy, cards);
    if ((res == TB_OK || res == TB_E_LIMIT) && member)
        res = store_duties(q->r->store, m->duty_from, add_copy, duties);
    return res == TB_E_LIMIT ? TB_OK : res;
}

static void add_duties(struct list *l, Tb__RosterReply *reply)
{
    reply->n_duty_signed = l->n;
    reply->duty_signed = l->at;
    reply->duty_to = l->last;
}

tb_result handle_roster_get(struct request *q)
{
    struct list *l = tb_arena_take(q->arena, 4 * sizeof *l);
    struct tb_hash head = tb_roster_head(q->r->roster);
    Tb__RosterGet *m;
    Tb__RosterReply reply;
    tb_result res = request_body(q, &tb__roster_get__descriptor, &m);

    if (!l)
        return TB_E_NOMEM;
    if (res != TB_OK)
        return res;
    memset(l, 0, 4 * sizeof *l);
    l[1].arena = l[2].arena = l[3].arena = q->arena;
    add_entries(q, m, &l[0]);
    res = add_extras(q, m, &l[1], &l[2], &l[3]);
    if (res != TB_OK)
        return res;
    tb__roster_reply__init(&reply);
    reply.from = m->from;
    reply.size = tb_roster_size(q->r->roster);
    reply.head = tb_field(head.b, sizeof head.b);
    reply.n_entry_signed = l[0].n;
    reply.entry_signed = l[0].at;
    reply.n_freshness_signed = l[1].n;
    reply.freshness_signed = l[1].at;
    reply.n_card = l[2].n;
    reply.card = l[2].at;
    reply.cards_to = l[2].last;
    add_duties(&l[3], &reply);
    return tb_pack(&reply.base, &q->reply);
}

/* ---- writing */

tb_result handle_roster_append(struct request *q)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    Tb__RosterAppend *m;
    Tb__RosterAppendReply reply;
    tb_result res = request_body(q, &tb__roster_append__descriptor, &m);

    if (res == TB_OK)
        res = relay_take_entry(q->r, tb_field_view(&m->entry_signed), q->now_ms, &receipt, &q->why);
    if (res != TB_OK)
        return res;
    tb__roster_append_reply__init(&reply);
    reply.receipt_signed = tb_field(receipt.p, receipt.n);
    return tb_pack(&reply.base, &q->reply);
}

tb_result handle_freshness_put(struct request *q)
{
    Tb__FreshnessPut *m;
    tb_result res = request_body(q, &tb__freshness_put__descriptor, &m);

    if (res != TB_OK)
        return res;
    res = relay_take_freshness(q->r, tb_field_view(&m->freshness_signed));
    if (res == TB_E_STALE)
        return refuse(q, res, "a statement of this key that is as new is here already");
    if (res == TB_E_CONFLICT)
        return refuse(
            q, res,
            "the statement's head is not in this log: two logs are about; compare heads by voice");
    if (res == TB_E_DENIED)
        return refuse(q, res, "no freshness key of the roster made this statement");
    if (res != TB_OK)
        return refuse(q, res, "the freshness statement was not taken");
    relay_tell_everyone(q->r, q->now_ms);
    return TB_OK;
}

tb_result handle_card_put(struct request *q)
{
    Tb__CardPut *m;
    Tb__CardBox *box;
    tb_result res = request_body(q, &tb__card_put__descriptor, &m);

    if (res == TB_OK)
        res = tb_unpack(q->arena, &tb__card_box__descriptor, tb_field_view(&m->card), &box);
    if (res != TB_OK)
        return refuse(q, res, "the card is not a sealed card");
    if (!tb_is(&box->cred, TB_HASH_BYTES) || box->epoch == 0 || box->sealed.len <= TB_AEAD_EXTRA)
        return refuse(q, TB_E_RANGE, "a field of the card has the wrong size");
    struct tb_hash cred = tb_hash_from(box->cred.data);
    if (!tb_roster_cred(q->r->roster, &cred))
        return refuse(q, TB_E_NOTFOUND,
                      "the card is for a credential that the roster does not hold");
    if (!tb_hash_equal(&cred, &q->cred->hash) && !(q->cred->role & TB_ROLE_KEEPER))
        return refuse(q, TB_E_DENIED,
                      "only a registrar or coordinator may store somebody else's card");
    res = store_card_put(q->r->store, &cred, tb_field_view(&m->card));
    if (res == TB_OK)
        relay_tell_everyone(q->r, q->now_ms); /* whoever is called must find a number in it */
    return res;
}
