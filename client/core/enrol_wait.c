/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol_wait.c - from a request on disk to a member: roster, ENROL_PUT, polling, the approval.
 *
 * The log must begin with the root that the invite names and have its head at
 * the invite's size; the ticket and the approval must be signed by a registrar
 * of that log; the credential must stand in it with this device's own keys.
 * Only then does this device log in with it. */
#include <string.h>

#include "client/core/parts.h"

enum { POLL_MS = 2000 };

static tb_result enrolment(struct tbc *c, struct tb_arena *a, Tbl__Enrolment **ret)
{
    const struct cs_key k = key_meta("enrolment");

    return local_get(c, &k, a, &tbl__enrolment__descriptor, ret);
}

static tb_result mark_sent(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("enrolment");
    Tbl__Enrolment *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = enrolment(c, &a, &m);
    if (r != TB_OK)
        return r;
    m->sent = true;
    return local_put(c, &k, NULL, &m->base);
}

bool enrol_unsent(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Enrolment *m;

    tb_arena_init(&a, CORE_ARENA);
    return c->me && !c->me->member && enrolment(c, &a, &m) == TB_OK && !m->sent;
}

static void on_put(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    (void)ctx;
    c->asking = false;
    if (ans->result == TB_E_OFFLINE)
        return;
    c->invite_refused = ans->result == TB_E_CONFLICT;
    if (c->invite_refused)
        copy_text(c->link.error, sizeof c->link.error,
                  "this invite was used by another device: call the registrar");
    else if (ans->result != TB_OK)
        copy_text(c->link.error, sizeof c->link.error, tb_strresult(ans->result));
    else
        core_fail(c, mark_sent(c));
    c->poll_ms = now_boot_ms() + POLL_MS;
    c->topics |= TBC_TOPIC_STATUS;
}

/* ---- the approval */

static tb_result check_ticket(struct tbc *c, const struct tb_invite *inv)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_signed_parse(&a, tb_buf_view(&inv->ticket_signed), &s);
    if (r != TB_OK)
        return r;
    if (s.n != 1 || !tb_verify(TB_TYPE_ADMIT, &inv->roster_id, s.payload, s.by[0].pk, s.by[0].sig))
        return TB_E_BADSIG;
    return tb_roster_registrar(c->roster, s.by[0].pk, inv->role, now_wall_ms()) ? TB_OK
                                                                                : TB_E_BADSIG;
}

static tb_result check_secret(struct tbc *c, const struct tb_approval *p)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf info = { 0 };
    struct tb_hash commit = { 0 };

    if (p->epoch == TB_EPOCH_GUEST)
        return TB_OK;
    if (tb_roster_epoch(c->roster, &commit) != p->epoch)
        return TB_OK; /* older than the log's newest: used, and flagged by whoever meets it */
    tb_put(&info, c->me->roster_id.b, TB_HASH_BYTES);
    tb_put_u32(&info, p->epoch);
    tb_result r = tb_buf_check(&info);
    if (r != TB_OK)
        return r;
    struct tb_hash is = tb_commit(&p->province_secret, TB_L_PSK_COMMIT, tb_buf_view(&info));
    return tb_hash_equal(&is, &commit) ? TB_OK : TB_E_BADSIG;
}

/* Finds my credential in the log. TB_E_NOTFOUND: not there yet. */
static tb_result find_cred(struct tbc *c, const struct tb_approval *p, struct tb_hash *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterEntry *e;
    struct tb_hash hash;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_entry_peek(&a, tb_buf_view(&p->credential), &e, &hash);
    if (r != TB_OK)
        return r;
    const struct tb_cred *cred = tb_roster_cred(c->roster, &hash);
    if (!cred)
        return TB_E_NOTFOUND;
    if (strcmp(cred->account, c->me->account) != 0 || strcmp(cred->device, c->me->device) != 0 ||
        memcmp(cred->sign_pk, c->me->sign.pk, TB_KEY_BYTES) != 0 ||
        memcmp(cred->ident_pk, c->me->ident.public_key, TB_IDENT_PK_BYTES) != 0 ||
        memcmp(cred->box_pk, c->me->box_pk, TB_KEY_BYTES) != 0)
        return TB_E_BADSIG;
    *ret = hash;
    return TB_OK;
}

static tb_result store_member(struct tbc *c, const struct tb_approval *p,
                              const struct tb_hash *cred)
{
    const struct cs_key member = key_meta("member"), secret = { CS_SECRET, { NULL, 0 }, p->epoch },
                        enrolment_key = key_meta("enrolment");
    Tbl__Member m;
    Tbl__Secret s;

    tbl__member__init(&m);
    tbl__secret__init(&s);
    m.cred = tb_field(cred->b, sizeof cred->b);
    m.vouched_size = p->roster_size;
    m.vouched_head = tb_field(p->roster_head.b, sizeof p->roster_head.b);
    s.key = tb_field(p->province_secret.b, sizeof p->province_secret.b);
    tb_result r = local_put(c, &member, NULL, &m.base);
    if (r == TB_OK && p->epoch != TB_EPOCH_GUEST)
        r = local_put(c, &secret, NULL, &s.base);
    return r == TB_OK ? cs_drop(c->store, &enrolment_key) : r;
}

static void invite_keys_wipe(struct tb_invite_keys *k)
{
    tb_invite_keys_wipe(k);
}

static tb_result open_approval(struct tbc *c, struct tb_view approval, struct tb_approval *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite inv = { 0 };
    TB_CLEANUP(invite_keys_wipe) struct tb_invite_keys keys = { 0 };
    uint8_t by[TB_KEY_BYTES];
    struct tb_signed s;
    Tbl__Enrolment *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = enrolment(c, &a, &m);
    if (r == TB_OK)
        r = tb_invite_parse(m->invite, &inv);
    if (r == TB_OK)
        r = tb_invite_derive(&inv, &keys);
    if (r == TB_OK)
        r = tb_signed_parse(&a, tb_field_view(&m->request_signed), &s);
    if (r != TB_OK)
        return r;
    struct tb_hash request = tb_request_hash(s.payload);
    const struct tb_approval_in in = { .roster_id = &c->me->roster_id,
                                       .keys = &keys,
                                       .box_sk = c->me->box_sk,
                                       .box_pk = c->me->box_pk,
                                       .request_hash = &request };
    r = tb_approval_open(&in, approval, ret, by);
    if (r == TB_OK && !tb_roster_registrar(c->roster, by, inv.role, now_wall_ms()))
        r = TB_E_BADSIG;
    return r;
}

static tb_result take_approval(struct tbc *c, struct tb_view approval)
{
    TB_CLEANUP(tb_approval_done) struct tb_approval p = { 0 };
    struct tb_hash cred;
    tb_result r = open_approval(c, approval, &p);

    if (r == TB_OK)
        r = check_secret(c, &p);
    if (r == TB_OK)
        r = find_cred(c, &p, &cred);
    if (r != TB_OK)
        return r;
    r = store_member(c, &p, &cred);
    if (r != TB_OK)
        return r;
    c->memory_ahead = true;
    c->me->cred = cred;
    c->me->member = true;
    c->poll_ms = INT64_MAX;
    c->topics |= TBC_TOPIC_STATUS;
    core_log(c, LOG_NOTE_, "enrol: approved; logging in as %s/%s", c->me->account, c->me->device);
    c->link.attempt = 0;
    link_give_up(c, "enrolled: logging in with the new credential");
    return TB_OK;
}

static void on_poll(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__EnrolPollReply *m;

    (void)ctx;
    c->asking = false;
    c->poll_ms = now_boot_ms() + POLL_MS;
    tb_arena_init(&a, CORE_ARENA);
    if (ans->result != TB_OK ||
        tb_unpack(&a, &tb__enrol_poll_reply__descriptor, ans->body, &m) != TB_OK)
        return;
    if (m->approval_signed.len == 0)
        return;
    tb_result r = take_approval(c, tb_field_view(&m->approval_signed));
    if (r == TB_E_NOTFOUND) { /* the approval came before the entry reached the log */
        rosync_start(c);
    } else if (r == TB_E_STORE || r == TB_E_FULL || r == TB_E_NOMEM) {
        core_fail(c, r);
    } else if (r != TB_OK) {
        copy_text(c->link.error, sizeof c->link.error,
                  "this invite was used by another device, or its approval is not genuine: call "
                  "the registrar");
        core_log(c, LOG_ERROR_, "enrol: approval refused: %s", tb_strresult(r));
    }
}

/* ---- on the wire */

void enrol_up(struct tbc *c)
{
    rosync_start(c);
}

void enrol_synced(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite inv = { 0 };
    Tbl__Enrolment *m;

    if (c->me->member || c->asking)
        return;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = enrolment(c, &a, &m);
    if (r == TB_OK)
        r = tb_invite_parse(m->invite, &inv);
    if (r == TB_OK)
        r = check_ticket(c, &inv);
    if (r != TB_OK) {
        link_give_up(c, "the invite is not by a registrar of this province");
        return;
    }
    if (m->sent) {
        c->poll_ms = now_boot_ms();
        return;
    }
    Tb__EnrolPut req;
    tb__enrol_put__init(&req);
    req.request_signed = m->request_signed;
    c->asking = link_request_msg(c, TB_OP_ENROL_PUT, &req.base, on_put, 0) == TB_OK;
}

int64_t enrol_due_ms(const struct tbc *c)
{
    bool polls = c->link.state == LINK_UP && c->link.as_invite && !c->asking;

    return polls ? c->poll_ms : INT64_MAX;
}

void enrol_tick(struct tbc *c)
{
    if (now_boot_ms() < enrol_due_ms(c))
        return;
    c->asking = link_request(c, TB_OP_ENROL_POLL, tb_view_of(NULL, 0), on_poll, 0) == TB_OK;
    c->poll_ms = now_boot_ms() + POLL_MS;
}
