/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_place.c - may this entry come next?  Its place in the log, and what it says against what
 * the log says already; all but the signatures. */
#include <string.h>

#include "proto/roster_priv.h"

static tb_result check_first(const struct ro_parsed *p, struct tb_why *why)
{
    if (p->kind != TB_ENTRY_ROOT)
        return why_no(why, TB_E_CONFLICT, "the first entry of a roster is its root, not a %s entry",
                      tb_entry_kind_name(p->kind));
    if (p->e->based_on || p->e->prev.len)
        return why_no(why, TB_E_CONFLICT, "this root follows another: the roster is empty here");
    return TB_OK;
}

static tb_result check_based_on(const struct tb_roster *r, const struct ro_parsed *p,
                                struct tb_why *why)
{
    const Tb__Head *h = p->e->based_on;
    struct tb_hash head;

    if (!h)
        return why_no(why, TB_E_CONFLICT,
                      "only the first entry of a roster has no based_on: is this another "
                      "province's roster?");
    if (tb_roster_head_at(r, h->size, &head) != TB_OK)
        return why_no(why, TB_E_CONFLICT,
                      "based on a roster of %llu entries, here are %llu: fetch the newest first",
                      (unsigned long long)h->size, (unsigned long long)r->n_entries);
    if (memcmp(head.b, h->hash.data, TB_HASH_BYTES) != 0)
        return why_no(
            why, TB_E_CONFLICT,
            "based on another roster, perhaps another province's: head %s at %llu entries "
            "is not in this log",
            why_hex(h->hash.data).text, (unsigned long long)h->size);
    return TB_OK;
}

static tb_result check_prev(const struct tb_roster *r, const struct ro_parsed *p,
                            struct tb_why *why)
{
    struct tb_hash now = tb_roster_prev(r, p->kind, tb_field_view(&p->e->subject));
    struct tb_hash prev = { { 0 } };

    if (p->e->prev.len)
        prev = tb_hash_from(p->e->prev.data);
    if (tb_hash_equal(&now, &prev))
        return TB_OK;
    if (tb_hash_is_zero(&now))
        return why_no(why, TB_E_CONFLICT, "prev is %s, but this is the first %s of its subject",
                      why_hex(prev.b).text, tb_entry_kind_name(p->kind));
    return why_no(why, TB_E_CONFLICT,
                  "another %s came first: prev is %s, the newest is %s; look at it and sign anew",
                  tb_entry_kind_name(p->kind), why_hex(prev.b).text, why_hex(now.b).text);
}

/* Sets have no prev that would keep a second copy out; a revocation may come again with the
 * signatures that it lacked. */
static tb_result check_new(const struct tb_roster *r, const struct ro_parsed *p, struct tb_why *why)
{
    const struct ro_removal *m = ro_removal_find(r, &p->hash);

    if (p->kind == TB_ENTRY_REVOCATION && m && !m->revokes)
        return TB_OK;
    for (size_t i = r->n_entries; ro_is_set(p->kind) && i-- > 0;)
        if (tb_hash_equal(&r->entry[i].hash, &p->hash))
            return why_no(why, TB_E_CONFLICT, "this %s is in the log already, at %llu",
                          tb_entry_kind_name(p->kind), (unsigned long long)i);
    return TB_OK;
}

/* ---- against what the log says */

static bool same_device(const struct ro_cred *c, const Tb__Credential *m)
{
    return strcmp(c->c.account, m->account) == 0 && strcmp(c->c.device, m->device) == 0;
}

static bool shares_key(const struct ro_cred *c, const Tb__Credential *m)
{
    return memcmp(c->c.sign_pk, m->sign_pk.data, TB_KEY_BYTES) == 0 ||
           memcmp(c->c.ident_pk, m->ident_pk.data, TB_IDENT_PK_BYTES) == 0 ||
           memcmp(c->c.box_pk, m->box_pk.data, TB_KEY_BYTES) == 0;
}

/* Old credentials count too: what they signed must never look like another's. */
static tb_result check_keys(const struct tb_roster *r, const Tb__Credential *m, struct tb_why *why)
{
    for (size_t i = 0; i < r->n_creds; i++)
        if (!same_device(&r->cred[i], m) && shares_key(&r->cred[i], m))
            return why_no(why, TB_E_CONFLICT,
                          "a key of '%s/%s' stands in the credential of '%s/%s': make new keys",
                          m->account, m->device, r->cred[i].c.account, r->cred[i].c.device);
    if (ro_registrar_find(r, m->sign_pk.data))
        return why_no(why, TB_E_CONFLICT,
                      "sign_pk of '%s' is a registrar's key: a device makes its own", m->account);
    return TB_OK;
}

static tb_result check_devices(const struct tb_roster *r, const Tb__Credential *m,
                               struct tb_why *why)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_creds; i++) {
        const struct ro_cred *c = &r->cred[i];
        if (c->newest && c->log_standing != TB_STANDING_REVOKED && !same_device(c, m) &&
            strcmp(c->c.account, m->account) == 0)
            n++;
    }
    if (n >= TB_DEVICES_PER_ACCOUNT)
        return why_no(why, TB_E_LIMIT, "'%s' has %u devices already: revoke one first", m->account,
                      (unsigned)n);
    return TB_OK;
}

/* Does a removal in the log concern this device? Then its credential may lift it. */
static bool concerns(const struct tb_roster *r, const struct ro_removal *m, const Tb__Credential *c)
{
    if (!m->by_cred)
        return strcmp(m->account, c->account) == 0;
    const struct ro_cred *removed = ro_cred_find(r, &m->cred);
    return removed && same_device(removed, c);
}

static tb_result check_lifts(const struct tb_roster *r, const Tb__Credential *m, struct tb_why *why)
{
    for (size_t i = 0; i < m->n_lifts; i++) {
        struct tb_hash hash = tb_hash_from(m->lifts[i].data);
        const struct ro_removal *removal = ro_removal_find(r, &hash);
        if (!removal || !removal->in_log)
            return why_no(why, TB_E_NOTFOUND,
                          "no removal %s in the log: it must be there before it is lifted",
                          why_hex(hash.b).text);
        if (!concerns(r, removal, m))
            return why_no(why, TB_E_RANGE, "removal %s is not about '%s/%s': name only its own",
                          why_hex(hash.b).text, m->account, m->device);
    }
    return TB_OK;
}

static tb_result check_credential(const struct tb_roster *r, const Tb__Credential *m,
                                  struct tb_why *why)
{
    tb_result res = check_keys(r, m, why);

    if (res == TB_OK)
        res = check_devices(r, m, why);
    if (res == TB_OK)
        res = check_lifts(r, m, why);
    return res;
}

static tb_result check_registrar(const struct tb_roster *r, const Tb__Registrar *m,
                                 struct tb_why *why)
{
    for (size_t i = 0; i < r->n_creds; i++)
        if (memcmp(r->cred[i].c.sign_pk, m->key.data, TB_KEY_BYTES) == 0)
            return why_no(why, TB_E_CONFLICT,
                          "registrar '%s' has the key of device '%s/%s': make one of its own",
                          m->person, r->cred[i].c.account, r->cred[i].c.device);
    return TB_OK;
}

static tb_result check_attestation(const struct tb_roster *r, const Tb__Attestation *m,
                                   struct tb_why *why)
{
    for (size_t i = 0; i < m->n_cred; i++) {
        struct tb_hash hash = tb_hash_from(m->cred[i].data);
        if (!ro_cred_find(r, &hash))
            return why_no(why, TB_E_NOTFOUND, "no credential %s to attest", why_hex(hash.b).text);
    }
    return TB_OK;
}

/* A removal may name somebody whom the log does not know (yet); it may not contradict itself. */
tb_result ro_check_named(const struct tb_roster *r, const Tb__Removal *m, struct tb_why *why)
{
    const char *account = ro_removal_account(r, m);

    if (account && *m->account && strcmp(account, m->account) != 0)
        return why_no(why, TB_E_RANGE, "the credential is that of '%s', the account is '%s'",
                      account, m->account);
    return TB_OK;
}

static tb_result check_sense(const struct tb_roster *r, const struct ro_parsed *p,
                             struct tb_why *why)
{
    switch (p->kind) {
    case TB_ENTRY_ROOT:
        if (p->body.root->demo != r->demo)
            return why_no(why, TB_E_RANGE, "the demo flag cannot change: make a new province");
        return TB_OK;
    case TB_ENTRY_AUTHORITY:
        return ro_check_authority(p, r->demo, why);
    case TB_ENTRY_REGISTRAR:
        return check_registrar(r, p->body.registrar, why);
    case TB_ENTRY_CREDENTIAL:
        return check_credential(r, p->body.credential, why);
    case TB_ENTRY_ATTESTATION:
        return check_attestation(r, p->body.attestation, why);
    case TB_ENTRY_SUSPENSION:
    case TB_ENTRY_REVOCATION:
        return ro_check_named(r, p->body.removal, why);
    case TB_ENTRY_RELAY:
    case TB_ENTRY_FRESHNESS_KEY:
    case TB_ENTRY_POLICY:
    case TB_ENTRY_SECRET_EPOCH:
    case TB_ENTRY_SCHEDULE:
        break;
    }
    return TB_OK;
}

tb_result ro_check_place(const struct tb_roster *r, const struct ro_parsed *p, struct tb_why *why)
{
    tb_result res;

    if (r->n_entries >= TB_ROSTER_MAX)
        return why_no(why, TB_E_LIMIT, "the log is full: %u entries", (unsigned)TB_ROSTER_MAX);
    if (r->n_entries == 0)
        return check_first(p, why);
    res = check_based_on(r, p, why);
    if (res == TB_OK)
        res = check_prev(r, p, why);
    if (res == TB_OK)
        res = check_new(r, p, why);
    if (res == TB_OK)
        res = check_sense(r, p, why);
    return res;
}
