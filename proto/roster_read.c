/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_read.c - what others ask of a roster. */
#include <string.h>

#include "proto/roster_priv.h"

uint64_t tb_roster_size(const struct tb_roster *r)
{
    return r->n_entries;
}

struct tb_hash tb_roster_head(const struct tb_roster *r)
{
    return r->n_entries ? r->entry[r->n_entries - 1].head : (struct tb_hash){ { 0 } };
}

tb_result tb_roster_head_at(const struct tb_roster *r, uint64_t size, struct tb_hash *ret)
{
    if (size > r->n_entries)
        return TB_E_NOTFOUND;
    *ret = size ? r->entry[size - 1].head : (struct tb_hash){ { 0 } };
    return TB_OK;
}

const struct tb_hash *tb_roster_id(const struct tb_roster *r)
{
    return r->n_entries ? &r->id : NULL;
}

const char *tb_roster_province(const struct tb_roster *r)
{
    return r->province;
}

bool tb_roster_is_demo(const struct tb_roster *r)
{
    return r->demo;
}

struct tb_view tb_roster_entry(const struct tb_roster *r, uint64_t i)
{
    return i < r->n_entries ? tb_buf_view(&r->entry[i].raw) : (struct tb_view){ NULL, 0 };
}

bool tb_roster_entry_counts(const struct tb_roster *r, uint64_t i)
{
    return i < r->n_entries && r->entry[i].counts;
}

/* ---- people */

/* The relay asks for every request: a table by the hash, which nobody can choose without signatures. */
size_t ro_cred_slot(const struct tb_roster *r, const struct tb_hash *hash)
{
    uint32_t first;

    memcpy(&first, hash->b, sizeof first);
    size_t i = first & (r->n_cred_slots - 1);
    while (r->cred_slot[i] && !tb_hash_equal(&r->cred[r->cred_slot[i] - 1].c.hash, hash))
        i = (i + 1) & (r->n_cred_slots - 1);
    return i;
}

struct ro_cred *ro_cred_find(const struct tb_roster *r, const struct tb_hash *hash)
{
    uint32_t at = r->n_cred_slots ? r->cred_slot[ro_cred_slot(r, hash)] : 0;

    return at ? &r->cred[at - 1] : NULL;
}

const struct tb_cred *tb_roster_cred(const struct tb_roster *r, const struct tb_hash *cred)
{
    const struct ro_cred *c = ro_cred_find(r, cred);

    return c ? &c->c : NULL;
}

const struct tb_cred *tb_roster_next_cred(const struct tb_roster *r, size_t *i)
{
    while (*i < r->n_creds) {
        const struct ro_cred *c = &r->cred[(*i)++];
        if (c->newest)
            return &c->c;
    }
    return NULL;
}

const struct tb_cred *tb_roster_account(const struct tb_roster *r, const char *account)
{
    for (size_t i = 0; i < r->n_creds; i++) {
        const struct tb_cred *c = &r->cred[i].c;
        if (c->standing == TB_STANDING_GOOD && strcmp(c->account, account) == 0)
            return c;
    }
    return NULL;
}

struct ro_removal *ro_removal_find(const struct tb_roster *r, const struct tb_hash *hash)
{
    for (size_t i = 0; i < r->n_removals; i++)
        if (tb_hash_equal(&r->removal[i].hash, hash))
            return &r->removal[i];
    return NULL;
}

const char *ro_removal_account(const struct tb_roster *r, const Tb__Removal *m)
{
    if (m->cred.len == 0)
        return m->account;
    struct tb_hash hash = tb_hash_from(m->cred.data);
    const struct ro_cred *c = ro_cred_find(r, &hash);
    return c ? c->c.account : NULL;
}

const struct ro_registrar *ro_registrar_find(const struct tb_roster *r, const uint8_t *key)
{
    for (size_t i = 0; i < r->n_registrars; i++)
        if (memcmp(r->registrar[i].key, key, TB_KEY_BYTES) == 0)
            return &r->registrar[i];
    return NULL;
}

const char *tb_roster_registrar(const struct tb_roster *r, const uint8_t key[static TB_KEY_BYTES],
                                enum tb_role role, int64_t now_ms)
{
    const struct ro_registrar *g = ro_registrar_find(r, key);

    if (!g || now_ms < g->from_ms || now_ms >= g->until_ms)
        return NULL;
    return (g->roles & (unsigned)role) == (unsigned)role ? g->person : NULL;
}

/* ---- policies */

const struct tb_policy *tb_roster_policy(const struct tb_roster *r,
                                         const struct tb_hash *entry_hash)
{
    for (size_t i = r->n_policies; i-- > 0;)
        if (tb_hash_equal(&r->policy[i].hash, entry_hash))
            return &r->policy[i];
    return NULL;
}

const struct tb_policy *tb_roster_policy_by_id(const struct tb_roster *r, const char *id)
{
    for (size_t i = 0; i < r->n_policies; i++)
        if (r->policy[i].current && strcmp(r->policy[i].id, id) == 0)
            return &r->policy[i];
    return NULL;
}

const struct tb_policy *tb_roster_next_policy(const struct tb_roster *r, size_t *i)
{
    while (*i < r->n_policies) {
        const struct tb_policy *p = &r->policy[(*i)++];
        if (p->current)
            return p;
    }
    return NULL;
}

/* ---- the province */

const struct tb_relay_info *tb_roster_relay(const struct tb_roster *r, const struct tb_id *relay_id)
{
    for (size_t i = 0; i < r->n_relays; i++)
        if (tb_id_equal(&r->relay[i].relay_id, relay_id))
            return &r->relay[i];
    return NULL;
}

const struct tb_relay_info *tb_roster_first_relay(const struct tb_roster *r)
{
    return r->n_relays ? &r->relay[0] : NULL;
}

const struct tb_authority *tb_roster_authority(const struct tb_roster *r)
{
    return &r->authority;
}

uint32_t tb_roster_epoch(const struct tb_roster *r, struct tb_hash *ret_commit)
{
    if (r->epoch && ret_commit)
        *ret_commit = r->epoch_commit;
    return r->epoch;
}

int64_t tb_roster_fresh_ms(const struct tb_roster *r)
{
    int64_t newest = 0;

    for (size_t i = 0; i < r->n_witnesses; i++)
        if (r->witness[i].time_ms > newest)
            newest = r->witness[i].time_ms;
    return newest;
}

bool tb_roster_next_witness(const struct tb_roster *r, size_t *i, struct tb_witness *ret)
{
    if (*i >= r->n_witnesses)
        return false;
    const struct ro_witness *w = &r->witness[(*i)++];
    *ret = (struct tb_witness){ w->key, w->holder, w->from_ms, w->until_ms, w->time_ms, w->size };
    return true;
}

bool tb_roster_confirms(const struct tb_roster *r, const struct tb_cred *cred, int64_t now_ms)
{
    size_t n = strlen(cred->account);

    for (size_t i = 0; i < r->n_witnesses && cred->standing == TB_STANDING_GOOD; i++) {
        const struct ro_witness *w = &r->witness[i];
        if (now_ms >= w->from_ms && now_ms < w->until_ms &&
            strncmp(w->holder, cred->account, n) == 0 && w->holder[n] == '/' &&
            strcmp(w->holder + n + 1, cred->device) == 0)
            return true;
    }
    return false;
}

tb_result tb_roster_find(const struct tb_roster *r, const struct tb_hash *entry_hash,
                         uint64_t *ret_position)
{
    for (size_t i = 0; i < r->n_entries; i++)
        if (tb_hash_equal(&r->entry[i].hash, entry_hash)) {
            *ret_position = i;
            return TB_OK;
        }
    return TB_E_NOTFOUND;
}

const struct ro_subject *ro_subject_find(const struct tb_roster *r, enum tb_entry_kind kind,
                                         struct tb_view name)
{
    for (size_t i = 0; i < r->n_subjects; i++) {
        const struct ro_subject *s = &r->subject[i];
        if (s->kind == kind && s->n == name.n && memcmp(s->name, name.p, name.n) == 0)
            return s;
    }
    return NULL;
}

struct tb_hash tb_roster_prev(const struct tb_roster *r, enum tb_entry_kind kind,
                              struct tb_view subject)
{
    const struct ro_subject *s = ro_subject_find(r, kind, subject);

    return s ? s->newest : (struct tb_hash){ { 0 } };
}
