/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_header.c - the payload of a header: what is accepted can be walked. */
#include <stdlib.h>

#include "proto/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__Header *h;

    tb_arena_init(&a, TB_ARENA_ANON);
    if (tb_header_unpack(&a, tb_view_of(data, size), &h) != TB_OK)
        return 0;
    (void)tb_tier_ctx_of(h);
    if (h->n_tier > TB_TIERS_MAX || tb_pad_len(h->padded_len - 1) != h->padded_len)
        abort();
    for (size_t i = 0; i < h->n_tier; i++)
        if (h->tier[i]->t != i + 1)
            abort();
    return 0;
}
