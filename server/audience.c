/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audience.c - see audience.h. */
#include "server/audience.h"

#include <stdlib.h>
#include <string.h>

void audience_done(struct audience *a)
{
    free(a->cred);
    a->cred = NULL;
    a->n = a->cap = 0;
}

static void put(struct audience *a, const struct tb_hash *cred)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? 2 * a->cap : 32;
        struct tb_hash *at = reallocarray(a->cred, cap, sizeof *at);
        if (!at) {
            a->failed = true;
            return;
        }
        a->cred = at;
        a->cap = cap;
    }
    a->cred[a->n++] = *cred;
}

void audience_add(struct audience *a, const struct tb_hash *cred)
{
    const struct tb_cred *c = tb_roster_cred(a->r->roster, cred);

    if (c && c->standing == TB_STANDING_GOOD)
        put(a, cred);
}

void audience_add_account(struct audience *a, const char *account)
{
    const struct tb_cred *c;
    size_t i = 0;

    while ((c = tb_roster_next_cred(a->r->roster, &i)))
        if (c->standing == TB_STANDING_GOOD && strcmp(c->account, account) == 0)
            put(a, &c->hash);
}

void audience_add_recipients(struct audience *a, const struct store_recipients *list)
{
    for (size_t i = 0; i < list->n; i++)
        audience_add(a, &list->at[i].cred);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct tb_hash));
}

tb_result audience_settle(struct audience *a)
{
    size_t n = 0;

    if (a->failed)
        return TB_E_NOMEM;
    if (a->n)
        qsort(a->cred, a->n, sizeof *a->cred, by_bytes);
    for (size_t i = 0; i < a->n; i++)
        if (n == 0 || !tb_hash_equal(&a->cred[n - 1], &a->cred[i]))
            a->cred[n++] = a->cred[i];
    a->n = n;
    return TB_OK;
}
