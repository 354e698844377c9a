/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act.c - the form of acts and the one rule of what an act changes (act.h).
 * statement.c has the forms of the other statements. */
#include "proto/act.h"

#include <string.h>

#include "proto/text.h"

enum { LEVEL_MAX = 3, KIND_RECORD = 16 /* from here on: acts of the incident record, reserved */ };

static bool is_zero(const ProtobufCBinaryData *d)
{
    struct tb_hash h = tb_hash_from(d->data);

    return tb_hash_is_zero(&h);
}

static tb_result check_kind(uint32_t kind)
{
    if (kind == TB_ACT_TAKEOVER || kind >= KIND_RECORD)
        return TB_E_RESERVED;
    return kind >= TB_ACT_ACCEPT && kind <= TB_ACT_REWRAP ? TB_OK : TB_E_RANGE;
}

static bool sizes_ok(const Tb__Act *m)
{
    return tb_is(&m->act_id, TB_ID_BYTES) && tb_is(&m->page_id, TB_ID_BYTES) &&
           tb_is(&m->header_hash, TB_HASH_BYTES) && tb_is_or_empty(&m->incident_id, TB_ID_BYTES) &&
           tb_is(&m->actor_cred, TB_HASH_BYTES) && tb_is(&m->release_hash, TB_HASH_BYTES) &&
           tb_is_or_empty(&m->refers_to, TB_HASH_BYTES) &&
           tb_is(&m->prev_act_hash, TB_HASH_BYTES) && tb_is(&m->detail_hash, TB_HASH_BYTES) &&
           tb_is(&m->detail_kc, TB_HASH_BYTES) && m->roster && m->roster->size >= 1 &&
           tb_is(&m->roster->hash, TB_HASH_BYTES);
}

/* Fields that belong to one kind are empty in the others. */
static bool fits_kind(const Tb__Act *m)
{
    bool offer = m->kind == TB_ACT_OFFER, rewrap = m->kind == TB_ACT_REWRAP;

    if (offer ? tb_name_check(m->target_account) != TB_OK : m->target_account[0] != 0)
        return false;
    if (!tb_is(&m->to_cred, rewrap ? TB_HASH_BYTES : 0))
        return false;
    return m->eta_min <= (m->kind == TB_ACT_ACCEPT ? TB_ETA_MIN_MAX : 0);
}

static tb_result check_act(const Tb__Act *m)
{
    if (m->suite != TB_SUITE)
        return TB_E_VERSION;
    tb_result r = check_kind(m->kind);
    if (r != TB_OK)
        return r;
    if (m->accept_expires_ms != 0 || m->t == TB_TIER_STANDBY)
        return TB_E_RESERVED;
    if (!sizes_ok(m) || !fits_kind(m) || tb_name_check(m->account) != TB_OK)
        return TB_E_RANGE;
    if (m->round < 1 || m->round > TB_ROUNDS_MAX || m->t > TB_TIERS_MAX || m->level > LEVEL_MAX ||
        m->evidence > TB_EVIDENCE_COMPARED || m->act_no < 1 || m->time_ms <= 0)
        return TB_E_RANGE;
    if (is_zero(&m->detail_hash) != is_zero(&m->detail_kc))
        return TB_E_RANGE; /* a detail has both, or there is none */
    return (m->act_no == 1) == is_zero(&m->prev_act_hash) ? TB_OK : TB_E_RANGE;
}

tb_result tb_act_unpack(struct tb_arena *a, struct tb_view payload, Tb__Act **ret)
{
    Tb__Act *m;
    tb_result r = tb_unpack(a, &tb__act__descriptor, payload, &m);

    if (r == TB_OK)
        r = check_act(m);
    if (r == TB_OK)
        *ret = m;
    return r;
}

struct tb_hash tb_act_hash(struct tb_view payload)
{
    return tb_hash_of(TB_L_ACT, payload);
}

const char *tb_act_name(enum tb_act_kind k)
{
    switch (k) {
    case TB_ACT_ACCEPT:
        return "accept";
    case TB_ACT_DECLINE:
        return "decline";
    case TB_ACT_OFFER:
        return "offer";
    case TB_ACT_RESOLVE:
        return "resolve";
    case TB_ACT_REWRAP:
        return "rewrap";
    case TB_ACT_TAKEOVER:
        return "takeover";
    }
    return "unknown";
}

/* ---- what an act changes */

static bool is_account(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static bool same(const ProtobufCBinaryData *d, const uint8_t *p, size_t n)
{
    return d->len == n && memcmp(d->data, p, n) == 0;
}

/* Was the actor released, as the cited release says?  In an earlier round will do: who was called once may
 * answer until the page is answered; that the answer itself is new, its round says. */
static tb_result check_released(const Tb__Act *act, const struct tb_act_page *page,
                                const struct tb_act_release *cited)
{
    if (is_zero(&act->release_hash) || !cited || !cited->names_actor || cited->t != act->t)
        return TB_E_DENIED;
    return cited->round <= page->round ? TB_OK : TB_E_STALE;
}

static tb_result check_offered(const Tb__Act *act, const struct tb_act_page *page)
{
    if (!page->offer_to || !page->offer_hash ||
        !same(&act->refers_to, page->offer_hash->b, sizeof page->offer_hash->b))
        return TB_E_STALE; /* withdrawn, answered or replaced */
    return is_account(page->offer_to, act->account) ? TB_OK : TB_E_DENIED;
}

static tb_result check_accept(const Tb__Act *act, const struct tb_act_page *page,
                              const struct tb_act_release *cited)
{
    if (act->refers_to.len)
        return check_offered(act, page);
    tb_result r = check_released(act, page, cited);
    if (r == TB_OK && page->owner && !is_account(page->owner, act->account))
        r = TB_E_CONFLICT;
    return r;
}

static tb_result check_decline(const Tb__Act *act, const struct tb_act_page *page,
                               const struct tb_act_release *cited)
{
    return is_account(page->owner, act->account) ? TB_E_DENIED : check_released(act, page, cited);
}

static tb_result check_offer(const Tb__Act *act, const struct tb_act_page *page)
{
    if (!is_account(page->owner, act->account) || is_account(page->owner, act->target_account))
        return TB_E_DENIED;
    return TB_OK;
}

static tb_result check_resolve(const Tb__Act *act, enum tb_role role,
                               const struct tb_act_page *page)
{
    bool may = role == TB_ROLE_COORDINATOR || is_account(page->owner, act->account) ||
               is_account(page->sender, act->account);

    return may ? TB_OK : TB_E_DENIED;
}

tb_result tb_act_applies(const Tb__Act *act, enum tb_role role, const struct tb_act_page *page,
                         const struct tb_act_release *cited)
{
    /* Who ends or re-wraps a page need not know its newest round. */
    bool any_round = act->kind == TB_ACT_RESOLVE || act->kind == TB_ACT_REWRAP;

    if (!same(&act->page_id, page->page_id.b, sizeof page->page_id.b) ||
        !same(&act->header_hash, page->header_hash.b, sizeof page->header_hash.b))
        return TB_E_NOTFOUND;
    if (((unsigned)role & TB_ROLE_PAGER) == 0)
        return TB_E_DENIED;
    if (page->ended)
        return TB_E_CONFLICT;
    if (act->round > page->round || (act->round < page->round && !any_round))
        return TB_E_STALE;
    switch ((enum tb_act_kind)act->kind) {
    case TB_ACT_ACCEPT:
        return check_accept(act, page, cited);
    case TB_ACT_DECLINE:
        return check_decline(act, page, cited);
    case TB_ACT_OFFER:
        return check_offer(act, page);
    case TB_ACT_RESOLVE:
        return check_resolve(act, role, page);
    case TB_ACT_REWRAP:
        return TB_OK;
    case TB_ACT_TAKEOVER:
        break;
    }
    return TB_E_RESERVED;
}
