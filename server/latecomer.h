/* SPDX-License-Identifier: GPL-3.0-or-later */
/* latecomer.h - a device that joins while pages are open. */
#pragma once

#include "server/relay_priv.h"

/* The credential was appended: makes the device a recipient of every open page whose tiers name its
 * account, and of those that its account sent.  It has no capsule: it rings from the header and says so,
 * and the sender wraps for it. */
tb_result latecomer_admit(struct relay *r, const struct tb_cred *cred, int64_t now_ms);
