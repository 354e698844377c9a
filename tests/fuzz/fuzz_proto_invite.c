/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_invite.c - the text of an invite, and the same bytes as a packed Invite with a right
 * sum; what is read can be written and read again. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const char *text)
{
    TB_CLEANUP(tb_invite_done) struct tb_invite i = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite again = { 0 };
    TB_CLEANUP(tb_invite_keys_wipe) struct tb_invite_keys keys;
    TB_CLEANUP(tb_buf_wipe) struct tb_buf back = { 0 };

    if (tb_invite_parse(text, &i) != TB_OK)
        return;
    (void)tb_invite_derive(&i, &keys);
    if (tb_invite_encode(&i, &back) != TB_OK || tb_invite_parse((char *)back.p, &again) != TB_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf packed = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__Ticket *ticket;
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

    tb_put(&text, data, size);
    tb_put_u8(&text, 0);
    try_text((char *)text.p);

    text.n = 0;
    tb_put(&packed, data, size);
    struct tb_hash sum = tb_hash_of(TB_L_INVITE_SUM, tb_buf_view(&packed));
    tb_put(&packed, sum.b, 4);
    tb_put(&text, TB_INVITE_PREFIX, sizeof TB_INVITE_PREFIX - 1);
    size_t n = sodium_base64_encoded_len(packed.n, variant);
    char *at = (char *)tb_put_room(&text, n);
    if (!at)
        return 0;
    (void)sodium_bin2base64(at, n, packed.p, packed.n, variant);
    try_text((char *)text.p);

    tb_arena_init(&a, TB_ARENA_ANON);
    (void)tb_ticket_unpack(&a, tb_view_of(data, size), &ticket);
    return 0;
}
