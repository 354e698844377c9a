/* SPDX-License-Identifier: GPL-3.0-or-later */
/* latecomer.h - a device that joins while pages are open. */
#pragma once

#include "server/page.h"

/* The credential was appended: makes the device a recipient of every open page whose tiers name its
 * account, and of those that its account sent.  It has no capsule: it rings from the header and says so,
 * and the sender wraps for it. */
tb_result latecomer_admit(struct relay *r, const struct tb_cred *cred, int64_t now_ms);

/* Makes one device a recipient (t = 0: of no tier) and sends it the page without a capsule. */
tb_result latecomer_add(struct relay *r, const struct page *p, const struct tb_cred *cred,
                        uint32_t t, int64_t now_ms);
