/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listen.h - the listening socket: accepts, and hands descriptors on.
 *
 * Our own instead of libwebsockets', so that a refused stranger costs no TLS state, running out of descriptors
 * cannot spin the loop, and a stopping relay can stop listening while it still serves. */
#pragma once

#include <sys/socket.h>

#include "proto/bytes.h"

struct uv_loop_s;
struct listener;

/* Gives the descriptor (non-blocking, close-on-exec). */
typedef void listen_accept_fn(void *user, int fd, const struct sockaddr *from);

struct listen_options {
    const char *address; /* numeric; "::" takes IPv4 too */
    int port;            /* 0: the kernel picks one */
    listen_accept_fn *on_accept;
    void *user;
};

/* TB_E_IO with what errno said in *ret_errno.  The listener frees itself after listen_close, in the loop. */
tb_result listen_open(struct uv_loop_s *loop, const struct listen_options *o, struct listener **ret,
                      int *ret_errno);
int listen_port(const struct listener *l);
void listen_close(struct listener *l);
