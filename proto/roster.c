/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster.c - the log: entries come in at the end, each verified, and freshness vouches for heads. */
#include <stdlib.h>
#include <string.h>

#include "proto/roster_priv.h"

tb_result tb_roster_new(struct tb_roster **ret)
{
    struct tb_roster *r = calloc(1, sizeof *r);

    if (!r)
        return TB_E_NOMEM;
    r->authority = ro_default_authority(false);
    *ret = r;
    return TB_OK;
}

static void release(struct tb_roster *r)
{
    for (size_t i = 0; i < r->n_entries; i++)
        tb_buf_done(&r->entry[i].raw);
    free(r->entry);
    free(r->subject);
    free(r->registrar);
    free(r->witness);
    free(r->removal);
    free(r->cred);
    free(r->cred_slot);
    free(r->policy);
    free(r->relay);
}

void tb_roster_free(struct tb_roster *r)
{
    if (!r)
        return;
    release(r);
    free(r);
}

/* ---- append */

/* TB_SEEN_VOUCHED is earlier than any append_by; a witness may speak up later (believe()). */
static bool in_time(const struct tb_roster *r, const struct ro_parsed *p, int64_t seen_ms)
{
    return r->n_entries == 0 || ro_is_removal(p->kind) || seen_ms <= p->e->append_by_ms;
}

static tb_result examine(const struct tb_roster *r, struct tb_arena *a, struct tb_view entry_signed,
                         struct ro_parsed *ret, struct tb_why *why)
{
    if (why)
        why->text[0] = '\0';
    tb_result res = ro_parse(a, entry_signed, ret, why);
    if (res == TB_OK)
        res = ro_check_place(r, ret, why);
    if (res == TB_OK)
        res = ro_check_signatures(r, ret, why);
    return res;
}

static struct tb_hash next_head(const struct tb_roster *r, const struct tb_hash *entry)
{
    struct tb_hash head = tb_roster_head(r);

    return tb_hash_of2(TB_L_ROSTER_HEAD, tb_view_of(head.b, sizeof head.b),
                       tb_view_of(entry->b, sizeof entry->b));
}

tb_result tb_roster_append(struct tb_roster *r, struct tb_view entry_signed, int64_t seen_ms,
                           struct tb_why *ret_why)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_buf raw = { 0 };
    struct ro_parsed p;

    tb_arena_init(&a, RO_ARENA_MAX);
    tb_result res = examine(r, &a, entry_signed, &p, ret_why);
    if (res == TB_OK)
        res = ro_reserve(r);
    if (res != TB_OK)
        return res;
    tb_put(&raw, entry_signed.p, entry_signed.n);
    if (tb_buf_check(&raw) != TB_OK)
        return TB_E_NOMEM;

    struct ro_entry e = { .raw = raw,
                          .hash = p.hash,
                          .head = next_head(r, &p.hash),
                          .kind = p.kind,
                          .counts = in_time(r, &p, seen_ms),
                          .seen_ms = seen_ms,
                          .append_by_ms = p.e->append_by_ms };
    ro_note_subject(r, &p);
    if (e.counts)
        ro_apply(r, &p, r->n_entries, true);
    else
        (void)why_no(ret_why, TB_OK,
                     "seen after its append_by_ms %lld: it stands in the log but does not count",
                     (long long)e.append_by_ms);
    r->entry[r->n_entries++] = e;
    return TB_OK;
}

tb_result tb_roster_try(const struct tb_roster *r, struct tb_view entry_signed, int64_t seen_ms,
                        struct tb_why *ret_why)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct ro_parsed p;

    tb_arena_init(&a, RO_ARENA_MAX);
    tb_result res = examine(r, &a, entry_signed, &p, ret_why);
    if (res == TB_OK && !in_time(r, &p, seen_ms))
        (void)why_no(ret_why, TB_OK, "append_by_ms %lld is over: it would not count; sign anew",
                     (long long)p.e->append_by_ms);
    return res;
}

static size_t on_sight_only(const struct tb_roster *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_removals; i++)
        n += !r->removal[i].in_log;
    return n;
}

tb_result tb_roster_remove_on_sight(struct tb_roster *r, struct tb_view entry_signed,
                                    struct tb_why *ret_why)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct ro_parsed p;

    tb_arena_init(&a, RO_ARENA_MAX);
    if (ret_why)
        ret_why->text[0] = '\0';
    tb_result res = ro_parse(&a, entry_signed, &p, ret_why);
    if (res != TB_OK)
        return res;
    if (!ro_is_removal(p.kind) || r->n_entries == 0)
        return why_no(ret_why, TB_E_DENIED, "a %s entry has no effect before it is in the log",
                      tb_entry_kind_name(p.kind));
    const struct ro_removal *known = ro_removal_find(r, &p.hash);
    if (known && (known->revokes || p.kind == TB_ENTRY_SUSPENSION))
        return TB_OK;
    if (on_sight_only(r) >= RO_ON_SIGHT_MAX)
        return why_no(ret_why, TB_E_LIMIT, "%u removals wait for the log: fetch it",
                      (unsigned)RO_ON_SIGHT_MAX);
    res = ro_check_named(r, p.body.removal, ret_why);
    if (res == TB_OK)
        res = ro_check_signatures(r, &p, ret_why);
    if (res == TB_OK)
        res = ro_reserve(r);
    if (res == TB_OK)
        ro_apply(r, &p, 0, false);
    return res;
}

/* ---- freshness */

/* Replays the log with what is known of its entries now; on failure the old state stays. */
static tb_result replay(struct tb_roster *r)
{
    TB_CLEANUP(release) struct tb_roster n = { .authority = ro_default_authority(false) };
    tb_result res = TB_OK;

    for (size_t i = 0; res == TB_OK && i < r->n_entries; i++)
        res = tb_roster_append(&n, tb_buf_view(&r->entry[i].raw), r->entry[i].seen_ms, NULL);
    for (size_t i = 0; res == TB_OK && i < r->n_removals; i++) {
        if (r->removal[i].in_log)
            continue;
        res = ro_reserve(&n);
        if (res == TB_OK)
            n.removal[n.n_removals++] = r->removal[i];
    }
    if (res != TB_OK)
        return res;
    for (size_t i = 0; i < r->n_witnesses; i++)
        for (size_t k = 0; k < n.n_witnesses; k++)
            if (memcmp(r->witness[i].key, n.witness[k].key, TB_KEY_BYTES) == 0) {
                n.witness[k].time_ms = r->witness[i].time_ms;
                n.witness[k].size = r->witness[i].size;
            }
    for (size_t i = 0; i < n.n_creds; i++)
        ro_restand(&n, n.cred[i].c.account);
    struct tb_roster old = *r;
    *r = n;
    n = old;
    return TB_OK;
}

/* Does the statement prove that grants which seemed late were in time? */
static void believe(struct tb_roster *r, const struct ro_witness *w)
{
    bool more = false;

    for (uint64_t i = 0; i < w->size && i < r->n_entries; i++)
        if (!r->entry[i].counts && w->time_ms <= r->entry[i].append_by_ms) {
            r->entry[i].seen_ms = TB_SEEN_VOUCHED;
            more = true;
        }
    if (more)
        (void)replay(r); /* out of memory: they go on not counting */
}

static struct ro_witness *witness_of(struct tb_roster *r, const uint8_t *key)
{
    for (size_t i = 0; i < r->n_witnesses; i++)
        if (memcmp(r->witness[i].key, key, TB_KEY_BYTES) == 0)
            return &r->witness[i];
    return NULL;
}

static tb_result check_statement(const struct tb_roster *r, const struct ro_witness *w,
                                 const Tb__Freshness *f)
{
    struct tb_hash head;

    if (!f->head || !tb_is(&f->head->hash, TB_HASH_BYTES) || f->head->size == 0 ||
        !ro_time_ok(f->time_ms))
        return TB_E_RANGE;
    if (f->time_ms < w->from_ms || f->time_ms >= w->until_ms)
        return TB_E_EXPIRED;
    if (f->head->size > r->n_entries)
        return TB_E_NOTFOUND;
    if (tb_roster_head_at(r, f->head->size, &head) != TB_OK ||
        memcmp(head.b, f->head->hash.data, TB_HASH_BYTES) != 0)
        return TB_E_CONFLICT;
    return f->time_ms <= w->time_ms ? TB_E_STALE : TB_OK;
}

tb_result tb_roster_freshness(struct tb_roster *r, struct tb_view freshness_signed)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    struct tb_view payload;
    Tb__Freshness *f;

    if (freshness_signed.n > TB_ENTRY_MAX)
        return TB_E_LIMIT;
    tb_arena_init(&a, RO_ARENA_MAX);
    tb_result res = tb_signed_parse(&a, freshness_signed, &s);
    if (res != TB_OK)
        return res;
    struct ro_witness *w = witness_of(r, s.by[0].pk);
    if (!w)
        return TB_E_DENIED;
    res = tb_signed_open(&a, TB_TYPE_FRESHNESS, &r->id, freshness_signed, w->key, &payload);
    if (res == TB_OK)
        res = tb_unpack(&a, &tb__freshness__descriptor, payload, &f);
    if (res == TB_OK)
        res = check_statement(r, w, f);
    if (res != TB_OK)
        return res;
    w->time_ms = f->time_ms;
    w->size = f->head->size;
    believe(r, w);
    return TB_OK;
}
