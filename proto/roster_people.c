/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_people.c - form of the entries about people: credentials, removals, attestations, policies. */
#include <string.h>

#include "proto/roster_priv.h"
#include "proto/text.h"

static tb_result check_name(const char *what, const char *name, struct tb_why *why)
{
    if (tb_name_check(name) != TB_OK)
        return why_no(why, TB_E_RANGE, "%s %s is not valid: 1 to %u of a-z, 0-9 and '-' inside",
                      what, why_quote(name).text, (unsigned)TB_NAME_MAX);
    return TB_OK;
}

/* ---- credential */

static tb_result check_names(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Credential *m = p->body.credential;
    char subject[RO_SUBJECT_MAX];
    tb_result r = check_name("account", m->account, why);

    if (r == TB_OK)
        r = check_name("agency", m->agency, why);
    if (r == TB_OK)
        r = check_name("device", m->device, why);
    if (r != TB_OK)
        return r;
    size_t account = strlen(m->account), device = strlen(m->device);
    memcpy(subject, m->account, account);
    subject[account] = '/';
    memcpy(subject + account + 1, m->device, device);
    if (!ro_subject_is(p, subject, account + 1 + device))
        return why_no(why, TB_E_RANGE, "the subject of this credential is not '%s/%s'", m->account,
                      m->device);
    return TB_OK;
}

static tb_result check_keys(const Tb__Credential *m, struct tb_why *why)
{
    if (!tb_is(&m->sign_pk, TB_KEY_BYTES) || !tb_sign_pk_ok(m->sign_pk.data))
        return why_no(why, TB_E_RANGE, "sign_pk of '%s' is no Ed25519 key: the device makes it new",
                      m->account);
    if (!tb_is(&m->ident_pk, TB_IDENT_PK_BYTES) || m->ident_pk.data[0] != 0x05 ||
        !tb_box_pk_ok(m->ident_pk.data + 1))
        return why_no(why, TB_E_RANGE,
                      "ident_pk of '%s' is no identity key (0x05 and 32 bytes): make it new",
                      m->account);
    if (!tb_is(&m->box_pk, TB_KEY_BYTES) || !tb_box_pk_ok(m->box_pk.data))
        return why_no(why, TB_E_RANGE, "box_pk of '%s' is no X25519 key: the device makes it new",
                      m->account);
    if (m->kem != 0 || m->kem_pk.len != 0)
        return why_no(why, TB_E_RESERVED, "kem %u of '%s' is reserved: leave kem and kem_pk empty",
                      m->kem, m->account);
    return TB_OK;
}

static tb_result check_lifts(const Tb__Credential *m, struct tb_why *why)
{
    if (m->n_lifts > RO_LIFTS_MAX)
        return why_no(why, TB_E_RANGE, "%u removals lifted at once: at most %u",
                      (unsigned)m->n_lifts, (unsigned)RO_LIFTS_MAX);
    for (size_t i = 0; i < m->n_lifts; i++) {
        if (!tb_is(&m->lifts[i], TB_HASH_BYTES))
            return why_no(why, TB_E_RANGE, "a removal to lift is named by %u bytes instead of 32",
                          (unsigned)m->lifts[i].len);
        for (size_t k = 0; k < i; k++)
            if (memcmp(m->lifts[i].data, m->lifts[k].data, TB_HASH_BYTES) == 0)
                return why_no(why, TB_E_RANGE, "removal %s is lifted twice: name it once",
                              why_hex(m->lifts[i].data).text);
    }
    return TB_OK;
}

tb_result ro_check_credential(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Credential *m = p->body.credential;

    if (m->suite != RO_SUITE)
        return why_no(why, TB_E_RESERVED, "suite %u of a credential is not known: only 1 is",
                      m->suite);
    tb_result r = check_names(p, why);
    if (r == TB_OK && !ro_role_ok(m->role))
        r = why_no(why, TB_E_RANGE, "role %u of '%s' is no single role of a credential", m->role,
                   m->account);
    if (r == TB_OK)
        r = check_keys(m, why);
    if (r == TB_OK && m->vetted > TB_VETTED_IN_PERSON)
        r = why_no(why, TB_E_RANGE, "vetted %u of '%s': 0, 1 or 2", m->vetted, m->account);
    if (r == TB_OK && !tb_is(&m->card_hash, TB_HASH_BYTES))
        r = why_no(why, TB_E_RANGE, "card_hash of '%s' has %u bytes instead of 32", m->account,
                   (unsigned)m->card_hash.len);
    if (r == TB_OK && !tb_is_or_empty(&m->invite_id, TB_ID_BYTES))
        r = why_no(why, TB_E_RANGE, "invite_id of '%s' has %u bytes instead of 16", m->account,
                   (unsigned)m->invite_id.len);
    if (r == TB_OK)
        r = ro_check_span(m->from_ms, m->until_ms, TB_CREDENTIAL_MAX_MS, why);
    if (r == TB_OK)
        r = check_lifts(m, why);
    return r;
}

/* ---- removal, attestation */

tb_result ro_check_removal(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Removal *m = p->body.removal;
    tb_result r = TB_OK;
    bool by_cred = m->cred.len > 0;

    if (by_cred && !tb_is(&m->cred, TB_HASH_BYTES))
        r = why_no(why, TB_E_RANGE, "a credential to remove is named by %u bytes instead of 32",
                   (unsigned)m->cred.len);
    if (r == TB_OK && (!by_cred || *m->account))
        r = check_name("account", m->account, why);
    if (r == TB_OK && (m->reason < TB_REMOVAL_LOST || m->reason > TB_REMOVAL_OTHER))
        r = why_no(why, TB_E_RANGE,
                   "reason %u of a removal: 1 to 4 (lost, left, compromised, other)", m->reason);
    if (r == TB_OK && m->suspect_since_ms != 0 && !ro_time_ok(m->suspect_since_ms))
        r = why_no(why, TB_E_RANGE, "suspect_since_ms %lld is no time",
                   (long long)m->suspect_since_ms);
    if (r == TB_OK && !(by_cred ? ro_subject_is(p, m->cred.data, m->cred.len)
                                : ro_subject_is(p, m->account, strlen(m->account))))
        r = why_no(why, TB_E_RANGE, "the subject of this removal is not what its body names");
    return r;
}

tb_result ro_check_attestation(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Attestation *m = p->body.attestation;

    if (!ro_subject_is(p, "attestation", 11))
        return why_no(why, TB_E_RANGE, "the subject of an attestation is 'attestation'");
    if (m->n_cred == 0)
        return why_no(why, TB_E_RANGE, "an attestation of nobody: name the credentials");
    for (size_t i = 0; i < m->n_cred; i++)
        if (!tb_is(&m->cred[i], TB_HASH_BYTES))
            return why_no(why, TB_E_RANGE, "a credential to attest is named by %u bytes, not 32",
                          (unsigned)m->cred[i].len);
    return ro_check_span(p->e->signed_ms, m->until_ms, RO_PERIOD_MAX_MS, why);
}

/* ---- policy */

static tb_result check_target(const Tb__PolicyTier *t, size_t i, struct tb_why *why)
{
    const Tb__Target *g = t->target[i];

    if (g->kind == TB_TARGET_SCHEDULE)
        return why_no(why, TB_E_RESERVED,
                      "target kind 2 (schedule) in tier %u is reserved: name accounts", t->t);
    if (g->kind != TB_TARGET_ACCOUNT)
        return why_no(why, TB_E_RANGE, "target kind %u in tier %u: 1 (account)", g->kind, t->t);
    if (tb_name_check(g->id) != TB_OK)
        return why_no(why, TB_E_RANGE, "account %s in tier %u is not valid", why_quote(g->id).text,
                      t->t);
    for (size_t k = 0; k < i; k++)
        if (strcmp(t->target[k]->id, g->id) == 0)
            return why_no(why, TB_E_RANGE, "account '%s' stands twice in tier %u: once is enough",
                          g->id, t->t);
    return TB_OK;
}

static tb_result check_tier(const Tb__PolicyTier *t, size_t number, struct tb_why *why)
{
    tb_result r = TB_OK;

    if (t->t != number)
        return why_no(why, TB_E_RANGE, "tier %u stands where tier %u should: number them 1, 2, ...",
                      t->t, (unsigned)number);
    if (t->wait_s < TB_WAIT_S_MIN || t->wait_s > TB_WAIT_S_MAX)
        return why_no(why, TB_E_RANGE, "wait_s %u of tier %u: %u to %u seconds", t->wait_s, t->t,
                      (unsigned)TB_WAIT_S_MIN, (unsigned)TB_WAIT_S_MAX);
    if (t->repeat_s < TB_REPEAT_S_MIN || t->repeat_s > TB_WAIT_S_MAX)
        return why_no(why, TB_E_RANGE, "repeat_s %u of tier %u: %u to %u seconds", t->repeat_s,
                      t->t, (unsigned)TB_REPEAT_S_MIN, (unsigned)TB_WAIT_S_MAX);
    if (t->quorum > 1)
        return why_no(why, TB_E_RESERVED, "quorum %u of tier %u is reserved: one accept is enough",
                      t->quorum, t->t);
    if (t->n_target < 1 || t->n_target > TB_TARGETS_MAX)
        return why_no(why, TB_E_RANGE, "%u accounts in tier %u: 1 to %u", (unsigned)t->n_target,
                      t->t, (unsigned)TB_TARGETS_MAX);
    for (size_t i = 0; r == TB_OK && i < t->n_target; i++)
        r = check_target(t, i, why);
    return r;
}

static tb_result check_classes(const Tb__Policy *m, struct tb_why *why)
{
    unsigned seen = 0;

    for (size_t i = 0; i < m->n_page_class; i++) {
        uint32_t c = m->page_class[i];
        if (c < 1 || c > 3 || (seen & (1u << c)))
            return why_no(why, TB_E_RANGE,
                          "page_class %u of policy '%s': each of 1, 2, 3 at most once", c, m->id);
        seen |= 1u << c;
    }
    return TB_OK;
}

tb_result ro_check_policy(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Policy *m = p->body.policy;
    tb_result r = check_name("policy", m->id, why);

    if (r == TB_OK && !ro_subject_is(p, m->id, strlen(m->id)))
        r = why_no(why, TB_E_RANGE, "the subject of this policy is not its id '%s'", m->id);
    if (r == TB_OK && *m->name)
        r = ro_check_person("policy name", m->name, why);
    if (r == TB_OK && m->accept_expires_s != 0)
        r = why_no(why, TB_E_RESERVED, "accept_expires_s %u of policy '%s' is reserved: set 0",
                   m->accept_expires_s, m->id);
    if (r == TB_OK && m->wake_up != 0)
        r = why_no(why, TB_E_RESERVED, "wake_up %u of policy '%s' is reserved: set 0", m->wake_up,
                   m->id);
    if (r == TB_OK)
        r = check_classes(m, why);
    if (r == TB_OK && (m->n_tier < 1 || m->n_tier > TB_TIERS_MAX))
        r = why_no(why, TB_E_RANGE, "%u tiers in policy '%s': 1 to %u", (unsigned)m->n_tier, m->id,
                   (unsigned)TB_TIERS_MAX);
    for (size_t i = 0; r == TB_OK && i < m->n_tier; i++)
        r = check_tier(m->tier[i], i + 1, why);
    return r;
}
