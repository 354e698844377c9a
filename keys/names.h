/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h - whose key is that?  Read from the entries of a verified roster. */
#pragma once

#include "proto/roster.h"

struct name {
    uint8_t key[TB_KEY_BYTES];
    char who[TB_PERSON_MAX + 1];
    enum tb_entry_kind kind; /* ROOT: a custodian of today; REGISTRAR, FRESHNESS_KEY, CREDENTIAL */
};

struct names {
    struct name *at; /* owned */
    size_t n;
};

void names_done(struct names *n);

/* `r` may be NULL or empty: nobody is known then. */
tb_result names_collect(const struct tb_roster *r, struct names *ret);

/* NULL: nobody that this roster names. */
const struct name *names_find(const struct names *n, const uint8_t *key);
