/* SPDX-License-Identifier: GPL-3.0-or-later */
/* httpd.h - answers GET requests of this machine: /metrics and /healthz, nothing else.
 *
 * A socket of its own beside the one that the province reaches: a monitoring system needs no TLS on loopback,
 * and strangers get no second parser. */
#pragma once

#include "proto/bytes.h"

struct uv_loop_s;
struct httpd;

/* Appends the body of `path` to *ret; returns the HTTP status, 200, 404 or 503. */
typedef int httpd_answer_fn(void *user, const char *path, struct tb_buf *ret);

struct httpd_options {
    const char *address; /* loopback */
    int port;
    httpd_answer_fn *answer;
    void *user;
};

/* TB_E_IO with *ret_errno.  Frees itself after httpd_close, in the loop. */
tb_result httpd_open(struct uv_loop_s *loop, const struct httpd_options *o, struct httpd **ret,
                     int *ret_errno);
int httpd_port(const struct httpd *h);
void httpd_close(struct httpd *h);
