/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool.h - parcels handed to a relay that is running.
 *
 * `trucban-relay import` puts NAME.parcel into spool/ of the state directory (written under another
 * name, then renamed); the relay takes it in its next turn, removes it and leaves NAME.answer: a line
 * `TB_OK` or the first error's name, then lines for people. */
#pragma once

#include "server/relay_priv.h"

/* Takes at most one file per transaction. */
void spool_poll(struct relay *r, int64_t now_ms);
void spool_committed(struct relay *r); /* answers */
void spool_forget(struct relay *r);    /* the transaction was lost: the file is taken again */

/* Takes everything in a parcel, each item behind a savepoint; `say` hears about each.  Gives the first
 * error, after having tried everything. */
tb_result intake_parcel(struct relay *r, struct tb_view file, int64_t now_ms,
                        const struct relay_say *say);
