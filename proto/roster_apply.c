/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_apply.c - what an entry that counts changes.
 *
 * Everything here was checked and has its memory (ro_reserve), so nothing can
 * fail half-way. */
#include <stdlib.h>
#include <string.h>

#include "proto/roster_priv.h"

struct tb_authority ro_default_authority(bool demo)
{
    return (struct tb_authority){
        .policy_quorum = demo ? 1 : 2,
        .revocation_quorum = demo ? 1 : 2,
        .freshness_limit_ms = TB_FRESH_DEFAULT_MS,
    };
}

/* Makes room for one more. */
static bool room(void *array, size_t n, size_t *cap, size_t size)
{
    void **p = array;

    if (n < *cap)
        return true;
    size_t more = *cap ? *cap * 2 : 8;
    void *grown = reallocarray(*p, more, size);
    if (!grown) {
        tb_memory_failed();
        return false;
    }
    *p = grown;
    *cap = more;
    return true;
}

static bool room_for_slots(struct tb_roster *r)
{
    size_t n = r->n_cred_slots ? r->n_cred_slots : 16;

    while (n < 2 * (r->n_creds + 1))
        n *= 2;
    if (n == r->n_cred_slots)
        return true;
    uint32_t *slot = calloc(n, sizeof *slot);
    if (!slot)
        return false;
    free(r->cred_slot);
    r->cred_slot = slot;
    r->n_cred_slots = n;
    for (size_t i = 0; i < r->n_creds; i++)
        slot[ro_cred_slot(r, &r->cred[i].c.hash)] = (uint32_t)i + 1;
    return true;
}

tb_result ro_reserve(struct tb_roster *r)
{
    bool ok = room(&r->entry, r->n_entries, &r->cap_entries, sizeof *r->entry) &&
              room(&r->subject, r->n_subjects, &r->cap_subjects, sizeof *r->subject) &&
              room(&r->registrar, r->n_registrars, &r->cap_registrars, sizeof *r->registrar) &&
              room(&r->witness, r->n_witnesses, &r->cap_witnesses, sizeof *r->witness) &&
              room(&r->removal, r->n_removals, &r->cap_removals, sizeof *r->removal) &&
              room(&r->cred, r->n_creds, &r->cap_creds, sizeof *r->cred) && room_for_slots(r) &&
              room(&r->policy, r->n_policies, &r->cap_policies, sizeof *r->policy) &&
              room(&r->relay, r->n_relays, &r->cap_relays, sizeof *r->relay);

    return ok ? TB_OK : TB_E_NOMEM;
}

/* The checks made sure that it fits. */
static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = strnlen(from, size - 1);

    memcpy(to, from, n);
    to[n] = '\0';
}

void ro_note_subject(struct tb_roster *r, const struct ro_parsed *p)
{
    struct tb_view name = tb_field_view(&p->e->subject);
    const struct ro_subject *known = ro_subject_find(r, p->kind, name);

    if (ro_is_set(p->kind))
        return;
    struct ro_subject *s = known ? &r->subject[known - r->subject] : &r->subject[r->n_subjects++];
    s->kind = p->kind;
    s->n = (uint8_t)name.n;
    memcpy(s->name, name.p, name.n);
    s->newest = p->hash;
}

/* ---- the province */

static void apply_root(struct tb_roster *r, const struct ro_parsed *p)
{
    const Tb__Root *m = p->body.root;

    copy_text(r->province, sizeof r->province, m->province);
    if (r->n_entries == 0) {
        r->id = tb_hash_of(TB_L_ROSTER_ID, p->by.payload);
        r->demo = m->demo;
        r->authority = ro_default_authority(m->demo);
    }
    r->quorum = m->quorum;
    r->n_custodians = m->n_custodian;
    for (size_t i = 0; i < m->n_custodian; i++) {
        memcpy(r->custodian[i].key, m->custodian[i]->key.data, TB_KEY_BYTES);
        copy_text(r->custodian[i].person, sizeof r->custodian[i].person, m->custodian[i]->person);
    }
}

static void apply_authority(struct tb_roster *r, const Tb__Authority *m)
{
    struct tb_authority a = ro_default_authority(r->demo);

    a.policy_quorum = m->policy_quorum;
    a.revocation_quorum = m->revocation_quorum;
    if (m->freshness_limit_ms)
        a.freshness_limit_ms = m->freshness_limit_ms;
    a.attestation_ms = m->attestation_ms;
    for (size_t i = 0; i < m->n_role_quorum; i++) {
        a.grant[i].role = m->role_quorum[i]->role;
        a.grant[i].quorum = m->role_quorum[i]->quorum;
    }
    a.n_grants = m->n_role_quorum;
    for (size_t i = 0; i < m->n_gate; i++) {
        a.gate[i].step = m->gate[i]->step;
        a.gate[i].level = m->gate[i]->level;
    }
    a.n_gates = m->n_gate;
    r->authority = a;
}

static void apply_registrar(struct tb_roster *r, const Tb__Registrar *m)
{
    const struct ro_registrar *known = ro_registrar_find(r, m->key.data);
    struct ro_registrar *g =
        &r->registrar[known ? known - r->registrar : (ptrdiff_t)r->n_registrars];

    r->n_registrars += known ? 0 : 1;
    *g = (struct ro_registrar){ .from_ms = m->from_ms, .until_ms = m->until_ms };
    memcpy(g->key, m->key.data, TB_KEY_BYTES);
    copy_text(g->person, sizeof g->person, m->person);
    for (size_t i = 0; i < m->n_role; i++)
        g->roles |= m->role[i];
}

static void apply_relay(struct tb_roster *r, const Tb__RelayEntry *m)
{
    struct tb_relay_info i = { .relay_id = tb_id_from(m->relay_id.data),
                               .tls_pin = tb_hash_from(m->tls_pin.data),
                               .n_addresses = m->n_address };
    size_t at = 0;

    memcpy(i.key, m->key.data, TB_KEY_BYTES);
    if (m->tls_pin_next.len)
        i.tls_pin_next = tb_hash_from(m->tls_pin_next.data);
    for (size_t k = 0; k < m->n_address; k++)
        copy_text(i.address[k], sizeof i.address[k], m->address[k]);
    while (at < r->n_relays && !tb_id_equal(&r->relay[at].relay_id, &i.relay_id))
        at++;
    r->n_relays += at == r->n_relays ? 1 : 0;
    r->relay[at] = i;
}

static void apply_freshness_key(struct tb_roster *r, const Tb__FreshnessKey *m)
{
    size_t at = 0;

    while (at < r->n_witnesses && memcmp(r->witness[at].key, m->key.data, TB_KEY_BYTES) != 0)
        at++;
    struct ro_witness *w = &r->witness[at];
    if (at == r->n_witnesses) {
        *w = (struct ro_witness){ 0 };
        r->n_witnesses++;
    }
    memcpy(w->key, m->key.data, TB_KEY_BYTES);
    copy_text(w->holder, sizeof w->holder, m->holder);
    w->from_ms = m->from_ms;
    w->until_ms = m->until_ms;
}

/* ---- people */

static bool same_device(const struct ro_cred *a, const struct ro_cred *b)
{
    return strcmp(a->c.account, b->c.account) == 0 && strcmp(a->c.device, b->c.device) == 0;
}

static void lift(struct ro_cred *c, const struct tb_hash *removal)
{
    if (c->n_lifts < RO_LIFTED_MAX)
        c->lifts[c->n_lifts++] = *removal;
}

static struct ro_cred cred_of(const struct ro_parsed *p, uint64_t position)
{
    const Tb__Credential *m = p->body.credential;
    struct ro_cred c = { .newest = true };

    c.c.hash = p->hash;
    c.c.position = position;
    copy_text(c.c.account, sizeof c.c.account, m->account);
    copy_text(c.c.agency, sizeof c.c.agency, m->agency);
    copy_text(c.c.device, sizeof c.c.device, m->device);
    c.c.role = (enum tb_role)m->role;
    memcpy(c.c.sign_pk, m->sign_pk.data, TB_KEY_BYTES);
    memcpy(c.c.ident_pk, m->ident_pk.data, TB_IDENT_PK_BYTES);
    memcpy(c.c.box_pk, m->box_pk.data, TB_KEY_BYTES);
    c.c.vetted = (enum tb_vetted)m->vetted;
    c.c.card_hash = tb_hash_from(m->card_hash.data);
    c.c.from_ms = m->from_ms;
    c.c.until_ms = m->until_ms;
    for (size_t i = 0; i < m->n_lifts; i++) {
        struct tb_hash h = tb_hash_from(m->lifts[i].data);
        lift(&c, &h);
    }
    return c;
}

/* What was lifted for a device stays lifted when its credential is renewed. */
static void apply_credential(struct tb_roster *r, const struct ro_parsed *p, uint64_t position)
{
    struct ro_cred c = cred_of(p, position);

    for (size_t i = 0; i < r->n_creds; i++) {
        struct ro_cred *old = &r->cred[i];
        if (!old->newest || !same_device(old, &c))
            continue;
        old->newest = false;
        for (size_t k = 0; k < old->n_lifts; k++)
            lift(&c, &old->lifts[k]);
    }
    r->cred[r->n_creds] = c;
    r->cred_slot[ro_cred_slot(r, &c.c.hash)] = (uint32_t)++r->n_creds;
    if (c.c.role == TB_ROLE_COORDINATOR)
        r->had_coordinator = true;
    ro_restand(r, c.c.account);
}

static void apply_removal(struct tb_roster *r, const struct ro_parsed *p, bool in_log)
{
    const Tb__Removal *m = p->body.removal;
    struct ro_removal *known = ro_removal_find(r, &p->hash);
    struct ro_removal *x = known ? known : &r->removal[r->n_removals++];
    const char *account = ro_removal_account(r, m);

    if (!known) {
        *x = (struct ro_removal){ .hash = p->hash, .by_cred = m->cred.len > 0 };
        if (x->by_cred)
            x->cred = tb_hash_from(m->cred.data);
        else
            copy_text(x->account, sizeof x->account, m->account);
    }
    x->in_log = x->in_log || in_log;
    x->revokes = x->revokes || p->revokes;
    if (account)
        ro_restand(r, account);
}

static void apply_attestation(struct tb_roster *r, const Tb__Attestation *m)
{
    for (size_t i = 0; i < m->n_cred; i++) {
        struct tb_hash hash = tb_hash_from(m->cred[i].data);
        struct ro_cred *c = ro_cred_find(r, &hash);
        if (c && c->c.attested_until_ms < m->until_ms)
            c->c.attested_until_ms = m->until_ms;
    }
}

static void apply_tier(struct tb_policy_tier *tier, const Tb__PolicyTier *m)
{
    tier->n_targets = (uint8_t)m->n_target;
    tier->wait_s = m->wait_s;
    tier->repeat_s = m->repeat_s;
    for (size_t i = 0; i < m->n_target; i++)
        copy_text(tier->account[i], sizeof tier->account[i], m->target[i]->id);
}

static void apply_policy(struct tb_roster *r, const struct ro_parsed *p)
{
    const Tb__Policy *m = p->body.policy;
    struct tb_policy *x = &r->policy[r->n_policies];

    for (size_t i = 0; i < r->n_policies; i++)
        if (strcmp(r->policy[i].id, m->id) == 0)
            r->policy[i].current = false;
    *x = (struct tb_policy){ .hash = p->hash, .n_tiers = (uint8_t)m->n_tier, .current = true };
    copy_text(x->id, sizeof x->id, m->id);
    copy_text(x->name, sizeof x->name, m->name);
    for (size_t i = 0; i < m->n_page_class; i++)
        x->classes |= (uint8_t)(1u << m->page_class[i]);
    for (size_t i = 0; i < m->n_tier; i++)
        apply_tier(&x->tier[i], m->tier[i]);
    r->n_policies++;
}

void ro_apply(struct tb_roster *r, const struct ro_parsed *p, uint64_t position, bool in_log)
{
    switch (p->kind) {
    case TB_ENTRY_ROOT:
        apply_root(r, p);
        break;
    case TB_ENTRY_AUTHORITY:
        apply_authority(r, p->body.authority);
        break;
    case TB_ENTRY_REGISTRAR:
        apply_registrar(r, p->body.registrar);
        break;
    case TB_ENTRY_RELAY:
        apply_relay(r, p->body.relay);
        break;
    case TB_ENTRY_FRESHNESS_KEY:
        apply_freshness_key(r, p->body.freshness_key);
        break;
    case TB_ENTRY_CREDENTIAL:
        apply_credential(r, p, position);
        break;
    case TB_ENTRY_SUSPENSION:
    case TB_ENTRY_REVOCATION:
        apply_removal(r, p, in_log);
        break;
    case TB_ENTRY_ATTESTATION:
        apply_attestation(r, p->body.attestation);
        break;
    case TB_ENTRY_POLICY:
        apply_policy(r, p);
        break;
    case TB_ENTRY_SECRET_EPOCH:
        r->epoch = p->body.epoch->epoch;
        r->epoch_commit = tb_hash_from(p->body.epoch->commit.data);
        break;
    case TB_ENTRY_SCHEDULE: /* never gets here */
        break;
    }
}
