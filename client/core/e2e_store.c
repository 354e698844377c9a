/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_store.c - what libsignal sees as its store: the operation under way.
 *
 * The session comes from and goes to e->now; only prekeys are read from the
 * caller's store.  Identities are never saved and never looked up: trusted is
 * the key that the caller passed for this operation, and no other. */
#include <sodium.h>
#include <string.h>

#include "client/core/e2e_part.h"

/* Remembers what went wrong in the store, which the library's codes cannot say. */
static int failed(struct e2e *e, tb_result r)
{
    if (e->store_error == TB_OK)
        e->store_error = r;
    return r == TB_E_NOMEM ? SG_ERR_NOMEM : SG_ERR_UNKNOWN;
}

/* --- sessions */

static int load_session(signal_buffer **ret, signal_buffer **ret_user,
                        const signal_protocol_address *address, void *user)
{
    struct e2e *e = user;

    (void)ret_user;
    (void)address;
    if (e->now.record.n == 0)
        return 0;
    *ret = signal_buffer_create(e->now.record.p, e->now.record.n);
    return *ret ? 1 : SG_ERR_NOMEM;
}

static int store_session(const signal_protocol_address *address, uint8_t *record, size_t n,
                         uint8_t *user_record, size_t user_n, void *user)
{
    struct e2e *e = user;

    (void)address;
    (void)user_record;
    (void)user_n;
    tb_buf_wipe(&e->now.record);
    tb_put(&e->now.record, record, n);
    tb_result r = tb_buf_check(&e->now.record);
    return r == TB_OK ? SG_SUCCESS : failed(e, r);
}

static int contains_session(const signal_protocol_address *address, void *user)
{
    const struct e2e *e = user;

    (void)address;
    return e->now.record.n > 0;
}

static int delete_session(const signal_protocol_address *address, void *user)
{
    struct e2e *e = user;

    (void)address;
    tb_buf_wipe(&e->now.record);
    return 1;
}

/* One device per credential: there are never others. */
static int other_devices(signal_int_list **ret, const char *name, size_t n, void *user)
{
    (void)name;
    (void)n;
    (void)user;
    *ret = signal_int_list_alloc();
    return *ret ? 0 : SG_ERR_NOMEM;
}

static int delete_all(const char *name, size_t n, void *user)
{
    (void)name;
    (void)n;
    return delete_session(NULL, user);
}

/* --- prekeys.  The library asks for them one by one and removes the one-time key after use. */

static int load_key(struct e2e *e, enum e2e_record kind, uint32_t id, signal_buffer **ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };

    tb_result r = e2e_key_load(e, kind, id, &b);
    if (r == TB_E_NOTFOUND)
        return SG_ERR_INVALID_KEY_ID;
    if (r != TB_OK)
        return failed(e, r);
    *ret = signal_buffer_create(b.p, b.n);
    return *ret ? SG_SUCCESS : SG_ERR_NOMEM;
}

static int has_key(struct e2e *e, enum e2e_record kind, uint32_t id)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };

    tb_result r = e2e_key_load(e, kind, id, &b);
    if (r == TB_OK || r == TB_E_NOTFOUND)
        return r == TB_OK;
    return failed(e, r);
}

/* We make and store prekeys ourselves. */
static int refuse_to_store(uint32_t id, uint8_t *record, size_t n, void *user)
{
    (void)id;
    (void)record;
    (void)n;
    (void)user;
    return SG_ERR_INVAL;
}

static int load_pre_key(signal_buffer **ret, uint32_t id, void *user)
{
    return load_key(user, E2E_PREKEY, id, ret);
}

static int contains_pre_key(uint32_t id, void *user)
{
    return has_key(user, E2E_PREKEY, id);
}

static int remove_pre_key(uint32_t id, void *user)
{
    struct e2e *e = user;

    e->used_prekey = id;
    return SG_SUCCESS;
}

static int load_signed_pre_key(signal_buffer **ret, uint32_t id, void *user)
{
    return load_key(user, E2E_SIGNED_PREKEY, id, ret);
}

static int contains_signed_pre_key(uint32_t id, void *user)
{
    return has_key(user, E2E_SIGNED_PREKEY, id);
}

static int keep_signed_pre_key(uint32_t id, void *user)
{
    (void)id;
    (void)user;
    return SG_ERR_INVAL;
}

/* --- identities */

static int own_identity(signal_buffer **ret_public, signal_buffer **ret_private, void *user)
{
    const struct e2e *e = user;
    const struct e2e_identity *me = &e->secret->identity;
    TB_CLEANUP(signal_buffer_bzero_freep)
    signal_buffer *pk = signal_buffer_create(me->public_key, sizeof me->public_key);
    TB_CLEANUP(signal_buffer_bzero_freep)
    signal_buffer *sk = signal_buffer_create(me->private_key.b, sizeof me->private_key.b);

    if (!pk || !sk)
        return SG_ERR_NOMEM;
    *ret_public = TB_TAKE(pk);
    *ret_private = TB_TAKE(sk);
    return SG_SUCCESS;
}

static int own_registration(void *user, uint32_t *ret)
{
    const struct e2e *e = user;

    *ret = e->secret->identity.registration_id;
    return SG_SUCCESS;
}

/* The library calls this even for a message whose MAC is wrong. */
static int never_save_identity(const signal_protocol_address *address, uint8_t *key, size_t n,
                               void *user)
{
    (void)address;
    (void)key;
    (void)n;
    (void)user;
    return SG_SUCCESS;
}

static int is_trusted(const signal_protocol_address *address, uint8_t *key, size_t n, void *user)
{
    const struct e2e *e = user;

    (void)address;
    return e->peer && n == TB_IDENT_PK_BYTES && sodium_memcmp(key, e->peer->ident_pk, n) == 0;
}

static int install_keys(struct e2e *e)
{
    const signal_protocol_pre_key_store one_time = {
        .load_pre_key = load_pre_key,
        .store_pre_key = refuse_to_store,
        .contains_pre_key = contains_pre_key,
        .remove_pre_key = remove_pre_key,
        .user_data = e,
    };
    const signal_protocol_signed_pre_key_store signed_keys = {
        .load_signed_pre_key = load_signed_pre_key,
        .store_signed_pre_key = refuse_to_store,
        .contains_signed_pre_key = contains_signed_pre_key,
        .remove_signed_pre_key = keep_signed_pre_key,
        .user_data = e,
    };
    int r = signal_protocol_store_context_set_pre_key_store(e->keep, &one_time);

    return r < 0 ? r
                 : signal_protocol_store_context_set_signed_pre_key_store(e->keep, &signed_keys);
}

int e2e_store_install(struct e2e *e)
{
    const signal_protocol_session_store sessions = {
        .load_session_func = load_session,
        .get_sub_device_sessions_func = other_devices,
        .store_session_func = store_session,
        .contains_session_func = contains_session,
        .delete_session_func = delete_session,
        .delete_all_sessions_func = delete_all,
        .user_data = e,
    };
    const signal_protocol_identity_key_store identities = {
        .get_identity_key_pair = own_identity,
        .get_local_registration_id = own_registration,
        .save_identity = never_save_identity,
        .is_trusted_identity = is_trusted,
        .user_data = e,
    };
    int r = signal_protocol_store_context_create(&e->keep, e->ctx);

    if (r >= 0)
        r = signal_protocol_store_context_set_session_store(e->keep, &sessions);
    if (r >= 0)
        r = signal_protocol_store_context_set_identity_key_store(e->keep, &identities);
    return r < 0 ? r : install_keys(e);
}
