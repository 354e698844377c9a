/* SPDX-License-Identifier: GPL-3.0-or-later */
/* find.c - a page by its printed id.
 *
 * The store knows rows by keyed hashes only, so the ids of all pages are read once and kept: every
 * answer names a page by its printed id, and years of rows are not opened for each of them. */
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

static tb_result put(struct tbc *c, const struct tb_id *id)
{
    struct tb_id *more = reallocarray(c->page_id, c->n_page_ids + 1, sizeof *more);

    if (!more)
        return TB_E_NOMEM;
    c->page_id = more;
    c->page_id[c->n_page_ids++] = *id;
    return TB_OK;
}

void find_learn(struct tbc *c, const struct tb_id *id)
{
    if (c->page_ids_read && put(c, id) != TB_OK)
        find_forget(c);
}

void find_forget(struct tbc *c)
{
    free(c->page_id);
    c->page_id = NULL;
    c->n_page_ids = 0;
    c->page_ids_read = false;
}

static tb_result read_row(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tbc *c = user;
    Tbl__Page *p;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__page__descriptor, plain, &p) != TB_OK || !tb_is(&p->id, TB_ID_BYTES))
        return TB_E_DAMAGED;
    struct tb_id id = tb_id_from(p->id.data);
    return put(c, &id);
}

static tb_result read_all(struct tbc *c)
{
    const struct cs_query all = { CS_PAGE, 0, false };
    tb_result r = TB_OK;

    if (c->page_ids_read)
        return TB_OK;
    r = cs_newest(c->store, &all, read_row, c);
    if (r != TB_OK && r != TB_E_DAMAGED) {
        find_forget(c);
        return r;
    }
    c->page_ids_read = true;
    return TB_OK;
}

static bool begins(const struct tb_id *id, const char *prefix)
{
    char hex[2 * TB_ID_BYTES + 1];

    tb_hex(id->b, TB_ID_BYTES, hex);
    return strncmp(hex, prefix, strlen(prefix)) == 0;
}

tb_result tbc_find(struct tbc *c, const char *printed, struct tb_id *ret)
{
    const struct tb_id *found = NULL;
    tb_result r = need_unlocked(c);

    if (r != TB_OK)
        return r;
    if (!*printed || strspn(printed, "0123456789abcdef") != strlen(printed))
        return TB_E_NOTFOUND;
    r = read_all(c);
    if (r != TB_OK)
        return r;
    for (size_t i = 0; i < c->n_page_ids; i++) {
        if (!begins(&c->page_id[i], printed))
            continue;
        if (found && !tb_id_equal(found, &c->page_id[i])) /* a turn that was undone learns twice */
            return TB_E_CONFLICT;
        found = &c->page_id[i];
    }
    if (!found)
        return TB_E_NOTFOUND;
    *ret = *found;
    return TB_OK;
}
