/* SPDX-License-Identifier: GPL-3.0-or-later */
/* removals.c - see removals.h.  One pass over the log finds both the removals and
 * what was lifted. */
#include "keys/removals.h"

#include <string.h>

#include "proto/page.h"

struct search {
    const struct tb_roster *roster;
    const char *account, *device;
    struct removals standing;
    tb_result r;
};

static bool is_device(const struct search *s, const char *account, const char *device)
{
    return strcmp(account, s->account) == 0 && strcmp(device, s->device) == 0;
}

static bool hits(const struct search *s, const Tb__Removal *m)
{
    if (m->cred.len != TB_HASH_BYTES)
        return strcmp(m->account, s->account) == 0;
    struct tb_hash hash = tb_hash_from(m->cred.data);
    const struct tb_cred *c = tb_roster_cred(s->roster, &hash);
    return c != NULL && is_device(s, c->account, c->device);
}

static void drop(struct removals *list, const uint8_t *hash)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->n; i++) {
        if (memcmp(list->at[i].b, hash, TB_HASH_BYTES) != 0)
            list->at[kept++] = list->at[i];
    }
    list->n = kept;
}

static void note_removal(struct search *s, struct tb_arena *a, struct tb_view body,
                         const struct tb_hash *hash)
{
    Tb__Removal *m;

    s->r = tb_unpack(a, &tb__removal__descriptor, body, &m);
    if (s->r != TB_OK || !hits(s, m))
        return;
    drop(&s->standing, hash->b); /* a revocation comes again when it gets its second signature */
    if (s->standing.n == REMOVALS_MAX)
        s->r = TB_E_LIMIT;
    else
        s->standing.at[s->standing.n++] = *hash;
}

static void note_credential(struct search *s, struct tb_arena *a, struct tb_view body)
{
    Tb__Credential *m;

    s->r = tb_unpack(a, &tb__credential__descriptor, body, &m);
    if (s->r != TB_OK || !is_device(s, m->account, m->device))
        return;
    for (size_t i = 0; i < m->n_lifts; i++) {
        if (tb_is(&m->lifts[i], TB_HASH_BYTES))
            drop(&s->standing, m->lifts[i].data);
    }
}

static void note_entry(struct search *s, uint64_t i)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash hash;
    Tb__RosterEntry *e;

    tb_arena_init(&a, TB_ARENA_MAX);
    s->r = tb_entry_peek(&a, tb_roster_entry(s->roster, i), &e, &hash);
    if (s->r != TB_OK)
        return;
    if (e->kind == TB_ENTRY_SUSPENSION || e->kind == TB_ENTRY_REVOCATION)
        note_removal(s, &a, tb_field_view(&e->body), &hash);
    else if (e->kind == TB_ENTRY_CREDENTIAL)
        note_credential(s, &a, tb_field_view(&e->body));
}

tb_result removals_of(const struct tb_roster *r, const char *account, const char *device,
                      struct removals *ret)
{
    struct search s = { .roster = r, .account = account, .device = device, .r = TB_OK };

    for (uint64_t i = 0; i < tb_roster_size(r) && s.r == TB_OK; i++) {
        if (tb_roster_entry_counts(r, i))
            note_entry(&s, i);
    }
    if (s.r == TB_OK)
        *ret = s.standing;
    return s.r;
}
