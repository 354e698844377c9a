/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_invite.c - AUTH_INVITE: a registrar's ticket and the one-time key that it names open the door
 * for one enrolment and nothing else. */
#include <string.h>

#include "proto/enrol.h"
#include "proto/wire.pb-c.h"
#include "server/auth.h"
#include "server/dispatch.h"

static tb_result open_ticket(struct request *q, const ProtobufCBinaryData *field,
                             struct tb_signed *ret_s, Tb__Ticket **ret)
{
    const struct tb_roster *roster = q->r->roster;
    tb_result res = tb_signed_parse(q->arena, tb_field_view(field), ret_s);

    if (res == TB_OK)
        res = tb_ticket_unpack(q->arena, ret_s->payload, ret);
    if (res != TB_OK)
        return refuse(q, res, "the ticket is not one; ask for the invite again");
    if (ret_s->n != 1 || !tb_verify(TB_TYPE_ADMIT, tb_roster_id(roster), ret_s->payload,
                                    ret_s->by[0].pk, ret_s->by[0].sig))
        return refuse(q, TB_E_BADSIG, "the ticket's signature does not fit this province");
    if (!tb_roster_registrar(roster, ret_s->by[0].pk, (enum tb_role)(*ret)->role, q->now_ms))
        return refuse(q, TB_E_DENIED,
                      "the ticket is not by a registrar who may grant the role %s now",
                      tb_role_name((enum tb_role)(*ret)->role));
    return TB_OK;
}

/* Who asked in time may come back for the answer. */
static tb_result check_expiry(struct request *q, const Tb__Ticket *t)
{
    TB_CLEANUP(store_invite_done) struct store_invite i = { 0 };
    struct tb_id id = tb_id_from(t->invite_id.data);

    if (q->now_ms <= t->expires_ms)
        return TB_OK;
    if (q->now_ms <= t->expires_ms + TB_INVITE_MAX_MS &&
        store_invite_get(q->r->store, &id, &i) == TB_OK)
        return TB_OK;
    return refuse(q, TB_E_EXPIRED, "the invite for %s has expired; ask a registrar for a new one",
                  t->account);
}

static tb_result check_claim(struct request *q, const Tb__AuthInvite *m, const Tb__Ticket *t,
                             const struct tb_hash *ticket_hash)
{
    struct tb_view payload;
    Tb__AuthInviteClaim *c;
    tb_result res = tb_signed_open(q->arena, TB_TYPE_AUTH_INVITE, tb_roster_id(q->r->roster),
                                   tb_field_view(&m->claim_signed), t->admit_pk.data, &payload);

    if (res == TB_OK)
        res = tb_unpack(q->arena, &tb__auth_invite_claim__descriptor, payload, &c);
    if (res != TB_OK)
        return refuse(q, res, "the claim is not signed by the key that the ticket names");
    res = auth_challenge(q, &c->nonce, &c->exporter, &c->relay_id);
    if (res != TB_OK)
        return res;
    if (!tb_is(&c->ticket_hash, TB_HASH_BYTES) ||
        memcmp(c->ticket_hash.data, ticket_hash->b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the claim is for another ticket");
    return TB_OK;
}

static tb_result enter(struct request *q, const Tb__AuthInvite *m, const Tb__Ticket *t,
                       const struct tb_hash *ticket_hash)
{
    struct peer *p = q->p;
    struct tb_buf ticket = { 0 };

    tb_put(&ticket, m->ticket_signed.data, m->ticket_signed.len);
    if (ticket.failed)
        return TB_E_NOMEM;
    tb_buf_done(&p->ticket);
    p->ticket = ticket;
    p->s.invite = tb_id_from(t->invite_id.data);
    memcpy(p->s.admit_pk, t->admit_pk.data, sizeof p->s.admit_pk);
    p->s.ticket_hash = *ticket_hash;
    p->s.grants = (enum tb_role)t->role;
    p->s.role = TB_ROLE_INVITE;
    return TB_OK;
}

tb_result handle_auth_invite(struct request *q)
{
    struct tb_signed s;
    Tb__AuthInvite *m;
    Tb__Ticket *t;
    Tb__AuthReply reply;
    tb_result res = request_body(q, &tb__auth_invite__descriptor, &m);

    if (res == TB_OK && !tb_roster_id(q->r->roster))
        res =
            refuse(q, TB_E_NOTFOUND, "this relay has no roster yet; its operator has to import it");
    if (res == TB_OK)
        res = open_ticket(q, &m->ticket_signed, &s, &t);
    if (res == TB_OK)
        res = check_expiry(q, t);
    struct tb_hash hash = { 0 };
    if (res == TB_OK) {
        hash = tb_ticket_hash(s.payload);
        res = check_claim(q, m, t, &hash);
    }
    if (res != TB_OK) {
        q->close = "invite refused";
        return res;
    }
    tb__auth_reply__init(&reply);
    reply.era = store_era(q->r->store);
    res = tb_pack(&reply.base, &q->reply);
    return res == TB_OK ? enter(q, m, t, &hash) : res;
}
