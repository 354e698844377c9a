/* SPDX-License-Identifier: GPL-3.0-or-later */
/* removals.c - removals travel twice: openly to the log, and sealed to those who confirm the roster.
 *
 * A relay that keeps a removal out of the log would leave a stolen device in power.  So
 * whoever publishes one also tells it, in the ratchet, to every device that confirms the
 * roster; all of them hold it until the log has it.  It counts here on sight.  Whoever
 * holds one offers it to the relay again; after an hour without it there is an alarm, and
 * nobody who holds it confirms a head that lacks it.  A relay that drops the note as well
 * is found out by the publisher, when one whom he told confirms a head without it. */
#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"

#define WITHHELD_MS (3600LL * 1000)
#define OFFER_MS (5LL * 60 * 1000)       /* the publisher's own request was first */
#define LATE_MS (10LL * 60 * 1000)       /* clocks and a statement on its way */
#define TELL_MS (7LL * 24 * 3600 * 1000) /* so long a device may lack prekeys */
enum { HELD_MAX = 32 };

static tb_result get_held(struct tbc *c, struct tb_arena *a, Tbl__HeldRemovals **ret)
{
    const struct cs_key k = key_meta("removals");
    tb_result r = local_get(c, &k, a, &tbl__held_removals__descriptor, ret);

    return r == TB_E_NOTFOUND
               ? tb_unpack(a, &tbl__held_removals__descriptor, tb_view_of(NULL, 0), ret)
               : r;
}

static tb_result put_held(struct tbc *c, const Tbl__HeldRemovals *m)
{
    const struct cs_key k = key_meta("removals");

    return local_put(c, &k, NULL, &m->base);
}

static bool in_log(struct tbc *c, const Tbl__HeldRemoval *m, uint64_t *ret_position)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterEntry *e;
    struct tb_hash hash;

    tb_arena_init(&a, CORE_ARENA);
    return tb_entry_peek(&a, tb_field_view(&m->entry_signed), &e, &hash) == TB_OK &&
           tb_roster_find(c->roster, &hash, ret_position) == TB_OK;
}

/* ---- holding */

tb_result removals_load(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__HeldRemovals *all;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = get_held(c, &a, &all);
    for (size_t i = 0; r == TB_OK && i < all->n_removal; i++)
        r = tb_roster_remove_on_sight(c->roster, tb_field_view(&all->removal[i]->entry_signed),
                                      NULL) == TB_E_NOMEM
                ? TB_E_NOMEM
                : TB_OK;
    return r;
}

static bool same(const ProtobufCBinaryData *a, struct tb_view b)
{
    return a->len == b.n && memcmp(a->data, b.p, b.n) == 0;
}

static tb_result hold(struct tbc *c, struct tb_view entry, bool mine)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__HeldRemoval m, *list[HELD_MAX];
    Tbl__HeldRemovals *all;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = get_held(c, &a, &all);
    if (r != TB_OK)
        return r;
    for (size_t i = 0; i < all->n_removal; i++)
        if (same(&all->removal[i]->entry_signed, entry))
            return TB_OK;
    if (all->n_removal >= HELD_MAX) {
        core_log(c, LOG_ERROR_, "removals: %d wait for the log already", HELD_MAX);
        return TB_OK;
    }
    tbl__held_removal__init(&m);
    m.entry_signed = tb_field(entry.p, entry.n);
    m.mine = mine;
    m.at_ms = now_wall_ms();
    for (size_t i = 0; i < all->n_removal; i++)
        list[i] = all->removal[i];
    list[all->n_removal++] = &m;
    all->removal = list;
    r = put_held(c, all);
    c->memory_ahead = true;
    if (r == TB_OK && tb_roster_remove_on_sight(c->roster, entry, NULL) == TB_OK)
        c->topics |= TBC_TOPIC_ROSTER;
    return r;
}

/* Would the log take it now?  Whatever else comes sealed blocks nobody. */
static bool is_removal(struct tbc *c, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__RosterEntry *e;
    struct tb_hash hash;

    tb_arena_init(&a, CORE_ARENA);
    return tb_entry_peek(&a, entry, &e, &hash) == TB_OK &&
           (e->kind == TB_ENTRY_SUSPENSION || e->kind == TB_ENTRY_REVOCATION) &&
           tb_roster_try(c->roster, entry, now_wall_ms(), NULL) == TB_OK;
}

/* ---- telling */

bool removals_told(struct tbc *c, const struct tb_cred *cred)
{
    return tb_roster_confirms(c->roster, cred, now_wall_ms());
}

static tb_result pack_note(struct tbc *c, const struct tb_cred *to, struct tb_view entry,
                           struct tb_buf *ret)
{
    /* At least so much that the length of the padding always takes two bytes. */
    enum { PAD_MIN = 128, PAD_HEAD = 4 };
    static uint8_t zeros[PAD_MIN + TB_NOTE_STEP];
    struct tb_hash head = tb_roster_head(c->roster);
    Tb__Note m;

    tb__note__init(&m);
    m.suite = TB_SUITE;
    m.from_cred = tb_field(c->me->cred.b, TB_HASH_BYTES);
    m.to_cred = tb_field(to->hash.b, TB_HASH_BYTES);
    m.entry_signed = tb_field(entry.p, entry.n);
    m.roster_size = tb_roster_size(c->roster);
    m.roster_head = tb_field(head.b, sizeof head.b);
    size_t least = protobuf_c_message_get_packed_size(&m.base) + PAD_HEAD + PAD_MIN;
    size_t full = (least + TB_NOTE_STEP - 1) / TB_NOTE_STEP * TB_NOTE_STEP;
    m.pad = tb_field(zeros, PAD_MIN + full - least);
    return full > TB_NOTE_MAX ? TB_E_LIMIT : tb_pack(&m.base, ret);
}

static tb_result tell_one(struct tbc *c, const struct tb_cred *to, struct tb_view entry)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    const struct e2e_peer peer = peer_of(to);
    struct tb_hash hash = to->hash;
    Tb__WireCapsule w;
    Tb__NotePut put;
    enum e2e_type type;
    tb_result r = pack_note(c, to, entry, &plain);

    if (r == TB_OK)
        r = e2e_encrypt(c->e2e, &peer, tb_buf_view(&plain), &type, &sealed);
    if (r != TB_OK)
        return r;
    tb__wire_capsule__init(&w);
    tb__note_put__init(&put);
    w.to_cred = tb_field(hash.b, sizeof hash.b);
    w.type = (uint32_t)type;
    w.data = tb_field(sealed.p, sealed.n);
    put.capsule = &w;
    const struct outgoing o = { .op = TB_OP_NOTE_PUT, .body = &put.base, .cred = &hash };
    return outbox_put(c, &o);
}

static bool was_told(const Tbl__HeldRemoval *m, const struct tb_hash *cred)
{
    for (size_t i = 0; i < m->n_told; i++)
        if (m->told[i].len == sizeof cred->b &&
            memcmp(m->told[i].data, cred->b, sizeof cred->b) == 0)
            return true;
    return false;
}

static tb_result add_told(struct tb_arena *a, Tbl__HeldRemoval *m, const struct tb_hash *cred)
{
    ProtobufCBinaryData *list = tb_arena_take(a, (m->n_told + 1) * sizeof *list);

    if (!list)
        return TB_E_NOMEM;
    if (m->n_told)
        memcpy(list, m->told, m->n_told * sizeof *list);
    list[m->n_told] = arena_bytes(a, cred->b, sizeof cred->b);
    if (!list[m->n_told].data)
        return TB_E_NOMEM;
    m->told = list;
    m->n_told++;
    m->told_ms = now_wall_ms();
    return TB_OK;
}

/* Tells whom it can; *ret_left: somebody lacks a session yet. */
static tb_result tell(struct tbc *c, struct tb_arena *a, Tbl__HeldRemoval *m, bool *ret_left)
{
    const struct tb_cred *cred;
    tb_result r = TB_OK;
    size_t i = 0;

    *ret_left = false;
    while (r == TB_OK && (cred = tb_roster_next_cred(c->roster, &i)) != NULL) {
        if (!removals_told(c, cred) || tb_hash_equal(&cred->hash, &c->me->cred) ||
            was_told(m, &cred->hash))
            continue;
        r = tell_one(c, cred, tb_field_view(&m->entry_signed));
        if (r == TB_OK)
            r = add_told(a, m, &cred->hash);
        else if (!is_our_failure(r)) {
            core_log(c, LOG_WARN_, "removals: %s/%s cannot be told yet: %s", cred->account,
                     cred->device, tb_result_name(r));
            *ret_left = true;
            r = TB_OK;
        }
    }
    return r;
}

tb_result removals_publish(struct tbc *c, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__HeldRemovals *all;
    bool left;

    if (!is_removal(c, entry))
        return TB_OK;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = hold(c, entry, true);
    if (r == TB_OK)
        r = get_held(c, &a, &all);
    for (size_t i = 0; r == TB_OK && i < all->n_removal; i++)
        if (all->removal[i]->mine)
            r = tell(c, &a, all->removal[i], &left);
    return r == TB_OK ? put_held(c, all) : r;
}

/* ---- hearing */

static tb_result open_note(struct tbc *c, struct tb_arena *a, const struct tb_cred *from,
                           const Tb__WireCapsule *w, Tb__Note **ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    const struct e2e_peer peer = peer_of(from);
    Tb__Note *m;
    tb_result r = e2e_decrypt(c->e2e, &peer, (enum e2e_type)w->type, tb_field_view(&w->data),
                              now_boot_ms(), &plain);

    if (r == TB_E_UNREADABLE || r == TB_E_LIMIT)
        return session_failed(c, from) == TB_OK ? TB_OK : TB_E_STORE;
    if (r == TB_OK)
        r = tb_unpack(a, &tb__note__descriptor, tb_buf_view(&plain), &m);
    if (r != TB_OK)
        return r;
    if (m->suite != TB_SUITE || !tb_is(&m->from_cred, TB_HASH_BYTES) ||
        !tb_is(&m->to_cred, TB_HASH_BYTES) || !tb_is(&m->roster_head, TB_HASH_BYTES) ||
        memcmp(m->from_cred.data, from->hash.b, TB_HASH_BYTES) != 0 ||
        memcmp(m->to_cred.data, c->me->cred.b, TB_HASH_BYTES) != 0)
        return TB_E_BADSIG;
    *ret = m;
    return TB_OK;
}

tb_result arrive_note(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Note *m = NULL;

    if (!tb_is(&e->from_cred, TB_HASH_BYTES) || !e->capsule ||
        !tb_is(&e->capsule->to_cred, TB_HASH_BYTES) ||
        (e->capsule->type != E2E_MESSAGE && e->capsule->type != E2E_PREKEY_MESSAGE))
        return TB_E_RANGE;
    struct tb_hash hash = tb_hash_from(e->from_cred.data);
    const struct tb_cred *from = tb_roster_cred(c->roster, &hash);
    if (!from)
        return TB_E_UNVERIFIED;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = open_note(c, &a, from, e->capsule, &m);
    if (r == TB_E_CONFLICT)
        return TB_OK; /* sent again after a lost answer */
    if (r != TB_OK || !m)
        return r;
    struct tb_hash head = tb_hash_from(m->roster_head.data);
    rosync_peer(c, m->roster_size, &head);
    struct tb_view entry = tb_field_view(&m->entry_signed);
    return is_removal(c, entry) ? hold(c, entry, false) : TB_OK;
}

/* ---- looking */

static int64_t lacking_ms(const Tbl__HeldRemoval *m)
{
    return m->since_ms ? now_wall_ms() - m->since_ms : 0;
}

bool removals_withheld(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__HeldRemovals *all;
    uint64_t at;

    tb_arena_init(&a, CORE_ARENA);
    if (get_held(c, &a, &all) != TB_OK)
        return true; /* what cannot be read may be one */
    for (size_t i = 0; i < all->n_removal; i++)
        if (lacking_ms(all->removal[i]) >= WITHHELD_MS && !in_log(c, all->removal[i], &at))
            return true;
    return false;
}

/* What somebody whom I told has confirmed since. */
enum heard { HEARD_ALL, HEARD_NOT_YET, HEARD_WITHOUT };

static enum heard heard_of(struct tbc *c, const Tbl__HeldRemoval *m, const struct tb_cred *cred,
                           uint64_t position)
{
    int64_t from = (m->told_ms > m->logged_ms ? m->told_ms : m->logged_ms) + WITHHELD_MS + LATE_MS;
    char holder[2 * TB_NAME_MAX + 2];
    enum heard h = HEARD_ALL;
    struct tb_witness w;

    (void)snprintf(holder, sizeof holder, "%s/%s", cred->account, cred->device);
    for (size_t i = 0; tb_roster_next_witness(c->roster, &i, &w);) {
        if (strcmp(w.holder, holder) != 0 || w.size > position)
            continue;
        if (w.time_ms > from)
            return HEARD_WITHOUT;
        h = HEARD_NOT_YET;
    }
    return h;
}

/* Is somebody shown another log, and did not get my note either? */
static enum heard heard(struct tbc *c, const Tbl__HeldRemoval *m)
{
    enum heard worst = HEARD_ALL;
    uint64_t position;

    if (!m->mine || !m->logged_ms || !in_log(c, m, &position))
        return HEARD_ALL;
    for (size_t i = 0; i < m->n_told; i++) {
        if (!tb_is(&m->told[i], TB_HASH_BYTES))
            continue;
        struct tb_hash hash = tb_hash_from(m->told[i].data);
        const struct tb_cred *cred = tb_roster_cred(c->roster, &hash);
        enum heard h = cred && removals_told(c, cred) ? heard_of(c, m, cred, position) : HEARD_ALL;
        worst = h > worst ? h : worst;
    }
    return worst;
}

static void offer(struct tbc *c, const Tbl__HeldRemoval *m)
{
    Tb__RosterAppend put;

    tb__roster_append__init(&put);
    put.entry_signed = m->entry_signed;
    if (link_request_msg(c, TB_OP_ROSTER_APPEND, &put.base, NULL, 0) != TB_OK)
        core_log(c, LOG_NOTE_, "removals: one could not be offered to the relay now");
}

/* What is to be said of all of them. */
struct view {
    bool withheld, without;
};

/* Looks at one; *ret_keep: it is held on. */
static tb_result look(struct tbc *c, struct tb_arena *a, Tbl__HeldRemoval *m, struct view *v,
                      bool *ret_keep)
{
    uint64_t position;
    bool left = false, there = in_log(c, m, &position);
    int64_t now = now_wall_ms();
    tb_result r = m->mine ? tell(c, a, m, &left) : TB_OK;

    if (there && !m->logged_ms)
        m->logged_ms = now;
    enum heard h = heard(c, m);
    v->without |= h == HEARD_WITHOUT;
    *ret_keep = (left || h != HEARD_ALL) && now - m->at_ms < TELL_MS;
    if (there || !is_removal(c, tb_field_view(&m->entry_signed)))
        return r;
    *ret_keep = true;
    if (!m->since_ms || now < m->since_ms)
        m->since_ms = now; /* a clock that was set back begins the hour anew */
    if (lacking_ms(m) >= OFFER_MS)
        offer(c, m);
    v->withheld |= lacking_ms(m) >= WITHHELD_MS;
    return r;
}

static void say(struct tbc *c, const struct view *v)
{
    if (v->withheld)
        rosync_alarm(c, ROSYNC_WITHHELD,
                     "the relay's roster has lacked a removal for an hour: somebody who was shut "
                     "out still has power");
    else if (v->without)
        rosync_alarm(c, ROSYNC_WITHHELD,
                     "a device confirmed the roster without a removal that it was told: the relay "
                     "keeps it from others");
    else
        rosync_calm(c, ROSYNC_WITHHELD);
}

void removals_run(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct view v = { false, false };
    Tbl__HeldRemovals *all;
    size_t kept = 0;
    bool keep = true;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = get_held(c, &a, &all);
    size_t n = r == TB_OK ? all->n_removal : 0;
    for (size_t i = 0; r == TB_OK && i < n; i++) {
        r = look(c, &a, all->removal[i], &v, &keep);
        if (keep)
            all->removal[kept++] = all->removal[i];
    }
    if (r == TB_OK && n) {
        all->n_removal = kept;
        r = put_held(c, all);
    }
    core_fail(c, r);
    if (r == TB_OK)
        say(c, &v);
}
