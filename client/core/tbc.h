/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tbc.h - one opened profile: what the parts of the core share.  Nobody outside client/core includes it.
 *
 *   profile.c   open, unlock, lock            turn.c      one transaction and what follows it
 *   link.c      connection, log-in, requests  enrol.c     from invite to member
 *   rosync.c    the roster log                prekeys.c   own prekeys, sessions with everyone
 *   freshness.c signs that it is the newest   removals.c  removals that the log must not lack
 *   capsule.c   one capsule, both ways        seal.c      a page goes out
 *   outbox.c    what the relay must confirm   inbox.c     envelopes come in
 *   cursor.c    how far, and what its numbers give away
 *   arrive.c    capsules and releases         hear.c      acts, receipts, resets of others
 *   held.c      what cannot be judged yet     doubt.c     the alarm for it
 *   unkept.c    what cannot be stored rings from memory
 *   leaf.c      a page as a row               fold.c      what its events amount to
 *   rewrap.c    unreadable capsules           rescue.c    the same, by whom the page reached
 *   answer.c    my acts
 *   alarm.c     who must be woken, watchdog   views.c     what frontends read
 *   find.c      a page by its printed id
 *   publish.c   errands to the relay          policy.c    signatures of coordinators
 *   draft.c     the report being written      duty.c      does this device receive pages?
 *
 * Every entry from outside (a call of core.h, a message, a tick) ends in core_end(): transaction
 * committed, then alarms, outbox, socket and timer.  Nothing is told to anybody before its commit. */
#pragma once

#include "client/core/clock.h"
#include "client/core/core.h"
#include "client/core/e2e.h"
#include "client/core/local.pb-c.h"
#include "client/core/store.h"
#include "client/core/transport.h"
#include "proto/wire.pb-c.h"

enum { CORE_ARENA = TB_ARENA_MAX };

/* The device's own keys, in guarded memory. */
struct me {
    struct tb_sign_pair sign;
    struct e2e_identity ident;
    uint8_t box_pk[TB_KEY_BYTES], box_sk[TB_KEY_BYTES];
    char account[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1];
    struct tb_hash roster_id;
    bool member;
    struct tb_hash cred; /* once a member */
};

/* The answer to a request.  TB_E_OFFLINE: the connection ended first.  body is borrowed. */
struct answer {
    tb_result result;
    struct tb_view body;
    const char *detail;
};
typedef void answer_fn(struct tbc *c, uint64_t ctx, const struct answer *a);

struct pending {
    uint64_t id, ctx;
    uint32_t op;
    answer_fn *fn;
};

enum link_state { LINK_OFF, LINK_WAIT, LINK_DIALING, LINK_HELLO, LINK_AUTH, LINK_UP };

struct link {
    struct transport t;
    bool has_transport;
    enum link_state state;
    bool as_invite;
    unsigned attempt;
    int64_t due_ms, heard_ms, sent_ms; /* boot time */
    struct tb_hash exporter;
    uint64_t next_id, resolve_ticket;
    struct pending *pending;
    size_t n_pending;
    struct tb_buf out; /* packed Batch frames of this turn */
    size_t out_frames;
    char relay[TB_ADDRESS_MAX + 8], error[200];
    int64_t heard_wall_ms, skew_ms;
    uint64_t era;
    bool drop; /* hang up at the end of the turn */
};

struct ringing {
    struct tb_id page;
    enum tbc_ring_why why;
    uint32_t round;
};

/* A moment by which the relay must have said more about a page, on the clock that nobody sets (alarm.c). */
struct deadline {
    struct tb_id page;
    uint32_t step;
    int64_t due_ms; /* boot */
};

/* A page that is said to be released to me, and of which something is not verified. */
struct doubt {
    struct tb_id page;
    int64_t ripe_ms; /* boot: rings from then on, unless it was settled */
    int64_t look_ms; /* boot: look at it; INT64_MAX: it rings */
};

/* A page that could not be stored here and rings from memory (unkept.c). */
struct unkept {
    struct tb_id page;
    struct tb_buf header; /* payload, verified; empty: not seen */
    bool drill, taken, row_damaged;
    uint32_t page_class;
    uint32_t tiers;      /* bit t: the header names me there */
    uint32_t rang_round; /* 0: does not ring */
    char sender[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1];
};

struct tbc {
    struct tbc_env env;
    struct transport_maker maker; /* .make NULL: conn.c */
    int lock_fd;
    struct cs *store;
    struct vault *vault;
    struct me *me;
    struct tb_roster *roster;
    struct e2e *e2e;
    struct e2e_store e2e_store;
    struct link link;

    /* the turn */
    uint64_t turn_no;
    uint64_t memory_failures; /* tb_memory_failures() when it began */
    tb_result failed;         /* what a handler inside the turn could not do; undoes the turn */
    bool memory_ahead;        /* memory holds what the open transaction has not committed */
    bool memory_lost; /* memory holds what was undone, and the store could not be read again */
    bool following;   /* inside core_end(): callbacks of the agent may come back in */
    unsigned topics;
    struct tb_id *touched;
    size_t n_touched;
    int64_t begin_ms; /* boot: no turn could be begun; not again before */
    bool start;       /* first turn after unlock: look at every open page */

    /* roster sync */
    bool syncing, synced, grew;
    uint64_t relay_size;
    struct tb_hash relay_head;
    int64_t refresh_ms;    /* boot: look for new cards and freshness */
    int64_t peer_ahead_ms; /* boot, when a member showed a longer log; 0: none did */
    uint64_t peer_size;
    struct tb_hash peer_head;
    bool roster_seen, roster_rings; /* its alarm was looked at since it changed; it sounds */

    int64_t fresh_ms; /* boot: not before, a freshness statement is offered again */

    /* prekeys and sessions */
    bool fetching;
    unsigned fetch_tries;
    int64_t fetch_ms; /* boot; INT64_MAX: nothing to fetch */
    uint32_t prekeys_left, sessions_missing;

    /* enrolment */
    int64_t poll_ms;
    bool asking;
    bool invite_refused; /* used by another device: said by the relay */

    /* outbox */
    bool outbox_new;      /* there may be something to send */
    uint64_t outbox_sent; /* highest number sent on this connection */
    int64_t outbox_ms;    /* boot: send again what the relay could not take */
    unsigned outbox_flying;

    /* inbox */
    uint64_t era, seq;   /* newest envelope taken */
    bool ack;            /* tell the relay */
    char lost[160];      /* what its numbers gave away; empty: nothing */
    int64_t lost_ms;     /* wall */
    struct tb_buf *held; /* ENVELOPES bodies that wait for the roster */
    size_t n_held;
    int64_t held_ms;

    bool hearing;       /* a message of the relay is in this turn */
    bool took, resumed; /* envelopes of now, or that waited in memory, are */

    /* pages that could not be stored */
    struct unkept *unkept; /* NULL: never any */
    size_t n_unkept;
    int64_t unkept_ms;        /* boot: log in again, to try the store; 0: it works */
    int64_t unkept_failed_ms; /* boot, of the last failure */
    unsigned unkept_tries;
    char unkept_why[400]; /* for people */

    /* envelopes that wait on disk */
    uint64_t taking_era;  /* of the envelope that is being judged */
    bool judging;         /* it waited: others may have overtaken it */
    uint64_t held_roster; /* size of the log by which they were judged last */
    int64_t held_due_ms;  /* boot: look at their age */
    int64_t held_ran_ms;  /* HeldClock, and the boot time at which it was so; 0: not loaded */
    int64_t held_ran_boot_ms;
    struct doubt *doubt;
    size_t n_doubts;
    int64_t doubt_rang_ms[TB_DOUBT_RINGS]; /* boot; 0: never */

    /* alarms */
    struct ringing *ringing;
    size_t n_ringing;
    struct deadline *deadline;
    size_t n_deadline;
    int64_t watch_ms; /* boot */

    int64_t rescue_ms; /* boot: wrap again for others */

    /* pages by printed id */
    bool page_ids_read;
    struct tb_id *page_id;
    size_t n_page_ids;

    uint32_t damaged_rows;
    int64_t damaged_due_ms; /* boot: count them again */

    /* a publish under way */
    struct publish *publish;
};

/* --- profile.c */
tb_result need_unlocked(const struct tbc *c); /* TB_E_LOCKED */
tb_result need_member(const struct tbc *c);   /* TB_E_LOCKED; TB_E_NOTFOUND: not enrolled */
/* Loads roster, sessions and cursor again from disk; after a transaction that changed memory was lost. */
tb_result profile_reload(struct tbc *c);
tb_result profile_become(struct tbc *c); /* identity is stored: load it */

/* --- turn.c */
tb_result core_begin(struct tbc *c);
tb_result core_commit(struct tbc *c);
void core_undo(struct tbc *c);
void core_fail(struct tbc *c, tb_result r); /* TB_OK: nothing; else the turn will be undone */
/* Ends a turn whose work gave `r`: commits if it is TB_OK, else undoes; then what must follow.
 * Gives r, or why the commit failed. */
tb_result core_end(struct tbc *c, tb_result r);
void core_touch(struct tbc *c,
                const struct tb_id *page); /* alarms of this page are looked at after the commit */
void core_log(struct tbc *c, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum { LOG_ERROR_ = 3, LOG_WARN_ = 4, LOG_NOTE_ = 5, LOG_INFO_ = 6 }; /* syslog's numbers */

/* --- local.c: messages of local.proto in rows */
tb_result local_get(struct tbc *c, const struct cs_key *k, struct tb_arena *a,
                    const ProtobufCMessageDescriptor *type, void *ret_msg);
tb_result local_put(struct tbc *c, const struct cs_key *k, const struct cs_sort *sort,
                    const ProtobufCMessage *m);
struct cs_key key_meta(const char *name);
struct cs_key key_of(enum cs_table table, const void *p, size_t n, int64_t number);
/* Reads `counters`, lets fn change them, writes them. */
tb_result counters_get(struct tbc *c, struct tb_arena *a, Tbl__Counters **ret);
tb_result counters_put(struct tbc *c, const Tbl__Counters *m);
/* What is known of another device; all zero if nothing. */
tb_result peer_get(struct tbc *c, const struct tb_hash *cred, struct tb_arena *a, Tbl__Peer **ret);
tb_result peer_put(struct tbc *c, const struct tb_hash *cred, const Tbl__Peer *m);
char *arena_text(struct tb_arena *a, const char *s); /* NULL: no memory */
ProtobufCBinaryData arena_bytes(struct tb_arena *a, const void *p,
                                size_t n);               /* .data NULL: no memory */
void copy_text(char *to, size_t size, const char *from); /* cuts */
