/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held.c - envelopes that cannot be judged yet: kept on disk, sealed, and judged again when more is known.
 *
 * The signer, or the page, is not known here yet: a relay may be slow with the
 * roster, withhold it, or push in another order.  Such an envelope is written in
 * the transaction that moves the cursor, so it is acknowledged only once it is
 * safe; it is judged again when the roster grew, when its page came, and at start.
 * What turns out to be false is passed over as if it had just come.
 *
 * Bounded in number (TB_HELD_MAX: the oldest that is neither page nor release gives
 * way first) and in age (TB_HELD_MS).  Age is counted in time that this program ran,
 * on the boot clock: no clock that somebody sets makes a page disappear. */
#include <sodium.h>
#include <string.h>

#include "client/core/parts.h"

enum { NOTE = 0, WHOLE = 1, LOOK_MS = 3600 * 1000 };

/* ---- how long this program ran */

static tb_result load_clock(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("held");
    Tbl__HeldClock *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__held_clock__descriptor, &m);
    if (r != TB_OK && r != TB_E_NOTFOUND)
        return r;
    c->held_ran_ms = r == TB_OK ? m->ran_ms : 0;
    c->held_ran_boot_ms = now_boot_ms();
    return TB_OK;
}

static int64_t ran_ms(const struct tbc *c)
{
    return c->held_ran_ms + now_boot_ms() - c->held_ran_boot_ms;
}

static tb_result save_clock(struct tbc *c)
{
    const struct cs_key k = key_meta("held");
    Tbl__HeldClock m;

    tbl__held_clock__init(&m);
    m.ran_ms = ran_ms(c);
    return local_put(c, &k, NULL, &m.base);
}

/* ---- rows */

struct waiting {
    struct tb_arena arena;
    Tbl__Held *row[TB_HELD_MAX + 1]; /* newest first */
    size_t n;
};

static void waiting_done(struct waiting *w)
{
    tb_arena_done(&w->arena);
}

static tb_result add_row(void *user, int64_t n, struct tb_view plain)
{
    struct waiting *w = user;
    Tbl__Held *m;

    (void)n;
    if (w->n > TB_HELD_MAX)
        return TB_OK; /* never so many: held_put() keeps the bound */
    tb_result r = tb_unpack(&w->arena, &tbl__held__descriptor, plain, &m);
    if (r != TB_OK || !tb_is(&m->name, TB_HASH_BYTES))
        return r == TB_E_NOMEM ? r : TB_E_DAMAGED;
    w->row[w->n++] = m;
    return TB_OK;
}

static tb_result list(struct tbc *c, struct waiting *w)
{
    const struct cs_query all = { CS_HELD, 0, false };

    tb_arena_done(&w->arena);
    tb_arena_init(&w->arena, CORE_ARENA);
    w->n = 0;
    tb_result r = cs_newest(c->store, &all, add_row, w);
    return r == TB_E_DAMAGED ? TB_OK : r; /* the others still wait */
}

static bool any(struct tbc *c)
{
    uint32_t n = 0;

    return cs_count(c->store, CS_HELD, false, &n) != TB_OK || n != 0;
}

static struct cs_key row_key(const Tbl__Held *m, int64_t n)
{
    return key_of(CS_HELD, m->name.data, TB_HASH_BYTES, n);
}

static tb_result drop(struct tbc *c, const Tbl__Held *m)
{
    const struct cs_key note = row_key(m, NOTE), whole = row_key(m, WHOLE);
    tb_result r = cs_drop(c->store, &note);

    if (r == TB_OK)
        r = cs_drop(c->store, &whole);
    if (tb_is(&m->page_id, TB_ID_BYTES)) {
        struct tb_id page = tb_id_from(m->page_id.data);
        core_touch(c, &page); /* it may have rung for this */
    }
    return r;
}

static tb_result load(struct tbc *c, const Tbl__Held *m, struct tb_arena *a, Tb__Envelope **ret)
{
    const struct cs_key k = row_key(m, WHOLE);

    return local_get(c, &k, a, &tb__envelope__descriptor, ret);
}

static bool is_of(const Tbl__Held *m, const struct tb_id *page)
{
    return tb_is(&m->page_id, TB_ID_BYTES) && memcmp(m->page_id.data, page->b, TB_ID_BYTES) == 0;
}

/* ---- bounds */

/* A page, or what makes one ring or readable. */
static bool is_page(uint32_t kind)
{
    return kind == TB_ENV_CAPSULE || kind == TB_ENV_RELEASE || kind == TB_ENV_REWRAP;
}

static tb_result keep_bound(struct tbc *c)
{
    TB_CLEANUP(waiting_done) struct waiting w = { 0 };
    const Tbl__Held *victim = NULL;
    uint32_t n = 0;
    tb_result r = cs_count(c->store, CS_HELD, false, &n);

    if (r != TB_OK || n <= 2 * TB_HELD_MAX)
        return r;
    r = list(c, &w);
    for (size_t i = 0; i < w.n; i++)
        if (!victim || !is_page(w.row[i]->kind) || is_page(victim->kind))
            victim = w.row[i]; /* newest first: the last that fits is the oldest */
    if (r != TB_OK || !victim)
        return r;
    core_log(c, LOG_ERROR_, "inbox: %u envelopes wait; the one of kind %u is given up",
             (unsigned)TB_HELD_MAX, victim->kind);
    return drop(c, victim);
}

static tb_result drop_old(struct tbc *c)
{
    TB_CLEANUP(waiting_done) struct waiting w = { 0 };
    tb_result r = list(c, &w);

    for (size_t i = 0; i < w.n && r == TB_OK; i++) {
        if (ran_ms(c) - w.row[i]->since_ms < TB_HELD_MS)
            continue;
        core_log(c, LOG_ERROR_, "inbox: an envelope of kind %u could never be judged; given up",
                 w.row[i]->kind);
        r = drop(c, w.row[i]);
    }
    return r;
}

/* ---- in */

/* The same envelope has the same name, whenever and under whatever number it comes. */
static tb_result name_of(const Tb__Envelope *e, struct tb_hash *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    Tb__Envelope bare = *e;

    bare.seq = 0;
    bare.at_ms = 0;
    tb_result r = tb_pack(&bare.base, &packed);
    if (r == TB_OK)
        (void)crypto_generichash(ret->b, sizeof ret->b, packed.p, packed.n, NULL,
                                 0); /* cannot fail for this size */
    return r;
}

static tb_result next_number(struct tbc *c, uint64_t *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Counters *n;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = counters_get(c, &a, &n);
    if (r != TB_OK)
        return r;
    *ret = ++n->held;
    return counters_put(c, n);
}

static tb_result write_rows(struct tbc *c, const struct tb_hash *name, const Tb__Envelope *e)
{
    Tbl__Held m;

    tbl__held__init(&m);
    m.kind = e->kind;
    m.page_id = e->page_id;
    m.name = tb_field(name->b, sizeof name->b);
    m.era = c->taking_era;
    m.since_ms = ran_ms(c);
    tb_result r = next_number(c, &m.number);
    const struct cs_key note = row_key(&m, NOTE), whole = row_key(&m, WHOLE);
    const struct cs_sort sort = { (int64_t)m.number, is_page(m.kind) };
    if (r == TB_OK)
        r = local_put(c, &note, &sort, &m.base);
    if (r == TB_OK)
        r = local_put(c, &whole, NULL, &e->base);
    return r == TB_OK ? keep_bound(c) : r;
}

tb_result held_put(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf before = { 0 };
    struct tb_hash name;
    tb_result r = name_of(e, &name);

    if (r != TB_OK)
        return r;
    const struct cs_key k = key_of(CS_HELD, name.b, sizeof name.b, NOTE);
    r = cs_get(c->store, &k, &before);
    if (r != TB_E_NOTFOUND && r != TB_E_DAMAGED)
        return r; /* waits already */
    core_log(c, LOG_WARN_, "inbox: envelope %llu of kind %u cannot be judged yet and waits",
             (unsigned long long)e->seq, e->kind);
    r = c->held_ran_boot_ms ? TB_OK : load_clock(c);
    if (r == TB_OK)
        r = save_clock(c);
    if (r == TB_OK)
        r = write_rows(c, &name, e);
    if (r == TB_OK && tb_is(&e->page_id, TB_ID_BYTES)) {
        struct tb_id page = tb_id_from(e->page_id.data);
        if (e->kind == TB_ENV_RELEASE)
            doubt_note(c, &page);
        else
            core_touch(c, &page); /* an accept may end its alarm */
    }
    if (now_boot_ms() + LOOK_MS < c->held_due_ms)
        c->held_due_ms = now_boot_ms() + LOOK_MS;
    return r;
}

/* ---- again */

static tb_result settle(struct tbc *c, const Tbl__Held *m, tb_result how)
{
    core_log(c, how == TB_OK ? LOG_NOTE_ : LOG_WARN_,
             "inbox: an envelope of kind %u that waited: %s", m->kind, tb_result_name(how));
    return drop(c, m);
}

/* *ret_more: a page came by it, so others of the list may be judged now. */
static tb_result judge_one(struct tbc *c, const Tbl__Held *m, bool *ret_more)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Envelope *e;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = load(c, m, &a, &e);
    if (r == TB_E_DAMAGED || r == TB_E_NOTFOUND)
        return settle(c, m, r);
    if (r == TB_OK)
        r = cs_mark(c->store);
    if (r != TB_OK)
        return r;
    c->memory_ahead = true;
    c->taking_era = m->era;
    c->judging = true;
    tb_result how = inbox_dispatch(c, e);
    c->judging = false;
    if (how == TB_OK || how == TB_E_STALE)
        r = cs_keep(c->store);
    else
        cs_undo(c->store);
    if (r != TB_OK || is_our_failure(how))
        return r == TB_OK ? how : r;
    *ret_more |= m->kind == TB_ENV_CAPSULE && (how == TB_OK || how == TB_E_STALE);
    return how == TB_E_UNVERIFIED || how == TB_E_STALE ? TB_OK : settle(c, m, how);
}

tb_result held_judge(struct tbc *c, const struct tb_id *page)
{
    bool more = any(c);
    tb_result r = TB_OK;

    while (more && r == TB_OK) {
        TB_CLEANUP(waiting_done) struct waiting w = { 0 };
        more = false;
        r = list(c, &w);
        for (size_t i = w.n; i > 0 && r == TB_OK; i--) /* oldest first */
            if (!page || is_of(w.row[i - 1], page))
                r = judge_one(c, w.row[i - 1], &more);
    }
    return r;
}

void held_roster(struct tbc *c)
{
    uint64_t size = tb_roster_size(c->roster);

    if (!c->me->member || size == c->held_roster)
        return;
    core_fail(c, held_judge(c, NULL));
    c->held_roster = size;
}

tb_result held_of_page(struct tbc *c, const struct tb_id *page, held_fn *fn, void *user)
{
    TB_CLEANUP(waiting_done) struct waiting w = { 0 };
    tb_result r = list(c, &w);

    for (size_t i = w.n; i > 0 && r == TB_OK; i--) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
        Tb__Envelope *e;
        if (!is_of(w.row[i - 1], page))
            continue;
        tb_arena_init(&a, CORE_ARENA);
        r = load(c, w.row[i - 1], &a, &e);
        if (r == TB_OK)
            r = fn(user, e);
        else if (r == TB_E_DAMAGED || r == TB_E_NOTFOUND)
            r = TB_OK;
    }
    return r;
}

/* ---- time */

static tb_result note_doubts(struct tbc *c)
{
    TB_CLEANUP(waiting_done) struct waiting w = { 0 };
    tb_result r = list(c, &w);

    for (size_t i = 0; i < w.n && r == TB_OK; i++) {
        const Tbl__Held *m = w.row[i];
        if (m->kind != TB_ENV_RELEASE || !tb_is(&m->page_id, TB_ID_BYTES))
            continue;
        struct tb_id page = tb_id_from(m->page_id.data);
        doubt_note(c, &page);
    }
    return r;
}

void held_start(struct tbc *c)
{
    if (!c->me->member)
        return;
    core_fail(c, load_clock(c));
    held_roster(c);
    core_fail(c, note_doubts(c));
}

int64_t held_due_ms(const struct tbc *c)
{
    return c->held_due_ms;
}

void held_tick(struct tbc *c)
{
    if (now_boot_ms() < c->held_due_ms)
        return;
    c->held_due_ms = INT64_MAX;
    if (!c->me->member || !any(c))
        return;
    c->held_due_ms = now_boot_ms() + LOOK_MS;
    core_fail(c, c->held_ran_boot_ms ? TB_OK : load_clock(c));
    core_fail(c, save_clock(c));
    core_fail(c, drop_old(c));
    held_roster(c);
}
