/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statement.c - the form of releases, receipts, prekeys, resets and duty (act.h). */
#include <string.h>

#include "proto/act.h"
#include "proto/text.h"

enum {
    DJB_TYPE = 5,             /* first byte of a libsignal public key: Curve25519 */
    PREKEY_ID_MAX = 0xffffff, /* libsignal's medium value */
    REASON_MAX = 255,
};

static bool is_zero(const ProtobufCBinaryData *d)
{
    struct tb_hash h = tb_hash_from(d->data);

    return tb_hash_is_zero(&h);
}

/* ---- release */

static tb_result check_schedule_hash(const ProtobufCBinaryData *d)
{
    if (!tb_is_or_empty(d, TB_HASH_BYTES))
        return TB_E_RANGE;
    return d->len == 0 || is_zero(d) ? TB_OK : TB_E_RESERVED;
}

static tb_result check_step(const Tb__Release *m)
{
    bool tier = m->t >= 1 && m->t <= TB_TIERS_MAX;

    if (m->t == TB_TIER_STANDBY)
        return TB_E_RESERVED;
    switch (m->step) {
    case TB_RELEASE_TIER: /* t = 0: a test page, to the sender's own devices */
        return m->t <= TB_TIERS_MAX && m->n_account >= 1 ? TB_OK : TB_E_RANGE;
    case TB_RELEASE_SKIP:
        return tier ? TB_OK : TB_E_RANGE;
    case TB_RELEASE_NOBODY:
        return m->t == 0 ? TB_OK : TB_E_RANGE;
    default:
        return TB_E_RANGE;
    }
}

static bool release_sizes_ok(const Tb__Release *m)
{
    return tb_is(&m->relay_id, TB_ID_BYTES) && tb_is(&m->page_id, TB_ID_BYTES) &&
           tb_is(&m->header_hash, TB_HASH_BYTES) && tb_is(&m->prev_release_hash, TB_HASH_BYTES) &&
           tb_is(&m->policy_hash, TB_HASH_BYTES) && tb_is(&m->nonce, TB_ID_BYTES);
}

static tb_result check_release(const Tb__Release *m)
{
    if (!release_sizes_ok(m) || m->release_no < 1 || m->round < 1 || m->round > TB_ROUNDS_MAX ||
        m->n_account > TB_TARGETS_MAX || m->time_ms <= 0)
        return TB_E_RANGE;
    if ((m->release_no == 1) != is_zero(&m->prev_release_hash))
        return TB_E_RANGE;
    tb_result r = check_schedule_hash(&m->schedule_hash);
    if (r == TB_OK)
        r = check_step(m);
    for (size_t i = 0; i < m->n_account && r == TB_OK; i++)
        r = tb_name_check(m->account[i]);
    return r;
}

tb_result tb_release_unpack(struct tb_arena *a, struct tb_view payload, Tb__Release **ret)
{
    Tb__Release *m;
    tb_result r = tb_unpack(a, &tb__release__descriptor, payload, &m);

    if (r == TB_OK)
        r = check_release(m);
    if (r == TB_OK)
        *ret = m;
    return r;
}

struct tb_hash tb_release_hash(struct tb_view payload)
{
    return tb_hash_of(TB_L_RELEASE, payload);
}

/* ---- receipts */

/* Each kind has its own fields and none of the other's. */
static bool relay_receipt_ok(const Tb__RelayReceipt *m)
{
    if (!tb_is(&m->relay_id, TB_ID_BYTES) || m->time_ms <= 0)
        return false;
    if (m->kind == TB_RELAYED_PAGE)
        return tb_is(&m->page_id, TB_ID_BYTES) && tb_is(&m->header_hash, TB_HASH_BYTES) &&
               m->capsules <= TB_CAPSULES_MAX && m->entry_hash.len == 0 && m->position == 0 &&
               !m->head;
    return m->kind == TB_RELAYED_ENTRY && m->page_id.len == 0 && m->header_hash.len == 0 &&
           m->capsules == 0 && m->copies == 0 && tb_is(&m->entry_hash, TB_HASH_BYTES) && m->head &&
           m->head->size > m->position && tb_is(&m->head->hash, TB_HASH_BYTES);
}

tb_result tb_relay_receipt_unpack(struct tb_arena *a, struct tb_view payload,
                                  Tb__RelayReceipt **ret)
{
    Tb__RelayReceipt *m;
    tb_result r = tb_unpack(a, &tb__relay_receipt__descriptor, payload, &m);

    if (r == TB_OK && !relay_receipt_ok(m))
        r = TB_E_RANGE;
    if (r == TB_OK)
        *ret = m;
    return r;
}

static bool receipt_ok(const Tb__Receipt *m)
{
    bool answers_release = m->kind == TB_RECEIPT_DELIVERED || m->kind == TB_RECEIPT_SEEN;

    if (m->kind < TB_RECEIPT_CAPSULE_OK || m->kind > TB_RECEIPT_SEEN || m->time_ms <= 0 ||
        !tb_is(&m->page_id, TB_ID_BYTES) || !tb_is(&m->header_hash, TB_HASH_BYTES) ||
        !tb_is(&m->cred, TB_HASH_BYTES) || !tb_is(&m->release_hash, TB_HASH_BYTES))
        return false;
    if (is_zero(&m->release_hash) == answers_release)
        return false;
    return m->kind == TB_RECEIPT_CAPSULE_BAD ||
           (m->need_epoch == 0 && m->have_epoch == 0 && m->error == 0);
}

tb_result tb_receipt_unpack(struct tb_arena *a, struct tb_view payload, Tb__Receipt **ret)
{
    Tb__Receipt *m;
    tb_result r = tb_unpack(a, &tb__receipt__descriptor, payload, &m);

    if (r == TB_OK && !receipt_ok(m))
        r = TB_E_RANGE;
    if (r == TB_OK)
        *ret = m;
    return r;
}

/* ---- prekeys */

/* libsignal would take a low-order point and agree on zeros with it. */
static tb_result check_prekey(const Tb__PrekeyKey *k)
{
    if (!k || k->id < 1 || k->id > PREKEY_ID_MAX || !tb_is(&k->key, TB_IDENT_PK_BYTES) ||
        k->key.data[0] != DJB_TYPE)
        return TB_E_RANGE;
    return tb_box_pk_ok(k->key.data + 1) ? TB_OK : TB_E_BADSIG;
}

static bool id_before(const Tb__Prekeys *m, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (m->one_time[j]->id == m->one_time[i]->id)
            return true;
    return false;
}

static tb_result check_prekeys(const Tb__Prekeys *m)
{
    if (m->kem != 0 || m->kem_pk.len != 0)
        return TB_E_RESERVED;
    if (!tb_is(&m->cred, TB_HASH_BYTES) || m->registration_id < 1 ||
        m->registration_id > INT32_MAX || !tb_is(&m->signed_sig, TB_SIG_BYTES) || m->time_ms <= 0)
        return TB_E_RANGE;
    if (m->n_one_time > TB_PREKEY_BATCH)
        return TB_E_LIMIT;
    tb_result r = check_prekey(m->signed_key);
    for (size_t i = 0; i < m->n_one_time && r == TB_OK; i++)
        r = id_before(m, i) ? TB_E_RANGE : check_prekey(m->one_time[i]);
    return r;
}

tb_result tb_prekeys_unpack(struct tb_arena *a, struct tb_view payload, Tb__Prekeys **ret)
{
    Tb__Prekeys *m;
    tb_result r = tb_unpack(a, &tb__prekeys__descriptor, payload, &m);

    if (r == TB_OK)
        r = check_prekeys(m);
    if (r == TB_OK)
        *ret = m;
    return r;
}

/* ---- reset */

static bool reset_ok(const Tb__Reset *m)
{
    return tb_is(&m->from_cred, TB_HASH_BYTES) && tb_is(&m->to_cred, TB_HASH_BYTES) &&
           memcmp(m->from_cred.data, m->to_cred.data, TB_HASH_BYTES) != 0 && m->number >= 1 &&
           m->reason <= REASON_MAX && m->time_ms > 0;
}

tb_result tb_reset_unpack(struct tb_arena *a, struct tb_view payload, Tb__Reset **ret)
{
    Tb__Reset *m;
    tb_result r = tb_unpack(a, &tb__reset__descriptor, payload, &m);

    if (r == TB_OK && !reset_ok(m))
        r = TB_E_RANGE;
    if (r == TB_OK)
        *ret = m;
    return r;
}

/* ---- duty */

tb_result tb_duty_unpack(struct tb_arena *a, struct tb_view payload, Tb__Duty **ret)
{
    Tb__Duty *m;
    tb_result r = tb_unpack(a, &tb__duty__descriptor, payload, &m);

    if (r == TB_OK && m->suite != TB_SUITE)
        r = TB_E_VERSION;
    if (r == TB_OK && (!tb_is(&m->cred, TB_HASH_BYTES) || m->at_ms <= 0 || m->number < 1 ||
                       m->number > INT64_MAX))
        r = TB_E_RANGE;
    if (r == TB_OK)
        *ret = m;
    return r;
}
