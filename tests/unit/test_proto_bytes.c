/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_bytes.c - buffers, hex, ids, results. */
#include "tb_cmocka.h"

#include <string.h>

#include "proto/bytes.h"

static void numbers_are_little_endian_and_lengths_come_first(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    static const uint8_t expected[] = {
        7, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1, 2, 0, 0, 0, 'h', 'i'
    };

    (void)state;
    tb_put_u8(&b, 7);
    tb_put_u32(&b, 0x01020304);
    tb_put_u64(&b, UINT64_C(0x0102030405060708));
    tb_put_var(&b, "hi", 2);
    assert_int_equal(tb_buf_check(&b), TB_OK);
    assert_int_equal(b.n, sizeof expected);
    assert_memory_equal(b.p, expected, sizeof expected);
}

static void a_buffer_grows_and_keeps_its_bytes(void **state)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };

    (void)state;
    for (uint32_t i = 0; i < 10000; i++)
        tb_put_u32(&b, i);
    assert_int_equal(b.n, 40000);
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(b.p[4 * i] | b.p[4 * i + 1] << 8, i);
}

static void the_first_failure_is_kept_and_later_puts_do_nothing(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    (void)state;
    tb_put_u8(&b, 1);
    assert_null(tb_put_room(&b, SIZE_MAX));
    assert_null(tb_put_room(&b, SIZE_MAX / 2 + 2));
    tb_put_u8(&b, 2);
    assert_int_equal(tb_buf_check(&b), TB_E_NOMEM);
    assert_int_equal(b.n, 1);
}

static void hex_takes_exactly_its_digits(void **state)
{
    uint8_t out[2] = { 9, 9 };
    char hex[5];

    (void)state;
    tb_hex((const uint8_t[]){ 0xa0, 0x0f }, 2, hex);
    assert_string_equal(hex, "a00f");
    assert_int_equal(tb_hex_parse("A00f", out, 2), TB_OK);
    assert_memory_equal(out, ((const uint8_t[]){ 0xa0, 0x0f }), 2);
    for (size_t i = 0; i < 6; i++) {
        static const char *const bad[] = { "", "a00", "a00f0", "a00g", "a0 0", "a00f " };
        out[0] = 9;
        assert_int_equal(tb_hex_parse(bad[i], out, 2), TB_E_RANGE);
        assert_int_equal(out[0], 9);
    }
}

static void ids_print_as_sixteen_digits(void **state)
{
    struct tb_id id = { { 0xab, 1, 2, 3, 4, 5, 6, 0xff, 0x99 } };
    char text[17];

    (void)state;
    tb_id_print(&id, text);
    assert_string_equal(text, "ab010203040506ff");
}

static void equality_looks_at_every_byte(void **state)
{
    struct tb_hash a = { { 0 } }, b = a;

    (void)state;
    assert_true(tb_hash_is_zero(&a));
    for (size_t i = 0; i < TB_HASH_BYTES; i++) {
        b.b[i] = 1;
        assert_false(tb_hash_equal(&a, &b));
        assert_false(tb_hash_is_zero(&b));
        b.b[i] = 0;
    }
    assert_true(tb_hash_equal(&a, &b));
    struct tb_id x = tb_id_random(), y = tb_id_random();
    assert_false(tb_id_equal(&x, &y));
    assert_true(tb_id_equal(&x, &x));
}

static void results_keep_their_wire_values(void **state)
{
    (void)state;
    for (int v = -24; v <= 0; v++)
        assert_int_equal(tb_result_of(v), v);
    assert_int_equal(tb_result_of(1), TB_E_RANGE);
    assert_int_equal(tb_result_of(-25), TB_E_RANGE);
    assert_int_equal(TB_E_BADSIG, -8);
    assert_string_equal(tb_result_name(TB_E_DAMAGED), "TB_E_DAMAGED");
    assert_string_equal(tb_strresult(TB_OK), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian_and_lengths_come_first),
        cmocka_unit_test(a_buffer_grows_and_keeps_its_bytes),
        cmocka_unit_test(the_first_failure_is_kept_and_later_puts_do_nothing),
        cmocka_unit_test(hex_takes_exactly_its_digits),
        cmocka_unit_test(ids_print_as_sixteen_digits),
        cmocka_unit_test(equality_looks_at_every_byte),
        cmocka_unit_test(results_keep_their_wire_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
