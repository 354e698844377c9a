/* SPDX-License-Identifier: GPL-3.0-or-later */
/* book.c - see book.h. */
#include "keys/book.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cursor.h"
#include "keys/when.h"
#include "proto/kdf.h"

#define KEPT_MS (90 * WHEN_DAY_MS) /* long enough to make a lost approval again */

static const char magic[] = "trucban-book-1\n";
enum { MAGIC = sizeof magic - 1, SUITE = 1 };

static void drop_text(char *text)
{
    if (text != NULL)
        sodium_memzero(text, strlen(text));
    free(text);
}

void book_done(struct book *b)
{
    for (size_t i = 0; i < b->n_invites; i++)
        drop_text(b->invite[i].text);
    free(b->invite);
    sodium_memzero(b, sizeof *b);
}

tb_result book_path(const char *key_path, char *ret, size_t size)
{
    int n = snprintf(ret, size, "%s.book", key_path);

    return n > 0 && (size_t)n < size ? TB_OK : TB_E_LIMIT;
}

static struct tb_key book_key(const struct tb_sign_pair *key)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = { 0 };

    memcpy(seed.b, key->sk, sizeof seed.b); /* libsodium's secret key is seed || public key */
    return tb_kdf(&seed, TB_L_KEYS_BOOK, tb_view_of(key->pk, sizeof key->pk));
}

static void put_invite(struct tb_buf *b, const struct book_invite *i)
{
    tb_put(b, i->invite_id.b, sizeof i->invite_id.b);
    tb_put_var(b, i->text, strlen(i->text));
    tb_put_u64(b, (uint64_t)i->expires_ms);
    tb_put_u8(b, (uint8_t)i->state);
    tb_put(b, i->request_hash.b, sizeof i->request_hash.b);
    tb_put(b, i->entry_hash.b, sizeof i->entry_hash.b);
    tb_put(b, i->box_pk, sizeof i->box_pk);
}

tb_result book_encode(const struct book *b, const struct tb_sign_pair *key, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key k = book_key(key);
    struct tb_buf ad = { 0 };
    tb_result r;

    tb_put_u8(&plain, SUITE);
    tb_put(&plain, b->roster_id.b, sizeof b->roster_id.b);
    tb_put_u32(&plain, (uint32_t)b->n_epochs);
    for (size_t i = 0; i < b->n_epochs; i++) {
        tb_put_u32(&plain, b->epoch[i].epoch);
        tb_put(&plain, b->epoch[i].secret.b, TB_KEY_BYTES);
    }
    tb_put_u32(&plain, (uint32_t)b->n_invites);
    for (size_t i = 0; i < b->n_invites; i++)
        put_invite(&plain, &b->invite[i]);
    if ((r = tb_buf_check(&plain)) != TB_OK)
        return r;
    tb_put(&ad, magic, MAGIC);
    tb_put(&ad, key->pk, sizeof key->pk);
    tb_put(ret, ad.p, ad.n);
    r = tb_aead_seal(&k, tb_buf_view(&plain), tb_buf_view(&ad), ret);
    tb_buf_done(&ad);
    return r;
}

static tb_result read_epochs(struct cursor *c, struct book *b)
{
    uint32_t n = cursor_u32(c);
    tb_result r = n <= BOOK_EPOCHS_MAX ? TB_OK : TB_E_LIMIT;

    for (uint32_t i = 0; i < n && r == TB_OK && !c->failed; i++) {
        TB_CLEANUP(tb_key_wipe) struct tb_key secret = { 0 };
        uint32_t epoch = cursor_u32(c);
        cursor_copy(c, secret.b, sizeof secret.b);
        r = book_add_epoch(b, epoch, &secret);
    }
    return r;
}

static tb_result read_invite(struct cursor *c, struct book *b)
{
    struct tb_id id;
    char text[BOOK_INVITE_TEXT_MAX + 1] = { 0 };
    struct tb_view view;
    tb_result r;

    cursor_copy(c, id.b, sizeof id.b);
    view = cursor_var(c, BOOK_INVITE_TEXT_MAX);
    int64_t expires_ms = (int64_t)cursor_u64(c);
    if (c->failed)
        return TB_E_TRUNCATED;
    memcpy(text, view.p, view.n);
    r = book_add_invite(b, &id, text, expires_ms);
    sodium_memzero(text, sizeof text);
    if (r != TB_OK)
        return r;
    struct book_invite *i = &b->invite[b->n_invites - 1];
    uint8_t state = cursor_u8(c);
    if (state > BOOK_FINISHED)
        return TB_E_RANGE;
    i->state = (enum book_state)state;
    cursor_copy(c, i->request_hash.b, sizeof i->request_hash.b);
    cursor_copy(c, i->entry_hash.b, sizeof i->entry_hash.b);
    cursor_copy(c, i->box_pk, sizeof i->box_pk);
    return TB_OK;
}

static tb_result read_plain(struct tb_view plain, struct book *b)
{
    struct cursor c = { .left = plain };
    tb_result r;

    if (cursor_u8(&c) != SUITE)
        return TB_E_VERSION;
    cursor_copy(&c, b->roster_id.b, sizeof b->roster_id.b);
    if ((r = read_epochs(&c, b)) != TB_OK)
        return r;
    uint32_t n = cursor_u32(&c);
    for (uint32_t i = 0; i < n && !c.failed; i++) {
        if ((r = read_invite(&c, b)) != TB_OK)
            return r;
    }
    return cursor_ended(&c) ? TB_OK : TB_E_TRUNCATED;
}

tb_result book_decode(struct tb_view file, const struct tb_sign_pair *key, struct book *ret)
{
    TB_CLEANUP(book_done) struct book b = { .n_epochs = 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key k = book_key(key);
    const size_t front = MAGIC + TB_KEY_BYTES;
    tb_result r = TB_OK;

    if (file.n > 0) {
        if (file.n < front || file.n > BOOK_FILE_MAX || memcmp(file.p, magic, MAGIC) != 0)
            return TB_E_TRUNCATED;
        if (memcmp(file.p + MAGIC, key->pk, TB_KEY_BYTES) != 0)
            return TB_E_BADSIG;
        r = tb_aead_open(&k, tb_view_of(file.p + front, file.n - front), tb_view_of(file.p, front),
                         &plain);
        if (r == TB_OK)
            r = read_plain(tb_buf_view(&plain), &b);
        if (r != TB_OK)
            return r;
    }
    *ret = b;
    b = (struct book){ .n_epochs = 0 };
    return TB_OK;
}

static tb_result reserve(struct book *b)
{
    if (b->n_invites >= BOOK_INVITES_MAX)
        return TB_E_LIMIT;
    if (b->n_invites < b->cap_invites)
        return TB_OK;
    size_t cap = b->cap_invites > 0 ? 2 * b->cap_invites : 16;
    struct book_invite *grown = reallocarray(b->invite, cap, sizeof *grown);
    if (grown == NULL)
        return TB_E_NOMEM;
    b->invite = grown;
    b->cap_invites = cap;
    return TB_OK;
}

tb_result book_add_invite(struct book *b, const struct tb_id *id, const char *text,
                          int64_t expires_ms)
{
    tb_result r;

    if (strlen(text) > BOOK_INVITE_TEXT_MAX)
        return TB_E_LIMIT;
    if ((r = reserve(b)) != TB_OK)
        return r;
    char *copy = strdup(text);
    if (copy == NULL)
        return TB_E_NOMEM;
    b->invite[b->n_invites++] =
        (struct book_invite){ .invite_id = *id, .text = copy, .expires_ms = expires_ms };
    return TB_OK;
}

struct book_invite *book_find_invite(struct book *b, const struct tb_id *id)
{
    for (size_t i = 0; i < b->n_invites; i++) {
        if (tb_id_equal(&b->invite[i].invite_id, id))
            return &b->invite[i];
    }
    return NULL;
}

void book_prune(struct book *b, int64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->n_invites; i++) {
        if (b->invite[i].state != BOOK_DRAFTED && now_ms - b->invite[i].expires_ms > KEPT_MS)
            drop_text(b->invite[i].text);
        else
            b->invite[kept++] = b->invite[i];
    }
    b->n_invites = kept;
}

tb_result book_add_epoch(struct book *b, uint32_t epoch, const struct tb_key *secret)
{
    const struct tb_key *held = book_epoch(b, epoch);

    if (held != NULL)
        return sodium_memcmp(held->b, secret->b, TB_KEY_BYTES) == 0 ? TB_OK : TB_E_CONFLICT;
    if (b->n_epochs >= BOOK_EPOCHS_MAX)
        return TB_E_LIMIT;
    b->epoch[b->n_epochs].epoch = epoch;
    b->epoch[b->n_epochs].secret = *secret;
    b->n_epochs++;
    return TB_OK;
}

const struct tb_key *book_epoch(const struct book *b, uint32_t epoch)
{
    for (size_t i = 0; i < b->n_epochs; i++) {
        if (b->epoch[i].epoch == epoch)
            return &b->epoch[i].secret;
    }
    return NULL;
}
