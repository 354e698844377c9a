/* SPDX-License-Identifier: GPL-3.0-or-later */
/* freshness.c - a device whose freshness key is in the roster signs daily that the roster is the newest.
 *
 * It vouches with its own eyes only: for the head that it replayed, that the relay shows
 * too, while nothing about the roster is strange.  The date is the earlier of its own
 * clock and the relay's, and there is none where the two are far apart: an early date
 * would prove late grants to have been in time, a late one would hide a frozen log.  What
 * it said last stands in the roster (tb_witness), so a clock that is set back makes it
 * silent, not noisy; an offer to the relay is repeated after a while, never at once. */
#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"
#include "proto/parcel.h"

#define DAILY_MS (20LL * 3600 * 1000) /* so the daily one does not wander through the day */
#define CHANGED_MS (3600LL * 1000)    /* after a change of the log */
#define SKEW_MS (5LL * 60 * 1000)     /* between our clock and the relay's */
#define AGAIN_MS (10LL * 60 * 1000)   /* until a statement is offered again */

static tb_result get_key(struct tbc *c, struct tb_arena *a, Tbl__FreshnessKey **ret)
{
    const struct cs_key k = key_meta("freshness");
    tb_result r = local_get(c, &k, a, &tbl__freshness_key__descriptor, ret);

    if (r == TB_OK && (!tb_is(&(*ret)->seed, TB_KEY_BYTES) || !tb_is(&(*ret)->key, TB_KEY_BYTES)))
        r = TB_E_STORE;
    return r;
}

static tb_result put_key(struct tbc *c, const Tbl__FreshnessKey *m)
{
    const struct cs_key k = key_meta("freshness");

    return local_put(c, &k, NULL, &m->base);
}

/* ---- may it sign? */

static bool find_witness(const struct tb_roster *r, const uint8_t *key, struct tb_witness *ret)
{
    for (size_t i = 0; tb_roster_next_witness(r, &i, ret);)
        if (memcmp(ret->key, key, TB_KEY_BYTES) == 0)
            return true;
    return false;
}

static bool alarmed(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__RosterState *m;

    tb_arena_init(&a, CORE_ARENA);
    return rosync_state(c, &a, &m) != TB_OK || m->alarm_kind != ROSYNC_FINE;
}

/* The date that a statement would bear now. */
static int64_t date_now(const struct tbc *c)
{
    return now_wall_ms() + (c->link.skew_ms < 0 ? c->link.skew_ms : 0);
}

static bool clocks_differ(const struct tbc *c, const struct tb_witness *w)
{
    return c->link.skew_ms > SKEW_MS || c->link.skew_ms < -SKEW_MS ||
           w->time_ms > now_wall_ms() + SKEW_MS;
}

static enum tbc_signer judge(struct tbc *c, const struct tb_witness *w)
{
    int64_t now = date_now(c);

    if (clocks_differ(c, w))
        return TBC_SIGNER_CLOCK; /* first: what follows judges by the clock */
    if (now < w->from_ms || now >= w->until_ms)
        return TBC_SIGNER_ENDED;
    if (removals_withheld(c))
        return TBC_SIGNER_REMOVAL;
    return alarmed(c) ? TBC_SIGNER_ALARM : TBC_SIGNER_READY;
}

enum tbc_signer freshness_signer(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_witness w;
    Tbl__FreshnessKey *m;

    tb_arena_init(&a, CORE_ARENA);
    if (get_key(c, &a, &m) != TB_OK)
        return TBC_SIGNER_NONE;
    return find_witness(c->roster, m->key.data, &w) ? judge(c, &w) : TBC_SIGNER_ASKED;
}

/* ---- signing */

static bool is_due(const struct tbc *c, const struct tb_witness *w)
{
    int64_t age = date_now(c) - w->time_ms;

    return age >= DAILY_MS || (w->size != tb_roster_size(c->roster) && age >= CHANGED_MS);
}

static tb_result sign_head(struct tbc *c, const Tbl__FreshnessKey *key, struct tb_buf *ret)
{
    TB_CLEANUP(tb_sign_pair_wipe) struct tb_sign_pair pair = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = { 0 };
    struct tb_hash head = tb_roster_head(c->roster);
    Tb__Freshness m;
    Tb__Head h;

    memcpy(seed.b, key->seed.data, sizeof seed.b);
    tb_sign_pair_from_seed(&seed, &pair);
    tb__freshness__init(&m);
    tb__head__init(&h);
    h.size = tb_roster_size(c->roster);
    h.hash = tb_field(head.b, sizeof head.b);
    m.head = &h;
    m.time_ms = date_now(c);
    return tb_signed_make(TB_TYPE_FRESHNESS, &c->me->roster_id, &m.base, &pair, ret);
}

/* The relay has it: it counts here too, without waiting to see it served. */
static tb_result count_statement(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__FreshnessKey *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = get_key(c, &a, &m);
    if (r != TB_OK || m->statement.len == 0)
        return r == TB_E_NOTFOUND ? TB_OK : r;
    struct tb_view statement = tb_field_view(&m->statement);
    c->memory_ahead = true;
    if (tb_roster_freshness(c->roster, statement) != TB_OK)
        return TB_OK; /* it came with the roster meanwhile */
    const struct cs_key k = key_of(CS_FRESH, m->key.data, TB_KEY_BYTES, 0);
    r = cs_put(c->store, &k, NULL, statement);
    m->statement = tb_field(NULL, 0);
    return r == TB_OK ? put_key(c, m) : r;
}

static void on_taken(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    (void)ctx;
    if (ans->result == TB_E_OFFLINE)
        return;
    if (ans->result != TB_OK) {
        core_log(c, LOG_WARN_, "freshness: the relay did not take the statement: %s",
                 ans->detail && *ans->detail ? ans->detail : tb_strresult(ans->result));
        return;
    }
    core_fail(c, count_statement(c));
    c->topics |= TBC_TOPIC_STATUS | TBC_TOPIC_ROSTER;
}

static tb_result offer(struct tbc *c, Tbl__FreshnessKey *key)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf statement = { 0 };
    Tb__FreshnessPut put;
    tb_result r = sign_head(c, key, &statement);

    tb__freshness_put__init(&put);
    put.freshness_signed = key->statement = tb_field(statement.p, statement.n);
    if (r == TB_OK)
        r = put_key(c, key);
    if (r == TB_OK)
        r = link_request_msg(c, TB_OP_FRESHNESS_PUT, &put.base, on_taken, 0);
    key->statement = tb_field(NULL, 0);
    return r == TB_E_OFFLINE ? TB_OK : r;
}

void freshness_run(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash head = tb_roster_head(c->roster);
    struct tb_witness w;
    Tbl__FreshnessKey *key;

    if (!link_is_up(c) || now_boot_ms() < c->fresh_ms)
        return;
    if (c->relay_size != tb_roster_size(c->roster) || !tb_hash_equal(&c->relay_head, &head))
        return;
    tb_arena_init(&a, CORE_ARENA);
    if (get_key(c, &a, &key) != TB_OK || !find_witness(c->roster, key->key.data, &w) ||
        judge(c, &w) != TBC_SIGNER_READY || !is_due(c, &w))
        return;
    c->fresh_ms = now_boot_ms() + AGAIN_MS;
    core_fail(c, offer(c, key));
}

/* ---- for people */

static tb_result make_key(struct tbc *c, struct tb_arena *a, Tbl__FreshnessKey **ret)
{
    TB_CLEANUP(tb_sign_pair_wipe) struct tb_sign_pair pair = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = tb_key_random();
    Tbl__FreshnessKey m;
    tb_result r = core_begin(c);

    tb_sign_pair_from_seed(&seed, &pair);
    tbl__freshness_key__init(&m);
    m.seed = tb_field(seed.b, sizeof seed.b);
    m.key = tb_field(pair.pk, sizeof pair.pk);
    if (r == TB_OK)
        r = put_key(c, &m);
    c->topics |= TBC_TOPIC_STATUS | TBC_TOPIC_ROSTER;
    r = core_end(c, r);
    return r == TB_OK ? get_key(c, a, ret) : r;
}

tb_result tbc_freshness_key(struct tbc *c, struct tb_buf *ret_parcel)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    char holder[2 * TB_NAME_MAX + 2];
    Tb__FreshnessKey m, *list[] = { &m };
    Tbl__FreshnessKey *key;
    Tb__Parcel p;
    tb_result r = need_member(c);

    if (r != TB_OK)
        return r;
    tb_arena_init(&a, CORE_ARENA);
    r = get_key(c, &a, &key);
    if (r == TB_E_NOTFOUND)
        r = make_key(c, &a, &key);
    if (r != TB_OK)
        return r;
    (void)snprintf(holder, sizeof holder, "%s/%s", c->me->account, c->me->device);
    tb__parcel__init(&p);
    tb__freshness_key__init(&m);
    m.key = key->key;
    m.holder = holder;
    p.freshness_key = list;
    p.n_freshness_key = 1;
    return tb_parcel_encode(&p, ret_parcel);
}

tb_result tbc_witnesses(struct tbc *c, struct tbc_witness *ret, size_t max, size_t *ret_n)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__FreshnessKey *key = NULL;
    struct tb_witness w;
    size_t n = 0;
    tb_result r = need_member(c);

    if (r != TB_OK)
        return r;
    tb_arena_init(&a, CORE_ARENA);
    bool mine = get_key(c, &a, &key) == TB_OK;
    for (size_t i = 0; n < max && tb_roster_next_witness(c->roster, &i, &w); n++) {
        ret[n] =
            (struct tbc_witness){ .signed_ms = w.time_ms,
                                  .until_ms = w.until_ms,
                                  .size = w.size,
                                  .here = mine && memcmp(w.key, key->key.data, TB_KEY_BYTES) == 0 };
        copy_text(ret[n].holder, sizeof ret[n].holder, w.holder);
    }
    *ret_n = n;
    return TB_OK;
}
