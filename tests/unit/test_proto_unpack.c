/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_unpack.c - hostile bytes: unknown fields, long varints, memory, NUL. */
/* wrap: malloc */
#include "tb_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "proto/sealed.pb-c.h"
#include "proto/signed.pb-c.h"
#include "proto/unpack.h"
#include "proto/wire.pb-c.h"

static bool no_memory;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
    return no_memory ? NULL : __real_malloc(n);
}

static tb_result try_n(const ProtobufCMessageDescriptor *type, const char *bytes, size_t n,
                       size_t cap)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    ProtobufCMessage *m = NULL;

    tb_arena_init(&a, cap);
    tb_result r = tb_unpack(&a, type, tb_view_of(bytes, n), &m);
    assert_true((r == TB_OK) == (m != NULL));
    assert_true(a.used <= cap);
    return r;
}

#define TRY(type, literal) \
    try_n(&tb__##type##__descriptor, literal, sizeof(literal) - 1, TB_ARENA_ANON)

static void good_messages_pass(void **state)
{
    (void)state;
    assert_int_equal(TRY(head, ""), TB_OK);
    assert_int_equal(TRY(head, "\x08\x05\x12\x01\x61"), TB_OK);
    assert_int_equal(TRY(auth_claim, "\x2a\x02\x08\x01"), TB_OK);
    /* A repeated number, packed and not. */
    assert_int_equal(TRY(registrar, "\x1a\x02\x01\x02"), TB_OK);
    assert_int_equal(TRY(registrar, "\x18\x01\x18\x02"), TB_OK);
}

static void unknown_fields_are_refused_at_every_level(void **state)
{
    (void)state;
    assert_int_equal(TRY(head, "\x18\x01"), TB_E_TRAILING);
    assert_int_equal(TRY(auth_claim, "\x2a\x02\x18\x01"), TB_E_TRAILING);
    assert_int_equal(TRY(content, "\x0a\x04\x2a\x02\x20\x01"), TB_E_TRAILING);
    assert_int_equal(TRY(head, "\x00\x00"), TB_E_TRAILING);
}

static void a_field_given_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(TRY(head, "\x08\x05\x08\x05"), TB_E_TRAILING);
    assert_int_equal(TRY(auth_claim, "\x2a\x02\x08\x01\x2a\x02\x08\x01"), TB_E_TRAILING);
}

static void a_wrong_wire_type_is_refused(void **state)
{
    (void)state;
    assert_int_equal(TRY(head, "\x0a\x01\x01"), TB_E_TRUNCATED);          /* bytes for a number */
    assert_int_equal(TRY(head, "\x10\x01"), TB_E_TRUNCATED);              /* a number for bytes */
    assert_int_equal(TRY(head, "\x09........"), TB_E_TRUNCATED);          /* fixed64 */
    assert_int_equal(TRY(head, "\x0d...."), TB_E_TRUNCATED);              /* fixed32 */
    assert_int_equal(TRY(head, "\x0b\x0c"), TB_E_TRUNCATED);              /* group */
    assert_int_equal(TRY(registrar, "\x1a\x02\x01\xff"), TB_E_TRUNCATED); /* packed, cut */
}

static void varints_end_within_their_type(void **state)
{
    (void)state;
    assert_int_equal(TRY(head, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), TB_OK);
    assert_int_equal(TRY(head, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), TB_E_TRUNCATED);
    assert_int_equal(TRY(head, "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
                     TB_E_TRUNCATED);
    assert_int_equal(TRY(head, "\x08"), TB_E_TRUNCATED);
    assert_int_equal(TRY(head, "\x08\x80"), TB_E_TRUNCATED);
    assert_int_equal(TRY(frame, "\x08\xff\xff\xff\xff\x0f"), TB_OK);
    assert_int_equal(TRY(frame, "\x08\xff\xff\xff\xff\x1f"), TB_E_RANGE); /* above 32 bits */
    assert_int_equal(TRY(act, "\xa8\x01\x02"), TB_E_RANGE);               /* a bool of 2 */

    char *endless = malloc(100000);
    memset(endless, 0xff, 100000);
    assert_int_equal(try_n(&tb__head__descriptor, endless, 100000, TB_ARENA_ANON), TB_E_TRUNCATED);
    endless[0] = 0x08;
    assert_int_equal(try_n(&tb__head__descriptor, endless, 100000, TB_ARENA_ANON), TB_E_TRUNCATED);
    free(endless);
}

static void lengths_beyond_the_end_are_refused(void **state)
{
    (void)state;
    assert_int_equal(TRY(head, "\x12\x02\x61"), TB_E_TRUNCATED);
    assert_int_equal(TRY(head, "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), TB_E_TRUNCATED);
    assert_int_equal(TRY(auth_claim, "\x2a\x05\x08\x01"), TB_E_TRUNCATED);
}

static void a_nul_in_a_string_is_refused_and_in_bytes_is_not(void **state)
{
    (void)state;
    assert_int_equal(TRY(card, "\x0a\x03\x61\x00\x62"), TB_E_RANGE);
    assert_int_equal(TRY(card, "\x0a\x02\x61\x62"), TB_OK);
    assert_int_equal(TRY(head, "\x12\x03\x61\x00\x62"), TB_OK);
}

static void memory_stays_below_the_cap(void **state)
{
    /* 32,768 empty frames in 64 KiB would take 3 MB. */
    char *many = malloc(65536);

    (void)state;
    for (size_t i = 0; i < 65536; i += 2) {
        many[i] = 0x0a;
        many[i + 1] = 0;
    }
    assert_int_equal(try_n(&tb__batch__descriptor, many, 65536, TB_ARENA_ANON), TB_E_TRUNCATED);
    assert_int_equal(try_n(&tb__batch__descriptor, many, 512, TB_ARENA_ANON), TB_OK);
    assert_int_equal(try_n(&tb__head__descriptor, "\x08\x05", 2, 16), TB_E_TRUNCATED);
    free(many);
}

/* A75: who took the one for the other would pass a true message over, and acknowledge it. */
static void a_message_for_which_there_is_no_memory_is_not_called_malformed(void **state)
{
    uint64_t before = tb_memory_failures();
    struct tb_buf b = { 0 };

    (void)state;
    no_memory = true;
    tb_result r = TRY(head, "\x08\x05\x12\x01\x61");
    tb_put(&b, "a", 1);
    no_memory = false;
    assert_int_equal(r, TB_E_NOMEM);
    assert_true(b.failed);
    assert_int_equal(tb_memory_failures() - before, 2);
    assert_int_equal(TRY(head, "\x08\x05\x12\x01\x61"), TB_OK);
}

static void an_arena_gives_aligned_memory_up_to_its_cap(void **state)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;

    (void)state;
    tb_arena_init(&a, 10000);
    for (size_t n = 0; n < 10; n++) {
        char *p = tb_arena_take(&a, n * 37);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 1, n * 37);
    }
    assert_null(tb_arena_take(&a, 10000));
    assert_null(tb_arena_take(&a, SIZE_MAX));
    assert_non_null(tb_arena_take(&a, 5000));
}

static void random_bytes_of_any_type_do_no_harm(void **state)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &tb__signed__descriptor,  &tb__header__descriptor,       &tb__act__descriptor,
        &tb__content__descriptor, &tb__roster_entry__descriptor, &tb__batch__descriptor,
        &tb__policy__descriptor,  &tb__submit__descriptor,       &tb__envelopes__descriptor,
    };
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 24);
        }
        TB_CLEANUP(tb_arena_done) struct tb_arena a;
        ProtobufCMessage *m;
        tb_arena_init(&a, 4096);
        (void)tb_unpack(&a, types[(size_t)round % 9], tb_view_of(bytes, (size_t)(round % 64)), &m);
        assert_true(a.used <= 4096);
    }
}

static void packing_appends_and_fields_are_measured(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    Tb__Head h;

    (void)state;
    tb__head__init(&h);
    h.size = 5;
    h.hash = tb_field("a", 1);
    tb_put_u8(&b, 'x');
    assert_int_equal(tb_pack(&h.base, &b), TB_OK);
    assert_int_equal(b.n, 6);
    assert_memory_equal(b.p, "x\x08\x05\x12\x01\x61", 6);
    assert_true(tb_is(&h.hash, 1));
    assert_false(tb_is_or_empty(&h.hash, 2));
    assert_true(tb_is_or_empty(&(ProtobufCBinaryData){ 0 }, 2));
    assert_int_equal(tb_field_view(&h.hash).n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_messages_pass),
        cmocka_unit_test(unknown_fields_are_refused_at_every_level),
        cmocka_unit_test(a_field_given_twice_is_refused),
        cmocka_unit_test(a_wrong_wire_type_is_refused),
        cmocka_unit_test(varints_end_within_their_type),
        cmocka_unit_test(lengths_beyond_the_end_are_refused),
        cmocka_unit_test(a_nul_in_a_string_is_refused_and_in_bytes_is_not),
        cmocka_unit_test(memory_stays_below_the_cap),
        cmocka_unit_test(a_message_for_which_there_is_no_memory_is_not_called_malformed),
        cmocka_unit_test(an_arena_gives_aligned_memory_up_to_its_cap),
        cmocka_unit_test(random_bytes_of_any_type_do_no_harm),
        cmocka_unit_test(packing_appends_and_fields_are_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
