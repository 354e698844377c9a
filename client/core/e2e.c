/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e.c - the frame of every operation: lock, load, run the library, write once.
 *
 * A session with another identity than the roster's is dropped when it is met.
 * Starting anew deletes the old states before: they would make a forged message
 * dearer and let an old key speak again. */
#include "client/core/e2e.h"

#include <protobuf-c/protobuf-c.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/e2e_part.h"
#include "proto/kdf.h"
#include "proto/sign.h"

bool e2e_public_ok(const uint8_t pk[static TB_IDENT_PK_BYTES])
{
    return pk[0] == E2E_KEY_TYPE && tb_box_pk_ok(pk + 1);
}

/* --- identity */

tb_result e2e_identity_new(struct e2e_identity *ret)
{
    if (sodium_init() < 0)
        return TB_E_NOMEM;
    ret->private_key = tb_key_random();
    ret->private_key.b[0] &= 248; /* clamped (RFC 7748): the library signs with the key as it is */
    ret->private_key.b[31] = (uint8_t)((ret->private_key.b[31] & 127) | 64);
    ret->public_key[0] = E2E_KEY_TYPE;
    (void)crypto_scalarmult_base(ret->public_key + 1, ret->private_key.b);
    ret->registration_id = 1 + randombytes_uniform(16380);
    return TB_OK;
}

void e2e_identity_wipe(struct e2e_identity *i)
{
    sodium_memzero(i, sizeof *i);
}

/* --- the object */

static void lock(void *user)
{
    struct e2e *e = user;

    (void)pthread_mutex_lock(&e->mutex);
}

static void unlock(void *user)
{
    struct e2e *e = user;

    (void)pthread_mutex_unlock(&e->mutex);
}

static tb_result mutex_new(struct e2e *e)
{
    pthread_mutexattr_t attr;

    if (pthread_mutexattr_init(&attr) != 0)
        return TB_E_NOMEM;
    e->has_mutex = pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) == 0 &&
                   pthread_mutex_init(&e->mutex, &attr) == 0;
    (void)pthread_mutexattr_destroy(&attr);
    return e->has_mutex ? TB_OK : TB_E_NOMEM;
}

static tb_result secret_new(struct e2e *e, const struct e2e_identity *identity)
{
    e->secret = sodium_malloc(sizeof *e->secret);
    if (!e->secret)
        return TB_E_NOMEM;
    e->secret->identity = *identity;
    e->secret->record_key = tb_kdf(&identity->private_key, TB_L_E2E_RECORD, (struct tb_view){ 0 });
    (void)sodium_mprotect_readonly(e->secret); /* hardening only */
    return TB_OK;
}

static tb_result library_new(struct e2e *e)
{
    if (signal_context_create(&e->ctx, e) < 0 || e2e_crypto_install(e->ctx) < 0 ||
        signal_context_set_locking_functions(e->ctx, lock, unlock) < 0 || e2e_store_install(e) < 0)
        return TB_E_NOMEM;
    return TB_OK;
}

void e2e_free(struct e2e *e)
{
    if (!e)
        return;
    if (e->keep)
        signal_protocol_store_context_destroy(e->keep);
    if (e->ctx)
        signal_context_destroy(e->ctx);
    if (e->has_mutex)
        (void)pthread_mutex_destroy(&e->mutex);
    sodium_free(e->secret);
    e2e_session_wipe(&e->now);
    free(e);
}

TB_DEFINE_CLEANUP(struct e2e, e2e_free)

tb_result e2e_new(const struct e2e_identity *identity, const struct e2e_store *store,
                  struct e2e **ret)
{
    if (sodium_init() < 0)
        return TB_E_NOMEM;
    /* libsignal exports an old protobuf-c of its own; bound to it, our messages would abort. */
    if (protobuf_c_version_number() < PROTOBUF_C_VERSION_NUMBER)
        return TB_E_VERSION;
    TB_CLEANUP(e2e_freep) struct e2e *e = calloc(1, sizeof *e);
    if (!e)
        return TB_E_NOMEM;
    e->store = store;
    tb_result r = mutex_new(e);
    if (r == TB_OK)
        r = secret_new(e, identity);
    if (r == TB_OK)
        r = library_new(e);
    if (r != TB_OK)
        return r;
    *ret = TB_TAKE(e);
    return TB_OK;
}

/* --- the frame of an operation */

tb_result e2e_begin(struct e2e *e, const struct e2e_peer *peer)
{
    lock(e);
    e->peer = peer;
    e->used_prekey = 0;
    e->tried = false;
    e->store_error = TB_OK;
    tb_result r = e2e_session_load(e, &peer->cred, &e->now);
    if (r == TB_E_NOTFOUND) {
        memcpy(e->now.ident_pk, peer->ident_pk, sizeof e->now.ident_pk);
        return TB_OK;
    }
    if (r != TB_OK || sodium_memcmp(e->now.ident_pk, peer->ident_pk, sizeof e->now.ident_pk) == 0)
        return r;
    r = e2e_record_drop(e, E2E_SESSION, tb_view_of(peer->cred.b, sizeof peer->cred.b));
    return r == TB_OK ? TB_E_BADSIG : r;
}

tb_result e2e_end(struct e2e *e, tb_result r)
{
    if (r == TB_OK)
        r = e2e_session_save(e, &e->peer->cred, &e->now);
    if (r == TB_OK && e->used_prekey)
        r = e2e_key_drop(e, E2E_PREKEY, e->used_prekey);
    e2e_session_wipe(&e->now);
    e->peer = NULL;
    unlock(e);
    return r;
}

tb_result e2e_result_of(const struct e2e *e, int sg)
{
    if (sg >= 0)
        return TB_OK;
    if (e->store_error != TB_OK)
        return e->store_error;
    switch (sg) {
    case SG_ERR_NOMEM:
        return TB_E_NOMEM;
    case SG_ERR_DUPLICATE_MESSAGE:
        return TB_E_CONFLICT;
    case SG_ERR_UNTRUSTED_IDENTITY:
        return TB_E_BADSIG;
    default:
        return TB_E_UNREADABLE;
    }
}

void e2e_name_of(const struct tb_hash *cred, struct e2e_name *ret)
{
    tb_hex(cred->b, sizeof cred->b, ret->hex); /* the library treats names as C strings */
    ret->address = (signal_protocol_address){ ret->hex, sizeof ret->hex - 1, 1 };
}

bool e2e_has_session(struct e2e *e, const struct e2e_peer *peer)
{
    struct e2e_session s = { 0 };

    lock(e);
    tb_result r = e2e_session_load(e, &peer->cred, &s);
    bool has = r == TB_OK && s.record.n > 0 &&
               sodium_memcmp(s.ident_pk, peer->ident_pk, sizeof s.ident_pk) == 0;
    e2e_session_wipe(&s);
    unlock(e);
    if (r != TB_OK && r != TB_E_NOTFOUND && e->store->failed)
        e->store->failed(e->store->user, r);
    return has;
}

tb_result e2e_forget(struct e2e *e, const struct tb_hash *cred)
{
    struct e2e_session s = { 0 };

    lock(e);
    tb_result r = e2e_session_load(e, cred, &s);
    if (r == TB_OK) {
        tb_buf_wipe(&s.record); /* what was seen stays: old first messages remain refused */
        r = e2e_session_save(e, cred, &s);
    } else if (r == TB_E_UNREADABLE) {
        r = e2e_record_drop(e, E2E_SESSION, tb_view_of(cred->b, sizeof cred->b));
    }
    e2e_session_wipe(&s);
    unlock(e);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

/* --- sending */

static tb_result encrypt(struct e2e *e, struct tb_view plain, enum e2e_type *ret_type,
                         struct tb_buf *ret)
{
    TB_CLEANUP(session_cipher_freep) session_cipher *cipher = NULL;
    TB_CLEANUP(e2e_unref_ciphertext) ciphertext_message *message = NULL;
    struct e2e_name name;

    if (e->now.record.n == 0)
        return TB_E_NOTFOUND;
    if (plain.n > E2E_PLAIN_MAX)
        return TB_E_RANGE;
    e2e_name_of(&e->peer->cred, &name);
    int sg = session_cipher_create(&cipher, e->keep, &name.address, e->ctx);
    if (sg >= 0)
        sg = session_cipher_encrypt(cipher, plain.p, plain.n, &message);
    if (sg < 0)
        return e2e_result_of(e, sg);
    const signal_buffer *out = ciphertext_message_get_serialized(message);
    tb_put(ret, signal_buffer_const_data(out), signal_buffer_len(out));
    *ret_type = ciphertext_message_get_type(message) == CIPHERTEXT_PREKEY_TYPE ? E2E_PREKEY_MESSAGE
                                                                               : E2E_MESSAGE;
    return tb_buf_check(ret);
}

tb_result e2e_encrypt(struct e2e *e, const struct e2e_peer *peer, struct tb_view plain,
                      enum e2e_type *ret_type, struct tb_buf *ret_cipher)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    enum e2e_type type = E2E_MESSAGE;

    tb_result r = e2e_begin(e, peer);
    if (r == TB_OK)
        r = encrypt(e, plain, &type, &out);
    r = e2e_end(e, r);
    if (r != TB_OK)
        return r; /* the ciphertext of a session that was not saved never leaves */
    tb_put(ret_cipher, out.p, out.n);
    r = tb_buf_check(ret_cipher);
    if (r == TB_OK)
        *ret_type = type;
    return r;
}
