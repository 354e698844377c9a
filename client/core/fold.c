/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold.c - what the events of a page amount to: who owns it, which round, has it ended.
 *
 * The state is never edited; it is computed again from all events in the
 * relay's order, by the same rule that the relay applies (tb_act_applies).
 * Acts of this device that the relay has not confirmed yet come after all
 * others, so that somebody who was first in truth is first on the screen too. */
#include <string.h>

#include "client/core/parts.h"

struct known_release {
    struct tb_hash hash;
    uint32_t round, t;
    Tb__Release *m;
    struct known_release *next;
};

struct fold {
    struct tbc *c;
    struct leaf *l;
    struct tb_arena arena; /* of releases; a fold is never copied */
    struct known_release *releases;
    bool pending; /* second pass */
    bool partly;  /* the page came in the middle of its life: releases before are not known here */
    struct tb_hash offer_hash;
};

static void clear(struct leaf *l)
{
    Tbl__Page *p = l->p;

    p->round = 1;
    p->tier = p->release_no = p->my_t = p->eta_min = 0;
    p->release_era = 0;
    p->release_hash = p->my_release = p->owner_cred = p->offer_hash =
        (ProtobufCBinaryData){ 0, NULL };
    p->released_ms = p->accepted_ms = p->ended_ms = 0;
    p->nobody = p->nobody_yet = p->mine = p->declined = false;
    leaf_text(l, &p->owner, "");
    leaf_text(l, &p->offer_to, "");
}

/* ---- releases */

static tb_result remember(struct fold *f, const Tbl__Event *e)
{
    struct known_release *k = tb_arena_take(&f->arena, sizeof *k);
    /* The event's own memory ends before the fold does. */
    ProtobufCBinaryData payload = arena_bytes(&f->arena, e->statement.data, e->statement.len);

    if (!k || !payload.data)
        return TB_E_NOMEM;
    tb_result r = tb_release_unpack(&f->arena, tb_field_view(&payload), &k->m);
    if (r != TB_OK || !tb_is(&e->hash, TB_HASH_BYTES))
        return TB_E_STORE;
    k->hash = tb_hash_from(e->hash.data);
    k->round = k->m->round;
    k->t = k->m->t;
    k->next = f->releases;
    f->releases = k;
    return TB_OK;
}

/* Does the signed policy allow this round now?  Only class 1 begins again, after its last tier, one round
 * at a time; a relay that says otherwise moves nothing.  A restored relay counts on from its backup: an
 * answer has to name its round. */
static bool round_follows(const struct leaf *l, const Tb__Release *m)
{
    const Tbl__Page *p = l->p;

    if (p->release_era && m->era > p->release_era)
        return m->round != p->round;
    return m->round == p->round + 1 && l->h->page_class == 1 &&
           (p->nobody || p->tier >= l->h->n_tier);
}

/* Who was called stays called: only an answer, his own decline included, takes a page away from him. */
static void new_round(struct leaf *l, const Tb__Release *m)
{
    Tbl__Page *p = l->p;

    p->round = m->round;
    p->tier = 0;
    p->mine = p->mine && !p->declined;
    p->declined = p->nobody = false;
}

/* Whom a tier calls the signed header says, and nobody else: a relay that names others for it, or leaves
 * somebody out, is not believed.  Its own list would only choose among the people of a schedule. */
static bool calls(const struct leaf *l, const Tb__Release *m, const char *account)
{
    return m->step == TB_RELEASE_TIER && leaf_names(l, m->t, account);
}

static void take_step(struct fold *f, const Tbl__Event *e, const struct known_release *k)
{
    Tbl__Page *p = f->l->p;

    if (k->m->step == TB_RELEASE_NOBODY) {
        p->nobody = p->nobody_yet = true;
        return;
    }
    if (k->m->round == p->round && k->m->t > p->tier)
        p->tier = k->m->t;
    if (k->m->step == TB_RELEASE_TIER)
        p->released_ms = e->at_ms;
    if (!calls(f->l, k->m, f->c->me->account))
        return;
    p->mine = true;
    if (k->m->round > p->round && p->my_release.len)
        return; /* it wakes, but an answer that cites it would be for no round of this page */
    p->my_t = k->m->t;
    leaf_bytes(f->l, &p->my_release, k->hash.b, sizeof k->hash.b);
}

static tb_result on_release(struct fold *f, const Tbl__Event *e)
{
    tb_result r = remember(f, e);

    if (r != TB_OK)
        return r;
    Tbl__Page *p = f->l->p;
    const struct known_release *k = f->releases;
    bool first = p->release_no == 0;
    /* Never of the sender: his device saw every release, or the relay withholds. */
    f->partly |= first && k->m->release_no > 1 && !leaf_is_out(f->l);
    if (first && f->partly)
        p->round = k->m->round > p->round ? k->m->round : p->round;
    else if (round_follows(f->l, k->m))
        new_round(f->l, k->m);
    p->release_no = k->m->release_no;
    p->release_era = k->m->era;
    leaf_bytes(f->l, &p->release_hash, k->hash.b, sizeof k->hash.b);
    take_step(f, e, k);
    return TB_OK;
}

/* ---- acts */

static const struct known_release *find_release(const struct fold *f,
                                                const ProtobufCBinaryData *hash)
{
    for (const struct known_release *k = f->releases; k; k = k->next)
        if (memcmp(hash->data, k->hash.b, sizeof k->hash.b) == 0)
            return k;
    return NULL;
}

static tb_result applies(const struct fold *f, const Tb__Act *act)
{
    struct tb_hash cred_hash = tb_hash_from(act->actor_cred.data);
    const struct tb_cred *cred = tb_roster_cred(f->c->roster, &cred_hash);
    const struct known_release *k = find_release(f, &act->release_hash);
    const Tbl__Page *p = f->l->p;
    const struct tb_act_page page = { .page_id = f->l->id,
                                      .header_hash = f->l->header_hash,
                                      .round = p->round,
                                      .ended = p->ended_ms != 0,
                                      .owner = p->owner[0] ? p->owner : NULL,
                                      .sender = p->sender,
                                      .offer_to = p->offer_to[0] ? p->offer_to : NULL,
                                      .offer_hash = p->offer_to[0] ? &f->offer_hash : NULL };
    struct tb_act_release cited = { 0 };

    if (!cred)
        return TB_E_NOTFOUND;
    if (k)
        cited = (struct tb_act_release){ k->round, k->t, calls(f->l, k->m, act->account) };
    else if (f->partly && leaf_names(f->l, act->t, act->account))
        /* The signed header calls this account in that tier; that its turn had come the relay checked. */
        cited = (struct tb_act_release){ act->round, act->t, true };
    return tb_act_applies(act, cred->role, &page, cited.round ? &cited : NULL);
}

static void take_accept(struct leaf *l, const Tb__Act *act, int64_t at_ms)
{
    leaf_text(l, &l->p->owner, act->account);
    leaf_bytes(l, &l->p->owner_cred, act->actor_cred.data, act->actor_cred.len);
    leaf_text(l, &l->p->offer_to, "");
    l->p->eta_min = act->eta_min;
    l->p->accepted_ms = at_ms;
    l->p->nobody = l->p->nobody_yet = false;
    if (l->p->test) /* as the relay does */
        l->p->ended_ms = at_ms;
}

static void apply(struct fold *f, const Tb__Act *act, const Tbl__Event *e)
{
    struct leaf *l = f->l;

    switch ((enum tb_act_kind)act->kind) {
    case TB_ACT_ACCEPT:
        take_accept(l, act, e->at_ms);
        return;
    case TB_ACT_DECLINE:
        if (strcmp(act->account, f->c->me->account) == 0)
            l->p->declined = true;
        return;
    case TB_ACT_OFFER:
        leaf_text(l, &l->p->offer_to, act->target_account);
        leaf_bytes(l, &l->p->offer_hash, e->hash.data, e->hash.len);
        f->offer_hash = tb_hash_from(e->hash.data);
        return;
    case TB_ACT_RESOLVE:
        l->p->ended_ms = e->at_ms;
        leaf_text(l, &l->p->offer_to, "");
        return;
    case TB_ACT_REWRAP:
    case TB_ACT_TAKEOVER:
        return;
    }
}

/* Who gets a page by hand-over alone has not seen what went before: the signed offer says which round it
 * is, and that who brought the page owned it. */
static void catch_up(struct fold *f, const Tb__Act *act)
{
    Tbl__Page *p = f->l->p;

    if (act->kind != TB_ACT_OFFER || !p->brought_by[0] || p->owner[0] ||
        strcmp(act->account, p->brought_by) != 0 ||
        strcmp(act->target_account, f->c->me->account) != 0)
        return;
    if (p->release_no == 0 && act->round > p->round)
        p->round = act->round;
    leaf_text(f->l, &p->owner, act->account);
}

static tb_result on_act(struct fold *f, int64_t n, Tbl__Event *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Act *act;

    tb_arena_init(&a, CORE_ARENA);
    if (!tb_is(&e->hash, TB_HASH_BYTES) ||
        tb_act_unpack(&a, tb_field_view(&e->statement), &act) != TB_OK)
        return TB_E_STORE;
    if (!e->refused)
        catch_up(f, act);
    bool counted = !e->refused && applies(f, act) == TB_OK;
    if (counted)
        apply(f, act, e);
    if (counted == e->counted)
        return TB_OK;
    e->counted = counted;
    return leaf_put_event(f->c, f->l, n, e);
}

static tb_result on_event(void *user, int64_t n, Tbl__Event *e)
{
    struct fold *f = user;

    if (e->pending != f->pending)
        return TB_OK;
    return e->kind == EVENT_RELEASE ? on_release(f, e) : on_act(f, n, e);
}

static tb_result run(struct fold *f)
{
    clear(f->l);
    f->partly = f->l->p->brought_by[0] != 0;
    tb_result r = leaf_events(f->c, f->l, on_event, f);
    f->pending = true;
    return r == TB_OK ? leaf_events(f->c, f->l, on_event, f) : r;
}

tb_result fold_run(struct tbc *c, struct leaf *l)
{
    struct fold f = { .c = c, .l = l };

    tb_arena_init(&f.arena, CORE_ARENA);
    tb_result r = run(&f);
    tb_arena_done(&f.arena);
    return r;
}

tb_result fold_check(struct tbc *c, struct leaf *l, const Tb__Act *act)
{
    struct fold f = { .c = c, .l = l };

    tb_arena_init(&f.arena, CORE_ARENA);
    tb_result r = run(&f);
    if (r == TB_OK)
        r = applies(&f, act);
    tb_arena_done(&f.arena);
    return r;
}
