/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe.h - what an entry says and who signed it, for people before they sign
 * and for `inspect`. */
#pragma once

#include "keys/emit.h"
#include "keys/names.h"
#include "proto/signed.pb-c.h"

struct describe {
    struct emit *emit;
    const struct names *names;
    const struct tb_roster *roster; /* NULL: none is known */
    const char *type;               /* what to call it: "entry", "draft" */
    int64_t position;               /* in the log; -1 = not in it */
};

/* Prints one packed Signed entry.  It need not be complete: what cannot be read is said.
 * TB_E_TRUNCATED and the like: not an entry at all, nothing was printed. */
tb_result describe_entry(const struct describe *d, struct tb_view entry_signed);

/* The parts of one kind, in describe_body.c. */
tb_result describe_body(struct emit *e, struct tb_arena *a, const Tb__RosterEntry *entry);
