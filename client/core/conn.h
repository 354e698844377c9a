/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn.h - one pinned TLS 1.3 websocket to the relay, on a foreign loop.
 *
 * The only file of the client that knows libwebsockets.  It never blocks the
 * loop: names are resolved by the caller's resolver.  A silent peer is noticed
 * within 20 s (ping 10 s, hang-up 15 s) and reported as closed; one that sends or
 * takes a long message slowly is not silent.  No reconnect
 * policy lives here (link.c); no protocol either. */
#pragma once

#include "proto/bytes.h"

struct conn;

enum conn_down {
    CONN_DOWN_RESOLVE,  /* name not found */
    CONN_DOWN_REFUSED,  /* nothing listens, or no route */
    CONN_DOWN_PIN,      /* the key is not the pinned one: somebody else answers */
    CONN_DOWN_PROTOCOL, /* not a relay, TLS below 1.3, frame too large */
    CONN_DOWN_CLOSED,   /* peer closed, or silence */
};

struct conn_events {
    void (*up)(void *user, const struct tb_hash *exporter); /* TLS and upgrade done */
    void (*message)(void *user, struct tb_view batch); /* one whole websocket message; borrowed */
    void (*down)(void *user, enum conn_down why, const char *text);
    /* Resolve `host` without blocking and call conn_resolved() with the answer, any time later.
     * NULL: addresses must be numeric. */
    void (*resolve)(void *user, struct conn *c, const char *host);
    /* A long message is under way: a piece of it came, or the peer says that it takes ours.  May be NULL. */
    void (*moving)(void *user);
};

/* `glib_loop` is a GMainLoop*, opaque here.  Gives *ret; TB_E_IO: libwebsockets or its glib plug-in missing. */
tb_result conn_new(void *glib_loop, const struct conn_events *ev, void *user, struct conn **ret);
/* Hangs up.  Not from inside an event: hang up there, free later. */
void conn_free(struct conn *c);

/* Dials host:port or [v6]:port; hangs up before if needed.  TB_OK: exactly one `down` or `up` follows, from the
 * loop.  TB_E_RANGE: not an address.  The relay's key must hash to one of the two
 * pins; `pin_next` NULL: there is one only. */
tb_result conn_dial(struct conn *c, const char *address, const struct tb_hash *pin,
                    const struct tb_hash *pin_next);
/* The answer to `resolve`: a numeric address, or NULL = not found.  Ignored if nobody waits for it any more; the
 * caller cancels his lookup when he hangs up, dials anew or frees. */
void conn_resolved(struct conn *c, const char *ip);

/* Queues one websocket message (copied).  TB_E_LIMIT: more than 8 MiB wait; TB_E_OFFLINE: not up;
 * TB_E_RANGE: empty, or above TB_FRAME_MAX. */
tb_result conn_send(struct conn *c, struct tb_view batch);
/* Closes; `down` is not called. */
void conn_hang_up(struct conn *c);
