/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mailbox.h - envelopes into streams, and from streams to connected devices.
 *
 * Pushing never writes: an envelope leaves the store when its device acknowledged it. */
#pragma once

#include "server/relay_priv.h"

/* Appends an envelope to a device's stream and marks the device for pushing after COMMIT. */
tb_result mailbox_put(struct relay *r, const struct tb_hash *cred, const struct store_mail *m);

/* At most so many capsules of the device that asks wait for `to`. */
tb_result mailbox_waiting(struct request *q, const struct tb_hash *to, uint32_t *ret);

/* Sends what the window allows; outside of any transaction. */
void mailbox_push(struct relay *r, struct peer *p);

/* The device has everything up to `seq`; for the window of this connection. */
void mailbox_acked(struct relay *r, struct peer *p, uint64_t seq);
/* Begins a connection's window after `seq`. */
void mailbox_start(struct peer *p, uint64_t seq);
/* The connection is gone, and its window with it. */
void mailbox_end(struct peer *p);
