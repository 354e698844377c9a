/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_duty.c - a device says that pages ring at it no more, or ring again.
 *
 * The newest statement of each device is kept and given to all (handle_roster.c); page.c asks it for
 * every tier.  Open pages of the device are run at once: a tier in which nobody is left holds the next
 * one up no longer, one that was skipped is released late. */
#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/dispatch.h"
#include "server/log.h"
#include "server/page.h"

static tb_result open_duty(struct request *q, Tb__Duty **ret, struct tb_view *ret_signed)
{
    struct tb_view payload;
    Tb__DutyPut *m;
    tb_result res = request_body(q, &tb__duty_put__descriptor, &m);

    if (res == TB_OK)
        res = request_statement(q, TB_TYPE_DUTY, &m->duty_signed, "the duty statement", &payload);
    if (res != TB_OK)
        return res;
    res = tb_duty_unpack(q->arena, payload, ret);
    if (res != TB_OK)
        return refuse(q, res, "a field of the duty statement is out of range");
    if (memcmp((*ret)->cred.data, q->cred->hash.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the duty statement is of another device");
    *ret_signed = tb_field_view(&m->duty_signed);
    return TB_OK;
}

/* TB_OK: newer than what is here, or, with *ret_same, said before. */
static tb_result compare(struct request *q, const struct store_duty *now, bool *ret_same)
{
    struct store_duty was;
    tb_result res = store_duty_get(q->r->store, &now->cred, &was);

    if (res == TB_E_NOTFOUND)
        return TB_OK;
    if (res != TB_OK)
        return res;
    if (now->number > was.number)
        return TB_OK;
    if (now->number < was.number)
        return refuse(q, TB_E_STALE, "statement %llu of this device is here already, not only %llu",
                      (unsigned long long)was.number, (unsigned long long)now->number);
    *ret_same = now->off == was.off;
    return *ret_same ? TB_OK
                     : refuse(q, TB_E_CONFLICT, "there is another statement %llu of this device",
                              (unsigned long long)now->number);
}

tb_result handle_duty_put(struct request *q)
{
    struct store_duty d = { 0 };
    bool same = false;
    Tb__Duty *m;
    tb_result res = open_duty(q, &m, &d.duty_signed);

    if (res != TB_OK)
        return res;
    d.cred = q->cred->hash;
    d.number = m->number;
    d.off = m->off;
    res = compare(q, &d, &same);
    if (res != TB_OK || same)
        return res;
    res = store_duty_put(q->r->store, &d);
    if (res == TB_OK)
        res = pages_run_for(q->r, &d.cred, q->now_ms);
    if (res != TB_OK)
        return res;
    log_line(LOG_NOTE, "duty", "account=%s device=%s off=%d", q->cred->account, q->cred->device,
             d.off);
    relay_tell_everyone(q->r, q->now_ms); /* who relies on this device must know */
    return TB_OK;
}
