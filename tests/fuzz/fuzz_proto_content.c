/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_content.c - what only members read: contents, cards, capsules. */
#include <stdlib.h>
#include <string.h>

#include "proto/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tb_key secret = { { 1 } };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_view v = tb_view_of(data, size), ct;
    uint8_t payload[TB_PAYLOAD_BYTES];
    struct tb_capsule capsule;
    Tb__Content *content;
    Tb__Card *card;

    tb_arena_init(&a, TB_ARENA_MAX);
    if (tb_content_unpack(&a, v, &content) == TB_OK && content->report)
        for (size_t i = 0; i < content->report->n_file; i++)
            if (strchr(content->report->file[i]->name, '/'))
                abort();
    (void)tb_card_unpack(&a, v, &card);
    if (tb_capsule_parse(&a, v, &capsule, &ct) == TB_OK)
        (void)tb_capsule_open(&capsule, ct, &secret, payload);
    return 0;
}
