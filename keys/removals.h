/* SPDX-License-Identifier: GPL-3.0-or-later */
/* removals.h - which suspensions and revocations a new credential would have to lift. */
#pragma once

#include "proto/roster.h"

enum { REMOVALS_MAX = 16 /* as many as one credential may lift */ };

struct removals {
    struct tb_hash at[REMOVALS_MAX];
    size_t n;
};

/* Removals in the log that hit this device and that none of its credentials lifted.
 * TB_E_LIMIT: more than one credential can lift. */
tb_result removals_of(const struct tb_roster *r, const char *account, const char *device,
                      struct removals *ret);
