/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rootdraft.h - the bodies of what custodians sign: root and authority. */
#pragma once

#include "keys/args.h"
#include "keys/keyfile.h"
#include "proto/roster.h"
#include "proto/signed.pb-c.h"

/* A Root and what its pointers need; do not move. */
struct root_body {
    Tb__Root root;
    Tb__Custodian custodian[TB_CUSTODIANS_MAX], *custodians[TB_CUSTODIANS_MAX];
    struct key_public pub[TB_CUSTODIANS_MAX];
    char province[TB_PERSON_MAX + 1];
};

struct root_wish {
    const char *province;
    const char *quorum; /* NULL: more than half */
    bool demo;
};

/* Fills the body from public halves.  Says what was wrong. */
tb_result root_fill(struct root_body *b, const struct root_wish *wish, const struct key_public *pub,
                    size_t n);
/* The same from the files that hold them. */
tb_result root_fill_files(struct root_body *b, const struct root_wish *wish,
                          const struct words *paths);

/* An Authority and what its pointers need; do not move. */
struct authority_body {
    Tb__Authority authority;
    Tb__RoleQuorum quorum[16], *quorums[16];
    Tb__Gate gate[64], *gates[64];
};

struct authority_wish {
    struct words grants; /* "responder=2" */
    struct words gates;  /* "accept=1" */
    const char *freshness, *attestation, *policy_quorum, *revocation_quorum;
};

/* What the roster says now, changed by the wishes.  Says what was wrong. */
tb_result authority_fill(struct authority_body *b, const struct tb_roster *r,
                         const struct authority_wish *wish);
