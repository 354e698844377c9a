/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_part.h - what the e2e*.c files share; nobody else includes it.
 *
 * Every operation works on one peer.  Its session is loaded into `now` before
 * the library runs, the library's store callbacks see only `now`, and the
 * result is written in the end if everything went well: an operation that fails
 * has written nothing, whatever the library did before it failed. */
#pragma once

#include <pthread.h>
#include <signal/protocol.h>
#include <signal/session_builder.h>
#include <signal/session_cipher.h>
#include <signal/signal_protocol.h>

#include "client/core/e2e.h"

enum {
    E2E_KEY_TYPE = 0x05,   /* first byte of every public key */
    E2E_ID_MAX = 0xFFFFFE, /* the library never removes prekey 0xFFFFFF */
    E2E_PLAIN_MAX = 65536, /* a capsule or a small chat message */
    E2E_CIPHER_MAX = E2E_PLAIN_MAX + 1024,
    E2E_STATES_MAX = 1048576, /* five chains of 2,000 skipped keys; no second session like that */
    E2E_RECORD_MAX = E2E_STATES_MAX + 8192, /* and what stands beside the library's record */
    E2E_ARCHIVED_MAX = 3,                   /* a collision of two starts needs one */
    E2E_STEPS_MAX = 2001, /* keys derived for one message: the library's longest gap, 30 ms */
    E2E_SEEN_MAX = 128,   /* base keys remembered per peer while the signed prekey lives */
    E2E_FAILURES_PER_MINUTE = 8,
    E2E_LIMITED_PEERS = 1024, /* the roster's devices; the longest idle one is forgotten first */
};

/* A first message without one-time prekey was accepted: never again (it could be replayed once its
 * state is gone). */
struct e2e_seen {
    uint32_t signed_id;
    uint8_t base[16];
};

struct e2e_session {
    uint8_t ident_pk[TB_IDENT_PK_BYTES]; /* with whom */
    struct e2e_seen seen[E2E_SEEN_MAX];  /* oldest first */
    size_t n_seen;
    struct tb_buf record; /* the library's; empty = no session, only the memory of earlier ones */
};
void e2e_session_wipe(struct e2e_session *s);

struct e2e_secret {
    struct e2e_identity identity;
    struct tb_key record_key;
};

struct e2e_failures {
    struct tb_hash cred;
    int64_t since_ms;
    uint32_t n; /* 0 = free */
};

struct e2e {
    signal_context *ctx;
    signal_protocol_store_context *keep;
    const struct e2e_store *store;
    struct e2e_secret *secret; /* guarded memory */
    pthread_mutex_t mutex;     /* recursive: the library locks again while it holds it */
    bool has_mutex;

    /* the operation under way */
    const struct e2e_peer *peer;
    struct e2e_session now;
    uint32_t used_prekey;  /* one-time prekey to drop at the end; 0 = none */
    bool tried;            /* the library was made to compute */
    tb_result store_error; /* first failure inside a callback */

    struct e2e_failures failures[E2E_LIMITED_PEERS];
};

/* --- e2e_crypto.c */
int e2e_crypto_install(signal_context *ctx);

/* --- e2e_store.c */
int e2e_store_install(struct e2e *e);

/* --- e2e_record.c: records as they lie in the store, sealed under a key of the identity */
tb_result e2e_record_load(struct e2e *e, enum e2e_record kind, struct tb_view name,
                          struct tb_buf *ret);
tb_result e2e_record_save(struct e2e *e, enum e2e_record kind, struct tb_view name,
                          struct tb_view plain);
tb_result e2e_record_drop(struct e2e *e, enum e2e_record kind, struct tb_view name);
tb_result e2e_key_load(struct e2e *e, enum e2e_record kind, uint32_t id, struct tb_buf *ret);
tb_result e2e_key_save(struct e2e *e, enum e2e_record kind, uint32_t id, struct tb_view plain);
tb_result e2e_key_drop(struct e2e *e, enum e2e_record kind, uint32_t id);
/* TB_E_NOTFOUND: nothing is known of this peer. */
tb_result e2e_session_load(struct e2e *e, const struct tb_hash *cred, struct e2e_session *ret);
tb_result e2e_session_save(struct e2e *e, const struct tb_hash *cred, const struct e2e_session *s);

/* --- e2e_limit.c */
bool e2e_limit_reached(struct e2e *e, const struct tb_hash *cred, int64_t now_ms);
void e2e_limit_failed(struct e2e *e, const struct tb_hash *cred, int64_t now_ms);

/* --- e2e.c: for the other parts */
/* Locks, loads the peer's session into e->now; an unknown peer's is empty.  TB_E_BADSIG: the session
 * was with another identity; it is dropped. */
tb_result e2e_begin(struct e2e *e, const struct e2e_peer *peer);
/* Writes e->now if r is TB_OK, and what the library used up; wipes, unlocks; gives the final result. */
tb_result e2e_end(struct e2e *e, tb_result r);
tb_result e2e_result_of(const struct e2e *e, int sg);
bool e2e_public_ok(const uint8_t pk[static TB_IDENT_PK_BYTES]);
/* The address by which the library knows the peer. */
struct e2e_name {
    char hex[2 * TB_HASH_BYTES + 1];
    signal_protocol_address address;
};
void e2e_name_of(const struct tb_hash *cred, struct e2e_name *ret);

/* Cleanup forms of the library's reference counting. */
#define E2E_UNREF(type, fn)         \
    static inline void fn(type **p) \
    {                               \
        if (*p)                     \
            SIGNAL_UNREF(*p);       \
    }
E2E_UNREF(ec_public_key, e2e_unref_public)
E2E_UNREF(ec_private_key, e2e_unref_private)
E2E_UNREF(ec_key_pair, e2e_unref_pair)
E2E_UNREF(session_pre_key_bundle, e2e_unref_bundle)
E2E_UNREF(session_pre_key, e2e_unref_pre_key)
E2E_UNREF(session_signed_pre_key, e2e_unref_signed_pre_key)
E2E_UNREF(session_record, e2e_unref_record)
E2E_UNREF(ciphertext_message, e2e_unref_ciphertext)
E2E_UNREF(signal_message, e2e_unref_message)
E2E_UNREF(pre_key_signal_message, e2e_unref_pre_key_message)
TB_DEFINE_CLEANUP(session_cipher, session_cipher_free)
TB_DEFINE_CLEANUP(session_builder, session_builder_free)
TB_DEFINE_CLEANUP(signal_buffer, signal_buffer_bzero_free)
