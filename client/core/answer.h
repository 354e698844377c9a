/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.h - one act in the making: answer.c decides and stores, answer_seal.c seals what goes with it. */
#pragma once

#include "client/core/leaf.h"

struct answering {
    struct tbc *c;
    struct leaf leaf;
    struct tb_arena arena; /* of the act; an answering is never copied */
    struct tb_id act_id;
    struct tb_trust trust;
    bool override_gate;
    Tbl__Counters *counters;
    Tb__Head head;
    struct tb_hash head_hash, act_hash, zero;
    struct tb_buf act_signed;
    struct tb_view payload;
    /* the sealed detail */
    bool has_detail;
    struct tb_key k;
    struct tb_sealed detail;
    /* capsules for it, and the page re-wrapped for a taker */
    Tb__WireCapsule **capsule, **rewrap;
    size_t n_capsule, n_rewrap;
};
void answering_done(struct answering *x);

/* Seals the reasons, if there are any. */
tb_result answer_seal_detail(const struct tbc_answer *a, struct answering *x);
/* Capsules of the detail for every device of the page; of the page for every device of a taker.
 * TB_E_NOTFOUND: no session with the taker.  TB_E_UNREADABLE: I cannot read the page. */
tb_result answer_wrap(const struct tbc_answer *a, struct answering *x);
tb_result answer_pack(const struct answering *x, struct tb_buf *ret); /* an ActPut */
