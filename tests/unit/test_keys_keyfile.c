/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_keyfile.c - a key file opens with its passphrase, whole and unchanged, and not otherwise. */
#define _GNU_SOURCE /* memmem */
#include <sodium.h>
#include <string.h>

#include "keys/keyfile.h"
#include "proto/kdf.h"
#include "tb_cmocka.h"

enum { SUM = 8, OPS = 15, MEMORY = 23 }; /* where the costs stand */

static struct tb_view text(const char *s)
{
    return tb_view_of(s, strlen(s));
}

static void make(struct key_public *pub, struct tb_key *seed, struct tb_buf *ret)
{
    struct tb_sign_pair pair;

    *pub = (struct key_public){ .kind = KEY_REGISTRAR, .person = "Nguyễn Văn An" };
    *seed = tb_key_random();
    tb_sign_pair_from_seed(seed, &pair);
    memcpy(pub->pk, pair.pk, sizeof pub->pk);
    assert_int_equal(key_file_encode(pub, seed, KEY_COST_MINIMAL, text("correct horse"), ret),
                     TB_OK);
}

/* Makes the checksum fit again after a change. */
static void resum(struct tb_buf *b)
{
    uint8_t full[crypto_generichash_BYTES];

    crypto_generichash(full, sizeof full, b->p, b->n - SUM, NULL, 0);
    memcpy(b->p + b->n - SUM, full, SUM);
}

static tb_result open_it(const struct tb_buf *b, const char *passphrase)
{
    struct key_public pub;
    struct tb_key seed;

    return key_file_open(tb_buf_view(b), text(passphrase), &pub, &seed);
}

static void a_key_comes_back_with_its_passphrase(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub, back;
    struct tb_key seed, seed_back;

    (void)state;
    make(&pub, &seed, &b);
    assert_int_equal(key_file_open(tb_buf_view(&b), text("correct horse"), &back, &seed_back),
                     TB_OK);
    assert_memory_equal(&seed, &seed_back, sizeof seed);
    assert_memory_equal(pub.pk, back.pk, sizeof pub.pk);
    assert_int_equal(back.kind, KEY_REGISTRAR);
    assert_string_equal(back.person, "Nguyễn Văn An");
    assert_int_equal(key_file_peek(tb_buf_view(&b), &back), TB_OK);
    assert_string_equal(back.person, "Nguyễn Văn An");
}

static void the_seed_does_not_stand_in_the_file(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub;
    struct tb_key seed;

    (void)state;
    make(&pub, &seed, &b);
    assert_null(memmem(b.p, b.n, seed.b, sizeof seed.b));
    assert_null(memmem(b.p, b.n, "correct", 7));
}

static void a_wrong_passphrase_is_told_from_a_damaged_file(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub;
    struct tb_key seed;

    (void)state;
    make(&pub, &seed, &b);
    assert_int_equal(open_it(&b, "correct hors"), TB_E_UNREADABLE);
    assert_int_equal(open_it(&b, ""), TB_E_UNREADABLE);
    b.p[b.n / 2] ^= 1;
    assert_int_equal(open_it(&b, "correct horse"), TB_E_BADSIG);
}

static void no_part_of_a_key_file_is_a_key_file(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub;
    struct tb_key seed;

    (void)state;
    make(&pub, &seed, &b);
    for (size_t n = b.n; n-- > 0;) {
        tb_result r = key_file_peek(tb_view_of(b.p, n), &pub);
        assert_true(r == TB_E_TRUNCATED || r == TB_E_BADSIG);
    }
    tb_put_u8(&b, 0);
    assert_int_equal(key_file_peek(tb_buf_view(&b), &pub), TB_E_BADSIG);
}

/* Also by somebody who makes the checksum fit: every byte before the sealed part is bound to it. */
static void no_byte_can_be_changed(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub;
    struct tb_key seed;

    (void)state;
    make(&pub, &seed, &b);
    for (size_t i = 0; i < b.n - SUM; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bool costs =
                i >= OPS && i < OPS + 16 && bit > 0; /* heavier work: tested below, it takes long */
            if (costs)
                continue;
            b.p[i] ^= (uint8_t)(1 << bit);
            assert_int_not_equal(open_it(&b, "correct horse"), TB_OK);
            resum(&b);
            assert_int_not_equal(open_it(&b, "correct horse"), TB_OK);
            b.p[i] ^= (uint8_t)(1 << bit);
        }
    }
    resum(&b);
    assert_int_equal(open_it(&b, "correct horse"), TB_OK);
}

static void a_file_cannot_ask_for_all_memory(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub;
    struct tb_key seed;

    (void)state;
    make(&pub, &seed, &b);
    b.p[MEMORY + 5] = 1; /* 1 TiB */
    resum(&b);
    assert_int_equal(open_it(&b, "correct horse"), TB_E_RANGE);
    b.p[MEMORY + 5] = 0;
    b.p[OPS + 3] = 1; /* 16 million passes */
    resum(&b);
    assert_int_equal(open_it(&b, "correct horse"), TB_E_RANGE);
}

static void short_passphrases_and_bad_names_make_no_key(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct key_public pub = { .kind = KEY_CUSTODIAN, .person = "An\nBinh" };
    struct tb_key seed = tb_key_random();

    (void)state;
    assert_int_equal(key_file_encode(&pub, &seed, KEY_COST_MINIMAL, text("correct horse"), &b),
                     TB_E_RANGE);
    memcpy(pub.person, "An", 3);
    assert_int_equal(key_file_encode(&pub, &seed, KEY_COST_MINIMAL, text("1234567"), &b),
                     TB_E_RANGE);
    assert_int_equal(b.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_comes_back_with_its_passphrase),
        cmocka_unit_test(the_seed_does_not_stand_in_the_file),
        cmocka_unit_test(a_wrong_passphrase_is_told_from_a_damaged_file),
        cmocka_unit_test(no_part_of_a_key_file_is_a_key_file),
        cmocka_unit_test(no_byte_can_be_changed),
        cmocka_unit_test(a_file_cannot_ask_for_all_memory),
        cmocka_unit_test(short_passphrases_and_bad_names_make_no_key),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
