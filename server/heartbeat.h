/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heartbeat.h - tells a second place that the relay still commits, and listens for it there.
 *
 * One UDP datagram with one line: "trucban-heartbeat 1 <relay id, hex> <era> <unix ms>".  Unsigned, and
 * without a word on pages or people, since everybody on the path can read it. */
#pragma once

#include "proto/bytes.h"

struct uv_loop_s;
struct heartbeat;

struct heartbeat_options {
    const char *address; /* numeric */
    int port, every_s;
    struct tb_id relay_id;
    uint64_t era;
};

/* TB_E_IO: *ret_errno says why. */
tb_result heartbeat_open(struct uv_loop_s *loop, const struct heartbeat_options *o,
                         struct heartbeat **ret, int *ret_errno);
/* After a cycle that was committed, at `now_ms` of engine time; sends if the last one is long enough ago. */
void heartbeat_cycle(struct heartbeat *h, int64_t now_ms);
/* Freed once the loop has run empty. */
void heartbeat_close(struct heartbeat *h);

enum { HEARTBEAT_TEXT_MAX = 128 }; /* with the final NUL */

struct heartbeat_text {
    char s[HEARTBEAT_TEXT_MAX];
};
/* The line with a newline, and back.  TB_E_RANGE: not exactly such a line. */
void heartbeat_print(const struct tb_id *relay_id, uint64_t era, int64_t wall_ms,
                     struct heartbeat_text *ret);
tb_result heartbeat_parse(struct tb_view datagram, struct tb_id *ret_relay_id);
