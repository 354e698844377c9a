/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_log.c - the log in the store and the roster in memory, kept as one.
 *
 * Entries verify themselves, so it does not matter who brings them: a device, or a file.  The relay
 * only gives them their order, and signs which place each one got. */
#include <stdio.h>
#include <string.h>

#include "proto/act.h"
#include "proto/enrol.h"
#include "proto/wire.pb-c.h"
#include "server/latecomer.h"
#include "server/log.h"
#include "server/relay_priv.h"

/* ---- reading it back */

static tb_result replay(void *user, uint64_t pos, struct tb_view entry_signed, int64_t seen_ms)
{
    struct tb_roster *roster = user;
    struct tb_why why = { 0 };

    if (pos != tb_roster_size(roster))
        return TB_E_STORE;
    tb_result r = tb_roster_append(roster, entry_signed, seen_ms, &why);
    if (r == TB_OK)
        return TB_OK;
    log_line(LOG_ERROR, "roster-replay", "position=%llu result=%s why=\"%s\"",
             (unsigned long long)pos, tb_result_name(r), why.text);
    return r == TB_E_NOMEM ? r : TB_E_STORE;
}

static tb_result replay_freshness(void *user, uint64_t no, struct tb_view freshness_signed)
{
    struct tb_roster *roster = user;
    tb_result r = tb_roster_freshness(roster, freshness_signed);

    (void)no;
    if (r != TB_OK && r != TB_E_STALE)
        log_line(LOG_WARN, "freshness-replay", "result=%s", tb_result_name(r));
    return TB_OK;
}

tb_result relay_load_roster(struct relay *r)
{
    struct tb_roster *roster = NULL;
    tb_result res = tb_roster_new(&roster);

    if (res == TB_OK)
        res = store_entries(r->store, replay, roster);
    if (res == TB_OK)
        res = store_freshness(r->store, replay_freshness, roster);
    if (res != TB_OK) {
        tb_roster_free(roster);
        return res;
    }
    tb_roster_free(r->roster);
    r->roster = roster;
    return TB_OK;
}

/* ---- a new entry */

void relay_tell_everyone(struct relay *r, int64_t now_ms)
{
    struct tb_hash head = tb_roster_head(r->roster);
    Tb__PingReply m;

    tb__ping_reply__init(&m);
    m.time_ms = now_ms;
    m.roster_size = tb_roster_size(r->roster);
    m.roster_head = tb_field(head.b, sizeof head.b);
    for (struct peer *p = r->peers; p; p = p->next) {
        if (p->s.role == TB_ROLE_NONE || p->s.close)
            continue;
        push_message(r, p, TB_OP_ROSTER_HEAD, &m.base);
        if (!(p->s.role & TB_ROLE_DEVICE))
            continue;
        const struct tb_cred *c = tb_roster_cred(r->roster, &p->s.cred);
        if (!c || c->standing != TB_STANDING_GOOD)
            turn_close(r, p, "removed from the roster");
    }
}

static tb_result sign_inclusion(struct relay *r, const struct tb_hash *entry, uint64_t position,
                                int64_t now_ms, struct tb_buf *ret)
{
    struct tb_hash hash = tb_roster_head(r->roster);
    Tb__RelayReceipt m;
    Tb__Head head;

    tb__head__init(&head);
    head.size = tb_roster_size(r->roster);
    head.hash = tb_field(hash.b, sizeof hash.b);
    tb__relay_receipt__init(&m);
    m.kind = TB_RELAYED_ENTRY;
    m.relay_id = tb_field(r->relay_id.b, sizeof r->relay_id.b);
    m.era = store_era(r->store);
    m.time_ms = now_ms;
    m.entry_hash = tb_field(entry->b, sizeof entry->b);
    m.position = position;
    m.head = &head;
    return signer_sign(r->signer, TB_TYPE_RELAY_RECEIPT, tb_roster_id(r->roster), &m.base, ret);
}

static tb_result store_entry_of(struct relay *r, const struct tb_hash *hash,
                                struct tb_view entry_signed, int64_t now_ms,
                                struct tb_buf *ret_receipt)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    struct store_entry e = {
        .pos = tb_roster_size(r->roster) - 1,
        .hash = *hash,
        .seen_ms = now_ms,
        .entry_signed = entry_signed,
    };
    tb_result res = sign_inclusion(r, hash, e.pos, now_ms, &receipt);

    e.receipt_signed = tb_buf_view(&receipt);
    if (res == TB_OK)
        res = store_entry_put(r->store, &e);
    if (res == TB_OK)
        tb_put(ret_receipt, receipt.p, receipt.n);
    return res == TB_OK ? tb_buf_check(ret_receipt) : res;
}

tb_result relay_take_entry(struct relay *r, struct tb_view entry_signed, int64_t now_ms,
                           struct tb_buf *ret_receipt, struct tb_why *ret_why)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterEntry *e;
    struct tb_hash hash;

    tb_arena_init(&a, TB_ARENA_MAX);
    tb_result res = tb_entry_peek(&a, entry_signed, &e, &hash);
    if (res != TB_OK)
        return res;
    res = store_entry_receipt(r->store, &hash, ret_receipt);
    if (res != TB_E_NOTFOUND)
        return res; /* it stands there already */
    res = tb_roster_append(r->roster, entry_signed, now_ms, ret_why);
    if (res != TB_OK)
        return res;
    r->turn.roster_changed = true;
    res = store_entry_of(r, &hash, entry_signed, now_ms, ret_receipt);
    const struct tb_cred *device = tb_roster_cred(r->roster, &hash);
    if (res == TB_OK && device && device->standing == TB_STANDING_GOOD)
        res = latecomer_admit(r, device, now_ms);
    if (res == TB_OK)
        relay_tell_everyone(r, now_ms);
    else if (store_health(r->store) == STORE_FINE && relay_load_roster(r) != TB_OK)
        relay_fail_stop("the roster cannot be read back");
    return res;
}

tb_result relay_take_freshness(struct relay *r, struct tb_view freshness_signed)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb_result res = tb_signed_parse(&a, freshness_signed, &s);
    if (res == TB_OK && s.n != 1)
        res = TB_E_RANGE;
    if (res == TB_OK)
        res = tb_roster_freshness(r->roster, freshness_signed);
    if (res != TB_OK)
        return res;
    r->turn.roster_changed = true;
    return store_freshness_put(r->store, s.by[0].pk, freshness_signed);
}

/* ---- approvals */

static tb_result approval_open(struct relay *r, struct tb_arena *a, struct tb_view approval_signed,
                               struct tb_signed *ret_s, Tb__Approval **ret)
{
    tb_result res = tb_signed_parse(a, approval_signed, ret_s);

    if (res == TB_OK && ret_s->n != 1)
        res = TB_E_RANGE;
    if (res == TB_OK)
        res = tb_unpack(a, &tb__approval__descriptor, ret_s->payload, ret);
    if (res != TB_OK)
        return res;
    if (!tb_is(&(*ret)->invite_id, TB_ID_BYTES) || !tb_is(&(*ret)->request_hash, TB_HASH_BYTES) ||
        !tb_is(&(*ret)->eph_pk, TB_KEY_BYTES) || (*ret)->sealed.len == 0)
        return TB_E_RANGE;
    if (!tb_roster_id(r->roster) || !tb_verify(TB_TYPE_APPROVAL, tb_roster_id(r->roster),
                                               ret_s->payload, ret_s->by[0].pk, ret_s->by[0].sig))
        return TB_E_BADSIG;
    return TB_OK;
}

/* Is it for the request that is here, by a registrar who may grant the ticket's role? */
static tb_result approval_fits(struct relay *r, struct tb_arena *a, const struct store_invite *i,
                               const struct tb_signed *by, const Tb__Approval *m, int64_t now_ms)
{
    struct tb_signed request, ticket;
    Tb__Ticket *t;
    tb_result res = tb_signed_parse(a, tb_buf_view(&i->request_signed), &request);

    if (res == TB_OK)
        res = tb_signed_parse(a, tb_buf_view(&i->ticket_signed), &ticket);
    if (res == TB_OK)
        res = tb_ticket_unpack(a, ticket.payload, &t);
    if (res != TB_OK)
        return TB_E_STORE;
    struct tb_hash hash = tb_request_hash(request.payload);
    struct tb_hash named = tb_hash_from(m->request_hash.data);
    if (!tb_hash_equal(&hash, &named))
        return TB_E_CONFLICT;
    if (!tb_roster_registrar(r->roster, by->by[0].pk, (enum tb_role)t->role, now_ms))
        return TB_E_DENIED;
    return TB_OK;
}

static tb_result approval_keep(struct relay *r, struct store_invite *i,
                               struct tb_view approval_signed)
{
    struct tb_view old = tb_buf_view(&i->approval_signed);

    if (old.n)
        return old.n == approval_signed.n && memcmp(old.p, approval_signed.p, old.n) == 0
                   ? TB_OK
                   : TB_E_CONFLICT;
    tb_put(&i->approval_signed, approval_signed.p, approval_signed.n);
    tb_result res = tb_buf_check(&i->approval_signed);
    return res == TB_OK ? store_invite_put(r->store, i) : res;
}

static void say(struct tb_why *why, const char *text)
{
    (void)snprintf(why->text, sizeof why->text, "%s", text);
}

tb_result relay_take_approval(struct relay *r, struct tb_view approval_signed, int64_t now_ms,
                              struct tb_why *ret_why)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(store_invite_done) struct store_invite i = { 0 };
    struct tb_signed s;
    Tb__Approval *m;

    tb_arena_init(&a, TB_ARENA_MAX);
    tb_result res = approval_open(r, &a, approval_signed, &s, &m);
    if (res != TB_OK) {
        say(ret_why, "not an approval, or its signature does not fit");
        return res;
    }
    struct tb_id id = tb_id_from(m->invite_id.data);
    res = store_invite_get(r->store, &id, &i);
    if (res == TB_E_NOTFOUND)
        say(ret_why, "no request is waiting under that invite");
    if (res != TB_OK)
        return res;
    res = approval_fits(r, &a, &i, &s, m, now_ms);
    if (res == TB_E_CONFLICT)
        say(ret_why, "the approval is for another request than the one that is here");
    if (res == TB_E_DENIED)
        say(ret_why, "the approval is not by a registrar who may grant this role now");
    if (res != TB_OK)
        return res;
    res = approval_keep(r, &i, approval_signed);
    if (res == TB_E_CONFLICT)
        say(ret_why, "another approval for this invite came first");
    return res;
}
