/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn.h - the connections of the socket side: who stands at the door, who is inside, who is overdue.
 *
 * A connection is anonymous until the relay lets it send more than strangers may, then known; it stands in one of
 * two lists, oldest first.  Strangers are counted at the gate.  Knows no socket and no library; `wsi` is for ws.c. */
#pragma once

#include <sys/queue.h>

#include "server/gate.h"
#include "server/pieces.h"
#include "server/sendq.h"

struct lws;
struct peer;
struct ws;

struct ws_stats {
    uint64_t connections, anonymous; /* now */
    uint64_t accepted, refused_source, refused_rate, refused_full, evicted;
    uint64_t timeouts, oversize, violations, slow; /* closed because */
    uint64_t messages_in, bytes_in, messages_out, bytes_out, pauses;
};

struct conn {
    TAILQ_ENTRY(conn) place; /* in anonymous or known */
    TAILQ_ENTRY(conn) touch; /* in touched, if is_touched */
    struct conns *all;
    struct ws *ws;
    struct lws *wsi;
    struct peer *peer; /* NULL before the handshake and after the end */
    struct gate_pass pass;
    int64_t deadline_ms; /* engine time; 0: none */
    struct pieces pieces;
    struct sendq queue;
    unsigned in_flight; /* requests of this turn of the loop */
    bool is_anonymous, is_touched, is_paused;
    bool heard,
        murmur; /* bytes came since the last sweep; a long message is to be told that we take it */
    int64_t murmur_ms;   /* not again before */
    const char *closing; /* why; set: nothing is read any more */
};
TAILQ_HEAD(conn_list, conn);

struct conns {
    struct conn_list anonymous, known, touched;
    struct gate *gate;
    unsigned max_anonymous, max_fds;
    struct ws_stats stats;
};

tb_result conns_open(struct conns *all, const struct gate_limits *limits);
void conns_done(struct conns *all);

/* The stranger who has to go before another may come; NULL: there is room.  A log-in takes a tenth of a second,
 * somebody silent stays for five: the oldest is hardly ever a device. */
struct conn *conns_surplus(const struct conns *all);

/* NULL: refused, and counted why. */
struct conn *conns_admit(struct conns *all, const struct sockaddr *from, int64_t now_ms);
void conn_free(struct conn *c);

void conn_logged_in(struct conn *c);

/* Marks a connection for conns_pop_touched, which gives each once. */
void conn_touch(struct conn *c);
struct conn *conns_pop_touched(struct conns *all);

/* Calls for each connection; the callee may free the one that it got. */
void conns_each(struct conns *all, void (*fn)(struct conn *c, int64_t now_ms), int64_t now_ms);
