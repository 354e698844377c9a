/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core.h - everything that the agent needs to take part in the hotline.
 *
 * The agent includes this header and no other of client/core.  One thread: every
 * call and every callback happens on the thread that runs the main loop.  Calls
 * never block on the network or on names; what must not be lost is on disk
 * before the call returns.  No GLib type here: the main loop passes as void*.
 *
 * A profile directory holds core.db (fields encrypted), profile.lock and nothing
 * readable.  Stages: NONE -> ENROLLING (request made, waiting for approval) ->
 * READY; LOCKED while the passphrase is not given. */
#pragma once

#include "proto/act.h"
#include "proto/enrol.h"
#include "proto/trust.h"
#include "proto/unpack.h"

struct tbc;

enum tbc_stage { TBC_NONE, TBC_LOCKED, TBC_ENROLLING, TBC_READY };
enum tbc_online { TBC_OFFLINE, TBC_CONNECTING, TBC_ONLINE };

/* What changed; a nudge only, to be coalesced: frontends pull. */
enum tbc_topic {
    TBC_TOPIC_STATUS = 1 << 0,
    TBC_TOPIC_PAGES = 1 << 1,
    TBC_TOPIC_ROSTER = 1 << 2,
    TBC_TOPIC_OUTBOX = 1 << 3,
};

/* Why an alarm sounds. */
enum tbc_ring_why {
    TBC_RING_PAGE,       /* released to me, read */
    TBC_RING_UNREADABLE, /* released to me, cannot be read: from the verified header */
    TBC_RING_OFFER,      /* somebody hands a page over to me */
    TBC_RING_NOBODY,     /* I am the sender or a coordinator: nobody answered */
    TBC_RING_NO_RECEIPT, /* I am the sender: the relay has not confirmed, or released nothing, in time */
    TBC_RING_UNVERIFIED, /* released to me, but who sent it cannot be verified yet: telephone */
    TBC_RING_UNKEPT,     /* released to me, but this device cannot store it: telephone */
    TBC_RING_ROSTER,     /* fork, rollback, or a head that the relay does not serve */
};

struct tbc_ring {
    enum tbc_ring_why why;
    struct tb_id page_id; /* zero for ROSTER */
    uint32_t page_class;  /* 1..3 */
    bool drill;
    uint32_t repeat_s;  /* of the policy's tier */
    const char *sender; /* account; borrowed */
    const char *agency;
    const char *title; /* NULL if not readable; borrowed; never for a lock screen */
};

/* What the agent lends to the core. */
struct tbc_env {
    void *user;
    void *glib_loop; /* GMainLoop*; NULL: no connection (tests) */
    void (*changed)(void *user, unsigned topics);
    void (*ring)(void *user, const struct tbc_ring *r);  /* start; repeat is the agent's work */
    void (*quiet)(void *user, const struct tb_id *page); /* answered, here or elsewhere, or ended */
    void (*wake_at)(
        void *user,
        int64_t boot_ms); /* call tbc_tick() at this CLOCK_BOOTTIME; INT64_MAX: no need */
    void (*resolve)(void *user, const char *host, uint64_t ticket); /* answer with tbc_resolved() */
    void (*log)(void *user, int level, const char *line); /* syslog level; no content, no secrets */
};

/* ---------------------------------------------------------------- life */

/* Opens `dir` (made 0700 if absent) and locks it against a second opener.
 * A profile without a passphrase is open at once; others are LOCKED until tbc_unlock().
 * TB_E_CONFLICT: in use.  TB_E_STORE: damaged.  TB_E_VERSION: written by a newer program. */
tb_result tbc_open(const char *dir, const struct tbc_env *env, struct tbc **ret);
void tbc_close(struct tbc *c); /* NULL allowed; wipes */

/* TB_E_BADSIG: wrong passphrase.  Connects when READY or ENROLLING. */
tb_result tbc_unlock(struct tbc *c, struct tb_view pass);
tb_result tbc_lock(struct tbc *c);          /* really forgets the keys; disconnects */
bool tbc_is_protected(const struct tbc *c); /* a passphrase is set */

void tbc_tick(struct tbc *c); /* timers; also after suspend */
void tbc_resolved(struct tbc *c, uint64_t ticket, const char *ip);
void tbc_reconnect(struct tbc *c); /* now, e.g. after resume or F5 */

/* Does this device sign, by itself, that the roster is the newest?  Why not now? */
enum tbc_signer {
    TBC_SIGNER_NONE,    /* it has no freshness key */
    TBC_SIGNER_ASKED,   /* it has one that the roster does not know yet */
    TBC_SIGNER_ENDED,   /* the grant is over, or has not begun */
    TBC_SIGNER_READY,   /* it signs daily, and soon after a change */
    TBC_SIGNER_ALARM,   /* not while there is a roster alarm */
    TBC_SIGNER_CLOCK,   /* not while its clock and the relay's differ, or its clock went back */
    TBC_SIGNER_REMOVAL, /* not while the log lacks a removal that it has held for an hour */
};

struct tbc_status {
    enum tbc_stage stage;
    enum tbc_online online;
    char relay[TB_ADDRESS_MAX + 8];
    char last_error[400]; /* why offline, or why nothing can be stored; in English; empty if none */
    int64_t heard_ms;     /* wall clock of the last answer of the relay; 0 = never */
    int64_t next_try_ms;  /* wall clock of the next attempt to connect; 0 = none waits */
    int64_t relay_skew_ms; /* relay's clock minus ours at that moment */
    uint64_t roster_size;
    int64_t roster_fresh_ms;
    bool roster_stale, roster_alarm; /* alarm: fork or rollback seen */
    char roster_alarm_text[200];
    char relay_alarm_text
        [200];        /* it lost or hid messages, or gave false keys; empty: no sign of that */
    uint32_t damaged; /* pages of which something does not open any more on this device's disk */
    uint32_t outbox;  /* things not yet confirmed by the relay */
    uint32_t prekeys_left;
    uint32_t secret_epoch;
    bool demo; /* root carries the demo flag: banner */
    uint32_t open_pages, unanswered;
    uint32_t nobody;           /* open pages that nobody took in a whole round */
    uint32_t sessions_missing; /* devices of policies to which no session exists yet */
    enum tbc_signer signer;
    int64_t duty_off_ms; /* pages do not ring here since; 0: they ring */
    bool duty_told;      /* the relay knows what was decided last */
    bool invite_refused; /* this enrolment never succeeds: last_error says why */
};
void tbc_status(struct tbc *c, struct tbc_status *ret);

/* ---------------------------------------------------------------- enrolment */

struct tbc_card {
    const char *name, *rank, *position, *unit, *phone, *email; /* NULL = empty */
};
struct tbc_enrol {
    const char *invite; /* text as pasted */
    const char *device; /* e.g. "laptop" */
    struct tbc_card card;
    struct tb_view passphrase; /* empty: unprotected, flagged in status */
    int cost;                  /* enum vault_cost as int */
};
/* Makes keys and request, on disk before it returns; then connects by itself and polls for the approval.
 * TB_E_CONFLICT: profile already has an identity.  TB_E_TRUNCATED: not an invite.  TB_E_EXPIRED. */
tb_result tbc_enrol(struct tbc *c, const struct tbc_enrol *e);
/* Six words to read aloud; TB_E_NOTFOUND unless ENROLLING.  Ready as soon as tbc_enrol returned. */
tb_result tbc_enrol_words(struct tbc *c, char ret[static 160]);
/* What the invite says, for showing before it is used. */
tb_result tbc_invite_peek(const char *invite, struct tb_invite *ret);

struct tbc_whoami {
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1];
    enum tb_role role;
    struct tb_hash cred;
    int64_t until_ms;
    struct tb_trust trust; /* how others see me, for SHOW */
    char fingerprint[72];
    char card_name[TB_PERSON_MAX + 1];
    char province[TB_PERSON_MAX + 1];
    char root[65]; /* roster id, hex */
};
tb_result tbc_whoami(struct tbc *c, struct tbc_whoami *ret);

/* ---------------------------------------------------------------- duty */

struct tbc_alone { /* a tier in which, without this device, pages would ring nowhere */
    char policy[TB_NAME_MAX + 1];
    uint32_t t;
};
enum { TBC_ALONE_MAX = 32 };
struct tbc_duty {
    bool off;      /* decided: receive no pages */
    bool told;     /* the relay knows; until then an `off` does not count and pages ring on */
    int64_t at_ms; /* 0: never decided */
    struct tbc_alone alone[TBC_ALONE_MAX];
    size_t n_alone;
};
tb_result tbc_duty(struct tbc *c, struct tbc_duty *ret);
/* Signs, commits, tells the relay and through it the team.  The same again changes nothing. */
tb_result tbc_duty_set(struct tbc *c, bool off);

/* ---------------------------------------------------------------- sending */

struct tbc_file {
    const char *name;
    struct tb_view data;
};
struct tbc_report {
    const char *kind;         /* NULL: a page without a report */
    const char *title, *text; /* text may be NULL */
    uint32_t page_class;
    const char *policy;  /* NULL: the only current one that serves the class */
    int64_t detected_ms; /* 0: not said */
    const char *system_name, *system_address;
    uint32_t system_level;
    bool no_state_secret; /* reports: must be true */
    bool drill;
    uint32_t tlp; /* 0: most restrictive */
    const struct tbc_file *file;
    size_t n_files;
    bool from_draft; /* the draft ends in the same transaction */
};
/* Something for people about a refusal: names the value and the remedy.  English; frontends translate it
 * by its pattern (client/api/said.h). */
struct tbc_why {
    char text[300];
};
/* What TB_E_FULL, TB_E_STORE or TB_E_NOMEM means when this device's own store gave it, and not the relay: which
 * disk, and what to do.  Empty for other results. */
struct tbc_why tbc_store_why(const struct tbc *c, tb_result r);
/* Seals for every device of every tier, commits the outbox, sends.  Returns before the relay answered.
 * TB_E_UNVERIFIED/TB_E_REVOKED: I may not.  TB_E_NOTFOUND: policy.  TB_E_RANGE: a field. */
tb_result tbc_report(struct tbc *c, const struct tbc_report *r, struct tb_id *ret_page,
                     struct tbc_why *why);
/* Pages my own devices only, through the relay and back, with alarm. */
tb_result tbc_test_page(struct tbc *c, struct tb_id *ret_page, struct tbc_why *why);

/* The report that is being written, kept sealed until it is sent; there is one. */
struct tbc_draft {
    struct tbc_report report; /* what is empty is NULL or 0; never confirmed to hold no secrets */
    int64_t saved_ms;
    struct tbc_file file[TB_INLINE_FILES];
    struct tb_arena own; /* of all the texts */
};
/* Replaces it; no field is checked.  TB_E_LIMIT: larger than a report can become. */
tb_result tbc_draft_put(struct tbc *c, const struct tbc_report *r);
/* TB_E_NOTFOUND: there is none (or no identity).  Ends with tbc_draft_done(). */
tb_result tbc_draft_get(struct tbc *c, struct tbc_draft *ret);
void tbc_draft_done(struct tbc_draft *d); /* wipes */
tb_result tbc_draft_clear(struct tbc *c);

/* ---------------------------------------------------------------- answering */

struct tbc_answer {
    struct tb_id page;
    enum tb_act_kind kind;       /* ACCEPT DECLINE OFFER RESOLVE */
    uint32_t eta_min;            /* ACCEPT; 0 = not said */
    const char *reason;          /* DECLINE: required; RESOLVE: optional; NULL */
    const char *to_account;      /* OFFER */
    const char *override_reason; /* gate not met: go on all the same, recorded; NULL */
};
/* Signs, commits, sends.  TB_E_UNVERIFIED: the gate (exit 4).  TB_E_CONFLICT, TB_E_STALE, TB_E_DENIED.
 * TB_OK without a new act: an ACCEPT of what is mine already, with the same promise or none. */
tb_result tbc_answer(struct tbc *c, const struct tbc_answer *a, struct tbc_why *why);
/* A person looked at it: signs `seen`. */
tb_result tbc_seen(struct tbc *c, const struct tb_id *page);
/* Finds a page by the printed id or any unique prefix of it. TB_E_CONFLICT: ambiguous. */
tb_result tbc_find(struct tbc *c, const char *printed, struct tb_id *ret);

/* ---------------------------------------------------------------- reading */

enum tbc_page_state {
    TBC_PAGE_QUEUED,
    TBC_PAGE_WAITING /* not released to me yet */,
    TBC_PAGE_RINGING,
    TBC_PAGE_ACCEPTED,
    TBC_PAGE_EXHAUSTED,
    TBC_PAGE_RESOLVED
};
enum tbc_box { TBC_BOX_IN, TBC_BOX_OUT };
/* How far a device came: four receipts, never merged. */
enum tbc_rung {
    TBC_RUNG_NONE,
    TBC_RUNG_RELAYED,
    TBC_RUNG_DELIVERED,
    TBC_RUNG_SEEN,
    TBC_RUNG_ACCEPTED
};

struct tbc_page {
    struct tb_id id, incident;
    uint64_t change; /* grows with every change of any page */
    enum tbc_box box;
    enum tbc_page_state state;
    uint32_t page_class, tlp, round, tier, tiers; /* tiers: how many there are */
    bool drill, is_report, readable, test;
    bool
        nobody; /* everybody was called once, or nobody was there, and nobody took it; another round may ring */
    bool mine_to_answer; /* released to me in this round and not ended */
    bool declined_by_me;
    bool
        damaged; /* something of it does not open any more on this device: what is shown may lack steps */
    int64_t created_ms, relayed_ms, accepted_ms, ended_ms;
    char sender[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1], sender_name[TB_PERSON_MAX + 1];
    struct tb_trust sender_trust; /* for SHOW */
    char sender_phone[TB_CARD_FIELD_MAX + 1];
    char owner[TB_NAME_MAX + 1], owner_name[TB_PERSON_MAX + 1];
    struct tb_trust owner_trust;
    uint32_t eta_min;
    char offer_to[TB_NAME_MAX + 1];
    char title[TB_TITLE_MAX + 1]; /* empty if not readable */
    char kind[8];                 /* taxonomy code */
    char policy[TB_NAME_MAX + 1];
    int64_t next_tier_ms; /* estimate from the policy and releases; 0 = none */
    int64_t
        overdue_ms; /* from here on, by this device's clock, the relay is late with the next; 0 = nothing is due */
};

struct tbc_page_device { /* one step of the ladder */
    uint32_t t;
    char account[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1], name[TB_PERSON_MAX + 1];
    struct tb_trust trust;
    bool released, unreadable, rewrapped;
    int64_t capsule_ok_ms, delivered_ms, seen_ms;
    int64_t duty_off_ms; /* it receives no pages since; 0: it does */
};
struct tbc_page_event { /* what happened, in the relay's order, verified by me */
    int64_t at_ms;
    enum { TBC_EV_RELAYED, TBC_EV_RELEASE, TBC_EV_SKIP, TBC_EV_NOBODY, TBC_EV_ACT } kind;
    uint32_t t, round, release_no;
    enum tb_act_kind act;
    tb_result refusal; /* my act, refused by the relay: why */
    bool counted;      /* an act that changed the page; a late one is shown and stops nothing */
    char account[TB_NAME_MAX + 1], name[TB_PERSON_MAX + 1], target[TB_NAME_MAX + 1];
    uint32_t level, eta_min;
    bool override_gate;
    char reason[TB_REASON_MAX + 1]; /* empty if none or not readable for me */
};
struct tbc_page_full {
    struct tbc_page page;
    char *text; /* owned; NULL if not readable */
    int64_t detected_ms;
    char system_name[TB_CARD_FIELD_MAX + 1], system_address[TB_CARD_FIELD_MAX + 1];
    uint32_t system_level;
    struct tbc_page_device *device;
    size_t n_devices;
    struct tbc_page_event *event;
    size_t n_events;
    struct {
        char name[TB_FILE_NAME_MAX + 1];
        uint8_t *data;
        size_t n;
    } file[TB_INLINE_FILES];
    size_t n_files;
};
struct tbc_query {
    uint64_t since;  /* only pages with a change number above */
    uint64_t before; /* only pages with one below; 0: from the newest on */
    bool open;       /* only pages that have not ended */
};
struct tbc_listing {
    size_t n; /* pages that were written; those that are damaged are left out */
    uint64_t
        change;     /* of the newest: the next `since`, once all parts of this one were asked for */
    uint64_t older; /* the next `before`; 0: this was the last part */
};
/* Newest change first; writes up to `max` pages.  A page that changes between two parts comes with the next
 * `since`, so none is missed. */
tb_result tbc_pages(struct tbc *c, const struct tbc_query *q, struct tbc_page *ret, size_t max,
                    struct tbc_listing *ret_listing);
tb_result tbc_page_get(struct tbc *c, const struct tb_id *id, struct tbc_page_full *ret);
void tbc_page_full_done(struct tbc_page_full *p);

struct tbc_contact {
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1];
    enum tb_role role;
    char name[TB_PERSON_MAX + 1], rank[TB_CARD_FIELD_MAX + 1], position[TB_CARD_FIELD_MAX + 1],
        unit[TB_CARD_FIELD_MAX + 1], phone[TB_CARD_FIELD_MAX + 1],
        email[TB_CARD_FIELD_MAX + 1]; /* empty without the card */
    uint32_t devices;
    struct tb_trust trust;
    bool compared;    /* by me, with today's keys */
    bool key_changed; /* compared once, other keys since */
    int64_t compared_ms;
    int64_t duty_off_ms; /* none of the devices receives pages, since; 0: one does */
};
tb_result tbc_contacts(struct tbc *c, struct tbc_contact *ret, size_t max, size_t *ret_n);
/* Twelve groups of five digits; the same on both sides. */
tb_result tbc_fingerprint(struct tbc *c, const char *account, char ret[static 72]);
/* Compares `typed` (one or more groups at `group`, 1-based, as read aloud) and remembers the verdict.
 * TB_E_BADSIG: they differ; the account is no longer "compared". */
tb_result tbc_verify(struct tbc *c, const char *account, unsigned group, const char *typed);

/* ---------------------------------------------------------------- roster and policy */

/* Packs the whole log / pending requests as a Parcel file's bytes; takes such a file to the relay.
 * publish returns when the relay answered through `done` (result of the worst part, text names it). */
tb_result tbc_roster_export(struct tbc *c, struct tb_buf *ret);
typedef void tbc_done_fn(void *user, tb_result r, const char *text, struct tb_view data);
tb_result tbc_roster_publish(struct tbc *c, struct tb_view parcel, tbc_done_fn *done, void *user);
tb_result tbc_enrol_requests(struct tbc *c, tbc_done_fn *done, void *user); /* data: Parcel */
/* Policy text (JSON is the frontend's work): signs an entry as this coordinator.  With a quorum above one
 * the Parcel in *ret_parcel needs another coordinator's tbc_roster_cosign; else publish it. */
tb_result tbc_policy_make(struct tbc *c, const struct tb_policy *p, const uint32_t *classes,
                          size_t n_classes, struct tb_buf *ret_parcel, struct tbc_why *why);
tb_result tbc_roster_cosign(struct tbc *c, struct tb_view parcel, struct tb_buf *ret_parcel,
                            struct tbc_why *why);
/* The public half of this device's freshness key as a Parcel for `trucban-keys freshness grant`;
 * the key is made the first time.  Once it is in the roster, the device signs by itself. */
tb_result tbc_freshness_key(struct tbc *c, struct tb_buf *ret_parcel);
struct tbc_witness {
    char holder[TB_PERSON_MAX + 1];
    int64_t signed_ms, until_ms; /* signed_ms 0: never */
    uint64_t size;               /* entries of the log when it signed */
    bool here;                   /* this device's key */
};
/* Who may sign that the roster is the newest, and when each last did. */
tb_result tbc_witnesses(struct tbc *c, struct tbc_witness *ret, size_t max, size_t *ret_n);
/* Suspends an account at once (coordinator, or my own lost device). */
tb_result tbc_suspend(struct tbc *c, const char *account, enum tb_removal_reason reason,
                      tbc_done_fn *done, void *user);
/* The replayed log, for listing and for `policy show`; borrowed until the next call. NULL before enrolment. */
const struct tb_roster *tbc_roster(struct tbc *c);
