/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_sign.c - a signature holds for one type, one province, one payload, one key. */
#include "tb_cmocka.h"

#include <sodium.h>
#include <string.h>

#include "proto/sign.h"
#include "proto/signed.pb-c.h"

static const struct tb_hash province = { { 1 } }, other_province = { { 2 } };
static struct tb_sign_pair an, binh;

static int make_keys(void **state)
{
    (void)state;
    tb_sign_pair_from_seed(&(struct tb_key){ { 1 } }, &an);
    tb_sign_pair_new(&binh);
    return 0;
}

static Tb__Reset a_reset(void)
{
    Tb__Reset m;

    tb__reset__init(&m);
    m.number = 7;
    return m;
}

static void a_signature_of_one_type_is_refused_as_any_other(void **state)
{
    struct tb_view payload = tb_view_of("statement", 9);
    uint8_t sig[TB_SIG_BYTES];

    (void)state;
    for (unsigned a = 0; a < TB_TYPE_COUNT; a++) {
        assert_int_equal(tb_sign((enum tb_type)a, &province, payload, &an, sig), TB_OK);
        for (unsigned b = 0; b < TB_TYPE_COUNT; b++)
            assert_int_equal(tb_verify((enum tb_type)b, &province, payload, an.pk, sig), a == b);
    }
}

static void a_signature_of_one_province_is_refused_in_another(void **state)
{
    struct tb_view payload = tb_view_of("statement", 9);
    uint8_t sig[TB_SIG_BYTES];

    (void)state;
    assert_int_equal(tb_sign(TB_TYPE_ACT, &province, payload, &an, sig), TB_OK);
    assert_true(tb_verify(TB_TYPE_ACT, &province, payload, an.pk, sig));
    assert_false(tb_verify(TB_TYPE_ACT, &other_province, payload, an.pk, sig));
    assert_false(tb_verify(TB_TYPE_ACT, &province, payload, binh.pk, sig));
    assert_false(tb_verify(TB_TYPE_ACT, &province, tb_view_of("statemen", 8), an.pk, sig));
}

static tb_result open_by(const struct tb_buf *data, const struct tb_sign_pair *by)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_view payload;

    tb_arena_init(&a, TB_ARENA_ANON);
    return tb_signed_open(&a, TB_TYPE_RESET, &province, tb_buf_view(data), by->pk, &payload);
}

static void no_changed_byte_of_a_signed_verifies(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf s = { 0 };
    Tb__Reset m = a_reset();

    (void)state;
    assert_int_equal(tb_signed_make(TB_TYPE_RESET, &province, &m.base, &an, &s), TB_OK);
    assert_int_equal(open_by(&s, &an), TB_OK);
    assert_int_equal(open_by(&s, &binh), TB_E_BADSIG);
    for (size_t i = 0; i < s.n; i++)
        for (unsigned x = 1; x < 256; x++) {
            s.p[i] ^= (uint8_t)x;
            assert_int_not_equal(open_by(&s, &an), TB_OK);
            s.p[i] ^= (uint8_t)x;
        }
    for (size_t n = 0; n < s.n; n++) {
        struct tb_buf cut = { .p = s.p, .n = n };
        assert_int_not_equal(open_by(&cut, &an), TB_OK);
    }
    tb_put_u8(&s, 0);
    assert_int_not_equal(open_by(&s, &an), TB_OK);
}

static void the_payload_comes_out_as_it_was_signed(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf s = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_view payload;
    Tb__Reset m = a_reset(), *back;

    (void)state;
    tb_arena_init(&a, TB_ARENA_ANON);
    assert_int_equal(tb_signed_make(TB_TYPE_RESET, &province, &m.base, &an, &s), TB_OK);
    assert_int_equal(tb_signed_open(&a, TB_TYPE_RESET, &province, tb_buf_view(&s), an.pk, &payload),
                     TB_OK);
    assert_int_equal(tb_unpack(&a, &tb__reset__descriptor, payload, &back), TB_OK);
    assert_int_equal(back->number, 7);
}

/* Packs a Signed with these signatures and parses it. */
static tb_result parse(const char *payload, Tb__Signature **list, size_t n)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_signed out;
    Tb__Signed s;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb__signed__init(&s);
    s.payload = tb_field(payload, strlen(payload));
    s.signature = list;
    s.n_signature = n;
    assert_int_equal(tb_pack(&s.base, &b), TB_OK);
    return tb_signed_parse(&a, tb_buf_view(&b), &out);
}

static void the_list_of_signatures_has_one_form(void **state)
{
    static const uint8_t sig[TB_SIG_BYTES];
    uint8_t pk[TB_SIGNATURES_MAX + 1][TB_KEY_BYTES] = { { 0 } };
    Tb__Signature one[TB_SIGNATURES_MAX + 1], *list[TB_SIGNATURES_MAX + 1];

    (void)state;
    for (unsigned i = 0; i <= TB_SIGNATURES_MAX; i++) {
        pk[i][0] = (uint8_t)i;
        tb__signature__init(&one[i]);
        one[i].alg = 1;
        one[i].signer = tb_field(pk[i], TB_KEY_BYTES);
        one[i].sig = tb_field(sig, sizeof sig);
        list[i] = &one[i];
    }
    assert_int_equal(parse("x", list, TB_SIGNATURES_MAX), TB_OK);
    assert_int_equal(parse("x", list, TB_SIGNATURES_MAX + 1), TB_E_RANGE);
    assert_int_equal(parse("x", list, 0), TB_E_RANGE);
    assert_int_equal(parse("", list, 1), TB_E_RANGE);
    pk[1][0] = 0;
    assert_int_equal(parse("x", list, 2), TB_E_RANGE); /* the same signer twice */
    one[0].alg = 2;
    assert_int_equal(parse("x", list, 1), TB_E_RANGE);
    one[0].alg = 1;
    one[0].sig.len = 63;
    assert_int_equal(parse("x", list, 1), TB_E_RANGE);
    one[0].sig.len = 64;
    one[0].signer.len = 31;
    assert_int_equal(parse("x", list, 1), TB_E_RANGE);
}

static void a_second_signature_is_refused_where_one_is_expected(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    uint8_t sig[2][TB_SIG_BYTES];
    Tb__Signature one[2], *list[] = { &one[0], &one[1] };
    const struct tb_sign_pair *by[] = { &an, &binh };
    Tb__Signed s;

    (void)state;
    tb__signed__init(&s);
    s.payload = tb_field("x", 1);
    s.signature = list;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tb_sign(TB_TYPE_RESET, &province, tb_view_of("x", 1), by[i], sig[i]),
                         TB_OK);
        tb__signature__init(&one[i]);
        one[i].alg = 1;
        one[i].signer = tb_field(by[i]->pk, TB_KEY_BYTES);
        one[i].sig = tb_field(sig[i], TB_SIG_BYTES);
    }
    for (size_t n = 1; n <= 2; n++) {
        tb_buf_done(&b);
        s.n_signature = n;
        assert_int_equal(tb_pack(&s.base, &b), TB_OK);
        assert_int_equal(open_by(&b, &an), n == 1 ? TB_OK : TB_E_BADSIG);
    }
}

/* The points of small order, canonical and not (RFC 7748, libsodium's list). */
static const char *const small_x25519[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};
static const char *const small_ed25519[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void keys_of_small_order_are_refused(void **state)
{
    uint8_t pk[TB_KEY_BYTES], box[TB_KEY_BYTES], sk[TB_KEY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof small_x25519 / sizeof small_x25519[0]; i++) {
        assert_int_equal(tb_hex_parse(small_x25519[i], pk, sizeof pk), TB_OK);
        assert_false(tb_box_pk_ok(pk));
    }
    for (size_t i = 0; i < sizeof small_ed25519 / sizeof small_ed25519[0]; i++) {
        assert_int_equal(tb_hex_parse(small_ed25519[i], pk, sizeof pk), TB_OK);
        assert_false(tb_sign_pk_ok(pk));
    }
    assert_true(tb_sign_pk_ok(an.pk));
    assert_true(tb_sign_pk_ok(binh.pk));
    (void)crypto_box_keypair(box, sk);
    assert_true(tb_box_pk_ok(box));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_of_one_type_is_refused_as_any_other),
        cmocka_unit_test(a_signature_of_one_province_is_refused_in_another),
        cmocka_unit_test(no_changed_byte_of_a_signed_verifies),
        cmocka_unit_test(the_payload_comes_out_as_it_was_signed),
        cmocka_unit_test(the_list_of_signatures_has_one_form),
        cmocka_unit_test(a_second_signature_is_refused_where_one_is_expected),
        cmocka_unit_test(keys_of_small_order_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
