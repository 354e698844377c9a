/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sign.h - what a signature covers, and the list of things that are signed.
 *
 *   sig = Ed25519(sk, "trucban/v1/<type>\0" || roster_id[32] || u32le len || payload)
 *
 * The type ends the presentation of one statement as another (A12); the roster
 * id ends replay between provinces.  A Signed holds the payload as opaque bytes
 * and a list of {alg, signer, sig}. */
#pragma once

#include "proto/bytes.h"
#include "proto/unpack.h"

#define TB_TYPES(X)                           \
    X(TB_TYPE_ROOT, "root")                   \
    X(TB_TYPE_ROSTER, "roster")               \
    X(TB_TYPE_FRESHNESS, "freshness")         \
    X(TB_TYPE_HEADER, "header")               \
    X(TB_TYPE_ACT, "act")                     \
    X(TB_TYPE_RELEASE, "release")             \
    X(TB_TYPE_RELAY_RECEIPT, "relay-receipt") \
    X(TB_TYPE_RECEIPT, "receipt")             \
    X(TB_TYPE_AUTH, "auth")                   \
    X(TB_TYPE_AUTH_INVITE, "auth-invite")     \
    X(TB_TYPE_AUTH_BELL, "auth-bell")         \
    X(TB_TYPE_BELL, "bell")                   \
    X(TB_TYPE_BELL_RANG, "bell-rang")         \
    X(TB_TYPE_ADMIT, "admit")                 \
    X(TB_TYPE_REQUEST, "request")             \
    X(TB_TYPE_APPROVAL, "approval")           \
    X(TB_TYPE_RESET, "reset")                 \
    X(TB_TYPE_PREKEYS, "prekeys")             \
    X(TB_TYPE_DUTY, "duty")

enum tb_type {
#define X(name, text) name,
    TB_TYPES(X)
#undef X
        TB_TYPE_COUNT
};

/* An Ed25519 pair; wipe with tb_sign_pair_wipe. */
struct tb_sign_pair {
    uint8_t pk[TB_KEY_BYTES];
    uint8_t sk[TB_SIGN_SK_BYTES];
};

void tb_sign_pair_new(struct tb_sign_pair *ret);
void tb_sign_pair_from_seed(const struct tb_key *seed, struct tb_sign_pair *ret);
void tb_sign_pair_wipe(struct tb_sign_pair *p);

/* Is `pk` a point of the prime-order group (not low order, canonical)? */
bool tb_sign_pk_ok(const uint8_t pk[static TB_KEY_BYTES]);
/* Is `pk` an X25519 key with which no all-zero secret comes out? (A03) */
bool tb_box_pk_ok(const uint8_t pk[static TB_KEY_BYTES]);

tb_result tb_sign(enum tb_type type, const struct tb_hash *roster_id, struct tb_view payload,
                  const struct tb_sign_pair *by, uint8_t ret_sig[static TB_SIG_BYTES]);
bool tb_verify(enum tb_type type, const struct tb_hash *roster_id, struct tb_view payload,
               const uint8_t pk[static TB_KEY_BYTES], const uint8_t sig[static TB_SIG_BYTES]);

/* Packs `msg` as payload, signs it, appends the packed Signed to *ret. */
tb_result tb_signed_make(enum tb_type type, const struct tb_hash *roster_id,
                         const ProtobufCMessage *msg, const struct tb_sign_pair *by,
                         struct tb_buf *ret);

/* A Signed whose form is valid: payload not empty, 1..TB_SIGNATURES_MAX signatures of right sizes,
 * alg 1, no signer twice.  Nothing is verified yet.  Views borrow from `data`'s arena copy. */
struct tb_signed {
    struct tb_view payload;
    size_t n;
    struct {
        const uint8_t *pk, *sig;
    } by[TB_SIGNATURES_MAX];
};
tb_result tb_signed_parse(struct tb_arena *a, struct tb_view data, struct tb_signed *ret);

/* Parses and verifies a Signed with exactly one signature, by `pk`; gives the payload. */
tb_result tb_signed_open(struct tb_arena *a, enum tb_type type, const struct tb_hash *roster_id,
                         struct tb_view data, const uint8_t pk[static TB_KEY_BYTES],
                         struct tb_view *ret_payload);
