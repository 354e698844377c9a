/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch.h - the handlers, one per operation; dispatch.c calls them after the operation table agreed.
 *
 * A handler runs behind a savepoint: it writes to the store and fills q->reply.  An error undoes what it
 * wrote, unless it sets q->keep.  It changes nothing in memory that a lost transaction would not put
 * back. */
#pragma once

#include "server/relay_priv.h"

typedef tb_result handler_fn(struct request *q);

handler_fn handle_hello, handle_ping;     /* handle_hello.c */
handler_fn handle_auth, handle_auth_bell; /* handle_auth.c */
handler_fn handle_auth_invite;            /* handle_invite.c */
handler_fn handle_enrol_put, handle_enrol_poll, handle_enrol_list,
    handle_approval_put; /* handle_enrol.c */
handler_fn handle_roster_get, handle_roster_append, handle_freshness_put,
    handle_card_put;                               /* handle_roster.c */
handler_fn handle_duty_put;                        /* handle_duty.c */
handler_fn handle_prekeys_put, handle_prekeys_get; /* handle_prekeys.c */
handler_fn handle_submit;                          /* handle_submit.c */
handler_fn handle_capsules_add;                    /* handle_capsules.c */
handler_fn handle_receipt;                         /* handle_receipt.c */
handler_fn handle_act;                             /* handle_act.c */
handler_fn handle_reset, handle_ack, handle_note;  /* handle_mailbox.c */
