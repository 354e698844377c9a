/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate.h - how many strangers may stand at the door, per source address and network.
 *
 * A connection that has not logged in costs a TLS handshake and a descriptor.  Counted per address (IPv4, or an
 * IPv6 /64) and, with twice the allowance, per network (/24, /48); new connections also per second.  Whoever has
 * logged in is counted no more, so many devices behind one address are no problem.
 *
 * The counts live in fixed tables under a keyed hash: nothing is allocated for a stranger, and he cannot choose
 * whose allowance he shares.  Pure: no socket, no clock. */
#pragma once

#include <sys/socket.h>

#include "proto/bytes.h"

struct gate;

struct gate_limits {
    unsigned per_source;   /* not logged in, at one time */
    unsigned per_source_s; /* new ones a second; bursts of a second's worth */
};

enum gate_verdict {
    GATE_OPEN,
    GATE_SOURCE, /* too many strangers of this address or network */
    GATE_RATE,   /* too many new ones this second */
};

/* What an admitted connection holds until gate_leave. */
struct gate_pass {
    uint16_t source, network;
    bool held;
};

tb_result gate_new(const struct gate_limits *limits, struct gate **ret);
void gate_free(struct gate *g);

/* Sources without an address (a Unix socket) share one allowance. */
enum gate_verdict gate_enter(struct gate *g, const struct sockaddr *from, int64_t now_ms,
                             struct gate_pass *ret);
/* Logged in or gone; a second call does nothing. */
void gate_leave(struct gate *g, struct gate_pass *pass);
