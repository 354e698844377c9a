/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e.h - pairwise Double Ratchet sessions, and every guard that the library below needs.
 *
 * The only face of libsignal-protocol-c (unmaintained upstream: a successor
 * takes its place behind these names).  A peer is named by its credential hash.
 * There is no trust on first use: the caller passes the identity key that the
 * roster says, for every operation, and a session with another key is refused
 * and deleted.  All state goes through the caller's store, inside the caller's
 * transaction:
 *   sending:   e2e_encrypt, insert ciphertext into the outbox, COMMIT, then send;
 *   receiving: e2e_decrypt, insert plaintext, dedup id and receipt, COMMIT, then acknowledge. */
#pragma once

#include "proto/bytes.h"

enum e2e_record { E2E_SESSION, E2E_PREKEY, E2E_SIGNED_PREKEY };

/* Where records live.  name: cred hash for sessions, u32 id for prekeys (as bytes).
 * load: TB_E_NOTFOUND when absent; appends to *ret. */
struct e2e_store {
    void *user;
    tb_result (*load)(void *user, enum e2e_record kind, struct tb_view name, struct tb_buf *ret);
    tb_result (*save)(void *user, enum e2e_record kind, struct tb_view name, struct tb_view data);
    tb_result (*drop)(void *user, enum e2e_record kind, struct tb_view name);
    /* A question that is answered by yes or no could not be: what is done with the answer must not stay.
     * NULL: nobody is told. */
    void (*failed)(void *user, tb_result r);
};

struct e2e_identity {
    uint8_t public_key[TB_IDENT_PK_BYTES];
    struct tb_key private_key;
    uint32_t registration_id;
};

struct e2e;

/* Makes a new identity. */
tb_result e2e_identity_new(struct e2e_identity *ret);
void e2e_identity_wipe(struct e2e_identity *i);

/* `identity` is copied; `store` must outlive *ret. */
tb_result e2e_new(const struct e2e_identity *identity, const struct e2e_store *store,
                  struct e2e **ret);
void e2e_free(struct e2e *e);

struct e2e_prekey {
    uint32_t id;
    uint8_t public_key[TB_IDENT_PK_BYTES];
};
struct e2e_prekeys {
    uint32_t registration_id;
    struct e2e_prekey signed_key;
    uint8_t signed_sig[TB_SIG_BYTES];
    struct e2e_prekey one_time[TB_PREKEY_BATCH];
    size_t n_one_time;
};
/* Makes and stores one-time prekeys from `first_id` on, and the signed prekey `signed_id` unless there is one: a
 * top-up repeats it, a weekly new id replaces it; the caller drops the record of the old one after 30 days.
 * Ids are 1..0xFFFFFE and never come back.  TB_E_RANGE: others, or n above TB_PREKEY_BATCH. */
tb_result e2e_make_prekeys(struct e2e *e, uint32_t signed_id, uint32_t first_id, size_t n,
                           struct e2e_prekeys *ret);

/* What a peer's bundle says, already checked against its signed `prekeys` statement. */
struct e2e_bundle {
    uint32_t registration_id;
    struct e2e_prekey signed_key;
    uint8_t signed_sig[TB_SIG_BYTES];
    bool has_one_time;
    struct e2e_prekey one_time;
};

struct e2e_peer {
    struct tb_hash cred;
    uint8_t ident_pk[TB_IDENT_PK_BYTES]; /* as the roster says now */
};

/* Starts a session as sender; an older one is deleted, archived states included.  TB_E_BADSIG: signature,
 * identity or a low-order key; then the older one stays. */
tb_result e2e_start(struct e2e *e, const struct e2e_peer *peer, const struct e2e_bundle *b);
bool e2e_has_session(struct e2e *e, const struct e2e_peer *peer);
/* Forgets the session, archived states included.  What it remembers of accepted first messages stays, so that
 * none of them can be replayed. */
tb_result e2e_forget(struct e2e *e, const struct tb_hash *cred);

enum e2e_type { E2E_MESSAGE = 2, E2E_PREKEY_MESSAGE = 3 };

/* TB_E_NOTFOUND: no session.  TB_E_BADSIG: the session's identity is not the roster's; the session was dropped:
 * commit that.  TB_E_UNREADABLE: the record is damaged; start anew.  TB_E_RANGE: more than 64 KiB. */
tb_result e2e_encrypt(struct e2e *e, const struct e2e_peer *peer, struct tb_view plain,
                      enum e2e_type *ret_type, struct tb_buf *ret_cipher);
/* An operation that fails has written nothing, except that TB_E_BADSIG may have dropped a session.
 * TB_E_UNREADABLE: cannot be decrypted, now or ever; TB_E_BADSIG: another identity than the roster's;
 * TB_E_CONFLICT: a duplicate; TB_E_LIMIT: this peer failed eight times in the last minute (a forged message costs
 * what a gap of 2,000 lost ones does, some 30 ms of CPU; one that is refused before the library computes does not count):
 * try again later.  now_ms: any steady clock.
 * Replays inside a session and of first messages are refused here; the caller keeps a table of message ids besides,
 * since a session that was forgotten has forgotten its messages. */
tb_result e2e_decrypt(struct e2e *e, const struct e2e_peer *peer, enum e2e_type type,
                      struct tb_view cipher, int64_t now_ms, struct tb_buf *ret_plain);
