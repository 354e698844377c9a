/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover.c - see handover.h. */
#include "keys/handover.h"

#include <sodium.h>
#include <string.h>

#include "keys/cursor.h"

static const char magic[] = "trucban-secret-1\n";
enum { MAGIC = sizeof magic - 1, PLAIN = 4 + TB_KEY_BYTES, BOX = PLAIN + crypto_box_SEALBYTES };

void handover_wipe(struct handover *h)
{
    sodium_memzero(h, sizeof *h);
}

tb_result handover_seal(const struct tb_hash *roster_id, const uint8_t to[static TB_KEY_BYTES],
                        const struct handover *h, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    uint8_t box_pk[crypto_box_PUBLICKEYBYTES];

    tb_put_u32(&plain, h->epoch);
    tb_put(&plain, h->secret.b, sizeof h->secret.b);
    if (tb_buf_check(&plain) != TB_OK)
        return TB_E_NOMEM;
    if (crypto_sign_ed25519_pk_to_curve25519(box_pk, to) != 0)
        return TB_E_BADSIG;
    tb_put(ret, magic, MAGIC);
    tb_put(ret, roster_id->b, sizeof roster_id->b);
    tb_put(ret, to, TB_KEY_BYTES);
    uint8_t *room = tb_put_room(ret, BOX);
    if (room == NULL)
        return TB_E_NOMEM;
    return crypto_box_seal(room, plain.p, plain.n, box_pk) == 0 ? TB_OK : TB_E_BADSIG;
}

static tb_result open_box(struct tb_view box, const struct tb_sign_pair *to, struct handover *ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key box_sk = { { 0 } };
    uint8_t box_pk[crypto_box_PUBLICKEYBYTES], plain[PLAIN];

    if (crypto_sign_ed25519_pk_to_curve25519(box_pk, to->pk) != 0 ||
        crypto_sign_ed25519_sk_to_curve25519(box_sk.b, to->sk) != 0)
        return TB_E_BADSIG;
    if (crypto_box_seal_open(plain, box.p, box.n, box_pk, box_sk.b) != 0)
        return TB_E_UNREADABLE;
    struct cursor c = { .left = tb_view_of(plain, sizeof plain) };
    ret->epoch = cursor_u32(&c);
    cursor_copy(&c, ret->secret.b, sizeof ret->secret.b);
    sodium_memzero(plain, sizeof plain);
    return TB_OK;
}

tb_result handover_open(const struct tb_hash *roster_id, const struct tb_sign_pair *to,
                        struct tb_view file, struct handover *ret)
{
    struct cursor c = { .left = file };
    struct tb_view front = cursor_take(&c, MAGIC), id = cursor_take(&c, TB_HASH_BYTES);
    struct tb_view key = cursor_take(&c, TB_KEY_BYTES), box = cursor_take(&c, BOX);

    if (!cursor_ended(&c) || memcmp(front.p, magic, MAGIC) != 0)
        return TB_E_TRUNCATED;
    if (memcmp(id.p, roster_id->b, TB_HASH_BYTES) != 0)
        return TB_E_CONFLICT;
    if (memcmp(key.p, to->pk, TB_KEY_BYTES) != 0)
        return TB_E_DENIED;
    return open_box(box, to, ret);
}
