/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ws.h - websocket connections over TLS 1.3: descriptors in, whole messages to the relay, answers out.
 *
 * The only file that knows libwebsockets, and so the one that parses bytes of strangers.  It hands the relay
 * (relay.h) nothing but whole binary messages within relay_message_max, and never runs while the relay runs.
 * What is refused, and when a connection is dropped: see ws.c. */
#pragma once

#include "server/clock.h"
#include "server/conn.h"
#include "server/relay.h"

struct uv_loop_s;
struct ws;

struct ws_options {
    const char *state_dir; /* tls.key, tls.crt */
    const struct engine_clock *clock;
    struct gate_limits gate;
    unsigned max_anonymous; /* connections that have not logged in; the oldest gives way */
    unsigned max_fds;       /* descriptors that connections may take */
};

/* For relay_open; `conn` of its calls are connections of ws.c. */
extern const struct relay_wire ws_wire;

/* Borrows relay, loop and options' pointers.  TB_E_NOTFOUND, TB_E_TRUNCATED, TB_E_BADSIG: as tls_check. */
tb_result ws_open(const struct ws_options *o, struct relay *relay, struct uv_loop_s *loop,
                  struct ws **ret);

/* Takes an accepted descriptor; closes it if it is one too many. */
void ws_accept(struct ws *ws, int fd, const struct sockaddr *from);

/* After relay_turn_end, in the same turn of the loop: notices log-ins, reads on where it paused. */
void ws_turn_end(struct ws *ws);
/* About once a second: drops whoever took too long. */
void ws_sweep(struct ws *ws);

/* Takes key and certificate again; on error the old ones stay. */
tb_result ws_reload_tls(struct ws *ws);

/* Stopping, in this order: read no more; is everything sent?; the relay is gone, say goodbye; is everybody
 * gone?; close, run the loop until it is empty, free. */
void ws_stop_reading(struct ws *ws);
bool ws_flushed(const struct ws *ws);
void ws_goodbye(struct ws *ws);
bool ws_empty(const struct ws *ws);
void ws_close(struct ws *ws);
void ws_free(struct ws *ws);

void ws_stats(const struct ws *ws, struct ws_stats *ret);
