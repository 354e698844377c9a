/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_page.h - pages as a sender's device makes them; capsules hold random bytes, which a relay cannot tell. */
#pragma once

#include "bench_wire.h"

struct ready_page {
    struct tb_buf submit; /* packed Submit */
    struct tb_id id;
};
/* Seals a page by the policy; its id begins with `no`. */
void page_make(struct world *w, const struct device *from, const char *policy, uint32_t no,
               struct ready_page *ret);
