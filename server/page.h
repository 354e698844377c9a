/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.h - one page while something happens to it: loaded, changed, stored; releases written.
 *
 * Who is paged next is decided by escalate.h; this brings it the facts and carries out its steps, in the
 * transaction that stores the new state. */
#pragma once

#include "proto/act.h"
#include "server/relay_priv.h"

struct page {
    struct store_page is;
    struct store_state st;
    struct store_recipients to;     /* owned */
    const struct tb_policy *policy; /* NULL: a test page; borrowed from the roster */
};
void page_done(struct page *p);

tb_result page_find(struct relay *r, const struct tb_id *id, struct page *ret);
tb_result page_get(struct relay *r, uint64_t no, struct page *ret);

/* Does all that facts and time allow, and stores the state if anything changed. */
tb_result page_run(struct relay *r, struct page *p, int64_t now_ms);
/* The one release of a test page, to the sender's own devices. */
tb_result page_release_test(struct relay *r, struct page *p, int64_t now_ms);
tb_result page_store_state(struct relay *r, const struct page *p);

/* Is this device one of the page's recipients (in any tier)? */
bool page_names(const struct page *p, const struct tb_hash *cred);
/* Notes what is known of a device's capsule, wherever it stands in the page. */
tb_result page_set_capsule(struct relay *r, struct page *p, const struct tb_hash *cred,
                           enum store_capsule now);
/* The page's header (Signed) and body. */
tb_result page_header(struct relay *r, const struct page *p, struct tb_buf *ret);

/* Every page that is due; errors of one page do not touch the others. */
void pages_run_due(struct relay *r, int64_t now_ms);
/* Every open page in which this device is a recipient: it came alive.  Errors of one page do not touch
 * the others. */
tb_result pages_run_for(struct relay *r, const struct tb_hash *cred, int64_t now_ms);
/* After a start: no deadline may lie further away than its wait, however the wall clock was set. */
tb_result pages_rearm(struct relay *r, int64_t now_ms);

/* Would this SUBMIT be a page of class 1?  For choosing what comes first; nothing is verified. */
bool submit_is_severe(struct tb_view submit_body);
