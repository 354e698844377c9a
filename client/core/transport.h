/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transport.h - how batches reach a relay: over conn.c in life, through a queue in tests and fuzzing.
 *
 * link.c dials, sends and hangs up through these five calls and knows no socket. */
#pragma once

#include "client/core/core.h"

/* What a transport tells the link; `link` is what the maker was given. */
struct transport_events {
    void (*up)(void *link, const struct tb_hash *exporter);
    void (*message)(void *link, struct tb_view batch); /* borrowed */
    void (*down)(void *link, const char *why);         /* English, for people */
    void (*resolve)(void *link, const char *host);     /* answer with resolved() */
    void (*moving)(void *link);                        /* a long message is under way, either way */
};

struct transport {
    void *self;
    tb_result (*dial)(void *self, const char *address, const struct tb_hash *pin,
                      const struct tb_hash *pin_next);
    tb_result (*send)(void *self, struct tb_view batch); /* copied */
    void (*resolved)(void *self, const char *ip);        /* NULL: not found */
    void (*hang_up)(void *self);                         /* `down` is not called */
    void (*free)(void *self);
};

/* Makes a transport for one profile.  `user` is the maker's own. */
struct transport_maker {
    tb_result (*make)(void *user, const struct transport_events *ev, void *link,
                      struct transport *ret);
    void *user;
};

/* tbc_open with a transport of the caller's instead of conn.c; `maker` is copied. */
tb_result tbc_open_over(const char *dir, const struct tbc_env *env,
                        const struct transport_maker *maker, struct tbc **ret);

/* The real one, on a GMainLoop. */
tb_result transport_conn(void *glib_loop, const struct transport_events *ev, void *link,
                         struct transport *ret);
