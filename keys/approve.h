/* SPDX-License-Identifier: GPL-3.0-or-later */
/* approve.h - what `approve` does: from a device's request to its credential and
 * the sealed approval.  approve_request.c opens and checks, approve_grant.c makes. */
#pragma once

#include "keys/registrar.h"
#include "keys/removals.h"

/* One request on its way. */
struct approving {
    const struct run *run;
    struct desk *desk;
    struct book_invite *row; /* of the book; borrowed */
    struct tb_invite invite;
    struct tb_invite_keys keys;
    struct tb_request request;
    struct tb_hash request_hash;
    bool second_try; /* the relay saw another request for this invite */
};
void approving_done(struct approving *a);

struct approve_wish {
    const char *account, *words, *vetted, *until;
    bool finish, replace, lift;
};

/* The part of the wish that is words: said before anybody is called. */
tb_result approve_check_wish(const struct run *run, const struct approve_wish *w);

/* Finds the one request in the file that `account` (NULL: any) asks for, opens it with our invite,
 * refuses what is expired, used, or of somebody else.  Says what was wrong. */
tb_result approve_open(struct approving *a, const char *path, const Tb__Parcel *p,
                       const char *account);

/* Is this device welcome beside what the roster says about the account? Fills what must be lifted. */
tb_result approve_check_device(const struct approving *a, const struct approve_wish *w,
                               struct removals *ret_lifts);

/* Shows card, account, role; asks for the words that were heard and compares them. */
tb_result approve_check_words(const struct approving *a, const struct approve_wish *w);

/* Makes, signs and delivers the credential, with the approval if it is complete. */
int approve_grant(struct approving *a, const struct approve_wish *w, const struct removals *lifts);

/* Seals the approvals of credentials that others have cosigned. */
int approve_finish(const struct run *run, struct desk *d, const char *path, const Tb__Parcel *p);
