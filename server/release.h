/* SPDX-License-Identifier: GPL-3.0-or-later */
/* release.h - a step of the escalation as a signed, numbered, chained statement in mailboxes. */
#pragma once

#include "proto/escalate.h"
#include "server/page.h"

/* Signs the release, stores it and writes its envelopes; p->st gets number, hash and ever_released.
 * Tier 0 with ESC_RELEASE is the release of a test page. */
tb_result release_write(struct relay *r, struct page *p, const struct esc_step *step,
                        int64_t now_ms);

/* The page's rows are damaged: nobody will be called any more, which its sender and everybody else who is still known
 * to have it are told.  Its state is left alone. */
tb_result release_give_up(struct relay *r, const struct store_page *is, int64_t now_ms);
