/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taxonomy.h - the 25 kinds of incident of the provincial plan (KH 95/KH-UBND
 * Hưng Yên of 22/10/2025, section III.2), in four classes, with the verbatim
 * Vietnamese wording and the mapping to RSIT (version 1003), IODEF and CAP. */
#pragma once

#include <stddef.h>

struct tb_kind {
    const char *code;  /* "ATT-06" */
    const char *group; /* "ATT", "SYS", "ADM", "NAT" */
    const char *vi, *en;
    const char *rsit;  /* "malicious-code:infected-system" */
    const char *iodef; /* SystemImpact type */
    const char *cap;   /* CAP 1.2 category */
};

extern const struct tb_kind tb_kinds[];
extern const size_t tb_kind_count; /* 25 */

/* Returns the kind with this code (upper case as printed), or NULL. */
const struct tb_kind *tb_kind_of(const char *code);
