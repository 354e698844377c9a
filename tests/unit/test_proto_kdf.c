/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_kdf.c - labels separate uses; AEAD opens only what was sealed. */
#include "tb_cmocka.h"

#include <string.h>

#include "proto/kdf.h"

static const struct tb_key key = { { 1, 2, 3 } };

enum {
    LABELS = 0
#define X(name, text) +1
    TB_LABELS(X)
#undef X
};

static void every_label_gives_another_hash_and_another_key(void **state)
{
    struct tb_hash h[LABELS];
    struct tb_hash k[LABELS];

    (void)state;
    for (unsigned i = 0; i < LABELS; i++) {
        h[i] = tb_hash_of((enum tb_label)i, tb_view_of("x", 1));
        k[i] = tb_commit(&key, (enum tb_label)i, tb_view_of("x", 1));
        struct tb_key same = tb_kdf(&key, (enum tb_label)i, tb_view_of("x", 1));
        assert_memory_equal(same.b, k[i].b, TB_HASH_BYTES);
        for (unsigned j = 0; j < i; j++) {
            assert_false(tb_hash_equal(&h[i], &h[j]));
            assert_false(tb_hash_equal(&k[i], &k[j]));
        }
        assert_false(tb_hash_equal(&h[i], &k[i]));
    }
}

static void a_hash_of_two_parts_is_that_of_their_concatenation(void **state)
{
    struct tb_hash one = tb_hash_of(TB_L_ENTRY, tb_view_of("abcd", 4));
    struct tb_hash two = tb_hash_of2(TB_L_ENTRY, tb_view_of("ab", 2), tb_view_of("cd", 2));
    struct tb_hash none = tb_hash_of(TB_L_ENTRY, tb_view_of(NULL, 0));

    (void)state;
    assert_true(tb_hash_equal(&one, &two));
    assert_false(tb_hash_equal(&one, &none));
}

static void sealed_text_opens_again_and_only_whole(void **state)
{
    struct tb_view ad = tb_view_of("ad", 2), plain = tb_view_of("plain", 5);
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };

    (void)state;
    assert_int_equal(tb_aead_seal(&key, plain, ad, &sealed), TB_OK);
    assert_int_equal(sealed.n, 5 + TB_AEAD_EXTRA);
    assert_int_equal(tb_aead_open(&key, tb_buf_view(&sealed), ad, &out), TB_OK);
    assert_int_equal(out.n, 5);
    assert_memory_equal(out.p, "plain", 5);
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        assert_int_equal(tb_aead_open(&key, tb_buf_view(&sealed), ad, &out), TB_E_UNREADABLE);
        sealed.p[i] ^= 1;
        assert_int_equal(tb_aead_open(&key, tb_view_of(sealed.p, i), ad, &out), TB_E_UNREADABLE);
    }
    struct tb_key other = { { 1, 2, 4 } };
    assert_int_equal(tb_aead_open(&other, tb_buf_view(&sealed), ad, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_aead_open(&key, tb_buf_view(&sealed), plain, &out), TB_E_UNREADABLE);
    assert_int_equal(out.n, 5);
}

static void the_empty_text_can_be_sealed(void **state)
{
    struct tb_view none = tb_view_of(NULL, 0);
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };

    (void)state;
    assert_int_equal(tb_aead_seal(&key, none, none, &sealed), TB_OK);
    assert_int_equal(tb_aead_open(&key, tb_buf_view(&sealed), none, &out), TB_OK);
    assert_int_equal(out.n, 0);
}

static void nonces_and_keys_do_not_repeat(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf two = { 0 };
    struct tb_view none = tb_view_of(NULL, 0);
    struct tb_key a = tb_key_random(), b = tb_key_random();

    (void)state;
    assert_int_equal(tb_aead_seal(&key, none, none, &two), TB_OK);
    assert_int_equal(tb_aead_seal(&key, none, none, &two), TB_OK);
    assert_memory_not_equal(two.p, two.p + TB_AEAD_EXTRA, 24);
    assert_memory_not_equal(a.b, b.b, sizeof a.b);
    tb_key_wipe(&a);
    assert_memory_equal(a.b, (struct tb_key){ 0 }.b, sizeof a.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_label_gives_another_hash_and_another_key),
        cmocka_unit_test(a_hash_of_two_parts_is_that_of_their_concatenation),
        cmocka_unit_test(sealed_text_opens_again_and_only_whole),
        cmocka_unit_test(the_empty_text_can_be_sealed),
        cmocka_unit_test(nonces_and_keys_do_not_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
