/* SPDX-License-Identifier: GPL-3.0-or-later */
/* views.c - pages as frontends list them (core.h); view_full.c shows one whole. */
#include "client/core/views.h"

#include <string.h>

#include "client/core/parts.h"

static void fill_state(const struct leaf *l, struct tbc_page *v)
{
    const Tbl__Page *p = l->p;

    if (p->ended_ms)
        v->state = TBC_PAGE_RESOLVED;
    else if (p->queued || p->refused)
        v->state = TBC_PAGE_QUEUED;
    else if (p->owner[0])
        v->state = TBC_PAGE_ACCEPTED;
    else if (p->nobody && (!p->mine || p->declined))
        v->state = TBC_PAGE_EXHAUSTED; /* who is called still sees it ring: he may yet take it */
    else if (p->mine || (leaf_is_out(l) && p->release_no))
        v->state = TBC_PAGE_RINGING;
    else
        v->state = TBC_PAGE_WAITING;
}

static void fill_people(struct tbc *c, const struct leaf *l, struct tbc_page *v)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash sender = tb_hash_from(l->h->sender_cred.data);
    Tb__Card *card;

    tb_arena_init(&a, CORE_ARENA);
    copy_text(v->sender, sizeof v->sender, l->p->sender);
    copy_text(v->agency, sizeof v->agency, l->p->agency);
    v->sender_trust = trust_of(c, &sender, TB_STEP_SHOW);
    if (card_of(c, v->sender, &a, &card) == TB_OK) {
        copy_text(v->sender_name, sizeof v->sender_name, card->name);
        copy_text(v->sender_phone, sizeof v->sender_phone, card->phone);
    }
    if (!l->p->owner[0])
        return;
    copy_text(v->owner, sizeof v->owner, l->p->owner);
    if (tb_is(&l->p->owner_cred, TB_HASH_BYTES)) {
        struct tb_hash owner = tb_hash_from(l->p->owner_cred.data);
        v->owner_trust = trust_of(c, &owner, TB_STEP_SHOW);
    }
    if (card_of(c, v->owner, &a, &card) == TB_OK)
        copy_text(v->owner_name, sizeof v->owner_name, card->name);
}

/* An estimate: the relay's clock and its facts decide. */
static void fill_policy(struct tbc *c, const struct leaf *l, struct tbc_page *v)
{
    struct tb_hash hash = tb_hash_from(l->h->policy_hash.data);
    const struct tb_policy *p = tb_roster_policy(c->roster, &hash);

    if (!p)
        return;
    copy_text(v->policy, sizeof v->policy, p->id);
    if (v->owner[0] || v->ended_ms || l->p->nobody || !l->p->released_ms || v->tier < 1 ||
        v->tier > p->n_tiers)
        return;
    v->next_tier_ms = l->p->released_ms + (int64_t)p->tier[v->tier - 1].wait_s * 1000;
}

void view_fill(struct tbc *c, const struct leaf *l, struct tbc_page *ret)
{
    struct tbc_page v = { .id = l->id };
    const Tbl__Page *p = l->p;

    if (l->h->incident_id.len == TB_ID_BYTES)
        v.incident = tb_id_from(l->h->incident_id.data);
    v.change = p->change;
    v.box = (enum tbc_box)p->box;
    v.page_class = l->h->page_class;
    v.tlp = l->h->tlp;
    v.round = p->round;
    v.tier = p->tier;
    v.tiers = (uint32_t)l->h->n_tier;
    v.nobody = p->nobody_yet && p->ended_ms == 0;
    v.drill = l->h->drill;
    v.is_report = l->h->type == TB_MSG_REPORT;
    v.readable = p->readable;
    v.damaged = p->damaged;
    v.test = p->test;
    v.declined_by_me = p->declined;
    v.mine_to_answer = p->ended_ms == 0 && (p->mine || strcmp(p->offer_to, c->me->account) == 0);
    v.created_ms = l->h->created_ms;
    v.relayed_ms = p->relayed_ms;
    v.accepted_ms = p->accepted_ms;
    v.ended_ms = p->ended_ms;
    v.eta_min = p->eta_min;
    copy_text(v.offer_to, sizeof v.offer_to, p->offer_to);
    copy_text(v.title, sizeof v.title, p->readable ? p->title : "");
    copy_text(v.kind, sizeof v.kind, p->kind);
    fill_people(c, l, &v);
    fill_state(l, &v);
    fill_policy(c, l, &v);
    v.overdue_ms = watch_overdue_ms(c, l);
    *ret = v;
}

/* ---- lists */

struct listing {
    struct tbc *c;
    struct tbc_page *ret;
    struct tbc_listing l;
};

static tb_result load_row(struct tbc *c, struct tb_view plain, struct leaf *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Page *p;

    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__page__descriptor, plain, &p) != TB_OK || !tb_is(&p->id, TB_ID_BYTES))
        return TB_E_DAMAGED;
    struct tb_id id = tb_id_from(p->id.data);
    return leaf_load(c, &id, ret);
}

static tb_result list_row(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    struct listing *list = user;

    (void)n;
    tb_result r = load_row(list->c, plain, &l);
    if (r != TB_OK)
        return r;
    view_fill(list->c, &l, &list->ret[list->l.n++]);
    if (l.p->change > list->l.change)
        list->l.change = l.p->change;
    return TB_OK;
}

static int64_t ord_of(uint64_t change)
{
    return change > INT64_MAX ? INT64_MAX : (int64_t)change;
}

tb_result tbc_pages(struct tbc *c, const struct tbc_query *q, struct tbc_page *ret, size_t max,
                    struct tbc_listing *ret_listing)
{
    const struct cs_query rows = { CS_PAGE, ord_of(q->since), q->open };
    struct cs_part part = { .below = ord_of(q->before), .max = max };
    struct listing list = { c, ret, { .change = q->since } };
    tb_result r = need_unlocked(c);

    if (r == TB_OK && max == 0)
        r = TB_E_RANGE;
    if (r == TB_OK)
        r = cs_newest_part(c->store, &rows, &part, list_row, &list);
    if (r != TB_OK && r != TB_E_DAMAGED) /* the status counts what is damaged */
        return r;
    list.l.older = (uint64_t)part.next;
    *ret_listing = list.l;
    return TB_OK;
}
