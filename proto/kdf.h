/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kdf.h - hash, key derivation and authenticated encryption of version 1.
 *
 *   tb_hash_of(label, x)   BLAKE2b-256, personal = label, no key
 *   tb_kdf(key, label, i)  the same keyed
 *   tb_aead_*              XChaCha20-Poly1305 (IETF), random 24-byte nonce in front
 *
 * Labels are exactly 16 bytes and stand in one list (TB_LABELS) so that no two
 * uses share one. */
#pragma once

#include "proto/bytes.h"

#define TB_LABELS(X)                        \
    X(TB_L_ROSTER_ID, "tb1-roster-id---")   \
    X(TB_L_ROSTER_HEAD, "tb1-roster-head-") \
    X(TB_L_ENTRY, "tb1-entry-------")       \
    X(TB_L_BODY_HASH, "tb1-body-hash---")   \
    X(TB_L_KEY_COMMIT, "tb1-key-commit--")  \
    X(TB_L_TIER_WRAP, "tb1-tier-wrap---")   \
    X(TB_L_TIER_COMMIT, "tb1-tier-commit-") \
    X(TB_L_CAPSULE_PSK, "tb1-capsule-psk-") \
    X(TB_L_PSK_COMMIT, "tb1-psk-commit--")  \
    X(TB_L_CARD_HASH, "tb1-card-hash---")   \
    X(TB_L_CARD_BOX, "tb1-card-box----")    \
    X(TB_L_INVITE_ROOT, "tb1-invite-root-") \
    X(TB_L_INV_REQUEST, "tb1-inv-request-") \
    X(TB_L_INV_APPROVE, "tb1-inv-approve-") \
    X(TB_L_INV_ADMIT, "tb1-inv-admit---")   \
    X(TB_L_INV_SEAL, "tb1-inv-seal----")    \
    X(TB_L_ENROL_WORDS, "tb1-enrol-words-") \
    X(TB_L_TICKET, "tb1-ticket------")      \
    X(TB_L_REQUEST, "tb1-request-----")     \
    X(TB_L_RECIPIENTS, "tb1-recipients--")  \
    X(TB_L_HEADER, "tb1-header------")      \
    X(TB_L_RELEASE, "tb1-release-----")     \
    X(TB_L_ACT, "tb1-act---------")         \
    X(TB_L_FINGERPRINT, "tb1-fingerprint-") \
    X(TB_L_ROW, "tb1-store-row---")         \
    X(TB_L_FIELD, "tb1-store-field-")       \
    X(TB_L_KEYS_BOOK, "tb1-keys-book---")   \
    X(TB_L_INVITE_SUM, "tb1-invite-sum--")  \
    X(TB_L_E2E_RECORD, "tb1-e2e-record--")

enum tb_label {
#define X(name, text) name,
    TB_LABELS(X)
#undef X
};

enum { TB_AEAD_EXTRA = 24 + 16 }; /* nonce + tag */

struct tb_hash tb_hash_of(enum tb_label label, struct tb_view x);

/* Hash of the concatenation a || b. */
struct tb_hash tb_hash_of2(enum tb_label label, struct tb_view a, struct tb_view b);

struct tb_key tb_kdf(const struct tb_key *key, enum tb_label label, struct tb_view info);

/* tb_kdf whose output is published (commitments): same function, other type. */
struct tb_hash tb_commit(const struct tb_key *key, enum tb_label label, struct tb_view info);

/* Appends n || AEAD(key, plain, ad) to *ret. */
tb_result tb_aead_seal(const struct tb_key *key, struct tb_view plain, struct tb_view ad,
                       struct tb_buf *ret);

/* The same with a given nonce; for golden vectors only. */
tb_result tb_aead_seal_with(const struct tb_key *key, const uint8_t nonce[static 24],
                            struct tb_view plain, struct tb_view ad, struct tb_buf *ret);

/* Appends the plaintext to *ret. TB_E_UNREADABLE: wrong key, data or ad. */
tb_result tb_aead_open(const struct tb_key *key, struct tb_view sealed, struct tb_view ad,
                       struct tb_buf *ret);

struct tb_key tb_key_random(void);
