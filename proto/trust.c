/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.c - whom to believe for what.
 *
 * A check collects everything that is wrong as flags, finds the level, and then
 * names the first reason against the step.  What receives or takes a page over
 * (and what removes power) goes on with a stale roster, flagged; what
 * authorises waits. */
#include "proto/trust.h"

#include <stdlib.h>
#include <string.h>

#include "proto/roster_priv.h"

struct step_info {
    const char *name;
    unsigned roles; /* who may take it */
    uint8_t gate;   /* level, unless `authority` says otherwise */
    enum {
        OPEN,       /* permitted whoever it comes from */
        GRACE,      /* also in the days after a credential ended */
        VALID,      /* only with a valid credential */
        AUTHORISES, /* and only with a fresh roster */
    } needs;
};

enum {
    OVER = TB_TRUST_EXPIRED | TB_TRUST_UNATTESTED | TB_TRUST_REPLACED, /* no longer valid */
    ANSWERS = TB_ROLE_AGENCY | TB_ROLE_TEAM | TB_ROLE_LIAISON, /* a person who can be paged */
    ANYONE = TB_ROLE_DEVICE,
};

static const struct step_info steps[TB_STEP_COUNT] = {
    [TB_STEP_SHOW] = { "show", ANYONE, 0, OPEN },
    [TB_STEP_RING] = { "ring", ANYONE, 0, OPEN },
    [TB_STEP_SEAL] = { "seal", ANYONE, 1, GRACE },
    [TB_STEP_REPORT] = { "report", TB_ROLE_PAGER, 1, VALID },
    [TB_STEP_ACCEPT] = { "accept", ANSWERS, 1, GRACE },
    [TB_STEP_HANDOVER] = { "handover", ANSWERS, 1, VALID },
    [TB_STEP_RESOLVE] = { "resolve", TB_ROLE_PAGER, 1, VALID },
    [TB_STEP_REWRAP] = { "rewrap", TB_ROLE_PAGER, 1, VALID },
    [TB_STEP_POLICY] = { "policy", TB_ROLE_COORDINATOR, 2, AUTHORISES },
    /* Whom a device may suspend (a coordinator anybody, others their own account) the roster says. */
    [TB_STEP_SUSPEND] = { "suspend", ANYONE, 1, VALID },
    [TB_STEP_CLASSIFY] = { "classify", TB_ROLE_TEAM, 2, AUTHORISES },
    [TB_STEP_DISCLOSE] = { "disclose", TB_ROLE_COORDINATOR, 2, AUTHORISES },
    [TB_STEP_ADVISE] = { "advise", TB_ROLE_COORDINATOR | TB_ROLE_LIAISON, 2, AUTHORISES },
    [TB_STEP_CLOSE] = { "close", TB_ROLE_COORDINATOR, 2, AUTHORISES },
};

static const struct step_info *info_of(enum tb_step step)
{
    return (unsigned)step < TB_STEP_COUNT ? &steps[step] : NULL;
}

uint8_t tb_step_default_gate(enum tb_step step)
{
    const struct step_info *s = info_of(step);

    return s ? s->gate : UINT8_MAX;
}

const char *tb_step_name(enum tb_step step)
{
    const struct step_info *s = info_of(step);

    return s ? s->name : NULL;
}

static uint8_t gate_of(const struct tb_roster *r, enum tb_step step)
{
    if (info_of(step) && info_of(step)->needs == OPEN)
        return 0; /* receiving fails open: no gate closes it */
    for (size_t i = 0; i < r->authority.n_gates; i++)
        if (r->authority.gate[i].step == (uint32_t)step)
            return (uint8_t)r->authority.gate[i].level;
    return tb_step_default_gate(step);
}

/* ---- freshness */

static uint32_t freshness_flags(const struct tb_roster *r, int64_t now_ms)
{
    int64_t newest = tb_roster_fresh_ms(r);
    unsigned heard = 0;
    uint32_t flags = 0;

    if (r->n_witnesses == 0)
        return TB_TRUST_NO_FRESHNESS;
    for (size_t i = 0; i < r->n_witnesses; i++)
        if (r->witness[i].time_ms && now_ms - r->witness[i].time_ms <= RO_REPORT_SPAN_MS)
            heard++;
    if (heard == 1)
        flags |= TB_TRUST_ONE_WITNESS;
    if (!newest || now_ms - newest > r->authority.freshness_limit_ms)
        flags |= TB_TRUST_STALE;
    return flags;
}

/* ---- the credential */

/* Until when the person was checked: by attestation, and by the grant itself for one period. */
static int64_t attested_until(const struct tb_roster *r, const struct tb_cred *c)
{
    int64_t grant = c->from_ms + r->authority.attestation_ms;

    if (r->authority.attestation_ms == 0)
        return INT64_MAX; /* the province asks for none */
    return c->attested_until_ms > grant ? c->attested_until_ms : grant;
}

static uint32_t cred_flags(const struct tb_roster *r, const struct tb_cred *c, int64_t at_ms)
{
    uint32_t flags = 0;

    if (c->standing == TB_STANDING_SUSPENDED || c->standing == TB_STANDING_REVOKED)
        flags |= TB_TRUST_REMOVED;
    if (c->standing == TB_STANDING_REPLACED)
        flags |= TB_TRUST_REPLACED;
    if (at_ms + TB_CLOCK_SKEW_MS < c->from_ms || at_ms >= c->until_ms)
        flags |= TB_TRUST_EXPIRED;
    if (at_ms >= attested_until(r, c))
        flags |= TB_TRUST_UNATTESTED;
    return flags;
}

/* Does the device still have these keys? One that was renewed with them may not know it yet. */
static bool same_keys(const struct tb_roster *r, const struct tb_cred *c)
{
    const struct tb_cred *now;

    for (size_t i = 0; (now = tb_roster_next_cred(r, &i));)
        if (strcmp(now->account, c->account) == 0 && strcmp(now->device, c->device) == 0)
            return memcmp(now->sign_pk, c->sign_pk, TB_KEY_BYTES) == 0;
    return false;
}

/* Within the days of grace after the end somebody is still paged and may accept. */
static bool in_grace(const struct tb_roster *r, const struct tb_cred *c, int64_t at_ms)
{
    int64_t end = attested_until(r, c);

    if (c->until_ms < end)
        end = c->until_ms;
    if (!same_keys(r, c))
        return false;
    return at_ms + TB_CLOCK_SKEW_MS >= c->from_ms && at_ms - TB_EXPIRED_GRACE_MS < end;
}

static uint8_t level_of(const struct tb_roster *r, const struct tb_cred *c, uint32_t flags,
                        int64_t at_ms)
{
    if (flags & TB_TRUST_REMOVED)
        return 0;
    if (flags & OVER)
        return in_grace(r, c, at_ms) ? 1 : 0;
    if (c->vetted != TB_VETTED_IN_PERSON && !(flags & TB_TRUST_COMPARED))
        return 1;
    return c->attested_until_ms > at_ms ? 3 : 2;
}

/* ---- the verdict */

static tb_result verdict_of(const struct tb_trust *t, enum tb_step step)
{
    const struct step_info *s = info_of(step);

    if (!s)
        return TB_E_DENIED;
    if (s->needs == OPEN)
        return TB_OK;
    if (t->flags & TB_TRUST_UNKNOWN)
        return TB_E_NOTFOUND;
    if (t->flags & TB_TRUST_REMOVED)
        return TB_E_REVOKED;
    if (t->flags & TB_TRUST_ROLE)
        return TB_E_DENIED;
    if ((t->flags & OVER) && (t->level == 0 || s->needs != GRACE))
        return TB_E_EXPIRED;
    if (t->level < t->need)
        return TB_E_UNVERIFIED;
    if (s->needs == AUTHORISES && (t->flags & TB_TRUST_STALE))
        return TB_E_STALE;
    return TB_OK;
}

struct tb_trust tb_trust_check(const struct tb_trust_query *q)
{
    const struct tb_roster *r = q->roster;
    const struct tb_cred *c = tb_roster_cred(r, q->cred);
    const struct step_info *s = info_of(q->step);
    int64_t fresh_ms = tb_roster_fresh_ms(r);
    /* A clock set back does not make an expired credential valid again. */
    int64_t at_ms = fresh_ms > q->now_ms ? fresh_ms : q->now_ms;
    struct tb_trust t = { .need = gate_of(r, q->step), .flags = freshness_flags(r, at_ms) };

    if (c) {
        t.flags |= cred_flags(r, c, at_ms);
        if (q->compared_by_me)
            t.flags |= TB_TRUST_COMPARED;
        if (s && !(s->roles & (unsigned)c->role))
            t.flags |= TB_TRUST_ROLE;
        t.level = level_of(r, c, t.flags, at_ms);
    } else {
        t.flags |= TB_TRUST_UNKNOWN;
    }
    t.verdict = verdict_of(&t, q->step);
    return t;
}

/* ---- comparing by voice */

static int by_key(const void *a, const void *b)
{
    const struct tb_cred *const *x = a, *const *y = b;

    return memcmp((*x)->sign_pk, (*y)->sign_pk, TB_KEY_BYTES);
}

/* Sixty digits: 5 bytes for each group of five, so that no digit is likelier than another. */
static void put_digits(const uint8_t hash[static 64], char ret[static 72])
{
    for (size_t g = 0; g < 12; g++) {
        uint64_t v = 0;
        for (size_t i = 0; i < 5; i++)
            v = v << 8 | hash[5 * g + i];
        v %= 100000;
        for (size_t i = 5; i-- > 0; v /= 10)
            ret[6 * g + i] = (char)('0' + v % 10);
        ret[6 * g + 5] = g == 11 ? '\0' : ' ';
    }
}

tb_result tb_fingerprint(const struct tb_roster *r, const char *account, char ret[static 72])
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    const struct tb_cred *device[TB_DEVICES_PER_ACCOUNT];
    uint8_t hash[2 * TB_HASH_BYTES];
    const struct tb_cred *c;
    uint32_t n = 0;

    for (size_t i = 0; (c = tb_roster_next_cred(r, &i)) && n < TB_DEVICES_PER_ACCOUNT;)
        if (c->standing == TB_STANDING_GOOD && strcmp(c->account, account) == 0)
            device[n++] = c;
    if (n == 0)
        return TB_E_NOTFOUND;
    qsort(device, n, sizeof(const struct tb_cred *), by_key);
    tb_put(&b, r->id.b, sizeof r->id.b);
    tb_put_var(&b, account, strlen(account));
    tb_put_u32(&b, n);
    for (uint32_t i = 0; i < n; i++) {
        tb_put(&b, device[i]->sign_pk, TB_KEY_BYTES);
        tb_put(&b, device[i]->ident_pk, TB_IDENT_PK_BYTES);
        tb_put(&b, device[i]->box_pk, TB_KEY_BYTES);
    }
    if (tb_buf_check(&b) != TB_OK)
        return TB_E_NOMEM;
    for (uint8_t i = 0; i < 2; i++) {
        struct tb_hash h = tb_hash_of2(TB_L_FINGERPRINT, tb_view_of(&i, 1), tb_buf_view(&b));
        memcpy(hash + (size_t)i * TB_HASH_BYTES, h.b, TB_HASH_BYTES);
    }
    put_digits(hash, ret);
    return TB_OK;
}
