/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registrar.h - what commands about registrars share: their entry, the province
 * secret, and the start of every command that a registrar runs. */
#pragma once

#include "keys/draft.h"
#include "keys/parse.h"

/* A Registrar and what its pointers need; do not move. */
struct registrar_body {
    Tb__Registrar registrar;
    struct roles roles;
    struct key_public pub;
};
struct registrar_wish {
    const char *roles; /* "agency,responder" or "all" */
    int64_t until_ms;
};
tb_result registrar_fill(struct registrar_body *b, const struct key_public *pub,
                         const struct registrar_wish *wish, int64_t now_ms);

/* Everything that a registrar's command works on. */
struct desk {
    struct roster_file roster;
    struct signer signer;
    struct open_book book;
};
void desk_done(struct desk *d);
/* Loads the roster, opens the one --key, a registrar's who stands in that roster and may grant `role`
 * (TB_ROLE_NONE: any), and its book.  Says what was wrong. */
tb_result desk_open(const struct run *run, enum tb_role role, struct desk *ret);
tb_result desk_may_grant(const struct run *run, const struct desk *d, enum tb_role role);

/* Makes the province's first secret, keeps it in the book, delivers its entry.  Gives the exit status. */
int secret_new(const struct run *run, struct roster_file *f, const struct signer *s);

/* The newest secret of the roster from the book, checked against its commitment; epoch 0 and zeros for
 * guests.  Says what was wrong and what to do. */
tb_result secret_for(const struct desk *d, enum tb_role role, uint32_t *ret_epoch,
                     struct tb_key *ret);

/* Does this secret match what the roster says about the epoch? */
bool secret_matches(const struct tb_roster *r, uint32_t epoch, const struct tb_key *secret);
