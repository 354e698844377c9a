/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parts.h - what the parts of the core ask of each other; see the list in tbc.h.
 *
 * Functions named *_due_ms give the boot time at which *_tick wants to be called; INT64_MAX: never. */
#pragma once

#include "client/core/leaf.h"

/* --- link.c, login.c */
void link_start(struct tbc *c); /* dials; nothing to do if it runs */
void link_stop(struct tbc *c);
void link_redial(struct tbc *c); /* hangs up and dials at once */
void link_tick(struct tbc *c);
int64_t link_due_ms(const struct tbc *c);
void link_flush(struct tbc *c);
bool link_is_up(const struct tbc *c); /* logged in as a device */
/* Queues a request for this turn's batch.  fn NULL: the answer does not matter.  TB_E_OFFLINE. */
tb_result link_request(struct tbc *c, enum tb_op op, struct tb_view body, answer_fn *fn, uint64_t ctx);
tb_result link_request_msg(struct tbc *c, enum tb_op op, const ProtobufCMessage *m, answer_fn *fn,
                           uint64_t ctx);
/* Why we are not online; the connection is dropped at the end of the turn and tried again later. */
void link_give_up(struct tbc *c, const char *why);
void login_hello(struct tbc *c);
void login_up(struct tbc *c); /* what is to be done once logged in */

/* --- enrol.c */
void enrol_up(struct tbc *c); /* connected with the invite */
void enrol_synced(struct tbc *c);
void enrol_tick(struct tbc *c);
int64_t enrol_due_ms(const struct tbc *c);
/* What the wire needs of the invite; wipes with tb_invite_done.  TB_E_NOTFOUND: not enrolling. */
tb_result enrol_invite(struct tbc *c, struct tb_invite *ret);

/* --- rosync.c */
tb_result rosync_load(struct tbc *c); /* the log on disk into c->roster */
void rosync_head(struct tbc *c, uint64_t size, const struct tb_hash *head); /* what the relay says it has */
void rosync_start(struct tbc *c);
void rosync_tick(struct tbc *c);
int64_t rosync_due_ms(const struct tbc *c);
/* A head that a member signed or sealed: a fork shows here. */
void rosync_peer(struct tbc *c, uint64_t size, const struct tb_hash *head);
enum rosync_alarm_kind { ROSYNC_FINE, ROSYNC_SHORT, ROSYNC_AHEAD, ROSYNC_FORK };
void rosync_alarm(struct tbc *c, enum rosync_alarm_kind kind, const char *text); /* kept, and rung */
tb_result rosync_state(struct tbc *c, struct tb_arena *a, Tbl__RosterState **ret);
tb_result rosync_put_state(struct tbc *c, const Tbl__RosterState *m);

/* --- prekeys.c, sessions.c */
void prekeys_up(struct tbc *c, uint32_t left); /* logged in */
void prekeys_low(struct tbc *c, uint32_t left);
void sessions_want(struct tbc *c); /* the roster changed, or a session was dropped: look soon who lacks one */
void sessions_tick(struct tbc *c);
int64_t prekeys_due_ms(const struct tbc *c);
struct e2e_peer peer_of(const struct tb_cred *cred);

/* --- outbox.c */
struct outgoing {
    enum tb_op op;
    const ProtobufCMessage *body;
    const struct tb_id *page, *act;     /* NULL: none */
    const struct tb_hash *cred;         /* NULL: none */
};
tb_result outbox_put(struct tbc *c, const struct outgoing *o);
void outbox_pump(struct tbc *c);
void outbox_up(struct tbc *c);   /* a new connection: everything is sent again */
int64_t outbox_due_ms(const struct tbc *c);
tb_result outbox_receipt(struct tbc *c, struct leaf *l, enum tb_receipt_kind kind, int error);

/* --- inbox.c, arrive.c, statement.c */
void inbox_push(struct tbc *c, struct tb_view body); /* an ENVELOPES push */
void inbox_resume(struct tbc *c);                    /* the roster is there: what was held */
void inbox_clear(struct tbc *c);
int64_t inbox_due_ms(const struct tbc *c);
void inbox_tick(struct tbc *c);
/* Each gives TB_OK for an envelope that is dealt with, refused ones included; anything else undoes the turn. */
tb_result arrive_capsule(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_rewrap(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_release(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_act(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_receipt(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_reset(struct tbc *c, const Tb__Envelope *e);

/* --- open.c: with the key of a page */
/* Tries every capsule that waits, with the tier's share if there is one; stores the plaintext and l->p->key. */
tb_result open_with(struct tbc *c, struct leaf *l, struct tb_view share, uint32_t t);

/* --- capsule.c */
/* What a capsule is about: a page, or the detail of an act. */
struct capsule_of {
    struct tb_id msg_id, conversation;
    struct tb_hash header_hash, body_hash, kc;
};
struct capsule_to {
    const struct tb_cred *cred;
    enum tb_capsule_kind kind;
    uint32_t t;
    const uint8_t *payload; /* TB_PAYLOAD_BYTES */
    const uint32_t *have_epoch; /* newest that it said it has; NULL: what it confirmed */
};
struct capsule_made {
    enum e2e_type type;
    struct tb_buf data; /* owned */
};
/* TB_E_NOTFOUND: no session with that device. */
tb_result capsule_make(struct tbc *c, const struct capsule_of *of, const struct capsule_to *to,
                       struct capsule_made *ret);
struct capsule_read {
    struct tb_capsule c;
    uint8_t payload[TB_PAYLOAD_BYTES];
    uint32_t need_epoch; /* with TB_E_NOTFOUND: a province secret that this device lacks */
};
/* TB_E_UNREADABLE: not by this session.  TB_E_CONFLICT: came before.  TB_E_BADSIG: says what it is not. */
tb_result capsule_read(struct tbc *c, const struct tb_cred *from, const Tb__WireCapsule *w,
                       const struct capsule_of *of, struct capsule_read *ret);
struct capsule_of capsule_of_page(const struct leaf *l);
tb_result province_secret(struct tbc *c, uint32_t epoch, struct tb_key *ret); /* TB_E_NOTFOUND */
uint32_t province_epoch(struct tbc *c);                                        /* newest held; 0 = none */

/* --- fold.c */
tb_result fold_run(struct tbc *c, struct leaf *l);

/* --- rewrap.c */
/* That device cannot read; wraps again once there is a new session. */
tb_result rewrap_want(struct tbc *c, struct leaf *l, const struct tb_hash *cred, const Tb__Receipt *bad);
void rewrap_run(struct tbc *c); /* those for whom there is a session now; inside a turn */

/* --- alarm.c */
void alarm_run(struct tbc *c);
void alarm_all(struct tbc *c); /* every open page, after a start */
void alarm_tick(struct tbc *c);
int64_t alarm_due_ms(const struct tbc *c);
void alarm_forget(struct tbc *c); /* locked: nothing rings any more */
void alarm_roster(struct tbc *c);

/* --- publish.c */
void publish_tell(struct tbc *c);
void publish_free(struct tbc *c);

/* --- people.c */
bool compared_by_me(struct tbc *c, const char *account);
struct tb_trust trust_of(struct tbc *c, const struct tb_hash *cred, enum tb_step step);
/* Opens the card of an account's newest device that has one; TB_E_NOTFOUND. */
tb_result card_of(struct tbc *c, const char *account, struct tb_arena *a, Tb__Card **ret);
