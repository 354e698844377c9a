/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policyfile.h - a policy as people write it, line by line:
 *
 *   # comment
 *   id: mac-dinh
 *   name: Mặc định
 *   classes: 1 2
 *   tier 1: an binh wait 60 repeat 15
 *   tier 2: chi wait 120 repeat 30
 */
#pragma once

#include "proto/roster.h"
#include "proto/signed.pb-c.h"

enum { POLICY_FILE_MAX = 65536, POLICY_LINE_MAX = 4096 };

/* A Policy and what its pointers need; do not move. */
struct policy_body {
    Tb__Policy m;
    Tb__PolicyTier tier[TB_TIERS_MAX], *tiers[TB_TIERS_MAX];
    Tb__Target target[TB_TIERS_MAX][TB_TARGETS_MAX], *targets[TB_TIERS_MAX][TB_TARGETS_MAX];
    char account[TB_TIERS_MAX][TB_TARGETS_MAX][TB_NAME_MAX + 1];
    uint32_t classes[3];
    char id[TB_NAME_MAX + 1], name[TB_PERSON_MAX + 1];
};

/* Where and what is wrong in a policy file. */
struct policy_problem {
    unsigned line; /* 0: the file as a whole */
    char text[200];
};

/* TB_E_RANGE, with the problem. */
tb_result policy_parse(struct tb_view file, struct policy_body *b,
                       struct policy_problem *ret_problem);
