/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wrap: session_pre_key_bundle_create session_cipher_decrypt_signal_message session_cipher_decrypt_pre_key_signal_message signal_buffer_bzero_free signal_context_set_crypto_provider signal_context_set_locking_functions session_record_deserialize */
/* test_core_e2e_library.c - what the library gets to see of us: keys, primitives, locks, records. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2e_doors.h"

static unsigned wiped, parsed;
static signal_crypto_provider provider;
static void (*lock)(void *user), (*unlock)(void *user);

static const char secret_text[] = "chỉ Bình được đọc";
void __real_signal_buffer_bzero_free(signal_buffer *b);
void __wrap_signal_buffer_bzero_free(signal_buffer *b);
void __wrap_signal_buffer_bzero_free(signal_buffer *b)
{
    if (b && signal_buffer_len(b) == strlen(secret_text) &&
        memcmp(signal_buffer_data(b), secret_text, strlen(secret_text)) == 0)
        wiped++;
    __real_signal_buffer_bzero_free(b);
}

int __real_signal_context_set_crypto_provider(signal_context *c, const signal_crypto_provider *p);
int __wrap_signal_context_set_crypto_provider(signal_context *c, const signal_crypto_provider *p);
int __wrap_signal_context_set_crypto_provider(signal_context *c, const signal_crypto_provider *p)
{
    provider = *p;
    return __real_signal_context_set_crypto_provider(c, p);
}

int __real_signal_context_set_locking_functions(signal_context *c, void (*l)(void *),
                                                void (*u)(void *));
int __wrap_signal_context_set_locking_functions(signal_context *c, void (*l)(void *),
                                                void (*u)(void *));
int __wrap_signal_context_set_locking_functions(signal_context *c, void (*l)(void *),
                                                void (*u)(void *))
{
    lock = l;
    unlock = u;
    return __real_signal_context_set_locking_functions(c, l, u);
}

int __real_session_record_deserialize(session_record **r, const uint8_t *p, size_t n,
                                      signal_context *c);
int __wrap_session_record_deserialize(session_record **r, const uint8_t *p, size_t n,
                                      signal_context *c);
int __wrap_session_record_deserialize(session_record **r, const uint8_t *p, size_t n,
                                      signal_context *c)
{
    parsed++;
    return __real_session_record_deserialize(r, p, n, c);
}

static const uint8_t low_order[][32] = {
    { 0 },
    { 1 },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
      0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
      0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
};
enum { LOW_ORDERS = sizeof low_order / sizeof low_order[0] };

/* --- 10: keys with which the secret is zero */

static void low_order_keys_in_a_bundle_are_refused(void **state)
{
    (void)state;
    struct e2e_bundle good, b;
    bundle_of(&binh, true, &good);
    for (size_t i = 0; i < LOW_ORDERS; i++) {
        struct e2e_peer peer = binh.self;
        b = good;
        memcpy(b.one_time.public_key + 1, low_order[i], 32);
        assert_no_start(&b, &peer, TB_E_BADSIG);
        b = good;
        memcpy(b.signed_key.public_key + 1, low_order[i], 32);
        assert_no_start(&b, &peer, TB_E_BADSIG);
        memcpy(peer.ident_pk + 1, low_order[i], 32);
        assert_no_start(&good, &peer, TB_E_BADSIG);
    }
}

static void low_order_ratchet_keys_never_reach_the_library(void **state)
{
    (void)state;
    acquaint();
    for (size_t i = 0; i < LOW_ORDERS; i++) {
        uint8_t key[33] = { 5 };
        memcpy(key + 1, low_order[i], 32);
        struct letter l = forge(key, 0);
        assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
        letter_done(&l);
    }
}

/* A first message with the keys given; the rest is in order except the MAC. */
static struct letter forge_first(const uint8_t base[static 33], const uint8_t identity[static 33],
                                 const uint8_t ratchet[static 33])
{
    struct letter inner = forge(ratchet, 0), l = { .type = E2E_PREKEY_MESSAGE };

    tb_put_u8(&l.bytes, 0x33);
    put_field(&l.bytes, 2, base, 33);
    put_field(&l.bytes, 3, identity, 33);
    put_field(&l.bytes, 4, inner.bytes.p, inner.bytes.n);
    tb_put_u8(&l.bytes, 5 << 3);
    put_varint(&l.bytes, 1234);
    tb_put_u8(&l.bytes, 6 << 3);
    put_varint(&l.bytes, 7);
    letter_done(&inner);
    return l;
}

static void low_order_keys_in_a_first_message_never_reach_the_library(void **state)
{
    (void)state;
    struct e2e_bundle b;
    uint8_t good[33], bad[33] = { 5 };
    bundle_of(&binh, false, &b); /* signed prekey 7 exists */
    random_public(good);
    memcpy(bad + 1, low_order[2], 32);
    struct letter l = forge_first(good, an.self.ident_pk, good);
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true); /* this one gets as far as the MAC */
    letter_done(&l);
    l = forge_first(bad, an.self.ident_pk, good);
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    letter_done(&l);
    l = forge_first(good, an.self.ident_pk, bad);
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    letter_done(&l);
    struct person zero = an;
    memcpy(zero.self.ident_pk, bad, 33);
    l = forge_first(good, bad, good);
    assert_refused(&binh, &zero, &l, TB_E_BADSIG, false);
    letter_done(&l);
}

/* --- 12: the plaintext does not stay in the heap */

static void plaintext_is_wiped_where_the_library_held_it(void **state)
{
    (void)state;
    wiped = 0;
    start(&an, &binh, true);
    talk(&an, &binh, secret_text);
    assert_int_equal(wiped, 1);
    talk(&binh, &an, secret_text);
    assert_int_equal(wiped, 2);
}

/* --- the provider and the locks */

static void aes_ctr_and_odd_keys_are_refused(void **state)
{
    (void)state;
    const uint8_t key[32] = { 1 }, iv[16] = { 2 };
    signal_buffer *out = NULL;
    assert_int_equal(
        provider.encrypt_func(&out, SG_CIPHER_AES_CTR_NOPADDING, key, 32, iv, 16, key, 16, NULL),
        SG_ERR_INVAL);
    assert_int_equal(
        provider.decrypt_func(&out, SG_CIPHER_AES_CTR_NOPADDING, key, 32, iv, 16, key, 16, NULL),
        SG_ERR_INVAL);
    assert_int_equal(
        provider.encrypt_func(&out, SG_CIPHER_AES_CBC_PKCS5, key, 16, iv, 16, key, 16, NULL),
        SG_ERR_INVAL);
    assert_int_equal(
        provider.encrypt_func(&out, SG_CIPHER_AES_CBC_PKCS5, key, 32, iv, 12, key, 16, NULL),
        SG_ERR_INVAL);
    assert_null(out);
}

static void a_digest_can_be_used_again_after_it_was_given(void **state)
{
    (void)state;
    void *ctx = NULL;
    uint8_t want[crypto_hash_sha512_BYTES];
    (void)crypto_hash_sha512(want, (const uint8_t *)"abc", 3);
    assert_int_equal(provider.sha512_digest_init_func(&ctx, NULL), 0);
    for (int i = 0; i < 2; i++) {
        signal_buffer *out = NULL;
        assert_int_equal(provider.sha512_digest_update_func(ctx, (const uint8_t *)"abc", 3, NULL),
                         0);
        assert_int_equal(provider.sha512_digest_final_func(ctx, &out, NULL), 0);
        assert_memory_equal(signal_buffer_data(out), want, sizeof want);
        signal_buffer_free(out);
    }
    provider.sha512_digest_cleanup_func(ctx, NULL);
    provider.sha512_digest_cleanup_func(NULL, NULL);
    provider.hmac_sha256_cleanup_func(NULL, NULL);
}

static void the_locks_are_recursive(void **state)
{
    (void)state;
    assert_non_null(lock);
    (void)alarm(5); /* a lock that is not waits for itself for ever */
    lock(binh.e);
    lock(binh.e);
    acquaint(); /* and the library inside them */
    unlock(binh.e);
    unlock(binh.e);
    (void)alarm(0);
}

/* --- records on disk */

static void a_damaged_session_record_is_unreadable_and_never_parsed(void **state)
{
    (void)state;
    struct letter out = { 0 };
    acquaint();
    struct letter l = write_letter(&an, &binh, "x");
    struct tb_buf *record = memory_find(&binh.memory, E2E_SESSION, tb_view_of(an.self.cred.b, 32));
    static const size_t cuts[] = { 0, 1, 39, 40, 60, 200 };
    unsigned before = parsed;
    size_t whole = record->n;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        record->n = cuts[i];
        assert_int_equal(e2e_encrypt(binh.e, &an.self, tb_view_of("x", 1), &out.type, &out.bytes),
                         TB_E_UNREADABLE);
        record->n = whole;
    }
    record->p[whole / 2] ^= 1;
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    assert_int_equal(parsed, before);
    assert_false(e2e_has_session(binh.e, &an.self));
    start(&binh, &an, true); /* and a new start heals it */
    talk(&binh, &an, "healed");
    letter_done(&l);
}

static void a_session_moved_to_another_row_is_refused(void **state)
{
    (void)state;
    struct person chi;
    struct letter out = { 0 };
    person_new(&chi, 0xC1);
    memcpy(chi.self.ident_pk, an.self.ident_pk, 33); /* even with the same identity */
    acquaint();
    const struct tb_buf *record =
        memory_find(&binh.memory, E2E_SESSION, tb_view_of(an.self.cred.b, 32));
    struct tb_buf copy = { 0 };
    tb_put(&copy, record->p, record->n);
    assert_ok(binh.store.save(&binh.memory, E2E_SESSION, tb_view_of(chi.self.cred.b, 32),
                              tb_buf_view(&copy)));
    assert_int_equal(e2e_encrypt(binh.e, &chi.self, tb_view_of("x", 1), &out.type, &out.bytes),
                     TB_E_UNREADABLE);
    tb_buf_done(&copy);
    person_done(&chi);
}

static void a_record_of_absurd_size_is_not_read(void **state)
{
    (void)state;
    struct letter out = { 0 };
    uint8_t *big = calloc(1, 2 << 20);
    assert_non_null(big);
    assert_ok(binh.store.save(&binh.memory, E2E_SESSION, tb_view_of(an.self.cred.b, 32),
                              tb_view_of(big, 2 << 20)));
    assert_int_equal(e2e_encrypt(binh.e, &an.self, tb_view_of("x", 1), &out.type, &out.bytes),
                     TB_E_UNREADABLE);
    free(big);
}

static void a_damaged_prekey_is_not_parsed(void **state)
{
    (void)state;
    const uint8_t id[4] = { 1, 0, 0, 0 };
    start(&an, &binh, true);
    struct letter l = write_letter(&an, &binh, "x");
    memory_find(&binh.memory, E2E_PREKEY, tb_view_of(id, 4))->p[50] ^= 1;
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true);
    letter_done(&l);
}

static void junk_of_any_length_is_unreadable(void **state)
{
    (void)state;
    uint8_t junk[300];
    acquaint();
    for (size_t n = 0; n < sizeof junk; n++) {
        struct letter l = { .type = n % 2 ? E2E_MESSAGE : E2E_PREKEY_MESSAGE };
        struct tb_buf plain = { 0 };
        randombytes_buf(junk, sizeof junk);
        junk[0] = 0x33;
        tb_put(&l.bytes, junk, n);
        clock_ms += 60000;
        assert_int_equal(read_letter(&binh, &an, &l, &plain), TB_E_UNREADABLE);
        letter_done(&l);
    }
    struct letter l = write_letter(&an, &binh, "x");
    struct tb_buf plain = { 0 };
    clock_ms += 60000;
    assert_int_equal(
        e2e_decrypt(binh.e, &an.self, (enum e2e_type)9, tb_buf_view(&l.bytes), clock_ms, &plain),
        TB_E_UNREADABLE);
    assert_reads(&binh, &an, &l, "x");
    letter_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(low_order_keys_in_a_bundle_are_refused),
        test(low_order_ratchet_keys_never_reach_the_library),
        test(low_order_keys_in_a_first_message_never_reach_the_library),
        test(plaintext_is_wiped_where_the_library_held_it),
        test(aes_ctr_and_odd_keys_are_refused),
        test(a_digest_can_be_used_again_after_it_was_given),
        test(the_locks_are_recursive),
        test(a_damaged_session_record_is_unreadable_and_never_parsed),
        test(a_session_moved_to_another_row_is_refused),
        test(a_record_of_absurd_size_is_not_read),
        test(a_damaged_prekey_is_not_parsed),
        test(junk_of_any_length_is_unreadable),
    };
    return cmocka_run_group_tests_name("core_e2e_library", tests, NULL, NULL);
}
