/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op.c - lookups in the operation table; the table itself is TB_OPS. */
#include "proto/op.h"

#include <stddef.h>
#include <string.h>

static const struct tb_op_info ops[] = {
#define X(name, code, roles, max) { TB_OP_##name, (unsigned)(roles), max, #name },
    TB_OPS(X)
#undef X
};

static const struct {
    enum tb_role role;
    bool credential; /* may stand in a credential */
    const char *name;
} roles[] = {
    { TB_ROLE_NONE, false, "none" },          { TB_ROLE_AGENCY, true, "agency" },
    { TB_ROLE_RESPONDER, true, "responder" }, { TB_ROLE_COORDINATOR, true, "coordinator" },
    { TB_ROLE_LIAISON, true, "liaison" },     { TB_ROLE_GUEST, true, "guest" },
    { TB_ROLE_MACHINE, true, "machine" },     { TB_ROLE_REGISTRAR, true, "registrar" },
    { TB_ROLE_INVITE, false, "invite" },      { TB_ROLE_BELL, false, "bell" },
};

const struct tb_op_info *tb_op_lookup(uint32_t code)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if ((uint32_t)ops[i].op == code)
            return &ops[i];
    return NULL;
}

bool tb_op_permitted(const struct tb_op_info *op, enum tb_role role)
{
    if (op->max_body == 0) /* a push of the relay is nobody's request */
        return false;
    if (role == TB_ROLE_NONE)
        return op->roles == TB_ROLE_NONE;
    /* A connection has one role; a mask of several is a mistake that must not add up rights. */
    return tb_role_name(role) && (op->roles & (unsigned)role) != 0;
}

const char *tb_role_name(enum tb_role role)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (roles[i].role == role)
            return roles[i].name;
    return NULL;
}

enum tb_role tb_role_of(const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (roles[i].credential && strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return TB_ROLE_NONE;
}
