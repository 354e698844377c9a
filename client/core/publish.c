/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publish.c - roster entries, approvals and freshness statements taken to the relay; requests fetched (core.h).
 *
 * Everything in a parcel verifies itself, so whoever has the file may bring it. */
#include "client/core/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"
#include "proto/parcel.h"

/* ---- an errand */

tb_result publish_begin(struct tbc *c, tbc_done_fn *done, void *user)
{
    if (!link_is_up(c))
        return TB_E_OFFLINE;
    if (c->publish)
        return TB_E_LIMIT;
    c->publish = calloc(1, sizeof *c->publish);
    if (!c->publish)
        return TB_E_NOMEM;
    c->publish->done = done;
    c->publish->user = user;
    c->publish->turn = c->turn_no;
    return TB_OK;
}

void publish_note(struct tbc *c, tb_result r, const char *text)
{
    struct publish *p = c->publish;

    if (!p || r == TB_OK || p->worst != TB_OK)
        return;
    p->worst = r;
    copy_text(p->text, sizeof p->text, text && *text ? text : tb_strresult(r));
}

static void on_part(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    (void)ctx;
    if (!c->publish)
        return;
    publish_note(c, ans->result, ans->detail);
    if (c->publish->open)
        c->publish->open--;
}

tb_result publish_part(struct tbc *c, enum tb_op op, const ProtobufCMessage *m)
{
    tb_result r = link_request_msg(c, op, m, on_part, 0);

    if (r == TB_OK)
        c->publish->open++;
    return r;
}

bool publish_is_over(const struct tbc *c)
{
    return c->publish && c->publish->sealed && c->publish->open == 0;
}

/* In a later turn than it began in: whoever asked has returned from his call by then. */
void publish_tell(struct tbc *c)
{
    struct publish *p = c->publish;

    if (!publish_is_over(c) || p->turn == c->turn_no)
        return;
    c->publish = NULL;
    if (p->done)
        p->done(p->user, p->worst, p->text, tb_buf_view(&p->data));
    tb_buf_done(&p->data);
    free(p);
}

void publish_free(struct tbc *c)
{
    struct publish *p = c->publish;

    c->publish = NULL;
    if (!p)
        return;
    if (p->done)
        p->done(p->user, TB_E_LOCKED, tb_strresult(TB_E_LOCKED), tb_view_of(NULL, 0));
    tb_buf_done(&p->data);
    free(p);
}

/* ---- export and publish */

tb_result tbc_roster_export(struct tbc *c, struct tb_buf *ret)
{
    tb_result r = need_unlocked(c);
    uint64_t n = r == TB_OK ? tb_roster_size(c->roster) : 0;
    Tb__Parcel m;

    if (r != TB_OK)
        return r;
    tb__parcel__init(&m);
    m.entry_signed = calloc(n + 1, sizeof *m.entry_signed);
    if (!m.entry_signed)
        return TB_E_NOMEM;
    for (uint64_t i = 0; i < n; i++) {
        struct tb_view e = tb_roster_entry(c->roster, i);
        m.entry_signed[m.n_entry_signed++] = tb_field(e.p, e.n);
    }
    r = tb_parcel_encode(&m, ret);
    free(m.entry_signed);
    return r;
}

static tb_result send_parcel(struct tbc *c, const Tb__Parcel *p)
{
    tb_result r = core_begin(c);

    for (size_t i = 0; i < p->n_entry_signed && r == TB_OK; i++) {
        Tb__RosterAppend m;
        tb__roster_append__init(&m);
        m.entry_signed = p->entry_signed[i];
        r = removals_publish(c, tb_field_view(&m.entry_signed));
        if (r == TB_OK)
            r = publish_part(c, TB_OP_ROSTER_APPEND, &m.base);
    }
    for (size_t i = 0; i < p->n_freshness_signed && r == TB_OK; i++) {
        Tb__FreshnessPut m;
        tb__freshness_put__init(&m);
        m.freshness_signed = p->freshness_signed[i];
        r = publish_part(c, TB_OP_FRESHNESS_PUT, &m.base);
    }
    for (size_t i = 0; i < p->n_approval_signed && r == TB_OK; i++) {
        Tb__ApprovalPut m;
        tb__approval_put__init(&m);
        m.approval_signed = p->approval_signed[i];
        r = publish_part(c, TB_OP_APPROVAL_PUT, &m.base);
    }
    return r;
}

/* An errand that could not be sent whole is told so like any other end. */
static tb_result errand_sent(struct tbc *c, tb_result r)
{
    publish_note(c, r, tb_strresult(r));
    c->publish->sealed = true;
    r = core_end(c, TB_OK);
    if (r != TB_OK && c->publish) {
        c->publish->done = NULL; /* whoever asked hears it now */
        publish_free(c);
    }
    return r;
}

/* Is every part of it known to be in the log?  Requests and statements are not in it. */
static bool is_known(struct tbc *c, const Tb__Parcel *p)
{
    bool known = p->n_entry_signed > 0 && p->n_approval_signed + p->n_freshness_signed == 0;

    for (size_t i = 0; known && i < p->n_entry_signed; i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
        Tb__RosterEntry *e;
        struct tb_hash hash;
        uint64_t at;
        tb_arena_init(&a, CORE_ARENA);
        known = tb_entry_peek(&a, tb_field_view(&p->entry_signed[i]), &e, &hash) == TB_OK &&
                tb_roster_find(c->roster, &hash, &at) == TB_OK;
    }
    return known;
}

/* What the relay would refuse is refused here, with the relay or without. */
static bool may_bring(struct tbc *c, const Tb__Parcel *p)
{
    const struct tb_cred *me = tb_roster_cred(c->roster, &c->me->cred);

    return p->n_approval_signed == 0 || !me ||
           tb_op_permitted(tb_op_lookup(TB_OP_APPROVAL_PUT), me->role);
}

static tb_result bring(struct tbc *c, const Tb__Parcel *p)
{
    if (is_known(c, p)) {
        copy_text(c->publish->text, sizeof c->publish->text,
                  "Nothing new: all of it is in the log already.");
        return core_begin(c);
    }
    return send_parcel(c, p);
}

tb_result tbc_roster_publish(struct tbc *c, struct tb_view parcel, tbc_done_fn *done, void *user)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    tb_result r = need_member(c);
    Tb__Parcel *p;

    tb_arena_init(&a, 4 * (size_t)TB_PARCEL_MAX);
    if (r == TB_OK)
        r = tb_parcel_decode(&a, parcel, &p);
    if (r == TB_OK && !may_bring(c, p))
        return TB_E_DENIED;
    if (r == TB_OK)
        r = publish_begin(c, done, user);
    if (r == TB_OK && p->n_entry_signed + p->n_freshness_signed + p->n_approval_signed == 0)
        publish_note(
            c, TB_E_RANGE,
            "Nothing in this file can be published; requests are for 'trucban-keys approve'.");
    return r == TB_OK ? errand_sent(c, bring(c, p)) : r;
}

/* ---- requests that wait for a registrar */

static tb_result take_requests(struct tbc *c, struct tb_view body)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__EnrolListReply *m;
    Tb__Parcel p;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_unpack(&a, &tb__enrol_list_reply__descriptor, body, &m);
    if (r != TB_OK)
        return r;
    tb__parcel__init(&p);
    p.n_request = m->n_request;
    p.request = m->request;
    return tb_parcel_encode(&p, &c->publish->data);
}

static void on_requests(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    (void)ctx;
    if (!c->publish)
        return;
    tb_result r = ans->result == TB_OK ? take_requests(c, ans->body) : ans->result;
    publish_note(c, r, ans->detail);
    c->publish->open = 0;
}

tb_result tbc_enrol_requests(struct tbc *c, tbc_done_fn *done, void *user)
{
    tb_result r = need_member(c);
    const struct tb_cred *me = r == TB_OK ? tb_roster_cred(c->roster, &c->me->cred) : NULL;

    if (me && !tb_op_permitted(tb_op_lookup(TB_OP_ENROL_LIST), me->role))
        return TB_E_DENIED;
    if (r == TB_OK)
        r = publish_begin(c, done, user);
    if (r != TB_OK)
        return r;
    r = link_request(c, TB_OP_ENROL_LIST, tb_view_of(NULL, 0), on_requests, 0);
    c->publish->open = r == TB_OK;
    return errand_sent(c, r);
}

/* ---- suspension */

static tb_result make_removal(struct tbc *c, const char *account, enum tb_removal_reason reason,
                              struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf draft = { 0 };
    Tb__Removal m;

    tb__removal__init(&m);
    m.account = (char *)(uintptr_t)account; /* packing only reads */
    m.reason = (uint32_t)reason;
    const struct tb_entry_draft d = { .kind = TB_ENTRY_SUSPENSION,
                                      .subject = tb_view_of(account, strlen(account)),
                                      .body = &m.base,
                                      .signed_ms = now_wall_ms() };
    tb_result r = tb_entry_make(c->roster, &d, &draft);
    return r == TB_OK ? tb_entry_sign(tb_buf_view(&draft), &c->me->roster_id, &c->me->sign, ret)
                      : r;
}

static tb_result send_removal(struct tbc *c, struct tb_view entry, tbc_done_fn *done, void *user)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    Tb__RosterAppend m;
    tb_result r;

    tb__roster_append__init(&m);
    m.entry_signed = tb_field(entry.p, entry.n);
    if (link_is_up(c)) {
        r = publish_begin(c, done, user);
        if (r != TB_OK)
            return r;
        r = core_begin(c);
        if (r == TB_OK)
            r = removals_publish(c, entry);
        return errand_sent(c, r == TB_OK ? publish_part(c, TB_OP_ROSTER_APPEND, &m.base) : r);
    }
    r = core_begin(c); /* it does not lapse because the network is down */
    if (r == TB_OK)
        r = removals_publish(c, entry);
    if (r == TB_OK)
        r = tb_pack(&m.base, &body);
    if (r == TB_OK)
        r = outbox_again(c, TB_OP_ROSTER_APPEND, NULL, NULL, tb_buf_view(&body));
    r = core_end(c, r);
    return r == TB_OK ? TB_E_OFFLINE : r;
}

tb_result tbc_suspend(struct tbc *c, const char *account, enum tb_removal_reason reason,
                      tbc_done_fn *done, void *user)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };
    struct tb_why why = { "" };
    tb_result r = need_member(c);

    if (r == TB_OK)
        r = trust_of(c, &c->me->cred, TB_STEP_SUSPEND).verdict;
    if (r == TB_OK)
        r = make_removal(c, account, reason, &entry);
    if (r == TB_OK)
        r = tb_roster_try(c->roster, tb_buf_view(&entry), now_wall_ms(), &why);
    if (r != TB_OK) {
        core_log(c, LOG_NOTE_, "suspend: %s", why.text);
        return r;
    }
    return send_removal(c, tb_buf_view(&entry), done, user);
}
