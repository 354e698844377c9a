/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_standing.c - how each credential stands after the removals.
 *
 * Removals are a set: their order does not matter and none ever goes away.  One
 * that names an account hits every device of it, also later ones; one that
 * names a credential hits that device, also under a later credential.  Only a
 * credential that names the removal, or a later one of the same device, is
 * free of it. */
#include <string.h>

#include "proto/roster_priv.h"

static bool hits(const struct tb_roster *r, const struct ro_removal *m, const struct ro_cred *c)
{
    if (!m->by_cred)
        return strcmp(m->account, c->c.account) == 0;
    const struct ro_cred *named = ro_cred_find(r, &m->cred);
    return named && strcmp(named->c.account, c->c.account) == 0 &&
           strcmp(named->c.device, c->c.device) == 0;
}

static bool lifted(const struct ro_removal *m, const struct ro_cred *c)
{
    for (size_t i = 0; i < c->n_lifts; i++)
        if (tb_hash_equal(&c->lifts[i], &m->hash))
            return true;
    return false;
}

static enum tb_standing worse(enum tb_standing now, const struct ro_removal *m)
{
    return m->revokes || now == TB_STANDING_REVOKED ? TB_STANDING_REVOKED : TB_STANDING_SUSPENDED;
}

static void restand(const struct tb_roster *r, struct ro_cred *c)
{
    c->c.standing = c->newest ? TB_STANDING_GOOD : TB_STANDING_REPLACED;
    c->log_standing = c->c.standing;
    for (size_t i = 0; i < r->n_removals; i++) {
        const struct ro_removal *m = &r->removal[i];
        if (!hits(r, m, c) || lifted(m, c))
            continue;
        c->c.standing = worse(c->c.standing, m);
        if (m->in_log)
            c->log_standing = worse(c->log_standing, m);
    }
}

void ro_restand(struct tb_roster *r, const char *account)
{
    for (size_t i = 0; i < r->n_creds; i++)
        if (strcmp(r->cred[i].c.account, account) == 0)
            restand(r, &r->cred[i]);
}
