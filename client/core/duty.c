/* SPDX-License-Identifier: GPL-3.0-or-later */
/* duty.c - does this device receive pages?  Its signed word, and that of the others.
 *
 * To stop is an act that the team must see: until the relay took the statement,
 * pages ring here as before; to receive again counts at once.  The number of a
 * statement is the time or one more than the last, so that a profile from a
 * backup does not fall behind itself; what it said meanwhile comes back with
 * the log and is taken over. */
#include <string.h>

#include "client/core/parts.h"

static tb_result get_own(struct tbc *c, struct tb_arena *a, Tbl__Duty **ret)
{
    const struct cs_key k = key_meta("duty");
    tb_result r = local_get(c, &k, a, &tbl__duty__descriptor, ret);

    return r == TB_E_NOTFOUND ? tb_unpack(a, &tbl__duty__descriptor, tb_view_of(NULL, 0), ret) : r;
}

/* Pages are judged anew, and everybody who looks is told. */
static tb_result put_own(struct tbc *c, const Tbl__Duty *m)
{
    const struct cs_key k = key_meta("duty");
    tb_result r = local_put(c, &k, NULL, &m->base);

    c->topics |= TBC_TOPIC_STATUS | TBC_TOPIC_ROSTER | TBC_TOPIC_PAGES;
    if (r == TB_OK)
        alarm_all(c);
    return r;
}

static bool counts(const Tbl__Duty *m)
{
    return m->off && m->told;
}

bool duty_is_off(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    return get_own(c, &a, &m) == TB_OK && counts(m); /* a damaged row must not silence anything */
}

int64_t duty_off_ms(struct tbc *c, const struct tb_hash *cred)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Peer *peer;
    Tbl__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    if (c->me->member && tb_hash_equal(cred, &c->me->cred))
        return get_own(c, &a, &m) == TB_OK && counts(m) ? m->at_ms : 0;
    return peer_get(c, cred, &a, &peer) == TB_OK && peer->off ? peer->duty_ms : 0;
}

void duty_status(struct tbc *c, struct tbc_status *s)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    if (get_own(c, &a, &m) != TB_OK)
        return;
    s->duty_off_ms = counts(m) ? m->at_ms : 0;
    s->duty_told = m->number == 0 || m->told;
}

/* ---- telling */

static tb_result send(struct tbc *c, const Tbl__Duty *m)
{
    Tb__DutyPut put;

    tb__duty_put__init(&put);
    put.duty_signed = m->statement;
    const struct outgoing o = { .op = TB_OP_DUTY_PUT, .body = &put.base };
    return outbox_put(c, &o);
}

static tb_result sign(struct tbc *c, const Tbl__Duty *m, struct tb_buf *ret)
{
    Tb__Duty s;

    tb__duty__init(&s);
    s.suite = TB_SUITE;
    s.cred = tb_field(c->me->cred.b, sizeof c->me->cred.b);
    s.off = m->off;
    s.at_ms = m->at_ms;
    s.number = m->number;
    return tb_signed_make(TB_TYPE_DUTY, &c->me->roster_id, &s.base, &c->me->sign, ret);
}

static tb_result decide(struct tbc *c, Tbl__Duty *m, bool off)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf statement = { 0 };
    uint64_t now = (uint64_t)now_wall_ms();

    m->number = now > m->number ? now : m->number + 1;
    m->off = off;
    m->at_ms = now_wall_ms();
    m->told = false;
    tb_result r = sign(c, m, &statement);
    if (r != TB_OK)
        return r;
    m->statement = tb_field(statement.p, statement.n);
    r = put_own(c, m);
    if (r == TB_OK)
        r = send(c, m);
    m->statement = tb_field(NULL, 0);
    return r;
}

tb_result tbc_duty_set(struct tbc *c, bool off)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Duty *m;
    tb_result r = need_member(c);

    if (r != TB_OK)
        return r;
    tb_arena_init(&a, CORE_ARENA);
    r = get_own(c, &a, &m);
    if (r != TB_OK || (bool)m->off == off)
        return r;
    r = core_begin(c);
    if (r == TB_OK)
        r = decide(c, m, off);
    return core_end(c, r);
}

void duty_up(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    if (get_own(c, &a, &m) == TB_OK && m->told && m->era != c->link.era && m->statement.len)
        core_fail(c, send(c, m));
}

tb_result duty_answered(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__DutyPut *put;
    Tbl__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = get_own(c, &a, &m);
    if (r == TB_OK)
        r = tb_unpack(&a, &tb__duty_put__descriptor, tb_field_view(&o->body), &put);
    if (r != TB_OK)
        return r;
    if (ans->result != TB_OK)
        core_log(c, LOG_WARN_, "duty: the relay did not take the statement: %s",
                 ans->detail && *ans->detail ? ans->detail : tb_strresult(ans->result));
    /* An answer to what was said before decides nothing. */
    if (ans->result != TB_OK || put->duty_signed.len != m->statement.len ||
        memcmp(put->duty_signed.data, m->statement.data, m->statement.len) != 0)
        return TB_OK;
    m->told = true;
    m->era = c->link.era;
    return put_own(c, m);
}

/* ---- hearing */

/* A copy of this profile, or this one before it was restored, said more than is known here. */
static tb_result take_own(struct tbc *c, const Tb__Duty *said, struct tb_view statement)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = get_own(c, &a, &m);
    if (r != TB_OK || said->number <= m->number)
        return r;
    m->off = said->off;
    m->at_ms = said->at_ms;
    m->number = said->number;
    m->told = true;
    m->era = c->link.era;
    m->statement = tb_field(statement.p, statement.n);
    return put_own(c, m);
}

static tb_result take_one(struct tbc *c, struct tb_view statement)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct tb_cred *cred;
    struct tb_view payload;
    Tbl__Peer *peer;
    Tb__Duty *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = signed_payload(&a, statement, &payload);
    if (r == TB_OK)
        r = tb_duty_unpack(&a, payload, &m);
    if (r == TB_OK)
        r = signed_by_device(c, &a, TB_TYPE_DUTY, statement, &m->cred, &cred);
    if (r != TB_OK)
        return r == TB_E_NOMEM ? r : TB_OK; /* not what it says: the others count all the same */
    if (tb_hash_equal(&cred->hash, &c->me->cred))
        return take_own(c, m, statement);
    r = peer_get(c, &cred->hash, &a, &peer);
    if (r != TB_OK || m->number <= peer->duty_no)
        return r;
    peer->off = m->off;
    peer->duty_ms = m->at_ms;
    peer->duty_no = m->number;
    c->topics |= TBC_TOPIC_ROSTER | TBC_TOPIC_PAGES;
    return peer_put(c, &cred->hash, peer);
}

tb_result duty_take(struct tbc *c, const Tb__RosterReply *m)
{
    tb_result r = TB_OK;

    for (size_t i = 0; i < m->n_duty_signed && c->me->member && r == TB_OK; i++)
        r = take_one(c, tb_field_view(&m->duty_signed[i]));
    return r;
}

/* ---- who would be left */

/* Does a page ring at any device of these accounts but this one? */
static bool rings_elsewhere(struct tbc *c, const struct tb_policy_tier *tier)
{
    const struct tb_cred *cred;
    size_t i = 0;

    while ((cred = tb_roster_next_cred(c->roster, &i)) != NULL) {
        if (cred->standing != TB_STANDING_GOOD || tb_hash_equal(&cred->hash, &c->me->cred))
            continue;
        for (size_t k = 0; k < tier->n_targets; k++)
            if (strcmp(tier->account[k], cred->account) == 0 && duty_off_ms(c, &cred->hash) == 0)
                return true;
    }
    return false;
}

static bool names_me(const struct tbc *c, const struct tb_policy_tier *tier)
{
    for (size_t k = 0; k < tier->n_targets; k++)
        if (strcmp(tier->account[k], c->me->account) == 0)
            return true;
    return false;
}

static void find_alone(struct tbc *c, struct tbc_duty *d)
{
    const struct tb_policy *p;
    size_t i = 0;

    while ((p = tb_roster_next_policy(c->roster, &i)) != NULL) {
        for (uint32_t t = 1; t <= p->n_tiers && d->n_alone < TBC_ALONE_MAX; t++) {
            const struct tb_policy_tier *tier = &p->tier[t - 1];
            if (!names_me(c, tier) || rings_elsewhere(c, tier))
                continue;
            copy_text(d->alone[d->n_alone].policy, sizeof d->alone[0].policy, p->id);
            d->alone[d->n_alone++].t = t;
        }
    }
}

tb_result tbc_duty(struct tbc *c, struct tbc_duty *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Duty *m;
    tb_result r = need_member(c);

    if (r != TB_OK)
        return r;
    tb_arena_init(&a, CORE_ARENA);
    r = get_own(c, &a, &m);
    if (r != TB_OK)
        return r;
    *ret = (struct tbc_duty){ .off = m->off, .told = m->number == 0 || m->told, .at_ms = m->at_ms };
    find_alone(c, ret);
    return TB_OK;
}
