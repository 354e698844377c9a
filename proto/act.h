/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act.h - the signed statements of a page's life: acts of people, releases and
 * receipts of the relay, receipts of devices.  Unpack functions take the payload
 * of a verified Signed and check the form of every field.
 * act.c has the acts and their rule, statement.c the other statements. */
#pragma once

#include "proto/page.h"

enum tb_act_kind {
    TB_ACT_ACCEPT = 1,
    TB_ACT_DECLINE = 2,
    TB_ACT_OFFER = 3, /* hand-over: to target_account; the offerer owns until the taker accepts */
    TB_ACT_RESOLVE = 4,
    TB_ACT_REWRAP = 5,
    TB_ACT_TAKEOVER = 6, /* reserved */
    /* incident record, reserved: classify, instruct, close, ... from 16 */
};
enum tb_release_step { TB_RELEASE_TIER = 1, TB_RELEASE_SKIP = 2, TB_RELEASE_NOBODY = 3 };
enum tb_relay_receipt_kind { TB_RELAYED_PAGE = 1, TB_RELAYED_ENTRY = 2 };
enum tb_receipt_kind {
    TB_RECEIPT_CAPSULE_OK = 1,
    TB_RECEIPT_CAPSULE_BAD = 2,
    TB_RECEIPT_DELIVERED = 3,
    TB_RECEIPT_SEEN = 4
};
enum tb_evidence {
    TB_EVIDENCE_NONE = 0,
    TB_EVIDENCE_ROSTER = 1,
    TB_EVIDENCE_VETTED = 2,
    TB_EVIDENCE_COMPARED = 3
};

/* TB_E_RESERVED: a kind or field that version 1 signs but does not serve yet. */
tb_result tb_act_unpack(struct tb_arena *a, struct tb_view payload, Tb__Act **ret);
tb_result tb_release_unpack(struct tb_arena *a, struct tb_view payload, Tb__Release **ret);
tb_result tb_relay_receipt_unpack(struct tb_arena *a, struct tb_view payload,
                                  Tb__RelayReceipt **ret);
tb_result tb_receipt_unpack(struct tb_arena *a, struct tb_view payload, Tb__Receipt **ret);
tb_result tb_prekeys_unpack(struct tb_arena *a, struct tb_view payload, Tb__Prekeys **ret);
tb_result tb_reset_unpack(struct tb_arena *a, struct tb_view payload, Tb__Reset **ret);

/* Whether pages ring at a device. */
tb_result tb_duty_unpack(struct tb_arena *a, struct tb_view payload, Tb__Duty **ret);

struct tb_hash tb_act_hash(struct tb_view payload);
struct tb_hash tb_release_hash(struct tb_view payload);

/* What both the relay and the sender know of a page when an act arrives. */
struct tb_act_page {
    struct tb_id page_id;
    struct tb_hash header_hash;
    uint32_t round;       /* newest round released */
    bool ended;           /* resolved */
    const char *owner;    /* account that accepted in this round; NULL = nobody yet */
    const char *sender;   /* account */
    const char *offer_to; /* open offer's target; NULL = none */
    const struct tb_hash *offer_hash;
};
/* The release that the act cites, if the verifier knows it; its accounts name who was released. */
struct tb_act_release {
    uint32_t round, t;
    bool
        names_actor; /* the actor's account stands in the release, and in that tier of the signed header */
};

/* Does this act, of a device whose signature, standing and account were checked, change this page
 * now?  TB_E_NOTFOUND: it is about another page.
 * One pure rule for relay and clients.
 * ACCEPT  is for this round and needs a cited release, of this round or an earlier one, that names the
 *         actor, or refers_to the open offer made to the actor; nobody else owns it.
 * DECLINE needs such a release; not by the owner.
 * OFFER   by the owner.   RESOLVE by owner, sender, or a coordinator.   REWRAP any time before the end.
 * TB_E_STALE: older round.  TB_E_CONFLICT: somebody else came first.  TB_E_DENIED: not yours to do. */
tb_result tb_act_applies(const Tb__Act *act, enum tb_role role, const struct tb_act_page *page,
                         const struct tb_act_release *cited);

const char *tb_act_name(enum tb_act_kind k); /* "accept" ... */
