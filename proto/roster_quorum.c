/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_quorum.c - who signed an entry, and is that enough?
 *
 * Every signature must verify.  A signer who may not sign this is counted as
 * nobody; why is told only if the others were not enough.  Persons are counted,
 * not keys.  All is judged by what the log said before this entry. */
#include <string.h>

#include "proto/roster_priv.h"

struct tally {
    const struct tb_roster *r;
    const struct ro_parsed *p;
    const char *person[TB_SIGNATURES_MAX];
    uint32_t n;
    tb_result problem; /* of the first signer who could not be counted */
    struct tb_why why;
};

static void count(struct tally *t, const char *person)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (strcmp(t->person[i], person) == 0)
            return;
    t->person[t->n++] = person;
}

static struct tally tally_of(const struct tb_roster *r, const struct ro_parsed *p)
{
    return (struct tally){ .r = r, .p = p };
}

/* Keeps the first problem: it names what the people must do. */
static struct tb_why *trouble(struct tally *t, tb_result problem)
{
    if (t->problem != TB_OK)
        return NULL;
    t->problem = problem;
    return &t->why;
}

static tb_result enough(const struct tally *t, uint32_t need, const char *whom, struct tb_why *why)
{
    if (t->n >= need)
        return TB_OK;
    if (t->problem != TB_OK) {
        if (why)
            *why = t->why;
        return t->problem;
    }
    return why_no(why, TB_E_QUORUM,
                  "%u of %u signatures of distinct %s: let another one sign this %s entry", t->n,
                  need, whom, tb_entry_kind_name(t->p->kind));
}

/* A clock may be a little behind the one of whoever gave the key. */
static bool valid_at(int64_t at_ms, int64_t from_ms, int64_t until_ms)
{
    return at_ms + TB_CLOCK_SKEW_MS >= from_ms && at_ms < until_ms;
}

/* ---- custodians */

static void count_custodians(struct tally *t)
{
    for (size_t i = 0; i < t->p->by.n; i++)
        for (size_t k = 0; k < t->r->n_custodians; k++)
            if (memcmp(t->r->custodian[k].key, t->p->by.by[i].pk, TB_KEY_BYTES) == 0)
                count(t, t->r->custodian[k].person);
}

static tb_result by_custodians(const struct tb_roster *r, const struct ro_parsed *p,
                               struct tb_why *why)
{
    struct tally t = tally_of(r, p);

    count_custodians(&t);
    return enough(&t, r->quorum, "custodians", why);
}

/* The custodians whom a root entry names sign it too: so they hold their keys. */
static tb_result by_new_custodians(const struct tb_roster *r, const struct ro_parsed *p,
                                   struct tb_why *why)
{
    const Tb__Root *m = p->body.root;
    struct tally t = tally_of(r, p);

    for (size_t i = 0; i < p->by.n; i++)
        for (size_t k = 0; k < m->n_custodian; k++)
            if (memcmp(m->custodian[k]->key.data, p->by.by[i].pk, TB_KEY_BYTES) == 0)
                count(&t, m->custodian[k]->person);
    return enough(&t, m->quorum, "custodians of the new root", why);
}

static tb_result by_root(const struct tb_roster *r, const struct ro_parsed *p, struct tb_why *why)
{
    tb_result res = by_new_custodians(r, p, why);

    return res == TB_OK && r->n_entries ? by_custodians(r, p, why) : res;
}

/* ---- registrars */

/* `roles`: what each must be allowed to grant. */
static void count_registrars(struct tally *t, unsigned roles)
{
    int64_t at_ms = t->p->e->signed_ms;

    for (size_t i = 0; i < t->p->by.n; i++) {
        const struct ro_registrar *g = ro_registrar_find(t->r, t->p->by.by[i].pk);
        if (!g)
            continue;
        if (!valid_at(at_ms, g->from_ms, g->until_ms))
            (void)why_no(trouble(t, TB_E_EXPIRED), TB_E_EXPIRED,
                         "registrar '%s' is valid from %lld until %lld, and signed at %lld",
                         g->person, (long long)g->from_ms, (long long)g->until_ms,
                         (long long)at_ms);
        else if ((g->roles & roles) != roles)
            (void)why_no(trouble(t, TB_E_DENIED), TB_E_DENIED,
                         "registrar '%s' may not sign for this role: ask one whose list has it",
                         g->person);
        else
            count(t, g->person);
    }
}

static tb_result by_registrars(const struct tb_roster *r, const struct ro_parsed *p, unsigned roles,
                               uint32_t need, struct tb_why *why)
{
    struct tally t = tally_of(r, p);

    count_registrars(&t, roles);
    return enough(&t, need, "registrars", why);
}

uint32_t ro_grant_quorum(const struct tb_roster *r, enum tb_role role)
{
    for (size_t i = 0; i < r->authority.n_grants; i++)
        if (r->authority.grant[i].role == (uint32_t)role)
            return r->authority.grant[i].quorum;
    return r->demo ? 1 : 2;
}

static unsigned roles_attested(const struct tb_roster *r, const Tb__Attestation *m)
{
    unsigned roles = 0;

    for (size_t i = 0; i < m->n_cred; i++) {
        struct tb_hash hash = tb_hash_from(m->cred[i].data);
        roles |= (unsigned)ro_cred_find(r, &hash)->c.role; /* found by ro_check_place() */
    }
    return roles;
}

/* ---- devices */

static const struct ro_cred *device_of(const struct tb_roster *r, const uint8_t *key)
{
    for (size_t i = 0; i < r->n_creds; i++)
        if (r->cred[i].newest && memcmp(r->cred[i].c.sign_pk, key, TB_KEY_BYTES) == 0)
            return &r->cred[i];
    return NULL;
}

/* Counts coordinators, and devices of `account` if that is not NULL. */
static void count_devices(struct tally *t, const char *account)
{
    int64_t at_ms = t->p->e->signed_ms;

    for (size_t i = 0; i < t->p->by.n; i++) {
        const struct ro_cred *d = device_of(t->r, t->p->by.by[i].pk);
        if (!d)
            continue;
        if (d->c.role != TB_ROLE_COORDINATOR && (!account || strcmp(account, d->c.account) != 0))
            (void)why_no(trouble(t, TB_E_DENIED), TB_E_DENIED,
                         "'%s' is no coordinator: a %s is not theirs to sign", d->c.account,
                         tb_entry_kind_name(t->p->kind));
        else if (d->log_standing != TB_STANDING_GOOD)
            (void)why_no(trouble(t, TB_E_REVOKED), TB_E_REVOKED,
                         "device '%s/%s' is suspended or revoked: it signs nothing", d->c.account,
                         d->c.device);
        else if (!valid_at(at_ms, d->c.from_ms, d->c.until_ms))
            (void)why_no(trouble(t, TB_E_EXPIRED), TB_E_EXPIRED,
                         "device '%s/%s' is valid from %lld until %lld, and signed at %lld",
                         d->c.account, d->c.device, (long long)d->c.from_ms,
                         (long long)d->c.until_ms, (long long)at_ms);
        else
            count(t, d->c.account);
    }
}

static tb_result by_coordinators(const struct tb_roster *r, const struct ro_parsed *p,
                                 struct tb_why *why)
{
    struct tally t = tally_of(r, p);

    if (!r->had_coordinator)
        return by_custodians(r, p, why);
    count_devices(&t, NULL);
    return enough(&t, r->authority.policy_quorum, "coordinators", why);
}

/* ---- removals */

static tb_result suspension(const struct tb_roster *r, const struct ro_parsed *p,
                            struct tb_why *why)
{
    struct tally t = tally_of(r, p);

    count_registrars(&t, 0);
    count_devices(&t, ro_removal_account(r, p->body.removal));
    return enough(&t, 1, "registrars, coordinators or devices of the account", why);
}

static tb_result revocation(const struct tb_roster *r, struct ro_parsed *p, struct tb_why *why)
{
    const struct ro_removal *before = ro_removal_find(r, &p->hash);
    struct tally t = tally_of(r, p);

    count_registrars(&t, 0);
    p->revokes = t.n >= r->authority.revocation_quorum;
    /* Once it suspends, only the signatures that it lacked are news. */
    return enough(&t, before && before->in_log ? r->authority.revocation_quorum : 1, "registrars",
                  why);
}

static tb_result count_persons(const struct tb_roster *r, struct ro_parsed *p, struct tb_why *why)
{
    enum tb_role role;

    switch (p->kind) {
    case TB_ENTRY_ROOT:
        return by_root(r, p, why);
    case TB_ENTRY_AUTHORITY:
    case TB_ENTRY_REGISTRAR:
    case TB_ENTRY_RELAY:
    case TB_ENTRY_FRESHNESS_KEY:
        return by_custodians(r, p, why);
    case TB_ENTRY_SECRET_EPOCH:
        return by_registrars(r, p, 0, 1, why);
    case TB_ENTRY_ATTESTATION:
        return by_registrars(r, p, roles_attested(r, p->body.attestation), 1, why);
    case TB_ENTRY_CREDENTIAL:
        role = (enum tb_role)p->body.credential->role;
        return by_registrars(r, p, (unsigned)role, ro_grant_quorum(r, role), why);
    case TB_ENTRY_SUSPENSION:
        return suspension(r, p, why);
    case TB_ENTRY_REVOCATION:
        return revocation(r, p, why);
    case TB_ENTRY_POLICY:
        return by_coordinators(r, p, why);
    case TB_ENTRY_SCHEDULE:
        break;
    }
    return TB_E_RESERVED;
}

tb_result ro_check_signatures(const struct tb_roster *r, struct ro_parsed *p, struct tb_why *why)
{
    bool root = p->kind == TB_ENTRY_ROOT;
    struct tb_hash id = r->n_entries ? r->id : tb_hash_of(TB_L_ROSTER_ID, p->by.payload);

    for (size_t i = 0; i < p->by.n; i++)
        if (!tb_verify(root ? TB_TYPE_ROOT : TB_TYPE_ROSTER, &id, p->by.payload, p->by.by[i].pk,
                       p->by.by[i].sig))
            return why_no(why, TB_E_BADSIG,
                          "the signature by key %s does not match: not of this roster, or damaged",
                          why_hex(p->by.by[i].pk).text);
    return count_persons(r, p, why);
}
