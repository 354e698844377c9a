/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audience.h - a set of devices in good standing that get one and the same envelope. */
#pragma once

#include "server/relay_priv.h"

struct audience {
    const struct relay *r;
    struct tb_hash *cred; /* owned; sorted and without doubles after audience_settle() */
    size_t n, cap;
    bool failed;
};
void audience_done(struct audience *a);

void audience_add(struct audience *a,
                  const struct tb_hash *cred); /* left out unless in good standing */
void audience_add_account(struct audience *a, const char *account);
void audience_add_recipients(struct audience *a, const struct store_recipients *list);
/* TB_E_NOMEM if any add failed. */
tb_result audience_settle(struct audience *a);
