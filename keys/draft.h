/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.h - an entry on its way into the roster: made, signed by whoever is
 * needed, checked against the log as it stands, written out.
 *
 * A draft lacks signatures; it is a Parcel like any other and grows by `cosign`. */
#pragma once

#include "keys/rosterfile.h"
#include "keys/signer.h"

enum { DRAFTS_MAX = 32 /* entries that one command makes or one file of drafts holds */ };

/* What an entry will be about. */
struct draft_of {
    enum tb_entry_kind kind;
    struct tb_view subject;
    const ProtobufCMessage *body;
};

/* Makes the entry without signatures; `f` is NULL for entry 0.  Says what was wrong. */
tb_result draft_make(const struct run *run, const struct roster_file *f, const struct draft_of *of,
                     struct tb_buf *ret);

/* May this key sign this entry?  Only custodians sign what gives power; only registrars sign people.
 * Says why not. */
tb_result draft_may_sign(const struct roster_file *f, const struct signer *s, struct tb_view entry);

/* Adds one signature in place.  Says what was wrong. */
tb_result draft_sign(const struct roster_file *f, const struct signer *s, struct tb_buf *entry);

/* Opens every --key in turn and signs with it. */
tb_result draft_sign_all(const struct run *run, const struct roster_file *f, struct tb_buf *entry);

/* Would the roster take it?  TB_OK: complete.  TB_E_QUORUM: signatures are missing, ret_why says
 * how many.  Else says why not.  `f` NULL: entry 0. */
tb_result draft_check(const struct run *run, const struct roster_file *f, struct tb_view entry,
                      struct tb_why *ret_why);

/* What goes out together. */
struct delivery {
    struct tb_buf *entry; /* n of them */
    size_t n;
    const struct tb_buf *approval; /* NULL = none */
};

/* Checks the entries, appends them with --append, writes them to --out, prints one object each.
 * Gives the exit status. */
int draft_deliver(const struct run *run, struct roster_file *f, const struct delivery *d);

/* draft_make, draft_sign_all, draft_deliver: a whole command. */
int draft_command(const struct run *run, struct roster_file *f, const struct draft_of *of);
