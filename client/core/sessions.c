/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sessions.c - a session with every device of every policy, made long before a page needs it.
 *
 * Looked at after each log-in, each change of the roster and each dropped
 * session; devices that have put no prekeys yet are asked for again, ever more
 * rarely.  A bundle counts only if the device's own statement says the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

enum { AGAIN_MIN_MS = 2000, AGAIN_MAX_MS = 600000, ASK_MAX = 200 };

struct wanted {
    struct tbc *c;
    struct tb_hash *cred;
    size_t n;
};

static void wanted_done(struct wanted *w)
{
    free(w->cred);
}

static tb_result want(struct wanted *w, const struct tb_cred *cred)
{
    const struct e2e_peer peer = peer_of(cred);

    if (cred->standing != TB_STANDING_GOOD || tb_hash_equal(&cred->hash, &w->c->me->cred) ||
        e2e_has_session(w->c->e2e, &peer))
        return TB_OK;
    for (size_t i = 0; i < w->n; i++)
        if (tb_hash_equal(&w->cred[i], &cred->hash))
            return TB_OK;
    struct tb_hash *more = reallocarray(w->cred, w->n + 1, sizeof *more);
    if (!more)
        return TB_E_NOMEM;
    w->cred = more;
    w->cred[w->n++] = cred->hash;
    return TB_OK;
}

static bool in_policy(const struct tb_policy *p, const char *account)
{
    for (size_t t = 0; t < p->n_tiers; t++)
        for (size_t i = 0; i < p->tier[t].n_targets; i++)
            if (strcmp(p->tier[t].account[i], account) == 0)
                return true;
    return false;
}

/* Whom a page, an answer or a hand-over may have to reach. */
static bool is_needed(struct tbc *c, const struct tb_cred *cred)
{
    const struct tb_policy *p;
    size_t i = 0;

    if (strcmp(cred->account, c->me->account) == 0 ||
        ((unsigned)cred->role & (TB_ROLE_TEAM | TB_ROLE_LIAISON)) != 0 || removals_told(c, cred))
        return true;
    while ((p = tb_roster_next_policy(c->roster, &i)) != NULL)
        if (in_policy(p, cred->account))
            return true;
    return false;
}

static tb_result want_rewrap(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct wanted *w = user;
    Tbl__Rewrap *m;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__rewrap__descriptor, plain, &m) != TB_OK ||
        !tb_is(&m->to_cred, TB_HASH_BYTES))
        return TB_E_DAMAGED;
    struct tb_hash hash = tb_hash_from(m->to_cred.data);
    const struct tb_cred *cred = tb_roster_cred(w->c->roster, &hash);
    return cred ? want(w, cred) : TB_OK;
}

static tb_result find_wanted(struct wanted *w)
{
    const struct cs_query rewraps = { CS_REWRAP, -1, false };
    const struct tb_cred *cred;
    size_t i = 0;
    tb_result r = cs_newest(w->c->store, &rewraps, want_rewrap, w);

    r = r == TB_E_DAMAGED ? TB_OK : r;
    while (r == TB_OK && (cred = tb_roster_next_cred(w->c->roster, &i)) != NULL)
        if (is_needed(w->c, cred))
            r = want(w, cred);
    return r;
}

/* A device that was revoked or replaced says nothing more in its old session. */
static tb_result drop_removed(struct tbc *c)
{
    const struct tb_cred *cred;
    tb_result r = TB_OK;
    size_t i = 0;

    while (r == TB_OK && (cred = tb_roster_next_cred(c->roster, &i)) != NULL) {
        const struct e2e_peer peer = peer_of(cred);
        if (cred->standing == TB_STANDING_REVOKED && e2e_has_session(c->e2e, &peer))
            r = e2e_forget(c->e2e, &cred->hash);
    }
    return r;
}

/* ---- bundles */

static const Tb__PrekeyKey *find_one_time(const Tb__Prekeys *m, uint32_t id)
{
    for (size_t i = 0; id && i < m->n_one_time; i++)
        if (m->one_time[i]->id == id)
            return m->one_time[i];
    return NULL;
}

static void fill_key(const Tb__PrekeyKey *from, struct e2e_prekey *to)
{
    to->id = from->id;
    memcpy(to->public_key, from->key.data, TB_IDENT_PK_BYTES);
}

static tb_result note_epoch(struct tbc *c, const struct tb_hash *cred, uint32_t epoch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Peer *peer;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = peer_get(c, cred, &a, &peer);
    if (r != TB_OK || epoch <= peer->confirmed_epoch)
        return r;
    peer->confirmed_epoch = epoch;
    return peer_put(c, cred, peer);
}

static tb_result start_from(struct tbc *c, const struct tb_cred *cred, const Tb__Prekeys *m,
                            uint32_t one_time_id)
{
    const Tb__PrekeyKey *once = find_one_time(m, one_time_id);
    const struct e2e_peer peer = peer_of(cred);
    struct e2e_bundle b = { .registration_id = m->registration_id };

    if (one_time_id && !once)
        return TB_E_BADSIG; /* a key that the device never offered */
    fill_key(m->signed_key, &b.signed_key);
    memcpy(b.signed_sig, m->signed_sig.data, sizeof b.signed_sig);
    b.has_one_time = once != NULL;
    if (once)
        fill_key(once, &b.one_time);
    else if (m->n_one_time) /* the device put some */
        core_log(c, LOG_WARN_,
                 "sessions: the relay gave no one-time key of %s/%s (used up, or kept back): until "
                 "it answers, the session rests on its weekly key alone",
                 cred->account, cred->device);
    tb_result r = e2e_start(c->e2e, &peer, &b);
    return r == TB_OK ? note_epoch(c, &cred->hash, m->secret_epoch) : r;
}

/* Shown, because only people can do something about such a relay. */
static tb_result false_keys(struct tbc *c, const ProtobufCBinaryData *cred)
{
    char text[sizeof c->lost];

    (void)snprintf(text, sizeof text, "the relay gave false keys for %s: they were refused",
                   cred_name(c, cred));
    cursor_alarm(c, text);
    return cursor_put(c);
}

static tb_result take_bundle(struct tbc *c, const Tb__PrekeyBundle *b)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct tb_cred *cred;
    struct tb_view payload;
    Tb__Prekeys *m;

    if (b->prekeys_signed.len == 0)
        return TB_OK; /* it has put none yet */
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = signed_by_device(c, &a, TB_TYPE_PREKEYS, tb_field_view(&b->prekeys_signed),
                                   &b->cred, &cred);
    if (r == TB_OK)
        r = signed_payload(&a, tb_field_view(&b->prekeys_signed), &payload);
    if (r == TB_OK)
        r = tb_prekeys_unpack(&a, payload, &m);
    if (r == TB_OK && memcmp(m->cred.data, cred->hash.b, sizeof cred->hash.b) != 0)
        r = TB_E_BADSIG;
    if (r == TB_OK && cred->standing == TB_STANDING_GOOD)
        r = start_from(c, cred, m, b->one_time_id);
    if (r == TB_OK || r == TB_E_STORE || r == TB_E_NOMEM || r == TB_E_FULL)
        return r;
    core_log(c, LOG_ERROR_, "sessions: the relay's bundle for %s is not that device's: %s",
             cred_name(c, &b->cred), tb_result_name(r));
    return false_keys(c, &b->cred);
}

static tb_result recount(struct tbc *c)
{
    TB_CLEANUP(wanted_done) struct wanted w = { .c = c };
    tb_result r = find_wanted(&w);

    if (r == TB_OK && c->sessions_missing != w.n) {
        c->sessions_missing = (uint32_t)w.n;
        c->topics |= TBC_TOPIC_STATUS;
    }
    return r;
}

static void again(struct tbc *c)
{
    unsigned shift = c->fetch_tries < 9 ? c->fetch_tries : 9;
    int64_t wait = (int64_t)AGAIN_MIN_MS << shift;

    c->fetch_tries++;
    c->fetch_ms = now_boot_ms() + (wait < AGAIN_MAX_MS ? wait : AGAIN_MAX_MS);
}

static void on_bundles(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__PrekeysReply *m;
    tb_result r = TB_OK;

    (void)ctx;
    c->fetching = false;
    if (ans->result == TB_E_OFFLINE)
        return;
    tb_arena_init(&a, CORE_ARENA);
    again(c);
    if (ans->result != TB_OK ||
        tb_unpack(&a, &tb__prekeys_reply__descriptor, ans->body, &m) != TB_OK)
        return;
    for (size_t i = 0; i < m->n_bundle && r == TB_OK; i++)
        r = take_bundle(c, m->bundle[i]);
    if (r == TB_OK)
        r = recount(c);
    if (r == TB_OK && c->sessions_missing == 0)
        c->fetch_ms = INT64_MAX;
    core_fail(c, r);
    if (r == TB_OK)
        rewrap_run(c);
}

/* ---- on the wire */

static tb_result ask(struct tbc *c, const struct wanted *w)
{
    ProtobufCBinaryData list[ASK_MAX];
    Tb__PrekeysGet m;

    tb__prekeys_get__init(&m);
    for (size_t i = 0; i < w->n && i < ASK_MAX; i++)
        list[m.n_cred++] = tb_field(w->cred[i].b, sizeof w->cred[i].b);
    m.cred = list;
    return link_request_msg(c, TB_OP_PREKEYS_GET, &m.base, on_bundles, 0);
}

void sessions_want(struct tbc *c)
{
    c->fetch_tries = 0;
    c->fetch_ms = now_boot_ms();
}

int64_t prekeys_due_ms(const struct tbc *c)
{
    return link_is_up(c) && c->synced && !c->fetching ? c->fetch_ms : INT64_MAX;
}

void sessions_tick(struct tbc *c)
{
    TB_CLEANUP(wanted_done) struct wanted w = { .c = c };

    if (now_boot_ms() < prekeys_due_ms(c))
        return;
    c->fetch_ms = INT64_MAX;
    tb_result r = drop_removed(c);
    if (r == TB_OK)
        r = find_wanted(&w);
    core_fail(c, r);
    if (r != TB_OK)
        return;
    c->sessions_missing = (uint32_t)w.n;
    if (w.n)
        c->fetching = ask(c, &w) == TB_OK;
    rewrap_run(c);
}
