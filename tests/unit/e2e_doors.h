/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_doors.h - the doors of libsignal-protocol-c, watched, and forged messages.
 *
 * For tests with `wrap: session_pre_key_bundle_create session_cipher_decrypt_signal_message
 * session_cipher_decrypt_pre_key_signal_message`: counts how often the library is asked, to see
 * that some things never get there. */
#pragma once

#include <signal/session_cipher.h>
#include <signal/signal_protocol.h>
#include <string.h>

#include "support_core_e2e.h"

static unsigned decryptions, bundles;
static struct person an, binh;

int __real_session_cipher_decrypt_signal_message(session_cipher *c, signal_message *m, void *ctx,
                                                 signal_buffer **ret);
int __wrap_session_cipher_decrypt_signal_message(session_cipher *c, signal_message *m, void *ctx,
                                                 signal_buffer **ret);
int __wrap_session_cipher_decrypt_signal_message(session_cipher *c, signal_message *m, void *ctx,
                                                 signal_buffer **ret)
{
    decryptions++;
    return __real_session_cipher_decrypt_signal_message(c, m, ctx, ret);
}

int __real_session_cipher_decrypt_pre_key_signal_message(session_cipher *c,
                                                         pre_key_signal_message *m, void *ctx,
                                                         signal_buffer **ret);
int __wrap_session_cipher_decrypt_pre_key_signal_message(session_cipher *c,
                                                         pre_key_signal_message *m, void *ctx,
                                                         signal_buffer **ret);
int __wrap_session_cipher_decrypt_pre_key_signal_message(session_cipher *c,
                                                         pre_key_signal_message *m, void *ctx,
                                                         signal_buffer **ret)
{
    decryptions++;
    return __real_session_cipher_decrypt_pre_key_signal_message(c, m, ctx, ret);
}

#define BUNDLE_PARAMETERS                                                                  \
    session_pre_key_bundle **b, uint32_t reg, int device, uint32_t id, ec_public_key *key, \
        uint32_t signed_id, ec_public_key *signed_key, const uint8_t *sig, size_t n,       \
        ec_public_key *identity

int __real_session_pre_key_bundle_create(BUNDLE_PARAMETERS);
int __wrap_session_pre_key_bundle_create(BUNDLE_PARAMETERS);
int __wrap_session_pre_key_bundle_create(BUNDLE_PARAMETERS)
{
    bundles++;
    assert_non_null(sig);
    assert_int_equal(n, 64);
    assert_non_null(signed_key);
    assert_non_null(identity);
    return __real_session_pre_key_bundle_create(b, reg, device, id, key, signed_id, signed_key, sig,
                                                n, identity);
}

static inline int setup(void **state)
{
    (void)state;
    clock_ms = 1000;
    person_new(&an, 0xA1);
    person_new(&binh, 0xB1);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    person_done(&an);
    person_done(&binh);
    return 0;
}

/* An and Binh have talked in both directions. */
static inline void acquaint(void)
{
    start(&an, &binh, true);
    talk(&an, &binh, "hello");
    talk(&binh, &an, "hello");
}

/* Reading fails with `want`, says nothing and writes nothing; does the library get to see it? */
static inline void assert_refused(struct person *to, struct person *from, const struct letter *l,
                                  tb_result want, bool asked)
{
    struct tb_buf plain = { 0 };
    unsigned writes = to->memory.writes, before = decryptions;

    assert_int_equal(read_letter(to, from, l, &plain), want);
    assert_int_equal(plain.n, 0);
    assert_null(plain.p);
    assert_int_equal(to->memory.writes, writes);
    assert_int_equal(decryptions, before + (asked ? 1 : 0));
}

static inline void put_varint(struct tb_buf *b, uint32_t v)
{
    for (; v >= 128; v >>= 7)
        tb_put_u8(b, (uint8_t)(v | 128));
    tb_put_u8(b, (uint8_t)v);
}

static inline void put_field(struct tb_buf *b, uint8_t number, const void *p, size_t n)
{
    tb_put_u8(b, (uint8_t)(number << 3 | 2));
    put_varint(b, (uint32_t)n);
    tb_put(b, p, n);
}

/* A message inside a session as anybody can write it: version 3, no valid MAC. */
static inline struct letter forge(const uint8_t ratchet_key[static 33], uint32_t counter)
{
    struct letter l = { .type = E2E_MESSAGE };
    const uint8_t junk[16] = { 1 };

    tb_put_u8(&l.bytes, 0x33);
    put_field(&l.bytes, 1, ratchet_key, 33);
    tb_put_u8(&l.bytes, 2 << 3);
    put_varint(&l.bytes, counter);
    tb_put_u8(&l.bytes, 3 << 3);
    put_varint(&l.bytes, 0);
    put_field(&l.bytes, 4, junk, sizeof junk);
    tb_put(&l.bytes, junk, 8);
    return l;
}

static inline void random_public(uint8_t ret[static 33])
{
    struct e2e_identity i;

    assert_ok(e2e_identity_new(&i));
    memcpy(ret, i.public_key, 33);
    e2e_identity_wipe(&i);
}

/* The bundle is refused before the library is asked. */
static inline void assert_no_start(struct e2e_bundle *b, const struct e2e_peer *peer,
                                   tb_result want)
{
    unsigned before = bundles;

    assert_int_equal(e2e_start(an.e, peer, b), want);
    assert_int_equal(bundles, before); /* the library was not asked */
    assert_false(e2e_has_session(an.e, peer));
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
