/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_enrol.c - one request per invite, and the approval that answers it.
 *
 * The first request stands.  A second, different one is refused and remembered: somebody else holds the
 * same invite, and the registrar must hear of it before approving. */
#include <string.h>

#include "proto/enrol.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch.h"
#include "server/log.h"

static tb_result open_request(struct request *q, const ProtobufCBinaryData *field)
{
    const struct session *s = &q->p->s;
    struct tb_view payload;
    Tb__EnrolRequest *m;
    tb_result res = tb_signed_open(q->arena, TB_TYPE_REQUEST, tb_roster_id(q->r->roster),
                                   tb_field_view(field), s->admit_pk, &payload);

    if (res == TB_OK)
        res = tb_unpack(q->arena, &tb__enrol_request__descriptor, payload, &m);
    if (res != TB_OK)
        return refuse(q, res, "the request is not signed by the key of this invite");
    if (!tb_is(&m->invite_id, TB_ID_BYTES) || !tb_is(&m->ticket_hash, TB_HASH_BYTES) ||
        m->sealed.len == 0)
        return refuse(q, TB_E_RANGE, "a field of the request has the wrong size");
    if (memcmp(m->invite_id.data, s->invite.b, TB_ID_BYTES) != 0 ||
        memcmp(m->ticket_hash.data, s->ticket_hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the request is for another invite");
    return TB_OK;
}

static tb_result second(struct request *q, struct store_invite *i, struct tb_view request_signed)
{
    static struct log_rate rate;
    char id[17];
    struct tb_view first = tb_buf_view(&i->request_signed);

    if (first.n == request_signed.n && memcmp(first.p, request_signed.p, first.n) == 0)
        return TB_OK;
    tb_id_print(&i->id, id);
    log_rated(&rate, LOG_WARN, "enrol-second-try", "invite=%s", id);
    i->second_try = true;
    tb_result res = store_invite_put(q->r->store, i);
    if (res != TB_OK)
        return res;
    q->keep = true;
    return refuse(q, TB_E_CONFLICT,
                  "another device has used this invite; tell the registrar and ask for a new one");
}

tb_result handle_enrol_put(struct request *q)
{
    TB_CLEANUP(store_invite_done) struct store_invite i = { 0 };
    Tb__EnrolPut *m;
    tb_result res = request_body(q, &tb__enrol_put__descriptor, &m);

    if (res == TB_OK)
        res = open_request(q, &m->request_signed);
    if (res != TB_OK)
        return res;
    res = store_invite_get(q->r->store, &q->p->s.invite, &i);
    if (res == TB_OK)
        return second(q, &i, tb_field_view(&m->request_signed));
    if (res != TB_E_NOTFOUND)
        return res;
    i.id = q->p->s.invite;
    i.at_ms = q->now_ms;
    tb_put(&i.ticket_signed, q->p->ticket.p, q->p->ticket.n);
    tb_put(&i.request_signed, m->request_signed.data, m->request_signed.len);
    if (i.ticket_signed.failed || i.request_signed.failed)
        return TB_E_NOMEM;
    return store_invite_put(q->r->store, &i);
}

tb_result handle_enrol_poll(struct request *q)
{
    TB_CLEANUP(store_invite_done) struct store_invite i = { 0 };
    Tb__EnrolPoll *m;
    Tb__EnrolPollReply reply;
    tb_result res = request_body(q, &tb__enrol_poll__descriptor, &m);

    if (res == TB_OK)
        res = store_invite_get(q->r->store, &q->p->s.invite, &i);
    if (res == TB_E_NOTFOUND)
        return refuse(q, res, "no request was made with this invite yet; send it first");
    if (res != TB_OK)
        return res;
    tb__enrol_poll_reply__init(&reply);
    reply.approval_signed = tb_field(i.approval_signed.p, i.approval_signed.n);
    return tb_pack(&reply.base, &q->reply);
}

/* ---- for registrars and coordinators */

static tb_result add_pending(void *user, const struct store_invite *i)
{
    struct request *q = user;
    Tb__PendingRequest one;
    Tb__PendingRequest *list[] = { &one };
    Tb__EnrolListReply part;

    if (i->approval_signed.n)
        return TB_OK;
    if (q->reply.n > ANSWER_MAX)
        return TB_E_LIMIT;
    tb__pending_request__init(&one);
    one.ticket_signed = tb_field(i->ticket_signed.p, i->ticket_signed.n);
    one.request_signed = tb_field(i->request_signed.p, i->request_signed.n);
    one.at_ms = i->at_ms;
    one.second_try = i->second_try;
    tb__enrol_list_reply__init(&part);
    part.n_request = 1;
    part.request = list;
    return tb_pack(&part.base, &q->reply); /* parts one after the other are the list */
}

tb_result handle_enrol_list(struct request *q)
{
    Tb__EnrolList *m;
    tb_result res = request_body(q, &tb__enrol_list__descriptor, &m);

    if (res == TB_OK)
        res = store_invites(q->r->store, add_pending, q);
    return res == TB_E_LIMIT ? TB_OK : res;
}

tb_result handle_approval_put(struct request *q)
{
    Tb__ApprovalPut *m;
    tb_result res = request_body(q, &tb__approval_put__descriptor, &m);

    if (res != TB_OK)
        return res;
    return relay_take_approval(q->r, tb_field_view(&m->approval_signed), q->now_ms, &q->why);
}
