/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_e2e.c - two people talk: first messages, both directions, loss, restarts, rollback. */
#include <stdlib.h>
#include <string.h>

#include "support_core_e2e.h"

static struct person an, binh;

static int setup(void **state)
{
    (void)state;
    person_new(&an, 0xA1);
    person_new(&binh, 0xB1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    person_done(&an);
    person_done(&binh);
    return 0;
}

static void a_page_and_its_answer_travel(void **state)
{
    (void)state;
    start(&an, &binh, true);
    talk(&an, &binh, "Máy chủ bị mã hoá");
    talk(&binh, &an, "Đã nhận, 10 phút");
    for (int i = 0; i < 20; i++) {
        talk(&an, &binh, "and");
        talk(&binh, &an, "so on");
    }
}

static void a_session_starts_without_one_time_prekeys(void **state)
{
    (void)state;
    start(&an, &binh, false);
    talk(&an, &binh, "one");
    talk(&binh, &an, "two");
}

static void first_messages_repeat_the_key_exchange_until_the_answer(void **state)
{
    (void)state;
    start(&an, &binh, true);
    struct letter a = write_letter(&an, &binh, "a"), b = write_letter(&an, &binh, "b");
    assert_int_equal(a.type, E2E_PREKEY_MESSAGE);
    assert_int_equal(b.type, E2E_PREKEY_MESSAGE);
    assert_reads(&binh, &an, &b, "b"); /* the second one first */
    assert_reads(&binh, &an, &a, "a");
    talk(&binh, &an, "answer");
    struct letter c = write_letter(&an, &binh, "c");
    assert_int_equal(c.type, E2E_MESSAGE);
    assert_reads(&binh, &an, &c, "c");
    letter_done(&a);
    letter_done(&b);
    letter_done(&c);
}

static void a_used_one_time_prekey_is_gone(void **state)
{
    (void)state;
    const uint8_t id[4] = { 1, 0, 0, 0 };
    start(&an, &binh, true);
    assert_non_null(memory_find(&binh.memory, E2E_PREKEY, tb_view_of(id, 4)));
    talk(&an, &binh, "x");
    assert_null(memory_find(&binh.memory, E2E_PREKEY, tb_view_of(id, 4)));
}

static void lost_and_reordered_messages_are_survived(void **state)
{
    (void)state;
    struct letter l[30];
    start(&an, &binh, true);
    talk(&an, &binh, "x");
    talk(&binh, &an, "y");
    for (int i = 0; i < 30; i++)
        l[i] = write_letter(&an, &binh, "z");
    for (int i = 29; i >= 0; i -= 2)
        assert_reads(&binh, &an, &l[i], "z");
    for (int i = 0; i < 30; i++)
        letter_done(&l[i]);
    talk(&binh, &an, "still here");
    talk(&an, &binh, "me too");
}

static void a_duplicate_is_called_one(void **state)
{
    (void)state;
    struct tb_buf plain = { 0 };
    start(&an, &binh, true);
    struct letter l = write_letter(&an, &binh, "x");
    assert_reads(&binh, &an, &l, "x");
    assert_int_equal(read_letter(&binh, &an, &l, &plain), TB_E_CONFLICT);
    assert_int_equal(plain.n, 0);
    letter_done(&l);
}

static void simultaneous_starts_converge(void **state)
{
    (void)state;
    start(&an, &binh, true);
    start(&binh, &an, true);
    struct letter a = write_letter(&an, &binh, "from an"),
                  b = write_letter(&binh, &an, "from binh");
    assert_reads(&binh, &an, &a, "from an");
    assert_reads(&an, &binh, &b, "from binh");
    for (int i = 0; i < 5; i++) {
        talk(&an, &binh, "1");
        talk(&binh, &an, "2");
    }
    letter_done(&a);
    letter_done(&b);
}

static void sessions_survive_a_restart(void **state)
{
    (void)state;
    start(&an, &binh, true);
    talk(&an, &binh, "before");
    person_restart(&an);
    person_restart(&binh);
    talk(&binh, &an, "after");
    talk(&an, &binh, "after");
}

static void without_a_session_nothing_is_sent(void **state)
{
    (void)state;
    struct letter l = { 0 };
    assert_false(e2e_has_session(an.e, &binh.self));
    assert_int_equal(e2e_encrypt(an.e, &binh.self, tb_view_of("x", 1), &l.type, &l.bytes),
                     TB_E_NOTFOUND);
    start(&an, &binh, true);
    assert_true(e2e_has_session(an.e, &binh.self));
    assert_ok(e2e_forget(an.e, &binh.self.cred));
    assert_false(e2e_has_session(an.e, &binh.self));
    assert_ok(e2e_forget(an.e, &binh.self.cred));
    assert_int_equal(e2e_encrypt(an.e, &binh.self, tb_view_of("x", 1), &l.type, &l.bytes),
                     TB_E_NOTFOUND);
    assert_int_equal(l.bytes.n, 0);
}

static void messages_of_every_size_up_to_the_limit_pass(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 65536 };
    char *text = calloc(1, 65538);
    assert_non_null(text);
    start(&an, &binh, true);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = '\0';
        talk(&an, &binh, text);
    }
    struct letter l = { 0 };
    assert_int_equal(e2e_encrypt(an.e, &binh.self, tb_view_of(text, 65537), &l.type, &l.bytes),
                     TB_E_RANGE);
    free(text);
}

static void a_signed_prekey_stays_the_same_until_a_new_id(void **state)
{
    (void)state;
    struct e2e_prekeys a, b, c;
    assert_ok(e2e_make_prekeys(an.e, 1, 1, 50, &a));
    assert_ok(e2e_make_prekeys(an.e, 1, 51, 2, &b));
    assert_ok(e2e_make_prekeys(an.e, 2, 53, 0, &c));
    assert_memory_equal(&a.signed_key, &b.signed_key, sizeof a.signed_key);
    assert_memory_equal(a.signed_sig, b.signed_sig, sizeof a.signed_sig);
    assert_memory_not_equal(a.signed_key.public_key, c.signed_key.public_key, TB_IDENT_PK_BYTES);
    assert_int_equal(a.n_one_time, 50);
    assert_int_equal(a.one_time[49].id, 50);
    assert_int_equal(b.one_time[0].id, 51);
}

static void prekey_ids_stay_in_their_range(void **state)
{
    (void)state;
    struct e2e_prekeys k;
    assert_int_equal(e2e_make_prekeys(an.e, 0, 1, 1, &k), TB_E_RANGE);
    assert_int_equal(e2e_make_prekeys(an.e, 1, 0, 1, &k), TB_E_RANGE);
    assert_int_equal(e2e_make_prekeys(an.e, 1, 1, TB_PREKEY_BATCH + 1, &k), TB_E_RANGE);
    assert_int_equal(e2e_make_prekeys(an.e, 1, 0xFFFFFE, 2, &k), TB_E_RANGE);
    assert_int_equal(e2e_make_prekeys(an.e, 0xFFFFFF, 1, 1, &k), TB_E_RANGE);
    assert_int_equal(an.memory.writes, 0);
    assert_ok(e2e_make_prekeys(an.e, 0xFFFFFE, 0xFFFFFE, 1, &k));
}

/* --- crash rules: everything is in the caller's transaction */

static void a_received_message_can_be_received_again_after_a_rollback(void **state)
{
    (void)state;
    start(&an, &binh, true);
    struct letter l = write_letter(&an, &binh, "page");
    memory_begin(&binh.memory);
    assert_reads(&binh, &an, &l, "page");
    memory_rollback(&binh.memory); /* killed before COMMIT */
    person_restart(&binh);
    assert_reads(&binh, &an, &l, "page");
    letter_done(&l);
    talk(&binh, &an, "answer");
    l = write_letter(&an, &binh, "again");
    memory_begin(&binh.memory);
    assert_reads(&binh, &an, &l, "again");
    memory_rollback(&binh.memory);
    assert_reads(&binh, &an, &l, "again");
    letter_done(&l);
}

static void a_message_that_was_rolled_back_and_never_sent_does_not_harm(void **state)
{
    (void)state;
    start(&an, &binh, true);
    talk(&an, &binh, "x");
    memory_begin(&an.memory);
    struct letter unsent = write_letter(&an, &binh, "unsent");
    memory_rollback(&an.memory);
    person_restart(&an);
    talk(&an, &binh, "sent");
    talk(&binh, &an, "answer");
    letter_done(&unsent);
}

static void what_could_not_be_saved_is_not_given_out(void **state)
{
    (void)state;
    struct letter l = { 0 };
    struct tb_buf plain = { 0 };
    start(&an, &binh, true);
    an.memory.fail_save = TB_E_STORE;
    assert_int_equal(e2e_encrypt(an.e, &binh.self, tb_view_of("x", 1), &l.type, &l.bytes),
                     TB_E_STORE);
    assert_int_equal(l.bytes.n, 0);
    an.memory.fail_save = TB_OK;
    l = write_letter(&an, &binh, "y");
    binh.memory.fail_save = TB_E_STORE;
    assert_int_equal(read_letter(&binh, &an, &l, &plain), TB_E_STORE);
    assert_int_equal(plain.n, 0);
    binh.memory.fail_save = TB_OK;
    assert_reads(&binh, &an, &l, "y");
    letter_done(&l);
}

static void an_operation_that_fails_writes_nothing(void **state)
{
    (void)state;
    struct tb_buf plain = { 0 };
    start(&an, &binh, true);
    struct letter l = write_letter(&an, &binh, "x");
    l.bytes.p[l.bytes.n - 1] ^= 1;
    unsigned writes = binh.memory.writes;
    assert_int_equal(read_letter(&binh, &an, &l, &plain), TB_E_UNREADABLE);
    assert_int_equal(binh.memory.writes, writes);
    letter_done(&l);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_page_and_its_answer_travel),
        test(a_session_starts_without_one_time_prekeys),
        test(first_messages_repeat_the_key_exchange_until_the_answer),
        test(a_used_one_time_prekey_is_gone),
        test(lost_and_reordered_messages_are_survived),
        test(a_duplicate_is_called_one),
        test(simultaneous_starts_converge),
        test(sessions_survive_a_restart),
        test(without_a_session_nothing_is_sent),
        test(messages_of_every_size_up_to_the_limit_pass),
        test(a_signed_prekey_stays_the_same_until_a_new_id),
        test(prekey_ids_stay_in_their_range),
        test(a_received_message_can_be_received_again_after_a_rollback),
        test(a_message_that_was_rolled_back_and_never_sent_does_not_harm),
        test(what_could_not_be_saved_is_not_given_out),
        test(an_operation_that_fails_writes_nothing),
    };
    return cmocka_run_group_tests_name("core_e2e", tests, NULL, NULL);
}
