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
void link_undo(struct tbc *c);        /* the turn was lost: nothing that it wanted to say is said */
bool link_is_up(const struct tbc *c); /* logged in as a device */
/* Queues a request for this turn's batch.  fn NULL: the answer does not matter.  TB_E_OFFLINE. */
tb_result link_request(struct tbc *c, enum tb_op op, struct tb_view body, answer_fn *fn,
                       uint64_t ctx);
tb_result link_request_msg(struct tbc *c, enum tb_op op, const ProtobufCMessage *m, answer_fn *fn,
                           uint64_t ctx);
/* Why we are not online; the connection is dropped at the end of the turn and tried again later. */
void link_give_up(struct tbc *c, const char *why);
void login_hello(struct tbc *c);
void login_up(struct tbc *c); /* what is to be done once logged in */

/* --- enrol.c */
void enrol_up(struct tbc *c);     /* connected with the invite */
bool enrol_unsent(struct tbc *c); /* the relay does not hold the request yet */
void enrol_synced(struct tbc *c);
void enrol_tick(struct tbc *c);
int64_t enrol_due_ms(const struct tbc *c);
/* What the wire needs of the invite; wipes with tb_invite_done.  TB_E_NOTFOUND: not enrolling. */
tb_result enrol_invite(struct tbc *c, struct tb_invite *ret);

/* --- rosync.c */
tb_result rosync_load(struct tbc *c); /* the log on disk into c->roster */
void rosync_head(struct tbc *c, uint64_t size,
                 const struct tb_hash *head); /* what the relay says it has */
void rosync_start(struct tbc *c);
void rosync_tick(struct tbc *c);
int64_t rosync_due_ms(const struct tbc *c);
/* A head that a member signed or sealed: a fork shows here. */
void rosync_peer(struct tbc *c, uint64_t size, const struct tb_hash *head);
enum rosync_alarm_kind { ROSYNC_FINE, ROSYNC_SHORT, ROSYNC_AHEAD, ROSYNC_FORK, ROSYNC_WITHHELD };
void rosync_alarm(struct tbc *c, enum rosync_alarm_kind kind,
                  const char *text);                          /* kept, and rung */
void rosync_calm(struct tbc *c, enum rosync_alarm_kind kind); /* an alarm of this kind is over */
tb_result rosync_state(struct tbc *c, struct tb_arena *a, Tbl__RosterState **ret);
tb_result rosync_put_state(struct tbc *c, const Tbl__RosterState *m);

/* --- removals.c */
tb_result removals_load(struct tbc *c); /* those held, onto c->roster as loaded */
/* This device takes an entry to the relay: if it is a removal, it is held and told, in the turn. */
tb_result removals_publish(struct tbc *c, struct tb_view entry);
tb_result arrive_note(struct tbc *c, const Tb__Envelope *e);
void removals_run(struct tbc *c);      /* the log was compared with the relay's */
bool removals_withheld(struct tbc *c); /* one has been held for an hour, and the log lacks it */
bool removals_told(struct tbc *c, const struct tb_cred *cred); /* is this a device to tell? */

/* --- freshness.c */
/* The log was compared with the relay's: sign that it is the newest, if this device does that and
 * it is time. */
void freshness_run(struct tbc *c);
enum tbc_signer freshness_signer(struct tbc *c);

/* --- duty.c */
bool duty_is_off(struct tbc *c); /* no page rings here: decided, and the relay knows */
/* Since when pages ring no more at that device, by its own signed word; 0: they ring. */
int64_t duty_off_ms(struct tbc *c, const struct tb_hash *cred);
/* Statements that came with the whole log. */
tb_result duty_take(struct tbc *c, const Tb__RosterReply *m);
void duty_status(struct tbc *c, struct tbc_status *s);
void duty_up(struct tbc *c); /* logged in: a restored relay hears it again */
tb_result duty_answered(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans);

/* --- prekeys.c, sessions.c */
void prekeys_up(struct tbc *c, uint32_t left); /* logged in */
void prekeys_low(struct tbc *c, uint32_t left);
void sessions_want(
    struct tbc *c); /* the roster changed, or a session was dropped: look soon who lacks one */
void sessions_tick(struct tbc *c);
int64_t prekeys_due_ms(const struct tbc *c);
struct e2e_peer peer_of(const struct tb_cred *cred);

/* --- signedby.c: a statement is what it says only after one of these */
/* By a relay of the roster; the caller compares the relay id inside with *ret_relay.
 * Both: TB_E_UNVERIFIED: by a key that is not in the roster as far as it is known here. */
tb_result signed_by_relay(struct tbc *c, struct tb_arena *a, enum tb_type type, struct tb_view data,
                          struct tb_view *ret_payload, const struct tb_relay_info **ret_relay);
/* By the device whose credential hash the payload names; any standing. */
tb_result signed_by_device(struct tbc *c, struct tb_arena *a, enum tb_type type,
                           struct tb_view data, const ProtobufCBinaryData *cred,
                           const struct tb_cred **ret);
/* The payload of a Signed with one signature, not verified. */
tb_result signed_payload(struct tb_arena *a, struct tb_view data, struct tb_view *ret);

/* --- draft.c */
tb_result draft_drop(struct tbc *c); /* in the turn */

/* --- outbox.c, confirm.c */
/* The relay's final word on an item; in the turn. */
void confirm_answer(struct tbc *c, const Tbl__Outgoing *o, const struct answer *ans);
struct outgoing {
    enum tb_op op;
    const ProtobufCMessage *body;
    const struct tb_id *page, *act; /* NULL: none */
    const struct tb_hash *cred;     /* NULL: none */
};
tb_result outbox_put(struct tbc *c, const struct outgoing *o);
bool outbox_holds(struct tbc *c,
                  enum tb_op op); /* does such a request wait for the relay's word? */
void outbox_pump(struct tbc *c);
void outbox_up(struct tbc *c); /* a new connection: everything is sent again */
int64_t outbox_due_ms(const struct tbc *c);
void outbox_tick(struct tbc *c);
/* A packed body as it was sent before. */
tb_result outbox_again(struct tbc *c, enum tb_op op, const struct tb_id *page,
                       const struct tb_id *act, struct tb_view body);
tb_result outbox_receipt(struct tbc *c, struct leaf *l, enum tb_receipt_kind kind, int error);

/* --- inbox.c, arrive.c, hear.c */
void inbox_push(struct tbc *c, struct tb_view body); /* an ENVELOPES push */
void inbox_resume(struct tbc *c);                    /* the roster is there: what was held */
void inbox_settle(struct tbc *c); /* the turn is over: they are stored, or come again */
void inbox_clear(struct tbc *c);
tb_result inbox_dispatch(struct tbc *c, const Tb__Envelope *e);
bool is_our_failure(
    tb_result r); /* store or memory: undoes the turn, and the envelope comes again */
/* A session that failed: after a few times the other side is asked to start anew. */
tb_result session_failed(struct tbc *c, const struct tb_cred *from);
/* Verifies and adds the act of an envelope to the page; folds and saves. */
enum note_how { NOTE_NOW, NOTE_PATIENT }; /* patient: as arrive_act() */
tb_result note_act(struct tbc *c, struct leaf *l, const Tb__Envelope *e, enum note_how how);
enum tb_step step_of(enum tb_act_kind kind);
int64_t inbox_due_ms(const struct tbc *c);
void inbox_tick(struct tbc *c);
/* Each gives TB_OK for an envelope that is dealt with.  TB_E_UNVERIFIED: it cannot be judged yet, and what
 * was written is to be undone.  TB_E_STALE: the page was taken, its capsule cannot be judged yet.
 * is_our_failure(): undo the turn.  Everything else: it is not what it says. */
tb_result arrive_capsule(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_rewrap(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_release(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_act(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_receipt(struct tbc *c, const Tb__Envelope *e);
tb_result arrive_reset(struct tbc *c, const Tb__Envelope *e);

/* --- unkept.c: pages that this device cannot store ring from memory */
void unkept_see(struct tbc *c, const Tb__Envelope *e); /* one that cannot be stored */
void unkept_hear(struct tbc *c, struct tb_view batch); /* all of a message */
void unkept_failed(struct tbc *c, tb_result r);        /* the store refused what came */
const char *unkept_why(const struct tbc *c);           /* for people; empty: it works */
bool unkept_waits(const struct tbc *c);                /* nothing is stored until the next dial */
void unkept_stored(struct tbc *c);                     /* it works (again) */
void unkept_start(struct tbc *c);                      /* first turn: open rows that are damaged */
void unkept_forget(struct tbc *c);
void unkept_tick(struct tbc *c);
int64_t unkept_due_ms(const struct tbc *c);

/* --- cursor.c */
tb_result cursor_load(struct tbc *c);
tb_result cursor_put(struct tbc *c);
tb_result cursor_era(struct tbc *c, uint64_t era); /* the relay counts in another one */
tb_result cursor_login(struct tbc *c, uint64_t era,
                       uint64_t newest);       /* what the relay says of the stream */
void cursor_sees(struct tbc *c, uint64_t seq); /* before an envelope is taken */
void cursor_ack(struct tbc *c);
/* The relay was caught at something that people should know; in memory until cursor_put. */
void cursor_alarm(struct tbc *c, const char *text);
const char *cursor_lost(const struct tbc *c); /* for people; empty: nothing to show */

/* --- held.c: envelopes that wait on disk until they can be judged */
tb_result held_put(struct tbc *c, const Tb__Envelope *e);
/* Judges those of a page again, or all (NULL). */
tb_result held_judge(struct tbc *c, const struct tb_id *page);
enum { HELD_SOON_MS = 5000 };
void held_start(struct tbc *c);  /* first turn */
void held_roster(struct tbc *c); /* all, if the log grew since the last time */
void held_tick(struct tbc *c);
int64_t held_due_ms(const struct tbc *c);
/* Calls fn with each that waits for this page, oldest first; e lives as long as the call. */
typedef tb_result held_fn(void *user, const Tb__Envelope *e);
tb_result held_of_page(struct tbc *c, const struct tb_id *page, held_fn *fn, void *user);

/* --- doubt.c: a page that is said to be mine, not verified, rings too */
void doubt_note(struct tbc *c, const struct tb_id *page); /* a release of it waits */
/* Does it ring now?  l NULL: no such page was verified.  Texts of *ret are static. */
bool doubt_rings(struct tbc *c, const struct tb_id *page, struct leaf *l, struct tbc_ring *ret);
void doubt_end(struct tbc *c, const struct tb_id *page);
void doubt_forget(struct tbc *c);
void doubt_tick(struct tbc *c);
int64_t doubt_due_ms(const struct tbc *c);

/* --- open.c */
/* Keeps an opened capsule, or a tier's share, with the page. */
enum { PAYLOAD_SHARE = 100 }; /* beside enum tb_capsule_kind in Payload.kind */
tb_result open_keep(struct leaf *l, uint32_t kind, uint32_t t, struct tb_view data);
/* Tries what is there; stores the plaintext and the key.  TB_E_UNREADABLE: not yet, or never. */
tb_result open_try(struct tbc *c, struct leaf *l);
/* Says `delivered` for the newest release that names me, once, if the page is readable. */
tb_result open_deliver(struct tbc *c, struct leaf *l);
/* Says `capsule_bad`, a bounded number of times per page. */
tb_result open_complain(struct tbc *c, struct leaf *l, tb_result why, uint32_t need_epoch);

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
    const uint8_t *payload;     /* TB_PAYLOAD_BYTES */
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
uint32_t province_epoch(struct tbc *c); /* newest held; 0 = none */

/* --- fold.c */
tb_result fold_run(struct tbc *c, struct leaf *l);
/* What the rule would say of one more act now.  Folds anew, in a turn. */
tb_result fold_check(struct tbc *c, struct leaf *l, const Tb__Act *act);

/* --- rewrap.c */
/* That device cannot read; wraps again once there is a new session. */
tb_result rewrap_want(struct tbc *c, struct leaf *l, const struct tb_cred *from,
                      const Tb__Receipt *bad);
void rewrap_run(struct tbc *c); /* those for whom there is a session now; inside a turn */

/* --- rescue.c */
/* Notes the devices that were called and cannot read a page that I, not its sender, opened. */
tb_result rescue_look(struct tbc *c, struct leaf *l);
/* A row of CS_REWRAP that rescue_look() wrote.  TB_E_STALE: not yet.  May change and store the row. */
tb_result rescue_row(struct tbc *c, const struct cs_key *k, Tbl__Rewrap *row);
/* The act of another device that wrapped again: it is named on the ladder, nobody else needs to. */
tb_result rescue_heard(struct tbc *c, struct leaf *l, const Tb__Act *act);
void rescue_tick(struct tbc *c);
int64_t rescue_due_ms(const struct tbc *c);

/* --- answer.c */
struct answering;
/* Signs a `rewrap` act for that device, on the leaf inside.  Not stored yet. */
tb_result answer_rewrap(struct answering *x, const struct tb_cred *to);
/* Counts the act and puts it among the page's events, pending. */
tb_result answer_keep(const struct tbc_answer *a, struct answering *x, struct tb_view put);

/* --- alarm.c */
/* What the relay should have said by now (watch.c). */
struct watch {
    bool late;
    enum tbc_ring_why why;
    int64_t look_ms; /* boot; INT64_MAX: only when something happens */
};
struct watch watch_page(struct tbc *c, struct leaf *l, bool coordinates);
void watch_end(struct tbc *c, const struct tb_id *page); /* answered */
void watch_forget(struct tbc *c);
/* From when on, by our clock, it is late with the next; 0: nothing is due. */
int64_t watch_overdue_ms(struct tbc *c, const struct leaf *l);

void alarm_run(struct tbc *c);
void alarm_all(struct tbc *c); /* every open page, after a start */
void alarm_tick(struct tbc *c);
int64_t alarm_due_ms(const struct tbc *c);
void alarm_forget(struct tbc *c); /* locked: nothing rings any more */
void alarm_roster(struct tbc *c);
bool alarm_is_doubtful(struct tbc *c, const struct tb_id *page); /* sounds, unverified */

/* --- find.c */
void find_learn(struct tbc *c, const struct tb_id *id); /* a page that was never stored before */
void find_forget(struct tbc *c);

/* --- publish.c */
void publish_tell(struct tbc *c); /* the end of an errand, to whoever waits */
bool publish_is_over(const struct tbc *c);
void publish_free(struct tbc *c);

/* --- people.c */
/* "account/device" for log lines; static, until the next call. */
const char *cred_name(struct tbc *c, const ProtobufCBinaryData *cred);
bool compared_by_me(struct tbc *c, const char *account);
struct tb_trust trust_of(struct tbc *c, const struct tb_hash *cred, enum tb_step step);
/* Opens the card of an account's newest device that has one; TB_E_NOTFOUND. */
tb_result card_of(struct tbc *c, const char *account, struct tb_arena *a, Tb__Card **ret);
