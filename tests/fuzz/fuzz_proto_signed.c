/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_signed.c - a Signed, and each of its payloads as a roster entry. */
#include "proto/sign.h"
#include "proto/signed.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tb_hash roster_id = { { 0x51, 0x52, 0x53 } };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__RosterEntry *entry;
    struct tb_signed s;

    tb_arena_init(&a, TB_ARENA_ANON);
    if (tb_signed_parse(&a, tb_view_of(data, size), &s) != TB_OK)
        return 0;
    (void)tb_verify(TB_TYPE_ROSTER, &roster_id, s.payload, s.by[0].pk, s.by[0].sig);
    (void)tb_unpack(&a, &tb__roster_entry__descriptor, s.payload, &entry); /* refusing is right */
    return 0;
}
