/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wrap: session_pre_key_bundle_create session_cipher_decrypt_signal_message session_cipher_decrypt_pre_key_signal_message crypto_auth_hmacsha256_init */
/* test_core_e2e_guards.c - what a peer or the relay may try with messages and bundles, each refused.
 *
 * libsignal-protocol-c does not refuse these by itself. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "e2e_doors.h"

static size_t session_bytes(struct person *p, struct person *with)
{
    const struct tb_buf *b =
        memory_find(&p->memory, E2E_SESSION, tb_view_of(with->self.cred.b, 32));

    return b ? b->n : 0;
}

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- 1: a message whose MAC is wrong plants nothing */

static void a_first_message_with_a_wrong_mac_plants_nothing(void **state)
{
    (void)state;
    start(&an, &binh, true);
    struct letter l = write_letter(&an, &binh, "x");
    l.bytes.p[l.bytes.n - 1] ^= 1;
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true);
    assert_false(e2e_has_session(binh.e, &an.self));
    l.bytes.p[l.bytes.n - 1] ^= 1;
    assert_reads(&binh, &an, &l, "x"); /* the one-time prekey was not used up either */
    letter_done(&l);
}

static void a_first_message_of_somebody_else_is_refused_unseen(void **state)
{
    (void)state;
    struct person mallory;
    person_new(&mallory, 0xEE);
    start(&mallory, &binh, true);
    struct letter l = write_letter(&mallory, &binh, "I am An");
    assert_refused(&binh, &an, &l, TB_E_BADSIG, false); /* the relay says it comes from An */
    assert_false(e2e_has_session(binh.e, &an.self));
    letter_done(&l);
    person_done(&mallory);
}

/* --- 2: the identity is the roster's, each time */

static void a_changed_identity_is_refused_and_the_session_dropped(void **state)
{
    (void)state;
    struct letter out = { 0 };
    acquaint();
    struct letter in = write_letter(&an, &binh, "x");
    struct person renewed = an;
    random_public(renewed.self.ident_pk);
    assert_int_equal(e2e_encrypt(binh.e, &renewed.self, tb_view_of("x", 1), &out.type, &out.bytes),
                     TB_E_BADSIG);
    assert_int_equal(out.bytes.n, 0);
    assert_false(e2e_has_session(binh.e, &renewed.self));
    assert_false(e2e_has_session(binh.e, &an.self));
    assert_int_equal(session_bytes(&binh, &an), 0);
    assert_refused(&binh, &renewed, &in, TB_E_UNREADABLE, false);
    letter_done(&in);
}

static void a_message_of_a_changed_identity_is_refused_and_the_session_dropped(void **state)
{
    (void)state;
    struct tb_buf plain = { 0 };
    acquaint();
    struct letter in = write_letter(&an, &binh, "x");
    struct person renewed = an;
    random_public(renewed.self.ident_pk);
    unsigned before = decryptions;
    assert_int_equal(read_letter(&binh, &renewed, &in, &plain), TB_E_BADSIG);
    assert_int_equal(decryptions, before);
    assert_int_equal(plain.n, 0);
    assert_int_equal(session_bytes(&binh, &an), 0);
    letter_done(&in);
}

/* --- 3: bundles */

static void a_bundle_without_signature_never_reaches_the_library(void **state)
{
    (void)state;
    struct e2e_bundle b;
    bundle_of(&binh, true, &b);
    memset(b.signed_sig, 0, sizeof b.signed_sig);
    assert_no_start(&b, &binh.self, TB_E_BADSIG);
}

static void a_bundle_with_a_wrong_signature_is_refused(void **state)
{
    (void)state;
    struct e2e_bundle good, b;
    bundle_of(&binh, true, &good);
    b = good;
    b.signed_sig[3] ^= 1;
    assert_int_equal(e2e_start(an.e, &binh.self, &b), TB_E_BADSIG);
    b = good;
    random_public(b.signed_key.public_key);
    assert_int_equal(e2e_start(an.e, &binh.self, &b), TB_E_BADSIG);
    assert_int_equal(e2e_start(an.e, &an.self, &good), TB_E_BADSIG); /* another identity */
    assert_int_equal(an.memory.writes, 0);
}

static void a_bundle_with_impossible_ids_or_key_types_is_refused(void **state)
{
    (void)state;
    struct e2e_bundle good, b;
    bundle_of(&binh, true, &good);
    b = good;
    b.signed_key.id = 0;
    assert_no_start(&b, &binh.self, TB_E_RANGE);
    b = good;
    b.one_time.id = 0xFFFFFF;
    assert_no_start(&b, &binh.self, TB_E_RANGE);
    b = good;
    b.one_time.public_key[0] = 4;
    assert_no_start(&b, &binh.self, TB_E_BADSIG);
}

static void a_failed_start_leaves_the_old_session(void **state)
{
    (void)state;
    struct e2e_bundle b;
    acquaint();
    bundle_of(&binh, true, &b);
    b.signed_sig[3] ^= 1;
    assert_int_equal(e2e_start(an.e, &binh.self, &b), TB_E_BADSIG);
    talk(&an, &binh, "still");
}

/* --- 4: what a forged message costs */

/* Both start at once again and again, so that states are archived. */
static void collide(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        start(&an, &binh, true);
        talk(&an, &binh, "again");
    }
}

static void archived_states_do_not_build_up(void **state)
{
    (void)state;
    collide(5);
    talk(&binh, &an, "x");
    size_t few = session_bytes(&binh, &an);
    collide(45);
    talk(&binh, &an, "x");
    assert_true(session_bytes(&binh, &an) < few + 200);
    assert_true(session_bytes(&an, &binh) < 1500); /* the starter deletes before */
}

static void the_newest_archived_state_still_reads(void **state)
{
    (void)state;
    start(&an, &binh, true);
    talk(&an, &binh, "x");
    struct letter late = write_letter(&an, &binh, "late");
    for (int i = 0; i < 3; i++) {
        start(&an, &binh, true);
        talk(&an, &binh, "newer");
    }
    assert_reads(&binh, &an, &late, "late");
    letter_done(&late);
}

/* What deriving keys costs, counted and not timed: every key takes the same HMACs. */
static unsigned hmacs;

int __real_crypto_auth_hmacsha256_init(crypto_auth_hmacsha256_state *st, const unsigned char *key,
                                       size_t n);
int __wrap_crypto_auth_hmacsha256_init(crypto_auth_hmacsha256_state *st, const unsigned char *key,
                                       size_t n);
int __wrap_crypto_auth_hmacsha256_init(crypto_auth_hmacsha256_state *st, const unsigned char *key,
                                       size_t n)
{
    hmacs++;
    return __real_crypto_auth_hmacsha256_init(st, key, n);
}

static unsigned cost_of(struct letter *l, tb_result want)
{
    struct tb_buf plain = { 0 };
    unsigned before = hmacs;
    double began = seconds();

    clock_ms += 60001;
    assert_int_equal(read_letter(&binh, &an, l, &plain), want);
    print_message("%u HMACs, %.0f ms with sanitizers\n", hmacs - before,
                  (seconds() - began) * 1000);
    tb_buf_wipe(&plain);
    return hmacs - before;
}

/* An honest message after 2,000 lost ones is what the library allows, some 30 ms of CPU. */
static unsigned cost_of_a_gap(void)
{
    struct letter l;

    acquaint();
    for (int i = 0; i < 2000; i++) {
        l = write_letter(&an, &binh, "lost");
        letter_done(&l);
    }
    l = write_letter(&an, &binh, "after the gap");
    unsigned cost = cost_of(&l, TB_OK);
    letter_done(&l);
    return cost;
}

/* Of the first message of a session that is not there, with any number in it. */
static struct letter forge_first(uint32_t counter)
{
    struct letter l = { .type = E2E_PREKEY_MESSAGE };
    struct e2e_bundle b;
    uint8_t base[33];

    bundle_of(&binh, false, &b);
    random_public(base);
    struct letter inside = forge(base, counter);
    tb_put_u8(&l.bytes, 0x33);
    put_field(&l.bytes, 2, base, 33);
    put_field(&l.bytes, 3, an.identity.public_key, 33);
    put_field(&l.bytes, 4, inside.bytes.p, inside.bytes.n);
    tb_put_u8(&l.bytes, 5 << 3);
    put_varint(&l.bytes, b.registration_id);
    tb_put_u8(&l.bytes, 6 << 3);
    put_varint(&l.bytes, b.signed_key.id);
    letter_done(&inside);
    return l;
}

static void a_forged_message_costs_no_more_than_an_honest_gap_whatever_its_number(void **state)
{
    (void)state;
    static const uint32_t numbers[] = { 0, 500, 667, 1001, 2000, 4000 };
    unsigned gap = cost_of_a_gap();
    uint8_t key[33];
    collide(45);
    talk(&binh, &an, "x");
    random_public(key);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct letter l = forge(key, numbers[i]), first = forge_first(numbers[i]);
        assert_true(cost_of(&l, TB_E_UNREADABLE) <= gap + gap / 20);
        assert_true(cost_of(&first, TB_E_UNREADABLE) <= gap + gap / 20);
        letter_done(&l);
        letter_done(&first);
    }
    talk(&an, &binh, "and on");
}

static void after_eight_forged_messages_a_peer_costs_nothing_for_a_minute(void **state)
{
    (void)state;
    uint8_t key[33];
    acquaint();
    random_public(key);
    struct letter l = forge(key, 2000);
    for (int i = 0; i < 8; i++)
        assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true);
    unsigned before = hmacs;
    assert_refused(&binh, &an, &l, TB_E_LIMIT, false);
    clock_ms += 59999;
    assert_refused(&binh, &an, &l, TB_E_LIMIT, false);
    assert_int_equal(hmacs, before);
    letter_done(&l);
}

static void the_limit_is_per_peer_and_ends_after_a_minute(void **state)
{
    (void)state;
    struct person chi;
    uint8_t key[33];
    person_new(&chi, 0xC1);
    acquaint();
    start(&chi, &binh, true);
    random_public(key);
    struct letter forged = forge(key, 0), good = write_letter(&an, &binh, "good");
    for (int i = 0; i < 8; i++)
        assert_refused(&binh, &an, &forged, TB_E_UNREADABLE, true);
    assert_refused(&binh, &an, &good, TB_E_LIMIT, false);
    talk(&chi, &binh, "not me");
    clock_ms += 60000;
    assert_reads(&binh, &an, &good, "good");
    letter_done(&forged);
    letter_done(&good);
    person_done(&chi);
}

static void what_finds_no_session_does_not_count_as_a_failure(void **state)
{
    (void)state;
    acquaint();
    struct letter l = write_letter(&an, &binh, "x");
    assert_ok(e2e_forget(binh.e, &an.self.cred));
    for (int i = 0; i < 20; i++)
        assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    start(&an, &binh, true);
    talk(&an, &binh, "new");
    letter_done(&l);
}

static void duplicates_do_not_count_as_failures(void **state)
{
    (void)state;
    acquaint();
    struct letter l = write_letter(&an, &binh, "x");
    assert_reads(&binh, &an, &l, "x");
    for (int i = 0; i < 20; i++)
        assert_refused(&binh, &an, &l, TB_E_CONFLICT, true);
    talk(&an, &binh, "y");
    letter_done(&l);
}

/* --- 5: first messages replayed */

static void a_replayed_first_message_is_refused_after_its_state_is_gone(void **state)
{
    (void)state;
    start(&an, &binh, false);
    struct letter l = write_letter(&an, &binh, "old");
    assert_reads(&binh, &an, &l, "old");
    for (int i = 0; i < 50; i++) {
        start(&an, &binh, false);
        talk(&an, &binh, "newer");
    }
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    assert_ok(e2e_forget(binh.e, &an.self.cred));
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    person_restart(&binh);
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    start(&binh, &an, true);
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, false);
    letter_done(&l);
}

static void a_replayed_first_message_with_a_used_one_time_prekey_is_refused(void **state)
{
    (void)state;
    start(&an, &binh, true);
    struct letter l = write_letter(&an, &binh, "old");
    assert_reads(&binh, &an, &l, "old");
    assert_ok(e2e_forget(binh.e, &an.self.cred));
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true);
    letter_done(&l);
}

static void the_memory_of_first_messages_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < 140; i++) {
        start(&an, &binh, false);
        talk(&an, &binh, "x");
    }
    assert_true(session_bytes(&binh, &an) < 128 * 20 + 4000);
    /* The signed prekey is rotated away: its messages cannot be opened, so they need not be known. */
    const uint8_t id[4] = { 7, 0, 0, 0 };
    assert_ok(binh.store.drop(&binh.memory, E2E_SIGNED_PREKEY, tb_view_of(id, 4)));
    start(&an, &binh, false);
    talk(&an, &binh, "x");
    assert_ok(binh.store.drop(&binh.memory, E2E_SIGNED_PREKEY, tb_view_of(id, 4)));
    start(&an, &binh, false);
    talk(&an, &binh, "x");
}

/* --- 6, 9: sender keys rewind and never rotate: they are not used */

static void no_sender_keys_are_used(void **state)
{
    (void)state;
    static const char *const files[] = { "e2e.c",         "e2e_crypto.c", "e2e_limit.c",
                                         "e2e_receive.c", "e2e_record.c", "e2e_start.c",
                                         "e2e_store.c" };
    const char *top = getenv("TRUCBAN_SRC");
    for (size_t i = 0; top && i < sizeof files / sizeof files[0]; i++) {
        char path[512], line[512];
        (void)snprintf(path, sizeof path, "%s/client/core/%s", top, files[i]);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        while (fgets(line, sizeof line, f)) {
            assert_null(strstr(line, "group_"));
            assert_null(strstr(line, "sender_key"));
        }
        (void)fclose(f);
    }
}

/* --- 7, 8: gaps */

static void lose(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct letter l = write_letter(&an, &binh, "lost");
        letter_done(&l);
    }
}

static void two_thousand_lost_messages_are_survived(void **state)
{
    (void)state;
    acquaint();
    talk(&an, &binh, "counter 0");
    lose(2000);
    talk(&an, &binh, "after the gap");
    assert_true(session_bytes(&binh, &an) > 100000);
    assert_true(session_bytes(&binh, &an) < 1048576);
    talk(&binh, &an, "answer");
}

static void one_more_kills_the_direction_until_a_new_start(void **state)
{
    (void)state;
    acquaint();
    talk(&an, &binh, "counter 0");
    lose(2001);
    struct letter l = write_letter(&an, &binh, "after the gap");
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true);
    letter_done(&l);
    l = write_letter(&an, &binh, "and the next");
    assert_refused(&binh, &an, &l, TB_E_UNREADABLE, true);
    letter_done(&l);
    start(&an, &binh, true); /* the signed reset brings this about */
    talk(&an, &binh, "alive");
    talk(&binh, &an, "again");
}

/* A session of which five chains are skipped to the limit. */
static void skip_much(void)
{
    start(&an, &binh, true);
    talk(&an, &binh, "x");
    for (int i = 0; i < 5; i++) {
        lose(2000);
        talk(&an, &binh, "after the gap");
        talk(&binh, &an, "turn");
    }
}

static void skipping_in_many_sessions_does_not_fill_the_disk(void **state)
{
    (void)state;
    skip_much();
    size_t one = session_bytes(&binh, &an);
    assert_true(one > 800000);
    skip_much();
    assert_true(session_bytes(&binh, &an) < one + 1000);
    talk(&an, &binh, "and on");
}

static void a_message_of_a_chain_long_gone_is_unreadable(void **state)
{
    (void)state;
    acquaint();
    struct letter late = write_letter(&an, &binh, "late");
    for (int i = 0; i < 7; i++) {
        talk(&binh, &an, "ping");
        talk(&an, &binh, "pong");
    }
    assert_refused(&binh, &an, &late, TB_E_UNREADABLE, true);
    talk(&an, &binh, "and on");
    letter_done(&late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_first_message_with_a_wrong_mac_plants_nothing),
        test(a_first_message_of_somebody_else_is_refused_unseen),
        test(a_changed_identity_is_refused_and_the_session_dropped),
        test(a_message_of_a_changed_identity_is_refused_and_the_session_dropped),
        test(a_bundle_without_signature_never_reaches_the_library),
        test(a_bundle_with_a_wrong_signature_is_refused),
        test(a_bundle_with_impossible_ids_or_key_types_is_refused),
        test(a_failed_start_leaves_the_old_session),
        test(archived_states_do_not_build_up),
        test(the_newest_archived_state_still_reads),
        test(a_forged_message_costs_no_more_than_an_honest_gap_whatever_its_number),
        test(after_eight_forged_messages_a_peer_costs_nothing_for_a_minute),
        test(the_limit_is_per_peer_and_ends_after_a_minute),
        test(what_finds_no_session_does_not_count_as_a_failure),
        test(duplicates_do_not_count_as_failures),
        test(a_replayed_first_message_is_refused_after_its_state_is_gone),
        test(a_replayed_first_message_with_a_used_one_time_prekey_is_refused),
        test(the_memory_of_first_messages_is_bounded),
        test(no_sender_keys_are_used),
        test(two_thousand_lost_messages_are_survived),
        test(one_more_kills_the_direction_until_a_new_start),
        test(skipping_in_many_sessions_does_not_fill_the_disk),
        test(a_message_of_a_chain_long_gone_is_unreadable),
    };
    return cmocka_run_group_tests_name("core_e2e_guards", tests, NULL, NULL);
}
