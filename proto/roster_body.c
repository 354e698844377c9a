/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_body.c - form of the entries that custodians and registrars sign about the province.
 *
 * Each function sees one entry alone.  People's entries stand in roster_people.c. */
#include <string.h>

#include "proto/roster_priv.h"
#include "proto/text.h"
#include "proto/trust.h"

bool ro_subject_is(const struct ro_parsed *p, const void *bytes, size_t n)
{
    return tb_is(&p->e->subject, n) && memcmp(p->e->subject.data, bytes, n) == 0;
}

bool ro_time_ok(int64_t t)
{
    return t > 0 && t <= RO_TIME_MAX_MS;
}

bool ro_role_ok(uint32_t role)
{
    const uint32_t all = TB_ROLE_DEVICE;

    return role && (role & (role - 1)) == 0 && (role & all) == role;
}

tb_result ro_check_person(const char *what, const char *person, struct tb_why *why)
{
    size_t n = strlen(person);

    if (tb_text_check(person, TB_PERSON_MAX, TB_TEXT_LINE) != TB_OK)
        return why_no(why, TB_E_RANGE,
                      "%s %s is not valid text: one line of at most %u bytes of composed UTF-8",
                      what, why_quote(person).text, (unsigned)TB_PERSON_MAX);
    if (n == 0 || person[0] == ' ' || person[n - 1] == ' ')
        return why_no(why, TB_E_RANGE,
                      "%s '%s' is empty or has a space at its end: write the name alone", what,
                      person);
    return TB_OK;
}

tb_result ro_check_span(int64_t from_ms, int64_t until_ms, int64_t max_ms, struct tb_why *why)
{
    if (!ro_time_ok(from_ms) || !ro_time_ok(until_ms) || from_ms >= until_ms)
        return why_no(why, TB_E_RANGE,
                      "valid from %lld until %lld is no span of time in ms since 1970",
                      (long long)from_ms, (long long)until_ms);
    if (until_ms - from_ms > max_ms)
        return why_no(why, TB_E_RANGE, "valid for %lld days: at most %lld are allowed",
                      (long long)((until_ms - from_ms) / 86400000), (long long)(max_ms / 86400000));
    return TB_OK;
}

static tb_result check_key(const char *what, const ProtobufCBinaryData *key, struct tb_why *why)
{
    if (!tb_is(key, TB_KEY_BYTES) || !tb_sign_pk_ok(key->data))
        return why_no(why, TB_E_RANGE, "%s is no Ed25519 public key of 32 bytes: make a new one",
                      what);
    return TB_OK;
}

static tb_result check_subject(const struct ro_parsed *p, const void *bytes, size_t n,
                               struct tb_why *why)
{
    if (!ro_subject_is(p, bytes, n))
        return why_no(why, TB_E_RANGE, "the subject of this %s entry is not what its body names",
                      tb_entry_kind_name(p->kind));
    return TB_OK;
}

static tb_result check_custodian(const Tb__Root *m, size_t i, struct tb_why *why)
{
    const Tb__Custodian *c = m->custodian[i];
    tb_result r = check_key("a custodian's key", &c->key, why);

    if (r == TB_OK)
        r = ro_check_person("custodian", c->person, why);
    for (size_t k = 0; r == TB_OK && k < i; k++) {
        if (memcmp(m->custodian[k]->key.data, c->key.data, TB_KEY_BYTES) == 0)
            r = why_no(why, TB_E_RANGE, "two custodians have one key, %s: each needs his own",
                       why_hex(c->key.data).text);
        else if (strcmp(m->custodian[k]->person, c->person) == 0)
            r = why_no(why, TB_E_RANGE, "'%s' is a custodian twice: name distinct persons",
                       c->person);
    }
    return r;
}

tb_result ro_check_root(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Root *m = p->body.root;
    tb_result r = check_subject(p, "root", 4, why);

    if (r == TB_OK && m->suite != RO_SUITE)
        r = why_no(why, TB_E_RESERVED, "suite %u of the root is not known: only 1 is", m->suite);
    if (r == TB_OK)
        r = ro_check_person("province", m->province, why);
    if (r == TB_OK && (m->n_custodian < 1 || m->n_custodian > TB_CUSTODIANS_MAX))
        r = why_no(why, TB_E_RANGE, "%u custodians: 1 to %u are possible, 3 are recommended",
                   (unsigned)m->n_custodian, (unsigned)TB_CUSTODIANS_MAX);
    for (size_t i = 0; r == TB_OK && i < m->n_custodian; i++)
        r = check_custodian(m, i, why);
    if (r == TB_OK && (m->quorum < 1 || m->quorum > m->n_custodian))
        r = why_no(why, TB_E_RANGE, "quorum %u of %u custodians can never be reached or is none",
                   m->quorum, (unsigned)m->n_custodian);
    if (r == TB_OK && m->quorum < 2 && !m->demo)
        r = why_no(why, TB_E_RANGE,
                   "quorum 1 of custodians is for demonstrations: set the demo flag or ask for 2");
    return r;
}

/* ---- authority */

static tb_result check_role_quorum(const Tb__Authority *m, size_t i, bool demo, struct tb_why *why)
{
    const Tb__RoleQuorum *q = m->role_quorum[i];

    if (!ro_role_ok(q->role))
        return why_no(why, TB_E_RANGE, "role %u is no single role of a credential", q->role);
    for (size_t k = 0; k < i; k++)
        if (m->role_quorum[k]->role == q->role)
            return why_no(why, TB_E_RANGE, "role %s has two quorums: give one",
                          tb_role_name((enum tb_role)q->role));
    if (q->quorum < 1 || q->quorum > TB_SIGNATURES_MAX)
        return why_no(why, TB_E_RANGE, "quorum %u for role %s: 1 to %u are possible", q->quorum,
                      tb_role_name((enum tb_role)q->role), (unsigned)TB_SIGNATURES_MAX);
    if (q->quorum < 2 && !demo)
        return why_no(
            why, TB_E_RANGE,
            "quorum 1 for granting role %s is for provinces with the demo flag: ask for 2",
            tb_role_name((enum tb_role)q->role));
    return TB_OK;
}

static tb_result check_gate(const Tb__Authority *m, size_t i, struct tb_why *why)
{
    const Tb__Gate *g = m->gate[i];

    if (g->step >= TB_STEP_COUNT)
        return why_no(why, TB_E_RANGE, "gate for step %u: the highest step is %u", g->step,
                      (unsigned)TB_STEP_COUNT - 1);
    if (g->level > 3)
        return why_no(why, TB_E_RANGE, "gate of level %u for step %u: levels are 0 to 3", g->level,
                      g->step);
    for (size_t k = 0; k < i; k++)
        if (m->gate[k]->step == g->step)
            return why_no(why, TB_E_RANGE, "step %u has two gates: give one", g->step);
    return TB_OK;
}

static tb_result check_quorum_of(const char *what, uint32_t quorum, bool demo, struct tb_why *why)
{
    if (quorum < 1 || quorum > TB_SIGNATURES_MAX)
        return why_no(why, TB_E_RANGE, "%s quorum %u: 1 to %u are possible", what, quorum,
                      (unsigned)TB_SIGNATURES_MAX);
    if (quorum < 2 && !demo)
        return why_no(why, TB_E_RANGE, "%s quorum 1 is for provinces with the demo flag: ask for 2",
                      what);
    return TB_OK;
}

static tb_result check_period(const char *what, int64_t ms, struct tb_why *why)
{
    if (ms < 0 || ms > RO_PERIOD_MAX_MS)
        return why_no(why, TB_E_RANGE, "%s of %lld ms: 0 (not set) to 366 days are possible", what,
                      (long long)ms);
    return TB_OK;
}

tb_result ro_check_authority(const struct ro_parsed *p, bool demo, struct tb_why *why)
{
    const Tb__Authority *m = p->body.authority;
    tb_result r = check_subject(p, "authority", 9, why);

    if (r == TB_OK)
        r = check_quorum_of("policy", m->policy_quorum, demo, why);
    if (r == TB_OK)
        r = check_quorum_of("revocation", m->revocation_quorum, demo, why);
    if (r == TB_OK)
        r = check_period("freshness limit", m->freshness_limit_ms, why);
    if (r == TB_OK)
        r = check_period("attestation period", m->attestation_ms, why);
    /* Distinct roles and steps, so no list is longer than there are any. */
    for (size_t i = 0; r == TB_OK && i < m->n_role_quorum; i++)
        r = check_role_quorum(m, i, demo, why);
    for (size_t i = 0; r == TB_OK && i < m->n_gate; i++)
        r = check_gate(m, i, why);
    if (r == TB_OK && m->n_two_person_step > 0)
        r = why_no(why, TB_E_RESERVED,
                   "two_person_step %u is reserved and would not be enforced: leave the list empty",
                   m->two_person_step[0]);
    return r;
}

/* ---- keys */

tb_result ro_check_registrar(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__Registrar *m = p->body.registrar;
    tb_result r = check_key("a registrar's key", &m->key, why);

    if (r == TB_OK)
        r = check_subject(p, m->key.data, m->key.len, why);
    if (r == TB_OK)
        r = ro_check_person("registrar", m->person, why);
    if (r == TB_OK)
        r = ro_check_span(m->from_ms, m->until_ms, RO_TIME_MAX_MS, why);
    if (r == TB_OK && m->n_role == 0)
        r = why_no(why, TB_E_RANGE, "registrar '%s' may grant no role: list the roles", m->person);
    unsigned seen = 0;
    for (size_t i = 0; r == TB_OK && i < m->n_role; i++) {
        if (!ro_role_ok(m->role[i]) || (seen & m->role[i]))
            r = why_no(why, TB_E_RANGE, "role %u of registrar '%s' is unknown or stands twice",
                       m->role[i], m->person);
        seen |= m->role[i];
    }
    return r;
}

/* host:port, [v6]:port */
static bool address_ok(const char *s)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    bool v6 = s[0] == '[';
    const char *host = v6 ? s + 1 : s;
    size_t n = strspn(host, v6 ? "0123456789abcdefABCDEF:." : letters);
    const char *port = host + n;
    unsigned value = 0;

    if (n == 0 || n > TB_ADDRESS_MAX || (v6 && *port++ != ']') || *port++ != ':')
        return false;
    if (*port < '1' || *port > '9')
        return false;
    for (; *port >= '0' && *port <= '9' && value <= 65535; port++)
        value = value * 10 + (unsigned)(*port - '0');
    return *port == '\0' && value <= 65535;
}

static bool is_zero(const ProtobufCBinaryData *d)
{
    struct tb_hash h = tb_hash_from(d->data);

    return tb_hash_is_zero(&h);
}

tb_result ro_check_relay(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__RelayEntry *m = p->body.relay;
    tb_result r = check_key("the relay's key", &m->key, why);

    if (r == TB_OK && !tb_is(&m->relay_id, TB_ID_BYTES))
        r = why_no(why, TB_E_RANGE, "the relay's id has %u bytes instead of 16",
                   (unsigned)m->relay_id.len);
    if (r == TB_OK)
        r = check_subject(p, m->relay_id.data, m->relay_id.len, why);
    if (r == TB_OK && (!tb_is(&m->tls_pin, TB_HASH_BYTES) || is_zero(&m->tls_pin)))
        r = why_no(why, TB_E_RANGE, "tls_pin is not the SHA-256 of a TLS public key");
    if (r == TB_OK && !tb_is_or_empty(&m->tls_pin_next, TB_HASH_BYTES))
        r = why_no(why, TB_E_RANGE, "tls_pin_next has %u bytes: 32, or none",
                   (unsigned)m->tls_pin_next.len);
    if (r == TB_OK && (m->n_address < 1 || m->n_address > 4))
        r = why_no(why, TB_E_RANGE, "%u addresses of the relay: 1 to 4 are possible",
                   (unsigned)m->n_address);
    for (size_t i = 0; r == TB_OK && i < m->n_address; i++)
        if (!address_ok(m->address[i]))
            r = why_no(why, TB_E_RANGE, "address %s is not host:port, as in relay.example:8443",
                       why_quote(m->address[i]).text);
    return r;
}

tb_result ro_check_freshness_key(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__FreshnessKey *m = p->body.freshness_key;
    tb_result r = check_key("a freshness key", &m->key, why);

    if (r == TB_OK)
        r = check_subject(p, m->key.data, m->key.len, why);
    if (r == TB_OK)
        r = ro_check_person("holder", m->holder, why);
    if (r == TB_OK)
        r = ro_check_span(m->from_ms, m->until_ms, RO_TIME_MAX_MS, why);
    return r;
}

tb_result ro_check_epoch(const struct ro_parsed *p, struct tb_why *why)
{
    const Tb__SecretEpoch *m = p->body.epoch;
    tb_result r = check_subject(p, "epoch", 5, why);

    if (r == TB_OK && m->epoch == 0)
        r = why_no(why, TB_E_RANGE, "epoch 0 is that of guests: the first is 1");
    if (r == TB_OK && m->epoch > 1)
        r = why_no(why, TB_E_RESERVED, "epoch %u: rotation of the province secret is reserved",
                   m->epoch);
    if (r == TB_OK && !tb_is(&m->commit, TB_HASH_BYTES))
        r = why_no(why, TB_E_RANGE, "the commitment of epoch %u has %u bytes instead of 32",
                   m->epoch, (unsigned)m->commit.len);
    return r;
}
