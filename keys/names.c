/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c - see names.h.  A later entry about a key replaces the earlier one, and
 * a later root replaces all custodians. */
#include "keys/names.h"

#include <stdlib.h>
#include <string.h>

#include "proto/page.h"

void names_done(struct names *n)
{
    free(n->at);
    *n = (struct names){ NULL, 0 };
}

const struct name *names_find(const struct names *n, const uint8_t *key)
{
    for (size_t i = n->n; i > 0; i--) {
        if (memcmp(n->at[i - 1].key, key, TB_KEY_BYTES) == 0)
            return &n->at[i - 1];
    }
    return NULL;
}

static tb_result add(struct names *n, const ProtobufCBinaryData *key, const char *who,
                     enum tb_entry_kind kind)
{
    struct name *grown = reallocarray(n->at, n->n + 1, sizeof *grown);

    if (grown == NULL)
        return TB_E_NOMEM;
    n->at = grown;
    struct name *added = &n->at[n->n];
    size_t length = strlen(who);
    if (!tb_is(key, TB_KEY_BYTES) || length > TB_PERSON_MAX)
        return TB_E_RANGE;
    *added = (struct name){ .kind = kind };
    memcpy(added->key, key->data, TB_KEY_BYTES);
    memcpy(added->who, who, length);
    n->n++;
    return TB_OK;
}

static tb_result add_root(struct names *n, struct tb_arena *a, struct tb_view body)
{
    size_t kept = 0;
    Tb__Root *m;
    tb_result r = tb_unpack(a, &tb__root__descriptor, body, &m);

    for (size_t i = 0; i < n->n; i++) {
        if (n->at[i].kind != TB_ENTRY_ROOT)
            n->at[kept++] = n->at[i];
    }
    n->n = kept;
    for (size_t i = 0; r == TB_OK && i < m->n_custodian; i++)
        r = add(n, &m->custodian[i]->key, m->custodian[i]->person, TB_ENTRY_ROOT);
    return r;
}

static tb_result add_entry(struct names *n, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterEntry *e;
    tb_result r;

    tb_arena_init(&a, TB_ARENA_MAX);
    if ((r = tb_entry_peek(&a, entry, &e, NULL)) != TB_OK)
        return r;
    struct tb_view body = tb_field_view(&e->body);
    if (e->kind == TB_ENTRY_ROOT)
        return add_root(n, &a, body);
    if (e->kind == TB_ENTRY_REGISTRAR) {
        Tb__Registrar *m;
        r = tb_unpack(&a, &tb__registrar__descriptor, body, &m);
        return r == TB_OK ? add(n, &m->key, m->person, TB_ENTRY_REGISTRAR) : r;
    }
    if (e->kind == TB_ENTRY_FRESHNESS_KEY) {
        Tb__FreshnessKey *m;
        r = tb_unpack(&a, &tb__freshness_key__descriptor, body, &m);
        return r == TB_OK ? add(n, &m->key, m->holder, TB_ENTRY_FRESHNESS_KEY) : r;
    }
    if (e->kind == TB_ENTRY_CREDENTIAL) {
        Tb__Credential *m;
        r = tb_unpack(&a, &tb__credential__descriptor, body, &m);
        return r == TB_OK ? add(n, &m->sign_pk, m->account, TB_ENTRY_CREDENTIAL) : r;
    }
    return TB_OK;
}

tb_result names_collect(const struct tb_roster *r, struct names *ret)
{
    TB_CLEANUP(names_done) struct names n = { NULL, 0 };
    uint64_t size = r != NULL ? tb_roster_size(r) : 0;

    for (uint64_t i = 0; i < size; i++) {
        tb_result res = tb_roster_entry_counts(r, i) ? add_entry(&n, tb_roster_entry(r, i)) : TB_OK;
        if (res != TB_OK)
            return res;
    }
    *ret = n;
    n = (struct names){ NULL, 0 };
    return TB_OK;
}
