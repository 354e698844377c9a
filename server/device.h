/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device.h - who is there.
 *
 * Live = connected and heard within TB_LIVE_MS; for that long after a start of the relay, whoever was
 * live when it stopped counts too, so that a restart skips no tier. */
#pragma once

#include "server/relay_priv.h"

struct device *device_find(const struct relay *r, const struct tb_hash *cred);
/* Finds or makes; NULL: out of memory. */
struct device *device_of(struct relay *r, const struct tb_hash *cred);
void devices_free(struct relay *r);

bool device_is_live(const struct relay *r, const struct tb_hash *cred, int64_t now_ms);

/* After the start: loads who was live. */
tb_result devices_load(struct relay *r);
/* Writes what changed about who is live, as seen at now_ms. */
tb_result devices_store(struct relay *r, int64_t now_ms);
/* Remembers that the device has everything up to `seq`. */
void device_ack(struct relay *r, struct device *d, uint64_t seq);
/* Removes acknowledged envelopes from the store. */
tb_result devices_flush_acks(struct relay *r);
