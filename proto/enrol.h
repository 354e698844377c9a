/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.h - from an invite to a credential.
 *
 * I (16 random bytes) is in the invite only; the relay never sees it.
 *   R = hash(INVITE_ROOT, roster_id || invite_id || I)
 *   k_req, k_appr, seed = kdf(R, INV_REQUEST | INV_APPROVE | INV_ADMIT, invite_id)
 *   admit key = Ed25519 from seed; the registrar-signed Ticket names it, so that
 *   the relay admits exactly this one request.
 *   Request: sealed = AEAD(k_req, RequestPlain, ad = ticket_hash), signed by the admit key.
 *   RequestPlain.self_sig = sign(request, u32 suite || var account || var device || sign_pk || ident_pk ||
 *   box_pk || var card || card_salt || u32 kem || var kem_pk || ticket_hash) by the device key.
 *   Approval: ss = X25519(eph, box); key = kdf(k_appr, INV_SEAL, ss||eph_pk||box_pk||request_hash),
 *   sealed = AEAD(key, ApprovalPlain, ad = request_hash), signed by a registrar.
 *   Six words of 2,048 (66 bits) of Argon2id(hash(ENROL_WORDS, roster_id||relay pin||ticket_hash||
 *   hash(REQUEST, RequestPlain)), salt = invite_id) bind root, pin, account, role and all device keys.
 * invite.c has the invite and its ticket, enrol.c request and approval, words.c the words. */
#pragma once

#include "proto/page.h"

#define TB_INVITE_PREFIX "trucban:1:"

/* What an invite says; text is TB_INVITE_PREFIX + base64url(packed Invite || 4 bytes of
 * hash(INVITE_SUM, packed Invite)). */
struct tb_invite {
    char address[4][TB_ADDRESS_MAX + 8]; /* host:port of the relay */
    size_t n_addresses;
    struct tb_hash tls_pin;
    struct tb_hash roster_id;
    uint64_t roster_size;
    struct tb_hash roster_head;
    struct tb_id invite_id;
    uint8_t secret[16];          /* I */
    struct tb_buf ticket_signed; /* owned */
    /* parsed from the ticket */
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1];
    enum tb_role role;
    int64_t expires_ms;
    uint8_t admit_pk[TB_KEY_BYTES];
    struct tb_hash ticket_hash; /* hash(TICKET, payload) */
};
void tb_invite_done(struct tb_invite *i); /* wipes */

/* Appends the text and a NUL, which counts in ret->n.  TB_E_RANGE: a field of `i` is not valid. */
tb_result tb_invite_encode(const struct tb_invite *i, struct tb_buf *ret);
/* Spaces and line breaks in `text` are ignored.  TB_E_TRUNCATED: not an invite, or a part is missing
 * (checksum).  The ticket's signature is checked later, against the roster. */
tb_result tb_invite_parse(const char *text, struct tb_invite *ret);

struct tb_invite_keys {
    struct tb_key request, approve;
    struct tb_sign_pair admit;
};
/* TB_E_BADSIG: the ticket does not name the key that this secret gives. */
tb_result tb_invite_derive(const struct tb_invite *i, struct tb_invite_keys *ret);
/* The same without a ticket, for who makes one. */
void tb_invite_keys_of(const struct tb_invite *i, struct tb_invite_keys *ret);
void tb_invite_keys_wipe(struct tb_invite_keys *k);

tb_result tb_ticket_unpack(struct tb_arena *a, struct tb_view payload, Tb__Ticket **ret);
struct tb_hash tb_ticket_hash(struct tb_view payload);

/* What a device asks to be: its public keys and card. */
struct tb_request {
    char account[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1];
    uint8_t sign_pk[TB_KEY_BYTES], ident_pk[TB_IDENT_PK_BYTES], box_pk[TB_KEY_BYTES];
    struct tb_buf card; /* packed Card, owned */
    struct tb_key card_salt;
    struct tb_hash plain_hash; /* hash(REQUEST, RequestPlain) */
};
void tb_request_done(struct tb_request *q);

/* Makes the packed Signed request; fills q->plain_hash.  `device` signs the inside. */
tb_result tb_request_seal(const struct tb_invite *i, const struct tb_invite_keys *k,
                          const struct tb_sign_pair *device, struct tb_request *q,
                          struct tb_buf *ret);
/* The registrar's side: verifies the admit signature, opens, checks self_sig, key validity and that the
 * account is the ticket's.  `*ret_hash` = hash(REQUEST, signed payload) for the approval. */
tb_result tb_request_open(const struct tb_invite *i, const struct tb_invite_keys *k,
                          struct tb_view request_signed, struct tb_request *ret,
                          struct tb_hash *ret_hash);

struct tb_approval {
    struct tb_buf credential; /* packed Signed entry, owned */
    uint32_t epoch;
    struct tb_key province_secret;
    uint64_t roster_size;
    struct tb_hash roster_head;
};
void tb_approval_done(struct tb_approval *p);
/* The request that an approval answers. */
struct tb_approval_to {
    const struct tb_hash *roster_id;
    const struct tb_id *invite_id;
    const struct tb_invite_keys *keys;
    const uint8_t *box_pk; /* 32 bytes, of the request */
    const struct tb_hash *request_hash;
};
tb_result tb_approval_seal(const struct tb_approval_to *to, const struct tb_approval *p,
                           const struct tb_sign_pair *registrar, struct tb_buf *ret);
/* The registrar's signature is checked by the caller's roster: gives the signer's key in ret_by. */
struct tb_approval_in {
    const struct tb_hash *roster_id;
    const struct tb_invite_keys *keys;
    const uint8_t *box_sk, *box_pk; /* 32 bytes each */
    const struct tb_hash *request_hash;
};
tb_result tb_approval_open(const struct tb_approval_in *in, struct tb_view approval_signed,
                           struct tb_approval *ret, uint8_t ret_by[static TB_KEY_BYTES]);
struct tb_hash tb_request_hash(struct tb_view request_payload);

/* Six words, as UTF-8, separated by " · "; ret holds 160 bytes. Takes about 0.2 s and 64 MiB. */
tb_result tb_enrol_words(const struct tb_invite *i, const struct tb_hash *request_plain_hash,
                         char ret[static 160]);
/* Compares words as people type them: letters' case, marks, and separators do not matter. */
bool tb_words_equal(const char *a, const char *b);
