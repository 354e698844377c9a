/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_receive.c - decrypting what came through a relay that we do not trust.
 *
 * Before the library computes: size, the peer's failures of the last minute,
 * the identity inside a first message, every X25519 key inside, whether this
 * first message was accepted before, and how far its number lets the library
 * run ahead in how many states.  After it: few archived states are kept.
 *
 * Replays: a first message that used a one-time prekey dies with that key.  One
 * without is remembered here by its base key for as long as the signed prekey
 * lives.  Messages inside a session are the ratchet's business.  Above all this
 * stands the caller's own table of message ids. */
#include <sodium.h>
#include <string.h>

#include "client/core/e2e_part.h"

/* Copies a key out of the library's hands; false: a low-order key. */
static bool key_ok(const ec_public_key *key, uint8_t ret[static TB_IDENT_PK_BYTES])
{
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *b = NULL;

    if (!key || ec_public_key_serialize(&b, key) < 0 || signal_buffer_len(b) != TB_IDENT_PK_BYTES)
        return false;
    memcpy(ret, signal_buffer_data(b), TB_IDENT_PK_BYTES);
    return e2e_public_ok(ret);
}

static bool ratchet_key_ok(const signal_message *m)
{
    uint8_t pk[TB_IDENT_PK_BYTES];

    return m && key_ok(signal_message_get_sender_ratchet_key(m), pk);
}

static tb_result put_plain(const signal_buffer *plain, struct tb_buf *ret)
{
    tb_put(ret, signal_buffer_const_data(plain), signal_buffer_len(plain));
    return tb_buf_check(ret);
}

/* --- the states of a session */

static tb_result record_of(struct e2e *e, session_record **ret)
{
    int sg = session_record_deserialize(ret, e->now.record.p, e->now.record.n, e->ctx);

    return e2e_result_of(e, sg);
}

/* Keeps the newest archived states only; the list begins with the newest. */
static tb_result trim(struct e2e *e, size_t keep)
{
    TB_CLEANUP(e2e_unref_record) session_record *record = NULL;
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *out = NULL;
    size_t n = 0;

    tb_result r = record_of(e, &record);
    if (r != TB_OK)
        return r;
    session_record_state_node *node = session_record_get_previous_states_head(record);
    while (node)
        node = ++n > keep ? session_record_get_previous_states_remove(record, node)
                          : session_record_get_previous_states_next(node);
    if (n <= keep)
        return TB_OK;
    int sg = session_record_serialize(&out, record);
    if (sg < 0)
        return e2e_result_of(e, sg);
    tb_buf_wipe(&e->now.record);
    tb_put(&e->now.record, signal_buffer_data(out), signal_buffer_len(out));
    return tb_buf_check(&e->now.record);
}

/* The library believes the number in a message before it looks at the MAC, and derives a key for every
 * number up to it, in one state after the other.  A number that is far ahead is tried in fewer states, the
 * newest, so that all together stay below one honest gap.  `more`: states that the library adds. */
static tb_result bound_work(struct e2e *e, const signal_message *m, size_t more)
{
    uint32_t ahead = signal_message_get_counter(m);
    size_t tries = E2E_STEPS_MAX / (ahead < E2E_STEPS_MAX ? ahead + 1 : E2E_STEPS_MAX);

    if (tries <= more)
        return TB_E_UNREADABLE;
    return e->now.record.n > 0 && tries - more <= E2E_ARCHIVED_MAX ? trim(e, tries - more - 1)
                                                                   : TB_OK;
}

/* --- a message inside a session */

static tb_result receive_message(struct e2e *e, session_cipher *cipher, struct tb_view in,
                                 struct tb_buf *ret)
{
    TB_CLEANUP(e2e_unref_message) signal_message *m = NULL;
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *plain = NULL;

    if (e->now.record.n == 0)
        return TB_E_UNREADABLE;
    int sg = signal_message_deserialize(&m, in.p, in.n, e->ctx);
    if (sg < 0)
        return e2e_result_of(e, sg);
    if (!ratchet_key_ok(m))
        return TB_E_UNREADABLE;
    tb_result r = bound_work(e, m, 0);
    if (r != TB_OK)
        return r;
    e->tried = true;
    sg = session_cipher_decrypt_signal_message(cipher, m, NULL, &plain);
    return sg < 0 ? e2e_result_of(e, sg) : put_plain(plain, ret);
}

/* --- the first message of a session */

struct first {
    pre_key_signal_message *m;
    struct e2e_seen mark;
    bool known; /* its session is among ours */
};

static bool was_seen(const struct e2e_session *s, const struct e2e_seen *mark)
{
    for (size_t i = 0; i < s->n_seen; i++)
        if (sodium_memcmp(s->seen[i].base, mark->base, sizeof mark->base) == 0)
            return true;
    return false;
}

/* Forgets base keys whose signed prekey is gone (the message cannot be opened any more); if that
 * frees nothing, the oldest. */
static void make_room(struct e2e *e)
{
    struct e2e_session *s = &e->now;
    size_t kept = 0;

    for (size_t i = 0; i < s->n_seen; i++) {
        TB_CLEANUP(tb_buf_wipe) struct tb_buf key = { 0 };
        if (e2e_key_load(e, E2E_SIGNED_PREKEY, s->seen[i].signed_id, &key) != TB_E_NOTFOUND)
            s->seen[kept++] = s->seen[i];
    }
    if (kept == E2E_SEEN_MAX) {
        memmove(s->seen, s->seen + 1, (E2E_SEEN_MAX - 1) * sizeof s->seen[0]);
        kept--;
    }
    s->n_seen = kept;
}

static void remember(struct e2e *e, const struct e2e_seen *mark)
{
    if (e->now.n_seen == E2E_SEEN_MAX)
        make_room(e);
    e->now.seen[e->now.n_seen++] = *mark;
}

/* Is the session of this message among ours, the current or an archived one? */
static tb_result find_state(struct e2e *e, struct first *f)
{
    TB_CLEANUP(e2e_unref_record) session_record *record = NULL;

    if (e->now.record.n == 0)
        return TB_OK;
    tb_result r = record_of(e, &record);
    if (r == TB_OK)
        f->known = session_record_has_session_state(
                       record, pre_key_signal_message_get_message_version(f->m),
                       pre_key_signal_message_get_base_key(f->m)) == 1;
    return r;
}

/* Everything that can be said against a first message before computing with it. */
static tb_result first_check(struct e2e *e, struct first *f)
{
    uint8_t identity[TB_IDENT_PK_BYTES], base[TB_IDENT_PK_BYTES];

    if (!key_ok(pre_key_signal_message_get_identity_key(f->m), identity) ||
        sodium_memcmp(identity, e->peer->ident_pk, sizeof identity) != 0)
        return TB_E_BADSIG;
    if (!key_ok(pre_key_signal_message_get_base_key(f->m), base) ||
        !ratchet_key_ok(pre_key_signal_message_get_signal_message(f->m)))
        return TB_E_UNREADABLE;
    f->mark.signed_id = pre_key_signal_message_get_signed_pre_key_id(f->m);
    memcpy(f->mark.base, base + 1, sizeof f->mark.base);
    tb_result r = find_state(e, f);
    if (r == TB_OK && !f->known && was_seen(&e->now, &f->mark))
        return TB_E_UNREADABLE;
    return r;
}

static tb_result receive_first(struct e2e *e, session_cipher *cipher, struct tb_view in,
                               struct tb_buf *ret)
{
    TB_CLEANUP(e2e_unref_pre_key_message) pre_key_signal_message *m = NULL;
    TB_CLEANUP(signal_buffer_bzero_freep) signal_buffer *plain = NULL;
    struct first f = { 0 };

    int sg = pre_key_signal_message_deserialize(&m, in.p, in.n, e->ctx);
    if (sg < 0)
        return e2e_result_of(e, sg);
    f.m = m;
    tb_result r = first_check(e, &f);
    if (r == TB_OK)
        r = bound_work(e, pre_key_signal_message_get_signal_message(m), f.known ? 0 : 1);
    if (r != TB_OK)
        return r;
    e->tried = true;
    sg = session_cipher_decrypt_pre_key_signal_message(cipher, m, NULL, &plain);
    if (sg < 0)
        return e2e_result_of(e, sg);
    if (!f.known && !pre_key_signal_message_has_pre_key_id(m))
        remember(e, &f.mark);
    r = trim(e, E2E_ARCHIVED_MAX);
    return r == TB_OK ? put_plain(plain, ret) : r;
}

static tb_result receive(struct e2e *e, enum e2e_type type, struct tb_view in, struct tb_buf *ret)
{
    TB_CLEANUP(session_cipher_freep) session_cipher *cipher = NULL;
    struct e2e_name name;

    if (in.n == 0 || in.n > E2E_CIPHER_MAX)
        return TB_E_UNREADABLE;
    e2e_name_of(&e->peer->cred, &name);
    int sg = session_cipher_create(&cipher, e->keep, &name.address, e->ctx);
    if (sg < 0)
        return e2e_result_of(e, sg);
    switch (type) {
    case E2E_MESSAGE:
        return receive_message(e, cipher, in, ret);
    case E2E_PREKEY_MESSAGE:
        return receive_first(e, cipher, in, ret);
    default:
        return TB_E_UNREADABLE;
    }
}

/* A peer that skips keys in many sessions at once does not fill the disk: his old ones go first. */
static tb_result keep_small(struct e2e *e)
{
    if (e->now.record.n <= E2E_STATES_MAX)
        return TB_OK;
    tb_result r = trim(e, 0);
    return r == TB_OK && e->now.record.n > E2E_STATES_MAX ? TB_E_UNREADABLE : r;
}

/* Begins, receives and ends; the caller holds the lock. */
static tb_result receive_once(struct e2e *e, const struct e2e_peer *peer, enum e2e_type type,
                              struct tb_view cipher, struct tb_buf *ret)
{
    tb_result r = e2e_begin(e, peer);

    if (r == TB_OK)
        r = receive(e, type, cipher, ret);
    if (r == TB_OK)
        r = keep_small(e);
    return e2e_end(e, r);
}

tb_result e2e_decrypt(struct e2e *e, const struct e2e_peer *peer, enum e2e_type type,
                      struct tb_view cipher, int64_t now_ms, struct tb_buf *ret_plain)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    tb_result r = TB_E_LIMIT;

    (void)pthread_mutex_lock(&e->mutex);
    if (!e2e_limit_reached(e, &peer->cred, now_ms)) {
        r = receive_once(e, peer, type, cipher, &plain);
        /* What was refused before the library computed does not count: what was under way in a session that
         * is gone must not use up what the next one needs. */
        if (e->tried && (r == TB_E_UNREADABLE || r == TB_E_BADSIG))
            e2e_limit_failed(e, &peer->cred, now_ms);
    }
    (void)pthread_mutex_unlock(&e->mutex);
    if (r != TB_OK)
        return r;
    tb_put(ret_plain, plain.p, plain.n);
    return tb_buf_check(ret_plain);
}
