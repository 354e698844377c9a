/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rosync.c - the roster log: fetched, verified entry by entry, stored, never shortened, never forked.
 *
 * What counts as seen: entries that the invite's or the approval's head covers
 * are vouched for; later ones may have been in the log since the last time that
 * this device was level with the relay, so that time is taken: a device that
 * was off for a week must not lose the grants of that week.
 * roalarm.c compares heads and raises the alarms. */
#include <string.h>

#include "client/core/parts.h"

/* Cards and freshness statements are not pushed; somebody new puts a card soon after the entry. */
enum { ASK_MAX = 256, REFRESH_MS = 5 * 60 * 1000, REFRESH_SOON_MS = 15000 };

tb_result rosync_state(struct tbc *c, struct tb_arena *a, Tbl__RosterState **ret)
{
    const struct cs_key k = key_meta("roster");
    tb_result r = local_get(c, &k, a, &tbl__roster_state__descriptor, ret);

    return r == TB_E_NOTFOUND
               ? tb_unpack(a, &tbl__roster_state__descriptor, tb_view_of(NULL, 0), ret)
               : r;
}

tb_result rosync_put_state(struct tbc *c, const Tbl__RosterState *m)
{
    const struct cs_key k = key_meta("roster");

    return local_put(c, &k, NULL, &m->base);
}

/* ---- from disk */

static tb_result load_entry(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tbc *c = user;
    Tbl__LogEntry *m;

    tb_arena_init(&a, CORE_ARENA);
    if ((uint64_t)n != tb_roster_size(c->roster) ||
        tb_unpack(&a, &tbl__log_entry__descriptor, plain, &m) != TB_OK)
        return TB_E_STORE;
    struct tb_why why;
    tb_result r = tb_roster_append(c->roster, tb_field_view(&m->entry_signed), m->seen_ms, &why);
    if (r == TB_OK || r == TB_E_NOMEM)
        return r;
    core_log(c, LOG_ERROR_, "roster: stored entry %lld does not verify: %s", (long long)n,
             why.text);
    return TB_E_STORE;
}

static tb_result load_freshness(void *user, int64_t n, struct tb_view plain)
{
    struct tbc *c = user;

    (void)n;
    tb_result r = tb_roster_freshness(c->roster, plain);
    return r == TB_E_NOMEM ? r : TB_OK; /* a stale one does no harm */
}

tb_result rosync_load(struct tbc *c)
{
    const struct cs_key from = key_of(CS_ENTRY, NULL, 0, 0);
    const struct cs_query fresh = { CS_FRESH, -1, false };

    tb_roster_free(c->roster);
    c->roster = NULL;
    tb_result r = tb_roster_new(&c->roster);
    if (r == TB_OK)
        r = cs_rows(c->store, &from, load_entry, c);
    if (r == TB_OK)
        r = cs_newest(c->store, &fresh, load_freshness, c);
    return r == TB_OK ? removals_load(c) : r;
}

/* ---- entries */

/* Heads that somebody whom we trust vouched for. */
struct vouch {
    uint64_t size;
    struct tb_hash head;
};

static tb_result vouched(struct tbc *c, struct vouch *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite inv = { 0 };
    const struct cs_key k = key_meta("member");
    Tbl__Member *m;

    tb_arena_init(&a, CORE_ARENA);
    if (!c->me->member) {
        tb_result r = enrol_invite(c, &inv);
        if (r == TB_OK)
            *ret = (struct vouch){ inv.roster_size, inv.roster_head };
        return r;
    }
    tb_result r = local_get(c, &k, &a, &tbl__member__descriptor, &m);
    if (r == TB_OK && !tb_is(&m->vouched_head, TB_HASH_BYTES))
        r = TB_E_STORE;
    if (r == TB_OK)
        *ret = (struct vouch){ m->vouched_size, tb_hash_from(m->vouched_head.data) };
    return r;
}

static tb_result put_entry(struct tbc *c, uint64_t n, struct tb_view entry, int64_t seen_ms)
{
    const struct cs_key k = key_of(CS_ENTRY, NULL, 0, (int64_t)n);
    Tbl__LogEntry m;

    tbl__log_entry__init(&m);
    m.entry_signed = tb_field(entry.p, entry.n);
    m.seen_ms = seen_ms;
    return local_put(c, &k, NULL, &m.base);
}

/* After an append: the root must be the one we know, the vouched head must be met. */
static tb_result check_head(struct tbc *c, const struct vouch *v)
{
    struct tb_hash at;

    if (!tb_hash_equal(tb_roster_id(c->roster), &c->me->roster_id))
        return TB_E_BADSIG;
    if (tb_roster_size(c->roster) != v->size || v->size == 0)
        return TB_OK;
    tb_result r = tb_roster_head_at(c->roster, v->size, &at);
    if (r == TB_OK && !tb_hash_equal(&at, &v->head))
        r = TB_E_BADSIG;
    return r;
}

static tb_result take_entries(struct tbc *c, const Tb__RosterReply *m, int64_t synced_ms)
{
    struct vouch v = { 0 };
    struct tb_why why = { "" };
    tb_result r = vouched(c, &v);

    if (r == TB_OK && m->n_entry_signed && m->from != tb_roster_size(c->roster))
        return TB_E_STALE; /* an answer to an older question */
    for (size_t i = 0; i < m->n_entry_signed && r == TB_OK; i++) {
        uint64_t n = tb_roster_size(c->roster);
        int64_t seen = n < v.size ? TB_SEEN_VOUCHED : synced_ms ? synced_ms : now_wall_ms();
        struct tb_view entry = tb_field_view(&m->entry_signed[i]);
        c->memory_ahead = true;
        r = tb_roster_append(c->roster, entry, seen, &why);
        if (r == TB_OK)
            r = check_head(c, &v);
        if (r == TB_OK)
            r = put_entry(c, n, entry, seen);
        if (r != TB_OK)
            core_log(c, LOG_ERROR_, "roster: entry %llu refused: %s %s", (unsigned long long)n,
                     tb_result_name(r), why.text);
    }
    if (m->n_entry_signed) {
        c->grew = true;
        c->topics |= TBC_TOPIC_ROSTER;
    }
    return r;
}

/* ---- freshness and cards */

static tb_result take_freshness(struct tbc *c, const Tb__RosterReply *m)
{
    tb_result r = TB_OK;

    for (size_t i = 0; i < m->n_freshness_signed && r == TB_OK; i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
        struct tb_signed s;
        struct tb_view f = tb_field_view(&m->freshness_signed[i]);
        tb_arena_init(&a, CORE_ARENA);
        if (tb_signed_parse(&a, f, &s) != TB_OK)
            continue;
        c->memory_ahead = true;
        tb_result how = tb_roster_freshness(c->roster, f);
        if (how == TB_E_CONFLICT)
            rosync_alarm(c, ROSYNC_FORK,
                         "a freshness statement is about another roster than the relay shows");
        if (how != TB_OK)
            continue;
        const struct cs_key k = key_of(CS_FRESH, s.by[0].pk, TB_KEY_BYTES, 0);
        r = cs_put(c->store, &k, NULL, f);
    }
    return r;
}

/* Does it open?  Then it is the card that the credential names. */
static bool card_opens(struct tbc *c, const Tb__CardBox *m, const struct tb_cred *cred)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf card = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key p = { 0 };

    return province_secret(c, m->epoch, &p) == TB_OK &&
           tb_card_open(&p, m->epoch, cred, tb_field_view(&m->sealed), &card) == TB_OK;
}

static tb_result take_card(struct tbc *c, struct tb_view packed)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf old = { 0 };
    Tb__CardBox *m;

    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tb__card_box__descriptor, packed, &m) != TB_OK ||
        !tb_is(&m->cred, TB_HASH_BYTES))
        return TB_OK;
    struct tb_hash hash = tb_hash_from(m->cred.data);
    const struct tb_cred *cred = tb_roster_cred(c->roster, &hash);
    if (!cred)
        return TB_OK;
    const struct cs_key k = key_of(CS_CARD, hash.b, sizeof hash.b, 0);
    /* One that does not open never replaces one that may. */
    if (!card_opens(c, m, cred) && cs_get(c->store, &k, &old) == TB_OK)
        return TB_OK;
    return cs_put(c->store, &k, NULL, packed);
}

static tb_result take_cards(struct tbc *c, const Tb__RosterReply *m, Tbl__RosterState *state)
{
    tb_result r = TB_OK;

    for (size_t i = 0; i < m->n_card && r == TB_OK; i++)
        r = take_card(c, tb_field_view(&m->card[i]));
    if (m->cards_to > state->cards_from)
        state->cards_from = m->cards_to;
    if (m->n_card)
        c->topics |= TBC_TOPIC_ROSTER;
    return r;
}

static tb_result take_duty(struct tbc *c, const Tb__RosterReply *m, Tbl__RosterState *state)
{
    tb_result r = duty_take(c, m);

    if (state->duty_era != c->link.era || m->duty_to > state->duty_from)
        state->duty_from = m->duty_to;
    state->duty_era = c->link.era;
    return r;
}

/* ---- on the wire */

static void ask(struct tbc *c, const Tbl__RosterState *state);

static void done(struct tbc *c)
{
    c->syncing = false;
    c->synced = true;
    c->refresh_ms = now_boot_ms() + (c->grew ? REFRESH_SOON_MS : REFRESH_MS);
    c->grew = false;
    rosync_head(c, c->relay_size, &c->relay_head);
    if (c->me->member) {
        sessions_want(c);
        inbox_resume(c);
        removals_run(c);
        freshness_run(c);
    } else {
        enrol_synced(c);
    }
}

static tb_result take_reply(struct tbc *c, const Tb__RosterReply *m)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__RosterState *state;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = rosync_state(c, &a, &state);
    if (r == TB_OK)
        r = take_entries(c, m, state->synced_ms);
    if (r == TB_OK)
        r = take_freshness(c, m);
    if (r == TB_OK)
        r = take_cards(c, m, state);
    if (r != TB_OK)
        return r;
    c->relay_size = m->size;
    c->relay_head = tb_hash_from(m->head.data);
    bool more = tb_roster_size(c->roster) < m->size && m->n_entry_signed;
    if (!more)
        state->synced_ms = now_wall_ms();
    if (!more) /* before, a device may not be known yet */
        r = take_duty(c, m, state);
    if (r != TB_OK)
        return r;
    TB_CLEANUP(tb_arena_done) struct tb_arena fresh = { 0 };
    Tbl__RosterState *now;
    tb_arena_init(&fresh, CORE_ARENA);
    r = rosync_state(c, &fresh, &now); /* an alarm may have been noted meanwhile */
    if (r != TB_OK)
        return r;
    now->cards_from = state->cards_from;
    now->synced_ms = state->synced_ms;
    now->duty_from = state->duty_from;
    now->duty_era = state->duty_era;
    r = rosync_put_state(c, now);
    if (r == TB_OK && more)
        ask(c, now);
    else if (r == TB_OK)
        done(c);
    return r;
}

/* Not one entry of the answer is kept: memory goes back to what is on disk. */
static void refused(struct tbc *c, tb_result *r)
{
    cs_undo(c->store);
    if (*r == TB_E_STORE || *r == TB_E_NOMEM || *r == TB_E_FULL)
        return;
    *r = rosync_load(c);
    rosync_alarm(c, ROSYNC_FORK, "the relay shows a roster that does not verify");
    if (c->me->member)
        inbox_resume(c);
    else
        link_give_up(c, "the relay's roster is not the one that the invite names");
}

static void on_reply(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterReply *m;

    (void)ctx;
    tb_arena_init(&a, CORE_ARENA);
    c->syncing = false;
    if (ans->result == TB_E_OFFLINE)
        return;
    if (ans->result != TB_OK ||
        tb_unpack(&a, &tb__roster_reply__descriptor, ans->body, &m) != TB_OK ||
        !tb_is(&m->head, TB_HASH_BYTES)) {
        core_log(c, LOG_WARN_, "roster: the relay did not serve it: %s", tb_strresult(ans->result));
        if (c->me->member)
            inbox_resume(c); /* receiving does not wait for a relay that hides the roster */
        return;
    }
    tb_result r = cs_mark(c->store);
    if (r == TB_OK) {
        r = take_reply(c, m);
        if (r == TB_OK || r == TB_E_STALE)
            r = cs_keep(c->store);
        else
            refused(c, &r);
    }
    core_fail(c, r);
}

static void ask(struct tbc *c, const Tbl__RosterState *state)
{
    Tb__RosterGet m;

    tb__roster_get__init(&m);
    m.from = tb_roster_size(c->roster);
    m.max = ASK_MAX;
    m.cards_from = state->cards_from;
    m.duty_from = state->duty_era == c->link.era ? state->duty_from : 0;
    c->syncing = link_request_msg(c, TB_OP_ROSTER_GET, &m.base, on_reply, 0) == TB_OK;
}

void rosync_start(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__RosterState *state;

    if (c->syncing || c->link.state != LINK_UP)
        return;
    tb_arena_init(&a, CORE_ARENA);
    if (rosync_state(c, &a, &state) == TB_OK)
        ask(c, state);
}
