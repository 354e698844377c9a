/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.h - one body, a capsule per device, a share per tier.
 *
 * Body      C  = AEAD(K, pad(plain), ad = suite||type||msg_id||sender_cred)
 *           body_hash = hash(BODY_HASH, C);  kc = commit(K, KEY_COMMIT, msg_id)
 * Tier t    A_t = suite||msg_id||sender_cred||body_hash||kc||t
 *           E_t = AEAD(kdf(S_t, TIER_WRAP, A_t), K, ad = A_t)
 *           share_commit_t = commit(S_t, TIER_COMMIT, A_t)
 * Capsule   ct = AEAD(kdf(P_e, CAPSULE_PSK, X), payload, ad = X); payload = K or E_t in 72 bytes;
 *           X = every other capsule field, in the order of capsule_ad() in page.c
 *
 * Numbers are u32 (roster_size u64); all parts have fixed widths.  Padding is 0x80 and zeros.
 * The recipients' hash is a chain: h = hash(RECIPIENTS, h || u32 t || account in 32 bytes || cred).
 * page.c seals and opens, header.c checks headers, content.c contents and cards.
 *
 * Round, loop and era are not in A_t: they belong to the release.  XChaCha20-
 * Poly1305 does not commit to its key, so the opener compares kc. */
#pragma once

#include "proto/kdf.h"
#include "proto/roster.h"
#include "proto/sealed.pb-c.h"
#include "proto/signed.pb-c.h"

enum { TB_SUITE = 1, TB_TIER_STANDBY = 250 /* reserved: take-over */, TB_EPOCH_GUEST = 0 };
enum tb_msg_type {
    TB_MSG_PAGE = 1,
    TB_MSG_REPORT = 2,
    TB_MSG_ACT_DETAIL = 3,
    TB_MSG_CHAT = 4 /* reserved */,
    TB_MSG_ADVISORY = 5 /* reserved */
};
enum tb_capsule_kind { TB_CAPSULE_DIRECT = 1, TB_CAPSULE_TIER = 2, TB_CAPSULE_REWRAP = 3 };
enum tb_tlp {
    TB_TLP_RED = 1,
    TB_TLP_AMBER_STRICT = 2,
    TB_TLP_AMBER = 3,
    TB_TLP_GREEN = 4,
    TB_TLP_CLEAR = 5
};
enum { TB_PAYLOAD_BYTES = TB_KEY_BYTES + TB_AEAD_EXTRA }; /* K is padded to the size of E_t */

/* The names under which a body was sealed. */
struct tb_body_ctx {
    enum tb_msg_type type;
    struct tb_id msg_id;
    struct tb_hash sender_cred;
};

/* What seals a body leaves behind. */
struct tb_sealed {
    struct tb_buf c; /* the sealed body */
    struct tb_hash body_hash, kc;
    uint32_t padded_len;
};

/* Padded length: 1, 4, 16, 64 KiB, then the largest body. 0 if n does not fit. */
size_t tb_pad_len(size_t n);

/* Pads and seals under `k`. TB_E_LIMIT: longer than TB_BODY_MAX allows. */
tb_result tb_body_seal(const struct tb_body_ctx *ctx, const struct tb_key *k, struct tb_view plain,
                       struct tb_sealed *ret);
void tb_sealed_done(struct tb_sealed *s);

/* Checks the body hash, k against kc, opens and unpads; appends to *ret.
 * TB_E_BADSIG: hash or kc differ.  TB_E_UNREADABLE: does not open. */
tb_result tb_body_open(const struct tb_body_ctx *ctx, const struct tb_key *k,
                       const struct tb_hash *body_hash, const struct tb_hash *kc, struct tb_view c,
                       struct tb_buf *ret);
struct tb_hash tb_body_hash(struct tb_view c);

/* A_t without t. */
struct tb_tier_ctx {
    struct tb_id msg_id;
    struct tb_hash sender_cred, body_hash, kc;
};
tb_result tb_tier_seal(const struct tb_tier_ctx *ctx, uint32_t t, const struct tb_key *share,
                       const struct tb_key *k, uint8_t ret_e[static TB_PAYLOAD_BYTES]);
/* TB_E_UNREADABLE: wrong share.  The key is compared with kc. */
tb_result tb_tier_open(const struct tb_tier_ctx *ctx, uint32_t t, const struct tb_key *share,
                       const uint8_t e[static TB_PAYLOAD_BYTES], struct tb_key *ret_k);
struct tb_hash tb_share_commit(const struct tb_tier_ctx *ctx, uint32_t t,
                               const struct tb_key *share);

/* Everything in a capsule but its ct. */
struct tb_capsule {
    enum tb_capsule_kind kind;
    struct tb_id msg_id;
    struct tb_hash header_hash, body_hash, kc, sender_cred, to_cred;
    struct tb_id conversation;
    uint32_t t, psk_epoch;
    struct tb_hash author_prev;
    uint32_t confirmed_epoch;
    uint64_t roster_size;
    struct tb_hash roster_head;
};
/* Appends the packed Capsule: `payload` (E_t, or K padded by tb_payload_of_key) under P_e.
 * Epoch 0 (guests) takes the all-zero secret. */
tb_result tb_capsule_seal(const struct tb_capsule *c, const struct tb_key *p_e,
                          const uint8_t payload[static TB_PAYLOAD_BYTES], struct tb_buf *ret);
/* Parses and checks the form of a capsule; *ret_ct borrows from the arena. */
tb_result tb_capsule_parse(struct tb_arena *a, struct tb_view packed, struct tb_capsule *ret,
                           struct tb_view *ret_ct);
tb_result tb_capsule_open(const struct tb_capsule *c, struct tb_view ct, const struct tb_key *p_e,
                          uint8_t ret_payload[static TB_PAYLOAD_BYTES]);
void tb_payload_of_key(const struct tb_key *k, uint8_t ret[static TB_PAYLOAD_BYTES]);
void tb_key_of_payload(const uint8_t payload[static TB_PAYLOAD_BYTES], struct tb_key *ret);

struct tb_recipient {
    uint32_t t;
    char account[TB_NAME_MAX + 1];
    struct tb_hash cred;
};
/* Sorts the list in place by (t, account, cred) and hashes it. */
struct tb_hash tb_recipients_hash(struct tb_recipient *list, size_t n);

/* Unpacks a header's payload and checks the form of every field: sizes, ranges, tiers numbered
 * 1..n without gap, reserved values zero.  The message lives in the arena. */
tb_result tb_header_unpack(struct tb_arena *a, struct tb_view payload, Tb__Header **ret);
struct tb_hash tb_header_hash(struct tb_view payload);
struct tb_tier_ctx tb_tier_ctx_of(const Tb__Header *h);

/* Checks a Content: exactly one part, texts valid, taxonomy kind known. */
tb_result tb_content_unpack(struct tb_arena *a, struct tb_view plain, Tb__Content **ret);

/* The personal card: checked text fields; its sealed box under the province secret of an epoch. */
tb_result tb_card_unpack(struct tb_arena *a, struct tb_view packed, Tb__Card **ret);
struct tb_hash tb_card_hash(const struct tb_key *salt, struct tb_view packed_card);
/* CardBox.sealed = AEAD(kdf(P_e, CARD_BOX, cred||u32 e), salt || card, ad = cred||u32 e). */
tb_result tb_card_seal(const struct tb_key *p_e, uint32_t e, const struct tb_hash *cred,
                       const struct tb_key *salt, struct tb_view packed_card, struct tb_buf *ret);
tb_result tb_card_open(const struct tb_key *p_e, uint32_t e, const struct tb_cred *cred,
                       struct tb_view sealed, struct tb_buf *ret_card);
