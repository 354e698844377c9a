/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_mailbox.c - ACK, RESET and NOTE_PUT: streams, sessions, and notes from device to device. */
#include <string.h>

#include "proto/act.h"
#include "proto/wire.pb-c.h"
#include "server/acts.h"
#include "server/device.h"
#include "server/dispatch.h"
#include "server/mailbox.h"

#define RESET_EVERY_MS 60000

/* Writes nothing now: the envelopes go with the next commit (devices_flush_acks). */
tb_result handle_ack(struct request *q)
{
    struct device *d = q->p->s.dev;
    Tb__Ack *m;
    tb_result res = request_body(q, &tb__ack__descriptor, &m);

    if (res != TB_OK)
        return res;
    if (m->era != store_era(q->r->store))
        return refuse(q, TB_E_STALE, "era %llu is over, this is era %llu; log in again",
                      (unsigned long long)m->era, (unsigned long long)store_era(q->r->store));
    if (m->seq > q->p->pushed)
        return refuse(q, TB_E_RANGE, "envelope %llu was not pushed yet, only up to %llu",
                      (unsigned long long)m->seq, (unsigned long long)q->p->pushed);
    device_ack(q->r, d, m->seq);
    if (q->r->ack_ms == INT64_MAX)
        q->r->ack_ms = q->now_ms + ACK_LINGER_MS;
    mailbox_acked(q->r, q->p, m->seq);
    turn_push(q->r, d); /* the window may have room again */
    return TB_OK;
}

/* ---- resets */

static tb_result open_reset(struct request *q, struct store_reset *ret, struct tb_view *ret_signed)
{
    struct tb_view payload;
    Tb__ResetPut *m;
    Tb__Reset *t;
    tb_result res = request_body(q, &tb__reset_put__descriptor, &m);

    if (res == TB_OK)
        res = request_statement(q, TB_TYPE_RESET, &m->reset_signed, "the reset", &payload);
    if (res != TB_OK)
        return res;
    res = tb_reset_unpack(q->arena, payload, &t);
    if (res != TB_OK)
        return refuse(q, res, "a field of the reset is out of range");
    if (memcmp(t->from_cred.data, q->cred->hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the reset is of another device");
    *ret = (struct store_reset){
        .from = q->cred->hash,
        .to = tb_hash_from(t->to_cred.data),
        .hash = tb_hash_of(TB_L_ROW, payload),
        .number = t->number,
        .at_ms = q->now_ms,
    };
    *ret_signed = tb_field_view(&m->reset_signed);
    return TB_OK;
}

/* `*ret_again`: the same reset, already delivered. */
static tb_result check_rate(struct request *q, const struct store_reset *now, bool *ret_again)
{
    struct store_reset last;
    tb_result res = store_reset_get(q->r->store, &now->from, &now->to, &last);

    *ret_again = false;
    if (res == TB_E_NOTFOUND)
        return TB_OK;
    if (res != TB_OK)
        return res;
    *ret_again = tb_hash_equal(&last.hash, &now->hash);
    if (*ret_again)
        return TB_OK;
    if (now->number <= last.number)
        return refuse(q, TB_E_STALE, "reset %llu is not newer than reset %llu",
                      (unsigned long long)now->number, (unsigned long long)last.number);
    if (now->at_ms - last.at_ms < RESET_EVERY_MS)
        return refuse(q, TB_E_LIMIT, "one reset per pair and minute; wait %lld s",
                      (long long)(RESET_EVERY_MS - (now->at_ms - last.at_ms) + 999) / 1000);
    return TB_OK;
}

tb_result handle_reset(struct request *q)
{
    struct store_reset now;
    struct tb_view signed_bytes;
    bool again;
    tb_result res = open_reset(q, &now, &signed_bytes);

    if (res == TB_OK)
        res = check_rate(q, &now, &again);
    if (res != TB_OK || again)
        return res;
    const struct tb_cred *to = tb_roster_cred(q->r->roster, &now.to);
    if (!to || to->standing != TB_STANDING_GOOD)
        return refuse(q, TB_E_NOTFOUND, "the other device is not in the roster, or was removed");
    res = store_reset_put(q->r->store, &now);
    if (res != TB_OK)
        return res;
    struct store_mail mail = {
        .kind = TB_ENV_RESET,
        .from = &now.from,
        .own = signed_bytes,
        .at_ms = q->now_ms,
    };
    return mailbox_put(q->r, &now.to, &mail);
}

/* ---- notes */

/* Only to those who confirm the roster: nobody else has use for one. */
tb_result handle_note(struct request *q)
{
    const struct tb_cred *to = NULL;
    uint32_t queued = 0;
    Tb__NotePut *m;
    tb_result res = request_body(q, &tb__note_put__descriptor, &m);

    if (res == TB_OK && !m->capsule)
        return refuse(q, TB_E_RANGE, "the note is empty");
    if (res == TB_OK)
        res = capsule_check(q, m->capsule, 0, &to);
    if (res != TB_OK)
        return res;
    if (!tb_roster_confirms(q->r->roster, to, q->now_ms))
        return refuse(q, TB_E_DENIED, "%s/%s does not confirm the roster and takes no notes",
                      to->account, to->device);
    res = mailbox_waiting(q, &to->hash, &queued);
    if (res == TB_OK && queued >= TB_MAILBOX_PAIR_MAX)
        return refuse(q, TB_E_LIMIT, "%u messages wait for %s/%s already", (unsigned)queued,
                      to->account, to->device);
    if (res != TB_OK)
        return res;
    const struct store_mail mail = {
        .kind = TB_ENV_NOTE,
        .from = &q->cred->hash,
        .capsule_type = m->capsule->type,
        .capsule = tb_field_view(&m->capsule->data),
        .at_ms = q->now_ms,
    };
    return mailbox_put(q->r, &to->hash, &mail);
}
