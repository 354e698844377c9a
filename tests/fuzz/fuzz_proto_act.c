/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_act.c - the same bytes as every statement; an accepted act meets the rule. */
#include "proto/act.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_act(struct tb_arena *a, struct tb_view v)
{
    static const struct tb_act_release cited = { 2, 1, true };
    Tb__Act *m;

    if (tb_act_unpack(a, v, &m) != TB_OK)
        return;
    struct tb_hash h = tb_act_hash(v);
    struct tb_act_page page = {
        .page_id = tb_id_from(m->page_id.data),
        .header_hash = tb_hash_from(m->header_hash.data),
        .round = 2,
        .owner = m->account,
        .sender = "so-y-te",
        .offer_to = "an",
        .offer_hash = &h,
    };
    (void)tb_act_applies(m, TB_ROLE_COORDINATOR, &page, &cited); /* any verdict is right */
    (void)tb_act_name((enum tb_act_kind)m->kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_view v = tb_view_of(data, size);
    Tb__Release *release;
    Tb__RelayReceipt *relayed;
    Tb__Receipt *receipt;
    Tb__Prekeys *prekeys;
    Tb__Reset *reset;
    Tb__Duty *duty;

    tb_arena_init(&a, TB_ARENA_MAX);
    try_act(&a, v);
    (void)tb_release_unpack(&a, v, &release);
    (void)tb_relay_receipt_unpack(&a, v, &relayed);
    (void)tb_receipt_unpack(&a, v, &receipt);
    (void)tb_prekeys_unpack(&a, v, &prekeys);
    (void)tb_reset_unpack(&a, v, &reset);
    (void)tb_duty_unpack(&a, v, &duty);
    return 0;
}
