/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_keys_file.c - the files of the offline tool.  The first byte says which: a key file whose
 * checksum is made to fit, a book whose seal is made to fit, a secret handed over, a policy, a time. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "keys/book.h"
#include "keys/handover.h"
#include "keys/keyfile.h"
#include "keys/policyfile.h"
#include "keys/when.h"
#include "proto/kdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tb_key seed = { { 1 } };

static void try_key(struct tb_view data)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    uint8_t sum[crypto_generichash_BYTES];
    struct key_public pub;

    tb_put(&file, "trucban-key-1\n", 14);
    tb_put(&file, data.p, data.n);
    crypto_generichash(sum, sizeof sum, file.p, file.n, NULL, 0);
    tb_put(&file, sum, 8);
    if (key_file_peek(tb_buf_view(&file), &pub) == TB_OK && strlen(pub.person) > TB_PERSON_MAX)
        abort();
}

static void try_book(struct tb_view data)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 }, again = { 0 };
    TB_CLEANUP(book_done) struct book b = { .n_epochs = 0 };
    struct tb_sign_pair pair;

    tb_sign_pair_from_seed(&seed, &pair);
    struct tb_key k = tb_kdf(&seed, TB_L_KEYS_BOOK, tb_view_of(pair.pk, sizeof pair.pk));
    tb_put(&file, "trucban-book-1\n", 15);
    tb_put(&file, pair.pk, sizeof pair.pk);
    struct tb_view ad = tb_buf_view(&file);
    TB_CLEANUP(tb_buf_done) struct tb_buf front = { 0 };
    tb_put(&front, ad.p, ad.n);
    if (tb_aead_seal(&k, data, tb_buf_view(&front), &file) != TB_OK)
        return;
    if (book_decode(tb_buf_view(&file), &pair, &b) == TB_OK &&
        book_encode(&b, &pair, &again) != TB_OK)
        abort(); /* what was read can be written */
}

static void try_policy(struct tb_view data)
{
    struct policy_body *b = malloc(sizeof *b);
    struct policy_problem problem;

    if (b == NULL)
        return;
    memset(b, 0x5a, sizeof *b);
    if (policy_parse(data, b, &problem) == TB_OK) {
        TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
        (void)tb_pack(&b->m.base, &packed);
    }
    free(b);
}

static void try_time(struct tb_view data)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf text = { 0 };
    char printed[WHEN_TEXT];
    int64_t ms;

    tb_put(&text, data.p, data.n);
    tb_put_u8(&text, 0);
    if (when_either((const char *)text.p, 0, &ms) == TB_OK)
        when_print(ms, printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tb_hash roster_id = { { 2 } };
    struct tb_sign_pair pair;
    struct handover h;

    if (size == 0)
        return 0;
    struct tb_view rest = tb_view_of(data + 1, size - 1);
    switch (data[0] % 5) {
    case 0:
        try_key(rest);
        break;
    case 1:
        try_book(rest);
        break;
    case 2:
        tb_sign_pair_from_seed(&seed, &pair);
        (void)handover_open(&roster_id, &pair, rest, &h);
        break;
    case 3:
        try_policy(rest);
        break;
    default:
        try_time(rest);
        break;
    }
    return 0;
}
