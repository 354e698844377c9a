/* SPDX-License-Identifier: GPL-3.0-or-later */
/* submit.h - a SUBMIT while it is verified (PROTOCOL.md section 5). */
#pragma once

#include "proto/wire.pb-c.h"
#include "server/page.h"

struct submit {
    Tb__Submit *m;
    Tb__Header *h;
    struct page page; /* filled from the header; `to` only once it is stored */
    const struct tb_cred *
        *to; /* of each capsule; in the request's arena, borrowed from the roster */
    const struct tb_key
        *share[TB_TIERS_MAX]; /* of tier t at t - 1, where it matches its commitment */
};
void submit_done(struct submit *s);

/* Unpacks and checks signature and form of the header; fills s->page.is. */
tb_result submit_open(struct request *q, struct submit *s);
/* Which shares match their commitments. */
tb_result submit_shares(struct request *q, struct submit *s);
/* Everything else: policy, class, tiers, body, recipients, and the shares. */
tb_result submit_check(struct request *q, struct submit *s);
