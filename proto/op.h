/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op.h - every request a device can make of the relay, and who may make it.
 *
 * This table is the relay's authorisation policy: it looks a request up here
 * before any handler runs.  PROTOCOL.md section 4 is the prose for it, and a
 * unit test repeats it by hand.  Roles are those of credentials; NONE, INVITE
 * and BELL are states of a connection. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"

enum tb_role {
    TB_ROLE_NONE = 0, /* connected, not yet authenticated */
    TB_ROLE_AGENCY = 1 << 0,
    TB_ROLE_RESPONDER = 1 << 1,
    TB_ROLE_COORDINATOR = 1 << 2,
    TB_ROLE_LIAISON = 1 << 3,
    TB_ROLE_GUEST = 1 << 4,
    TB_ROLE_MACHINE = 1 << 5,
    TB_ROLE_REGISTRAR = 1 << 6,
    TB_ROLE_INVITE = 1 << 7, /* holds an admitted invite: may enrol and nothing else */
    TB_ROLE_BELL = 1 << 8,   /* reserved: bell key of a locked agent */
};

#define TB_ROLE_TEAM (TB_ROLE_RESPONDER | TB_ROLE_COORDINATOR)
#define TB_ROLE_PAGER (TB_ROLE_AGENCY | TB_ROLE_TEAM | TB_ROLE_LIAISON | TB_ROLE_MACHINE)
#define TB_ROLE_DEVICE (TB_ROLE_PAGER | TB_ROLE_GUEST | TB_ROLE_REGISTRAR)
#define TB_ROLE_KEEPER (TB_ROLE_COORDINATOR | TB_ROLE_REGISTRAR)

/* name, wire code, roles that may ask, largest body in bytes */
#define TB_OPS(X)                                                           \
    X(HELLO, 0x01, TB_ROLE_NONE, 64)                                        \
    X(AUTH, 0x02, TB_ROLE_NONE, 1024)                                       \
    X(AUTH_INVITE, 0x03, TB_ROLE_NONE, 2048)                                \
    X(AUTH_BELL, 0x04, TB_ROLE_NONE, 2048)                                  \
    X(PING, 0x05, TB_ROLE_DEVICE | TB_ROLE_INVITE, 128)                     \
    X(ROSTER_GET, 0x10, TB_ROLE_DEVICE | TB_ROLE_INVITE, 64)                \
    X(ROSTER_APPEND, 0x11, TB_ROLE_DEVICE, TB_FRAME_SMALL_MAX + 4096)       \
    X(FRESHNESS_PUT, 0x12, TB_ROLE_DEVICE, 512)                             \
    X(CARD_PUT, 0x13, TB_ROLE_DEVICE, 2048)                                 \
    X(DUTY_PUT, 0x14, TB_ROLE_DEVICE, 512)                                  \
    X(ENROL_PUT, 0x19, TB_ROLE_INVITE, 4096)                                \
    X(ENROL_POLL, 0x1a, TB_ROLE_INVITE, 16)                                 \
    X(ENROL_LIST, 0x1b, TB_ROLE_KEEPER, 16)                                 \
    X(APPROVAL_PUT, 0x1c, TB_ROLE_KEEPER, TB_FRAME_SMALL_MAX)               \
    X(PREKEYS_PUT, 0x20, TB_ROLE_DEVICE, TB_FRAME_SMALL_MAX)                \
    X(PREKEYS_GET, 0x21, TB_ROLE_DEVICE, 32768)                             \
    X(SUBMIT, 0x30, TB_ROLE_PAGER, TB_FRAME_MAX)                            \
    X(CAPSULES_ADD, 0x31, TB_ROLE_PAGER, TB_FRAME_MAX)                      \
    X(RECEIPT, 0x32, TB_ROLE_DEVICE, 1024)                                  \
    X(ACT, 0x33, TB_ROLE_PAGER, TB_FRAME_MAX)                               \
    X(RESET, 0x34, TB_ROLE_DEVICE, 1024)                                    \
    X(ACK, 0x35, TB_ROLE_DEVICE, 64)                                        \
    X(NOTE_PUT, 0x36, TB_ROLE_DEVICE, 8192)                                 \
    X(ENVELOPES, 0x80, TB_ROLE_NONE, 0) /* relay pushes; never asked for */ \
    X(ROSTER_HEAD, 0x81, TB_ROLE_NONE, 0)                                   \
    X(NOTICE, 0x82, TB_ROLE_NONE, 0)

enum tb_op {
#define X(name, code, roles, max) TB_OP_##name = code,
    TB_OPS(X)
#undef X
};

struct tb_op_info {
    enum tb_op op;
    unsigned roles;    /* mask of enum tb_role; TB_ROLE_NONE = only before authentication */
    uint32_t max_body; /* bytes of Frame.body; 0 = the relay's push, refused as a request */
    const char *name;
};

/* Kinds of Envelope. */
enum tb_envelope_kind {
    TB_ENV_CAPSULE = 1, /* header + body + capsule: a page exists */
    TB_ENV_RELEASE = 2, /* the tier's turn came (with share), or was skipped, or nobody is left */
    TB_ENV_RECEIPT = 3,
    TB_ENV_ACT = 4,
    TB_ENV_RESET = 5,
    TB_ENV_REWRAP = 6, /* a further capsule for a page already delivered */
    TB_ENV_NOTE = 7,   /* a sealed note for a device that confirms the roster */
};

/* Returns the entry for a wire code, or NULL if there is no such operation. */
const struct tb_op_info *tb_op_lookup(uint32_t code);

/* May a connection in `role` ask for `op`? */
bool tb_op_permitted(const struct tb_op_info *op, enum tb_role role);

/* Returns "agency", "responder", ...; "none" for 0, NULL for no single known role. */
const char *tb_role_name(enum tb_role role);

/* The opposite; TB_ROLE_NONE if `name` names no role of a credential. */
enum tb_role tb_role_of(const char *name);
