/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handle_auth.c - a device logs in: a signature over this connection, nothing that could be used twice.
 *
 * The nonce is this connection's and good for one try; the exporter ties the claim to this TLS session,
 * so that whoever relays it to us from somewhere else is refused. */
#include <sodium.h>
#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/auth.h"
#include "server/device.h"
#include "server/dispatch.h"
#include "server/log.h"
#include "server/mailbox.h"
#include "server/page.h"

tb_result auth_challenge(struct request *q, const ProtobufCBinaryData *nonce,
                         const ProtobufCBinaryData *exporter, const ProtobufCBinaryData *relay_id)
{
    struct session *s = &q->p->s;
    bool asked = s->has_nonce;

    s->has_nonce = false;
    if (!asked)
        return refuse(q, TB_E_STALE, "say HELLO first: the challenge was used or never asked for");
    if (!tb_is(nonce, sizeof s->nonce) || !tb_is(exporter, TB_HASH_BYTES) ||
        !tb_is(relay_id, TB_ID_BYTES))
        return refuse(q, TB_E_RANGE, "a field of the claim has the wrong size");
    if (sodium_memcmp(nonce->data, s->nonce, sizeof s->nonce) != 0)
        return refuse(q, TB_E_BADSIG, "the claim answers another challenge");
    if (sodium_memcmp(exporter->data, q->p->exporter.b, TB_HASH_BYTES) != 0)
        return refuse(q, TB_E_BADSIG,
                      "the claim was made for another TLS session: somebody may be in between");
    if (memcmp(relay_id->data, q->r->relay_id.b, TB_ID_BYTES) != 0)
        return refuse(q, TB_E_BADSIG, "the claim was made for another relay");
    return TB_OK;
}

/* The claim is read before its signature can be checked: it says whose signature that must be. */
static tb_result peek_claim(struct request *q, const ProtobufCBinaryData *field,
                            Tb__AuthClaim **ret)
{
    struct tb_signed s;
    Tb__AuthClaim *c;
    tb_result res = tb_signed_parse(q->arena, tb_field_view(field), &s);

    if (res == TB_OK)
        res = tb_unpack(q->arena, &tb__auth_claim__descriptor, s.payload, &c);
    if (res != TB_OK)
        return refuse(q, res, "the claim is not a signed auth statement");
    if (!tb_is(&c->cred, TB_HASH_BYTES) || !c->roster || !tb_is(&c->roster->hash, TB_HASH_BYTES))
        return refuse(q, TB_E_RANGE, "a field of the claim has the wrong size");
    *ret = c;
    return TB_OK;
}

static tb_result check_standing(struct request *q, const struct tb_cred *c)
{
    if (c->standing != TB_STANDING_GOOD)
        return refuse(q, TB_E_REVOKED, "the credential of %s/%s was %s; ask a registrar",
                      c->account, c->device,
                      c->standing == TB_STANDING_REPLACED ? "replaced" : "removed");
    if (q->now_ms > c->until_ms + TB_EXPIRED_GRACE_MS)
        return refuse(q, TB_E_EXPIRED,
                      "the credential of %s/%s expired over 30 days ago; ask a registrar",
                      c->account, c->device);
    return TB_OK;
}

static tb_result check_claim(struct request *q, const Tb__Auth *m, const struct tb_cred **ret)
{
    struct tb_view payload;
    Tb__AuthClaim *claim;
    tb_result res = peek_claim(q, &m->claim_signed, &claim);

    if (res != TB_OK)
        return res;
    struct tb_hash cred = tb_hash_from(claim->cred.data);
    q->cred = tb_roster_cred(q->r->roster, &cred);
    if (!q->cred)
        return refuse(q, TB_E_NOTFOUND, "this relay's roster does not hold your credential");
    res = request_statement(q, TB_TYPE_AUTH, &m->claim_signed, "the claim", &payload);
    if (res == TB_OK)
        res = auth_challenge(q, &claim->nonce, &claim->exporter, &claim->relay_id);
    if (res == TB_OK)
        res = check_standing(q, q->cred);
    if (res == TB_OK)
        *ret = q->cred;
    return res;
}

/* ---- what log-in does */

static void supersede(struct relay *r, struct peer *old)
{
    Tb__Notice m;

    tb__notice__init(&m);
    m.superseded = true;
    push_message(r, old, TB_OP_NOTICE, &m.base);
    turn_close(r, old, "superseded");
}

/* It has more than it was ever given here: this state is older than what the device has seen. */
static void warn_ahead(const struct tb_cred *c, uint64_t cursor, uint64_t newest)
{
    static struct log_rate rate;

    log_rated(&rate, LOG_WARN, "device-ahead",
              "account=%s device=%s cursor=%llu newest=%llu; was this state directory copied back? "
              "Use `restore`, which begins a new era",
              c->account, c->device, (unsigned long long)cursor, (unsigned long long)newest);
}

/* A cursor that is ahead of all that can have been sent means nothing: all that is queued comes, as to a
 * device of another era.  New numbers may have caught up with it meanwhile, so the newest that there is does
 * not decide: what an older state gives out under a number that the device has seen would be lost. */
static tb_result resume(struct request *q, const Tb__Auth *m, struct device *d,
                        Tb__AuthReply *reply)
{
    struct store *s = q->r->store;
    uint64_t from = 0, can_have = 0;
    tb_result res = store_mail_newest(s, &d->cred, &reply->newest);

    if (res == TB_OK)
        res = store_mail_found(s, &d->cred, &can_have);
    can_have = d->pushed > can_have ? d->pushed : can_have;
    if (res == TB_OK && m->era == store_era(s) && m->cursor > can_have) {
        warn_ahead(q->cred, m->cursor, can_have);
        reply->newest = can_have; /* so the device knows too */
    } else if (res == TB_OK && m->era == store_era(s)) {
        from = m->cursor;
    }
    if (res == TB_OK && from)
        res = store_mail_ack(s, &d->cred, from);
    if (res == TB_OK)
        res = store_mail_queued(s, &d->cred, 0, &reply->queued);
    if (res == TB_OK)
        res = store_device_live(s, &d->cred, true);
    if (res == TB_OK)
        mailbox_start(q->p, from);
    return res;
}

static void enter(struct request *q, struct device *d, const struct tb_cred *c)
{
    struct peer *p = q->p;

    if (d->peer && d->peer != p)
        supersede(q->r, d->peer);
    d->peer = p;
    d->heard_ms = d->in_ms = q->now_ms;
    d->grace = false; /* it came back: from now on what it does counts */
    d->stored_live = true;
    p->s.dev = d;
    p->s.cred = c->hash;
    p->s.role = c->role;
    turn_push(q->r, d);
}

tb_result handle_auth(struct request *q)
{
    const struct tb_cred *c = NULL;
    Tb__Auth *m;
    Tb__AuthReply reply;
    tb_result res = request_body(q, &tb__auth__descriptor, &m);

    if (res == TB_OK && !tb_roster_id(q->r->roster))
        res =
            refuse(q, TB_E_NOTFOUND, "this relay has no roster yet; its operator has to import it");
    if (res == TB_OK)
        res = check_claim(q, m, &c);
    if (res != TB_OK) {
        q->close = "log-in refused";
        return res;
    }
    struct device *d = device_of(q->r, &c->hash);
    if (!d)
        return TB_E_NOMEM;
    tb__auth_reply__init(&reply);
    reply.era = store_era(q->r->store);
    res = store_prekeys_left(q->r->store, &c->hash, &reply.prekeys_left);
    if (res == TB_OK)
        res = resume(q, m, d, &reply);
    if (res == TB_OK)
        res = tb_pack(&reply.base, &q->reply);
    if (res != TB_OK)
        return res;
    enter(q, d, c);
    return pages_run_for(q->r, &c->hash, q->now_ms);
}

tb_result handle_auth_bell(struct request *q)
{
    q->close = "reserved";
    return refuse(q, TB_E_RESERVED, "bell keys are not served yet; log in with the device key");
}
