/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_hello.c - HELLO and PING: versions, the challenge, time and the head of the log. */
#include <sodium.h>

#include "proto/wire.pb-c.h"
#include "server/dispatch.h"

tb_result handle_hello(struct request *q)
{
    struct relay *r = q->r;
    struct tb_hash head = tb_roster_head(r->roster);
    Tb__Hello *m;
    Tb__HelloReply reply;
    tb_result res = request_body(q, &tb__hello__descriptor, &m);

    if (res != TB_OK)
        return res;
    if (m->version_min > RELAY_VERSION || m->version_max < RELAY_VERSION_OLDEST ||
        m->version_min > m->version_max)
        return refuse(q, TB_E_VERSION,
                      "versions %u to %u are not served here, only %d to %d; update",
                      m->version_min, m->version_max, RELAY_VERSION_OLDEST, RELAY_VERSION);
    randombytes_buf(q->p->s.nonce, sizeof q->p->s.nonce);
    q->p->s.has_nonce = true;
    tb__hello_reply__init(&reply);
    reply.version = m->version_max < RELAY_VERSION ? m->version_max : RELAY_VERSION;
    reply.relay_id = tb_field(r->relay_id.b, sizeof r->relay_id.b);
    reply.nonce = tb_field(q->p->s.nonce, sizeof q->p->s.nonce);
    reply.era = store_era(r->store);
    reply.roster_size = tb_roster_size(r->roster);
    reply.roster_head = tb_field(head.b, sizeof head.b);
    reply.time_ms = q->now_ms;
    return tb_pack(&reply.base, &q->reply);
}

tb_result handle_ping(struct request *q)
{
    struct tb_hash head = tb_roster_head(q->r->roster);
    Tb__Ping *m;
    Tb__PingReply reply;
    tb_result res = request_body(q, &tb__ping__descriptor, &m);

    if (res != TB_OK)
        return res;
    tb__ping_reply__init(&reply);
    reply.time_ms = q->now_ms;
    reply.roster_size = tb_roster_size(q->r->roster);
    reply.roster_head = tb_field(head.b, sizeof head.b);
    return tb_pack(&reply.base, &q->reply);
}
