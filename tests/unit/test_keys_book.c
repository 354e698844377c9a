/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_book.c - what a registrar collects comes back for the same key only; secrets pass to one registrar. */
#include <sodium.h>
#include <string.h>

#include "keys/book.h"
#include "keys/handover.h"
#include "keys/when.h"
#include "tb_cmocka.h"

static const struct tb_id first = { { 1 } }, second = { { 2 } };

static void fill(struct book *b)
{
    struct tb_key secret = { { 7 } };

    *b = (struct book){ .roster_id = { { 5 } } };
    assert_int_equal(book_add_epoch(b, 1, &secret), TB_OK);
    assert_int_equal(book_add_invite(b, &first, "trucban:1:aaaa", 1000), TB_OK);
    assert_int_equal(book_add_invite(b, &second, "trucban:1:bbbb", 2000), TB_OK);
    struct book_invite *i = book_find_invite(b, &second);
    i->state = BOOK_DRAFTED;
    i->request_hash.b[0] = 3;
    i->entry_hash.b[0] = 4;
    i->box_pk[0] = 6;
}

static void a_book_comes_back_as_it_was(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    TB_CLEANUP(book_done) struct book b, back = { .n_epochs = 0 };
    struct tb_sign_pair key;

    (void)state;
    tb_sign_pair_new(&key);
    fill(&b);
    assert_int_equal(book_encode(&b, &key, &file), TB_OK);
    assert_int_equal(book_decode(tb_buf_view(&file), &key, &back), TB_OK);
    assert_true(tb_hash_equal(&b.roster_id, &back.roster_id));
    assert_int_equal(back.n_invites, 2);
    assert_string_equal(book_find_invite(&back, &first)->text, "trucban:1:aaaa");
    const struct book_invite *i = book_find_invite(&back, &second);
    assert_int_equal(i->state, BOOK_DRAFTED);
    assert_int_equal(i->expires_ms, 2000);
    assert_int_equal(i->request_hash.b[0] + i->entry_hash.b[0] + i->box_pk[0], 13);
    assert_int_equal(book_epoch(&back, 1)->b[0], 7);
    assert_null(book_epoch(&back, 2));
}

static void no_file_is_an_empty_book(void **state)
{
    TB_CLEANUP(book_done) struct book b = { .n_epochs = 9 };
    struct tb_sign_pair key;

    (void)state;
    tb_sign_pair_new(&key);
    b = (struct book){ .n_epochs = 0 };
    assert_int_equal(book_decode((struct tb_view){ NULL, 0 }, &key, &b), TB_OK);
    assert_int_equal(b.n_invites + b.n_epochs, 0);
    assert_true(tb_hash_is_zero(&b.roster_id));
}

static void another_key_opens_no_book(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    TB_CLEANUP(book_done) struct book b, back = { .n_epochs = 0 };
    struct tb_sign_pair key, other;

    (void)state;
    tb_sign_pair_new(&key);
    tb_sign_pair_new(&other);
    fill(&b);
    assert_int_equal(book_encode(&b, &key, &file), TB_OK);
    assert_int_equal(book_decode(tb_buf_view(&file), &other, &back), TB_E_BADSIG);
    memcpy(file.p + 15, other.pk, TB_KEY_BYTES); /* renamed to that key */
    assert_int_equal(book_decode(tb_buf_view(&file), &other, &back), TB_E_UNREADABLE);
    assert_int_equal(book_decode(tb_buf_view(&file), &key, &back), TB_E_BADSIG);
}

static void a_changed_or_cut_book_is_refused(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    TB_CLEANUP(book_done) struct book b, back = { .n_epochs = 0 };
    struct tb_sign_pair key;

    (void)state;
    tb_sign_pair_new(&key);
    fill(&b);
    assert_int_equal(book_encode(&b, &key, &file), TB_OK);
    for (size_t i = 0; i < file.n; i++) {
        file.p[i] ^= 1;
        assert_int_not_equal(book_decode(tb_buf_view(&file), &key, &back), TB_OK);
        file.p[i] ^= 1;
        if (i > 0)
            assert_int_not_equal(book_decode(tb_view_of(file.p, i), &key, &back), TB_OK);
    }
}

static void old_invites_are_forgotten_but_not_open_drafts(void **state)
{
    TB_CLEANUP(book_done) struct book b;

    (void)state;
    fill(&b);
    book_prune(&b, 89 * WHEN_DAY_MS);
    assert_int_equal(b.n_invites, 2);
    book_prune(&b, 91 * WHEN_DAY_MS);
    assert_null(book_find_invite(&b, &first));
    assert_non_null(book_find_invite(&b, &second));
}

static void an_epoch_has_one_secret(void **state)
{
    TB_CLEANUP(book_done) struct book b;
    struct tb_key same = { { 7 } }, other = { { 8 } };

    (void)state;
    fill(&b);
    assert_int_equal(book_add_epoch(&b, 1, &same), TB_OK);
    assert_int_equal(book_add_epoch(&b, 1, &other), TB_E_CONFLICT);
    assert_int_equal(b.n_epochs, 1);
}

static void a_secret_reaches_the_registrar_it_is_sealed_for(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct tb_hash here = { { 1 } }, elsewhere = { { 2 } };
    struct handover h = { .epoch = 1, .secret = { { 9 } } }, back;
    struct tb_sign_pair to, other;

    (void)state;
    tb_sign_pair_new(&to);
    tb_sign_pair_new(&other);
    assert_int_equal(handover_seal(&here, to.pk, &h, &file), TB_OK);
    assert_int_equal(handover_open(&here, &to, tb_buf_view(&file), &back), TB_OK);
    assert_int_equal(back.epoch, 1);
    assert_memory_equal(&back.secret, &h.secret, sizeof h.secret);
    assert_int_equal(handover_open(&here, &other, tb_buf_view(&file), &back), TB_E_DENIED);
    assert_int_equal(handover_open(&elsewhere, &to, tb_buf_view(&file), &back), TB_E_CONFLICT);
    for (size_t i = 0; i < file.n; i++) {
        file.p[i] ^= 1;
        assert_int_not_equal(handover_open(&here, &to, tb_buf_view(&file), &back), TB_OK);
        file.p[i] ^= 1;
        assert_int_equal(handover_open(&here, &to, tb_view_of(file.p, i), &back), TB_E_TRUNCATED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_book_comes_back_as_it_was),
        cmocka_unit_test(no_file_is_an_empty_book),
        cmocka_unit_test(another_key_opens_no_book),
        cmocka_unit_test(a_changed_or_cut_book_is_refused),
        cmocka_unit_test(old_invites_are_forgotten_but_not_open_drafts),
        cmocka_unit_test(an_epoch_has_one_secret),
        cmocka_unit_test(a_secret_reaches_the_registrar_it_is_sealed_for),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
