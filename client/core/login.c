/* SPDX-License-Identifier: GPL-3.0-or-later */
/* login.c - HELLO, then AUTH as a device or AUTH_INVITE as a holder of an invite. */
#include <stdio.h>

#include "client/core/parts.h"
#include "proto/text.h"

enum { VERSION = 1, NONCE_MAX = 64, DETAIL_MAX = 150 };

/* The relay's own sentence if it gave one: it names the remedy. */
static const char *reason(const struct answer *ans)
{
    bool said = ans->detail && ans->detail[0] != '\0' &&
                tb_text_check(ans->detail, DETAIL_MAX, TB_TEXT_LINE) == TB_OK;

    return said ? ans->detail : tb_strresult(ans->result);
}

static void on_auth(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__AuthReply *m;

    (void)ctx;
    tb_arena_init(&a, CORE_ARENA);
    if (ans->result == TB_E_OFFLINE)
        return;
    if (ans->result != TB_OK) {
        char why[DETAIL_MAX + 50];
        (void)snprintf(why, sizeof why, "the relay refused this device: %s", reason(ans));
        link_give_up(c, why);
        return;
    }
    if (tb_unpack(&a, &tb__auth_reply__descriptor, ans->body, &m) != TB_OK) {
        link_give_up(c, "the relay's answer to the log-in cannot be read");
        return;
    }
    c->link.era = m->era;
    c->link.state = LINK_UP;
    c->link.attempt = 0;
    c->link.error[0] = 0;
    c->topics |= TBC_TOPIC_STATUS;
    core_fail(c, cursor_login(c, m->era, m->newest));
    login_up(c);
    prekeys_up(c, m->prekeys_left);
}

static void on_auth_invite(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    (void)ctx;
    if (ans->result == TB_E_OFFLINE)
        return;
    if (ans->result != TB_OK) {
        char why[DETAIL_MAX + 50];
        (void)snprintf(why, sizeof why, "the relay refused the invite: %s", reason(ans));
        link_give_up(c, why);
        return;
    }
    c->link.state = LINK_UP;
    c->link.attempt = 0;
    c->link.error[0] = 0;
    c->topics |= TBC_TOPIC_STATUS;
    enrol_up(c);
}

static tb_result auth(struct tbc *c, const Tb__HelloReply *h)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf claim = { 0 };
    struct tb_hash head = tb_roster_head(c->roster);
    Tb__AuthClaim m;
    Tb__Head at;
    Tb__Auth req;

    tb__auth_claim__init(&m);
    tb__head__init(&at);
    tb__auth__init(&req);
    at.size = tb_roster_size(c->roster);
    at.hash = tb_field(head.b, sizeof head.b);
    m.nonce = h->nonce;
    m.exporter = tb_field(c->link.exporter.b, sizeof c->link.exporter.b);
    m.relay_id = h->relay_id;
    m.cred = tb_field(c->me->cred.b, sizeof c->me->cred.b);
    m.roster = &at;
    m.time_ms = now_wall_ms();
    tb_result r = tb_signed_make(TB_TYPE_AUTH, &c->me->roster_id, &m.base, &c->me->sign, &claim);
    if (r != TB_OK)
        return r;
    req.claim_signed = tb_field(claim.p, claim.n);
    req.era = c->era;
    req.cursor = c->seq;
    return link_request_msg(c, TB_OP_AUTH, &req.base, on_auth, 0);
}

static void invite_keys_wipe(struct tb_invite_keys *k)
{
    tb_invite_keys_wipe(k);
}

static tb_result auth_invite(struct tbc *c, const Tb__HelloReply *h)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf claim = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite inv = { 0 };
    TB_CLEANUP(invite_keys_wipe) struct tb_invite_keys keys = { 0 };
    Tb__AuthInviteClaim m;
    Tb__AuthInvite req;
    tb_result r = enrol_invite(c, &inv);

    if (r == TB_OK)
        r = tb_invite_derive(&inv, &keys);
    if (r != TB_OK)
        return r;
    tb__auth_invite_claim__init(&m);
    tb__auth_invite__init(&req);
    m.nonce = h->nonce;
    m.exporter = tb_field(c->link.exporter.b, sizeof c->link.exporter.b);
    m.relay_id = h->relay_id;
    m.ticket_hash = tb_field(inv.ticket_hash.b, sizeof inv.ticket_hash.b);
    r = tb_signed_make(TB_TYPE_AUTH_INVITE, &inv.roster_id, &m.base, &keys.admit, &claim);
    if (r != TB_OK)
        return r;
    req.claim_signed = tb_field(claim.p, claim.n);
    req.ticket_signed = tb_field(inv.ticket_signed.p, inv.ticket_signed.n);
    return link_request_msg(c, TB_OP_AUTH_INVITE, &req.base, on_auth_invite, 0);
}

static bool hello_ok(const Tb__HelloReply *m)
{
    return m->version == VERSION && tb_is(&m->relay_id, TB_ID_BYTES) &&
           tb_is(&m->roster_head, TB_HASH_BYTES) && m->nonce.len >= TB_ID_BYTES &&
           m->nonce.len <= NONCE_MAX;
}

static void on_hello(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__HelloReply *m;

    (void)ctx;
    tb_arena_init(&a, CORE_ARENA);
    if (ans->result == TB_E_OFFLINE)
        return;
    if (ans->result != TB_OK ||
        tb_unpack(&a, &tb__hello_reply__descriptor, ans->body, &m) != TB_OK || !hello_ok(m)) {
        link_give_up(c, ans->result == TB_E_VERSION
                            ? "the relay serves another version of the protocol"
                            : "the relay's greeting cannot be read");
        return;
    }
    c->link.skew_ms = m->time_ms - now_wall_ms();
    struct tb_hash head = tb_hash_from(m->roster_head.data);
    c->relay_size = m->roster_size;
    c->relay_head = head;
    c->synced = false;
    c->link.as_invite = !c->me->member;
    c->link.state = LINK_AUTH;
    tb_result r = c->me->member ? auth(c, m) : auth_invite(c, m);
    if (r != TB_OK)
        link_give_up(c, tb_strresult(r));
}

void login_hello(struct tbc *c)
{
    Tb__Hello m;

    tb__hello__init(&m);
    m.version_min = m.version_max = VERSION;
    if (link_request_msg(c, TB_OP_HELLO, &m.base, on_hello, 0) != TB_OK)
        link_give_up(c, "the greeting could not be sent");
}

void login_up(struct tbc *c)
{
    c->held_ms = now_boot_ms();
    rosync_start(c);
    duty_up(c);
    outbox_up(c);
    sessions_want(c);
}
