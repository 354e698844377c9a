/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_wire.h - many devices of one process: websocket over TLS 1.3 on one epoll loop, with little work of its own.
 *
 * Frames are written by hand and read without unpacking, so that the relay is measured and not who asks it. */
#pragma once

#include <openssl/ssl.h>

#include "bench_world.h"
#include "proto/op.h"

struct wire;
struct line; /* one connection */

struct wire_frame {
    uint32_t op;
    uint64_t id; /* 0: a push */
    int64_t result;
    struct tb_view body;
};

struct wire_events {
    void (*in)(void *user, struct line *l); /* logged in */
    void (*frame)(void *user, struct line *l, const struct wire_frame *f);
    void (*gone)(void *user, struct line *l); /* NULL: dies */
};

struct line {
    struct wire *wire;
    const struct device *device;
    void *user; /* who dialled may use it */
    size_t no;
    bool in;
    uint64_t era, queued, newest; /* of the answer to AUTH */
    uint64_t cursor;              /* sent with AUTH; then the newest envelope that came */
    /* private */
    int fd, state;
    SSL *tls;
    uint8_t nonce[TB_KEY_BYTES];
    uint64_t next_id;
    struct tb_buf out, got;
    size_t out_sent;
    bool wants_write;
    int tries;
};

struct wire *wire_open(struct world *w, const struct wire_events *ev, void *user);
/* Hangs up on everybody. */
void wire_close(struct wire *w);

/* Begins to connect; events follow.  `cursor` UINT64_MAX: of nothing that was queued. */
struct line *wire_dial(struct wire *w, const struct device *d, uint64_t era, uint64_t cursor);
void wire_hang_up(struct line *l);
/* How often somebody had to come again because the relay drops who takes too long to log in. */
size_t wire_redialled(const struct wire *w);

/* Runs the loop until `*done` or `until_ns`; true if done. */
bool wire_run(struct wire *w, const bool *done, int64_t until_ns);

/* Appends one websocket message with one request; the id is given here.  Sent by wire_flush. */
uint64_t wire_put(struct line *l, enum tb_op op, struct tb_view body);
void wire_flush(struct line *l);
void wire_ack(struct line *l, uint64_t seq);

/* A walk over the fields of a message; field 0 at the end. */
struct wire_field {
    uint32_t no;
    uint64_t number;
    struct tb_view bytes;
};
bool wire_next(struct tb_view *rest, struct wire_field *ret);
/* The number of the last of these ENVELOPES; adds how many there are. */
uint64_t wire_newest(const struct wire_frame *f, size_t *ret_n);
