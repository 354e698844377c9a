/* SPDX-License-Identifier: GPL-3.0-or-later */
/* header.c - the form of a page's signed header (page.h).
 *
 * What only a roster or a clock can tell (policy, sender, lateness) is the
 * caller's to check. */
#include "proto/page.h"
#include "proto/text.h"

static bool head_ok(const Tb__Head *h)
{
    return h && h->size >= 1 && tb_is(&h->hash, TB_HASH_BYTES);
}

static tb_result check_target(const Tb__Target *target)
{
    if (target->kind == TB_TARGET_SCHEDULE)
        return TB_E_RESERVED;
    return target->kind == TB_TARGET_ACCOUNT ? tb_name_check(target->id) : TB_E_RANGE;
}

static tb_result check_tier(const Tb__HeaderTier *tier, uint32_t expected)
{
    tb_result r = TB_OK;

    if (tier->t == TB_TIER_STANDBY)
        return TB_E_RESERVED;
    if (tier->t != expected || tier->n_target < 1 || tier->n_target > TB_TARGETS_MAX ||
        !tb_is(&tier->share_commit, TB_HASH_BYTES))
        return TB_E_RANGE;
    for (size_t i = 0; i < tier->n_target && r == TB_OK; i++)
        r = check_target(tier->target[i]);
    return r;
}

/* A page to the sender's own devices has no policy and no tier; it is never mistaken for a real one. */
static bool is_test(const Tb__Header *h)
{
    struct tb_hash policy = tb_hash_from(h->policy_hash.data);

    return h->type == TB_MSG_PAGE && h->drill && h->page_class == 3 && tb_hash_is_zero(&policy);
}

static tb_result check_tiers(const Tb__Header *h)
{
    tb_result r = TB_OK;

    if (h->n_tier == 0)
        return is_test(h) ? TB_OK : TB_E_RANGE;
    if (h->n_tier > TB_TIERS_MAX)
        return TB_E_RANGE;
    for (size_t i = 0; i < h->n_tier && r == TB_OK; i++)
        r = check_tier(h->tier[i], (uint32_t)i + 1);
    return r;
}

/* A report opens an incident as its entry 1; a page may stand without any. */
static bool incident_ok(const Tb__Header *h)
{
    if (h->type == TB_MSG_REPORT)
        return tb_is(&h->incident_id, TB_ID_BYTES) && h->entry_no == 1;
    if (h->incident_id.len == 0)
        return h->entry_no == 0 && h->member_epoch == 0;
    return tb_is(&h->incident_id, TB_ID_BYTES);
}

static bool sizes_ok(const Tb__Header *h)
{
    return tb_is(&h->msg_id, TB_ID_BYTES) && tb_is(&h->prev_seen, TB_HASH_BYTES) &&
           tb_is(&h->sender_cred, TB_HASH_BYTES) && tb_is(&h->policy_hash, TB_HASH_BYTES) &&
           tb_is(&h->recipients_hash, TB_HASH_BYTES) && tb_is(&h->body_hash, TB_HASH_BYTES) &&
           tb_is(&h->kc, TB_HASH_BYTES) && head_ok(h->roster);
}

static bool times_ok(const Tb__Header *h)
{
    return h->created_ms > 0 && h->expires_ms > h->created_ms &&
           h->expires_ms - h->created_ms <= TB_PAGE_TTL_MS;
}

static tb_result check_header(const Tb__Header *h)
{
    if (h->suite != TB_SUITE)
        return TB_E_VERSION;
    if (h->type == TB_MSG_CHAT || h->type == TB_MSG_ADVISORY)
        return TB_E_RESERVED;
    if (h->type != TB_MSG_PAGE && h->type != TB_MSG_REPORT)
        return TB_E_RANGE;
    if (!sizes_ok(h) || !incident_ok(h) || !times_ok(h))
        return TB_E_RANGE;
    if (h->page_class < 1 || h->page_class > 3 || h->tlp < TB_TLP_RED || h->tlp > TB_TLP_CLEAR)
        return TB_E_RANGE;
    if (h->padded_len == 0 || tb_pad_len(h->padded_len - 1) != h->padded_len)
        return TB_E_RANGE; /* not one of the sizes that hide the text's */
    return check_tiers(h);
}

tb_result tb_header_unpack(struct tb_arena *a, struct tb_view payload, Tb__Header **ret)
{
    Tb__Header *h;
    tb_result r = tb_unpack(a, &tb__header__descriptor, payload, &h);

    if (r == TB_OK)
        r = check_header(h);
    if (r == TB_OK)
        *ret = h;
    return r;
}

struct tb_hash tb_header_hash(struct tb_view payload)
{
    return tb_hash_of(TB_L_HEADER, payload);
}

struct tb_tier_ctx tb_tier_ctx_of(const Tb__Header *h)
{
    return (struct tb_tier_ctx){
        .msg_id = tb_id_from(h->msg_id.data),
        .sender_cred = tb_hash_from(h->sender_cred.data),
        .body_hash = tb_hash_from(h->body_hash.data),
        .kc = tb_hash_from(h->kc.data),
    };
}
