/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.h - the counters of relay and sockets as Prometheus text.
 *
 * Numbers only: no account, device, page or address is ever a label. */
#pragma once

#include "server/conn.h"
#include "server/relay.h"

/* Appends to *ret; check it with tb_buf_check. */
void metrics_text(const struct relay_stats *relay, const struct ws_stats *ws, struct tb_buf *ret);
