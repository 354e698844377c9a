/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake.c - what a parcel may bring to the relay: entries, approvals, freshness statements.
 *
 * What it tells are fields between tabs; intake_text.c makes sentences of them. */
#include <stdarg.h>
#include <stdio.h>

#include "proto/parcel.h"
#include "server/spool.h"

struct intake {
    struct relay *r;
    int64_t now_ms;
    const struct relay_say *say;
    tb_result first; /* the first error */
    unsigned taken;
    unsigned there; /* of them known before */
};

__attribute__((format(printf, 2, 3))) static void tell(const struct intake *in, const char *fmt,
                                                       ...)
{
    char line[400];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    in->say->fn(in->say->user, line);
}

typedef tb_result take_fn(struct intake *in, struct tb_view item, struct tb_why *why);

static tb_result take_entry(struct intake *in, struct tb_view item, struct tb_why *why)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };

    uint64_t size = tb_roster_size(in->r->roster);
    tb_result res = relay_take_entry(in->r, item, in->now_ms, &receipt, why);
    in->there += res == TB_OK && tb_roster_size(in->r->roster) == size;
    return res;
}

static tb_result take_freshness(struct intake *in, struct tb_view item, struct tb_why *why)
{
    tb_result res = relay_take_freshness(in->r, item);

    (void)why;
    return res == TB_E_STALE ? TB_OK : res; /* a newer one is here */
}

static tb_result take_approval(struct intake *in, struct tb_view item, struct tb_why *why)
{
    return relay_take_approval(in->r, item, in->now_ms, why);
}

/* One item behind a savepoint of its own. */
static void take(struct intake *in, const char *what, size_t i, struct tb_view item, take_fn *fn)
{
    struct store *s = in->r->store;
    struct tb_why why = { 0 };
    tb_result res = store_health(s) == STORE_FINE ? store_mark(s) : TB_E_FULL;

    if (res == TB_OK) {
        res = fn(in, item, &why);
        if (store_health(s) == STORE_FINE) {
            tb_result end = res == TB_OK ? store_keep(s) : store_undo(s);
            res = end == TB_OK ? res : end;
        }
    }
    if (res == TB_OK) {
        in->taken++;
        return;
    }
    tell(in, "item\t%s\t%zu\t%s\t%s", what, i, tb_result_name(res), why.text);
    if (in->first == TB_OK)
        in->first = res;
}

/* A root that is not ours: nothing that comes with it can fit. */
static bool is_foreign(const struct relay *r, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash ours, theirs;
    Tb__RosterEntry *e;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_roster_size(r->roster) > 0 &&
           tb_entry_peek(&a, tb_roster_entry(r->roster, 0), &e, &ours) == TB_OK &&
           tb_entry_peek(&a, entry, &e, &theirs) == TB_OK && e->kind == TB_ENTRY_ROOT &&
           !e->based_on && !tb_hash_equal(&ours, &theirs);
}

tb_result intake_parcel(struct relay *r, struct tb_view file, int64_t now_ms,
                        const struct relay_say *say)
{
    struct intake in = { .r = r, .now_ms = now_ms, .say = say };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Parcel *p;

    tb_arena_init(&a, 4 * (size_t)TB_PARCEL_MAX);
    tb_result res = tb_parcel_decode(&a, file, &p);
    if (res != TB_OK) {
        tell(&in, "damaged\t%s", tb_result_name(res));
        return res;
    }
    if (p->n_entry_signed + p->n_freshness_signed + p->n_approval_signed == 0) {
        tell(&in, "nothing\t%zu", p->n_request);
        return TB_E_RANGE;
    }
    if (p->n_entry_signed > 0 && is_foreign(r, tb_field_view(&p->entry_signed[0]))) {
        tell(&in, "foreign\t%s", tb_result_name(TB_E_CONFLICT));
        return TB_E_CONFLICT;
    }
    for (size_t i = 0; i < p->n_entry_signed; i++)
        take(&in, "entry", i, tb_field_view(&p->entry_signed[i]), take_entry);
    for (size_t i = 0; i < p->n_freshness_signed; i++)
        take(&in, "freshness", i, tb_field_view(&p->freshness_signed[i]), take_freshness);
    for (size_t i = 0; i < p->n_approval_signed; i++)
        take(&in, "approval", i, tb_field_view(&p->approval_signed[i]), take_approval);
    tell(&in, "taken\t%u\t%u\t%zu\t%llu", in.taken, in.there,
         p->n_entry_signed + p->n_freshness_signed + p->n_approval_signed,
         (unsigned long long)tb_roster_size(r->roster));
    return in.first;
}
