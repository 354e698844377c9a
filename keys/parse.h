/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.h - small words of the command line: numbers, roles, steps, "name=number". */
#pragma once

#include "proto/op.h"
#include "proto/result.h"
#include "proto/trust.h"

/* Digits only, 1..max.  TB_E_RANGE. */
tb_result parse_count(const char *text, uint32_t max, uint32_t *ret);

/* "responder=2".  Copies the name.  TB_E_RANGE: not of that form. */
tb_result parse_pair(const char *text, char ret_name[static TB_NAME_MAX + 1], uint32_t *ret_number);

/* "agency,responder", or "all" for every role of a credential.  Says what was wrong. */
enum { PARSE_ROLES_MAX = 8 };
struct roles {
    uint32_t at[PARSE_ROLES_MAX];
    size_t n;
};
tb_result parse_roles(const char *text, struct roles *ret);

/* One role by its name.  Says what was wrong. */
tb_result parse_role(const char *text, enum tb_role *ret);

/* TB_E_NOTFOUND: no step has that name. */
tb_result parse_step(const char *name, enum tb_step *ret);
