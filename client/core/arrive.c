/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arrive.c - a page comes: header and body, capsules, and later its releases.
 *
 * Nothing of it becomes a page before the header's signature was checked against
 * the roster; what cannot be checked yet waits (held.c).  Who the sender is and how far to believe him is shown, never a
 * reason to drop a page. */
#include <string.h>

#include "client/core/parts.h"

/* ---- a page's first envelope */

static tb_result verify_header(struct tbc *c, struct tb_arena *a, const Tb__Envelope *e,
                               struct tb_view *ret)
{
    const struct tb_cred *sender;
    Tb__Header *h;
    tb_result r = signed_payload(a, tb_field_view(&e->statement), ret);

    if (r == TB_OK)
        r = tb_header_unpack(a, *ret, &h);
    if (r == TB_OK)
        r = signed_by_device(c, a, TB_TYPE_HEADER, tb_field_view(&e->statement), &h->sender_cred,
                             &sender);
    if (r == TB_OK && (!tb_is(&e->page_id, TB_ID_BYTES) ||
                       memcmp(e->page_id.data, h->msg_id.data, TB_ID_BYTES) != 0))
        r = TB_E_BADSIG;
    if (r != TB_OK)
        return r;
    struct tb_hash head = tb_hash_from(h->roster->hash.data);
    rosync_peer(c, h->roster->size, &head);
    if (sender->standing != TB_STANDING_GOOD)
        core_log(c, LOG_WARN_, "page: from %s/%s, who was removed or replaced", sender->account,
                 sender->device);
    return TB_OK;
}

static tb_result add_steps(struct tbc *c, struct leaf *l)
{
    const struct tb_cred *cred;
    tb_result r = leaf_ladder(c, l);
    size_t i = 0;

    while (r == TB_OK && (cred = tb_roster_next_cred(c->roster, &i)) != NULL)
        for (uint32_t t = l->p->test ? 0 : 1; t <= l->h->n_tier && r == TB_OK; t++)
            if (cred->standing == TB_STANDING_GOOD && leaf_names(l, t, cred->account) &&
                !leaf_add_device(l, cred, t))
                r = TB_E_NOMEM;
    return r == TB_OK ? leaf_save_ladder(c, l) : r;
}

/* A page that comes from somebody else than its sender may be one that is handed over to me.  Only the relay
 * says so: it counts for nothing until that somebody's signed offer is here (fold.c). */
static void note_bringer(struct tbc *c, const Tb__Envelope *e, struct leaf *l)
{
    if (!tb_is(&e->from_cred, TB_HASH_BYTES))
        return;
    struct tb_hash hash = tb_hash_from(e->from_cred.data);
    const struct tb_cred *from = tb_roster_cred(c->roster, &hash);
    if (!from || strcmp(from->account, l->p->sender) == 0)
        return;
    leaf_text(l, &l->p->brought_by, from->account);
}

static tb_result new_page(struct tbc *c, const Tb__Envelope *e, struct tb_view payload,
                          struct leaf *l)
{
    tb_result r = leaf_new(c, tb_field_view(&e->statement), payload, l);

    if (r != TB_OK)
        return r;
    struct tb_hash is = tb_body_hash(tb_field_view(&e->body));
    struct tb_hash should = tb_hash_from(l->h->body_hash.data);
    l->p->round = 1;
    l->p->relayed_ms = e->at_ms;
    l->p->relayed_here_ms = now_wall_ms();
    l->p->bad_body = !tb_hash_equal(&is, &should);
    note_bringer(c, e, l);
    if (!l->p->bad_body)
        r = leaf_put_body(c, l, false, tb_field_view(&e->body));
    return r == TB_OK ? add_steps(c, l) : r;
}

/* Loads the page that this envelope is about, or makes it.  TB_E_CONFLICT: another page under its id. */
static tb_result find_page(struct tbc *c, const Tb__Envelope *e, struct leaf *l, bool *ret_new)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_view payload;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = verify_header(c, &a, e, &payload);
    if (r != TB_OK)
        return r;
    struct tb_id id = tb_id_from(e->page_id.data);
    struct tb_hash hash = tb_header_hash(payload);
    r = leaf_load(c, &id, l);
    *ret_new = r == TB_E_NOTFOUND;
    if (r == TB_E_NOTFOUND) {
        leaf_done(l);
        return new_page(c, e, payload, l);
    }
    return r == TB_OK && !tb_hash_equal(&hash, &l->header_hash) ? TB_E_CONFLICT : r;
}

/* ---- capsules */

static bool has_payload(const struct leaf *l, uint32_t t)
{
    for (size_t i = 0; i < l->p->n_payload; i++)
        if (l->p->payload[i]->t == t && l->p->payload[i]->kind != PAYLOAD_SHARE)
            return true;
    return false;
}

/* Who wraps decides what may be inside: the sender E_t or K, everybody else a re-wrapped K. */
static bool kind_ok(const struct leaf *l, const struct tb_cred *from, const struct tb_capsule *cap)
{
    bool by_sender = memcmp(l->h->sender_cred.data, from->hash.b, TB_HASH_BYTES) == 0;

    return by_sender || cap->kind == TB_CAPSULE_REWRAP ||
           (cap->kind == TB_CAPSULE_DIRECT && strcmp(from->account, l->p->sender) == 0);
}

static bool is_key_of(const struct leaf *l, const uint8_t payload[static TB_PAYLOAD_BYTES])
{
    TB_CLEANUP(tb_key_wipe) struct tb_key k = { 0 };
    struct tb_hash kc = tb_hash_from(l->h->kc.data);

    tb_key_of_payload(payload, &k);
    struct tb_hash is = tb_commit(&k, TB_L_KEY_COMMIT, tb_view_of(l->id.b, sizeof l->id.b));
    return tb_hash_equal(&is, &kc);
}

static tb_result read_capsule(struct tbc *c, struct leaf *l, const Tb__Envelope *e,
                              uint32_t *ret_need)
{
    struct capsule_read got = { 0 };
    const struct capsule_of of = capsule_of_page(l);

    *ret_need = 0;
    if (l->p->bad_body || !e->capsule || !tb_is(&e->from_cred, TB_HASH_BYTES))
        return TB_E_UNREADABLE;
    struct tb_hash hash = tb_hash_from(e->from_cred.data);
    const struct tb_cred *from = tb_roster_cred(c->roster, &hash);
    if (!from)
        return TB_E_UNREADABLE;
    tb_result r = capsule_read(c, from, e->capsule, &of, &got);
    if (r == TB_OK && !kind_ok(l, from, &got.c))
        r = TB_E_BADSIG;
    if (r == TB_OK && got.c.kind != TB_CAPSULE_TIER && !is_key_of(l, got.payload))
        r = TB_E_BADSIG; /* a false key kept would stand in the way of the true one */
    if (r == TB_OK)
        r = open_keep(l, got.c.kind, got.c.t, tb_view_of(got.payload, sizeof got.payload));
    *ret_need = got.need_epoch;
    if (r == TB_E_UNREADABLE || r == TB_E_LIMIT)
        return session_failed(c, from) == TB_OK ? TB_E_UNREADABLE : TB_E_STORE;
    return r;
}

/* Takes the capsule and answers for it: ok, or bad and why. */
static tb_result answer_capsule(struct tbc *c, struct leaf *l, const Tb__Envelope *e)
{
    uint32_t need = 0;
    tb_result how = read_capsule(c, l, e, &need);

    if (is_our_failure(how))
        return how;
    if (how == TB_E_CONFLICT)
        return TB_OK; /* this very capsule came before */
    tb_result r = how == TB_OK ? outbox_receipt(c, l, TB_RECEIPT_CAPSULE_OK, 0)
                               : open_complain(c, l, how, need);
    if (r != TB_OK || how != TB_OK)
        return r;
    how = open_try(c, l); /* my own devices, a re-wrap, or a release that was here before */
    if (is_our_failure(how))
        return how;
    return open_deliver(c, l);
}

/* Who wrapped is not in the roster as far as it is known here. */
static bool by_stranger(struct tbc *c, const Tb__Envelope *e)
{
    if (!e->capsule || !tb_is(&e->from_cred, TB_HASH_BYTES))
        return false;
    struct tb_hash hash = tb_hash_from(e->from_cred.data);
    return !tb_roster_cred(c->roster, &hash);
}

/* The header is good: the page is there and can ring; only the capsule waits. */
static tb_result wait_for_wrapper(struct tbc *c, struct leaf *l, bool is_new)
{
    tb_result r = is_new ? leaf_save(c, l) : TB_E_UNVERIFIED;

    return r == TB_OK ? TB_E_STALE : r;
}

tb_result arrive_capsule(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    bool is_new = false;
    tb_result r = find_page(c, e, &l, &is_new);

    if (r != TB_OK)
        return r;
    uint32_t t = e->capsule ? e->capsule->t : 0;
    if (leaf_by_me(c, &l) || (!is_new && (!e->capsule || has_payload(&l, t))))
        return TB_OK; /* one row, however often it comes */
    if (by_stranger(c, e))
        return wait_for_wrapper(c, &l, is_new);
    if (!is_new && c->judging)
        note_bringer(c, e, &l);
    r = answer_capsule(c, &l, e);
    return r == TB_OK ? leaf_save(c, &l) : r;
}

/* Who wrapped again is named among the events.  The page stays readable if the act is not worth that;
 * and whoever can read it now can help others. */
static tb_result note_wrapper(struct tbc *c, struct leaf *l, const Tb__Envelope *e)
{
    bool by_sender = tb_is(&e->from_cred, TB_HASH_BYTES) &&
                     memcmp(l->h->sender_cred.data, e->from_cred.data, TB_HASH_BYTES) == 0;
    tb_result r = by_sender ? TB_OK : note_act(c, l, e, NOTE_NOW);

    if (is_our_failure(r))
        return r;
    return rescue_look(c, l);
}

tb_result arrive_rewrap(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };

    if (!tb_is(&e->page_id, TB_ID_BYTES) || !e->capsule)
        return TB_E_RANGE;
    struct tb_id id = tb_id_from(e->page_id.data);
    tb_result r = leaf_load(c, &id, &l);
    if (r != TB_OK || l.p->readable || leaf_by_me(c, &l))
        return r == TB_E_NOTFOUND ? TB_E_UNVERIFIED : r;
    if (by_stranger(c, e))
        return TB_E_UNVERIFIED;
    r = answer_capsule(c, &l, e);
    if (r == TB_OK)
        r = leaf_save(c, &l);
    return r == TB_OK && l.p->readable ? note_wrapper(c, &l, e) : r;
}

/* ---- releases */

static tb_result verify_release(struct tbc *c, struct tb_arena *a, const Tb__Envelope *e,
                                struct tb_view *ret, Tb__Release **ret_m)
{
    const struct tb_relay_info *relay;
    tb_result r = signed_by_relay(c, a, TB_TYPE_RELEASE, tb_field_view(&e->statement), ret, &relay);

    return r == TB_OK ? tb_release_unpack(a, *ret, ret_m) : r;
}

static tb_result check_release(struct tbc *c, const struct leaf *l, const Tb__Release *m)
{
    if (memcmp(m->header_hash.data, l->header_hash.b, TB_HASH_BYTES) != 0 ||
        memcmp(m->policy_hash.data, l->h->policy_hash.data, TB_HASH_BYTES) != 0)
        return TB_E_BADSIG;
    /* A restored relay counts on from what its backup knew. */
    bool new_era = l->p->release_era && m->era > l->p->release_era;
    if (m->release_no <= l->p->release_no && !new_era)
        return TB_E_CONFLICT; /* came before, or an older one shown again */
    bool follows = l->p->release_no == 0 ||
                   (l->p->release_hash.len == TB_HASH_BYTES &&
                    memcmp(m->prev_release_hash.data, l->p->release_hash.data, TB_HASH_BYTES) == 0);
    if (!follows)
        core_log(c, LOG_WARN_, "page: the relay left out a release before number %u",
                 m->release_no);
    return TB_OK;
}

static tb_result mark_released(struct tbc *c, struct leaf *l, uint32_t t)
{
    tb_result r = leaf_ladder(c, l);

    for (size_t i = 0; r == TB_OK && i < l->ladder->n_device; i++)
        if (l->ladder->device[i]->t == t)
            l->ladder->device[i]->released = true;
    return r == TB_OK ? leaf_save_ladder(c, l) : r;
}

static tb_result add_release(struct tbc *c, struct leaf *l, struct tb_view payload,
                             const Tb__Envelope *e)
{
    struct tb_hash hash = tb_release_hash(payload);
    Tbl__Event ev;

    tbl__event__init(&ev);
    ev.kind = EVENT_RELEASE;
    ev.statement = tb_field(payload.p, payload.n);
    ev.hash = tb_field(hash.b, sizeof hash.b);
    ev.at_ms = e->at_ms;
    ev.era = c->taking_era;
    ev.seq = e->seq;
    ev.counted = true;
    l->p->released_here_ms = now_wall_ms();
    if (l->p->first_released_here_ms == 0)
        l->p->first_released_here_ms = l->p->released_here_ms;
    return leaf_add_event(c, l, &ev);
}

/* What this release means for this device: open, say so, or complain. */
static tb_result open_released(struct tbc *c, struct leaf *l, const Tb__Envelope *e, uint32_t t)
{
    tb_result r = TB_OK;

    if (e->share.len == TB_KEY_BYTES && !l->p->readable)
        r = open_keep(l, PAYLOAD_SHARE, t, tb_field_view(&e->share));
    if (r != TB_OK || !l->p->mine)
        return r;
    tb_result how = open_try(c, l);
    if (is_our_failure(how))
        return how;
    if (how != TB_OK && l->p->bad_sent == 0)
        r = open_complain(c, l, how, 0);
    return r == TB_OK ? open_deliver(c, l) : r;
}

tb_result arrive_release(struct tbc *c, const Tb__Envelope *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    struct tb_view payload;
    Tb__Release *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = verify_release(c, &a, e, &payload, &m);
    if (r != TB_OK)
        return r;
    struct tb_id id = tb_id_from(m->page_id.data);
    r = leaf_load(c, &id, &l);
    if (r == TB_E_NOTFOUND)
        return TB_E_UNVERIFIED; /* it came before its page, or the page waits too */
    if (r == TB_OK)
        r = check_release(c, &l, m);
    if (r != TB_OK)
        return r == TB_E_CONFLICT ? TB_OK : r;
    r = add_release(c, &l, payload, e);
    if (r == TB_OK && m->step == TB_RELEASE_TIER)
        r = mark_released(c, &l, m->t);
    if (r == TB_OK)
        r = fold_run(c, &l);
    if (r == TB_OK)
        r = open_released(c, &l, e, m->t);
    if (r == TB_OK)
        r = rescue_look(c, &l);
    return r == TB_OK ? leaf_save(c, &l) : r;
}
