/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.h - everything that the relay keeps on disk, without a word of SQL.
 *
 * One transaction per turn of the loop, a savepoint per request; nothing that
 * was written counts before store_commit() called back with TB_OK.  Every row
 * carries a hash of its content: one that does not match is logged by its key,
 * answered with TB_E_STORE and never served.
 *
 *   store.c          open, migrate, transactions      store_row.c      rows and their hashes
 *   store_roster.c   log, freshness, cards, duty      store_enrol.c    invites
 *   store_prekey.c   one-time keys                    store_mailbox.c  devices and their streams
 *   store_page.c     pages, recipients, shares        store_act.c      releases, acts, receipts, resets
 *   store_check.c    the whole file: check, copy      store_stream.c   where each stream stands
 *   store_migrate.c  the tables, version by version
 *
 * TB_E_NOTFOUND: no such row.  TB_E_STORE: a damaged row, or the file failed: see store_health(). */
#pragma once

#include "proto/bytes.h"
#include "proto/escalate.h"

struct store;

enum store_health {
    STORE_FINE,
    STORE_FULL,   /* no space left: the transaction is lost, the file is sound */
    STORE_FAILED, /* reading, writing or syncing failed: nothing said from here on can be trusted */
};

/* Makes a new file.  TB_E_CONFLICT: there is one. */
tb_result store_create(const char *path, const struct tb_id *relay_id, uint64_t era);
/* TB_E_NOTFOUND; TB_E_VERSION: a newer program wrote it; TB_E_STORE: damaged, or the file system
 * does not do what durability needs. */
tb_result store_open(const char *path, struct store **ret);
void store_close(struct store *s);
TB_DEFINE_CLEANUP(struct store, store_close)

void store_relay_id(const struct store *s, struct tb_id *ret);
uint64_t store_era(const struct store *s);
tb_result store_set_era(struct store *s, uint64_t era);

/* --- transactions */
tb_result store_begin(struct store *s); /* nothing to do if one is open */
tb_result store_mark(struct store *s);  /* a request begins */
/* The same for one that changes one row at most, as its last step: SQLite takes that back by itself when it fails, and
 * store_undo() would leave it where it did not.  Costs next to nothing, and holds no other mark. */
tb_result store_mark_row(struct store *s);
tb_result store_keep(struct store *s); /* what it wrote stays in the transaction */
tb_result store_undo(struct store *s); /* what it wrote is gone */
typedef void store_done_fn(void *user, tb_result how);
/* Calls back exactly once, here or later.  TB_E_FULL, TB_E_STORE: nothing of the turn is on disk. */
void store_commit(struct store *s, store_done_fn *done, void *user);
void store_drop(struct store *s); /* the whole transaction is gone */
enum store_health store_health(const struct store *s);
bool store_wrote(const struct store *s); /* since the transaction began */
/* Copies the log back into the file when there is enough of it, or when it still holds a share that was
 * destroyed; outside of a transaction, where nobody waits for an answer. */
tb_result store_checkpoint(struct store *s);
/* So much that it cannot wait for a quiet moment. */
bool store_log_is_long(const struct store *s);
/* At most so many bytes of file, for tests of a full disk; 0 = no limit. */
tb_result store_cap(struct store *s, uint64_t bytes);

/* --- roster */
typedef tb_result store_entry_fn(void *user, uint64_t pos, struct tb_view entry_signed,
                                 int64_t seen_ms);
tb_result store_entries(struct store *s, store_entry_fn *fn, void *user); /* in order */
struct store_entry {
    uint64_t pos;
    struct tb_hash hash;
    int64_t seen_ms;
    struct tb_view entry_signed, receipt_signed; /* borrowed */
};
tb_result store_entry_put(struct store *s, const struct store_entry *e);
/* The inclusion receipt that was given for an entry; appended to *ret. */
tb_result store_entry_receipt(struct store *s, const struct tb_hash *hash, struct tb_buf *ret);

typedef tb_result store_blob_fn(void *user, uint64_t no, struct tb_view data);
tb_result store_freshness_put(struct store *s, const uint8_t signer[static TB_KEY_BYTES],
                              struct tb_view freshness_signed);
tb_result store_freshness(struct store *s, store_blob_fn *fn, void *user);
/* The same box again changes nothing. */
tb_result store_card_put(struct store *s, const struct tb_hash *cred, struct tb_view box);
/* Cards with a change number above `after`, in that order; fn stops it with any result. */
tb_result store_cards(struct store *s, uint64_t after, store_blob_fn *fn, void *user);
struct store_duty {
    struct tb_hash cred;
    uint64_t number;
    bool off;
    struct tb_view duty_signed; /* borrowed; store_duty_get() leaves it empty */
};
/* Replaces what this device said before; whoever calls has compared the numbers. */
tb_result store_duty_put(struct store *s, const struct store_duty *d);
tb_result store_duty_get(struct store *s, const struct tb_hash *cred, struct store_duty *ret);
/* As store_cards(). */
tb_result store_duties(struct store *s, uint64_t after, store_blob_fn *fn, void *user);

/* --- enrolment */
struct store_invite {
    struct tb_id id;
    struct tb_buf ticket_signed, request_signed, approval_signed; /* owned; the last may be empty */
    int64_t at_ms;
    bool second_try;
};
void store_invite_done(struct store_invite *i);
tb_result store_invite_get(struct store *s, const struct tb_id *id, struct store_invite *ret);
tb_result store_invite_put(struct store *s, const struct store_invite *i);
typedef tb_result store_invite_fn(void *user, const struct store_invite *i);
tb_result store_invites(struct store *s, store_invite_fn *fn, void *user);

/* --- prekeys */
tb_result store_prekeys_put(struct store *s, const struct tb_hash *cred,
                            struct tb_view prekeys_signed, const uint32_t *ids, size_t n);
tb_result store_prekeys_get(struct store *s, const struct tb_hash *cred, struct tb_buf *ret);
tb_result store_prekey_take(struct store *s, const struct tb_hash *cred,
                            uint32_t *ret_id); /* 0: none left */
tb_result store_prekeys_left(struct store *s, const struct tb_hash *cred, uint32_t *ret);

/* --- devices and mailboxes */
struct store_mail {
    uint64_t seq; /* given by the store */
    uint32_t kind;
    const struct tb_hash *from; /* NULL: the relay */
    uint64_t page;              /* number of the page; 0 = none */
    uint64_t statement, body;   /* numbers of blobs; 0 = none */
    struct tb_view own;         /* a statement that only this device gets */
    uint32_t capsule_t, capsule_type;
    struct tb_view capsule; /* .n = 0: none */
    uint32_t share_t;       /* 0 = none */
    int64_t at_ms;
};
tb_result store_mail_put(struct store *s, const struct tb_hash *cred, const struct store_mail *m);
typedef tb_result store_mail_fn(void *user, const struct store_mail *m);
/* Envelopes above `after`, in order; damaged ones are left out.  fn stops it with TB_E_LIMIT. */
tb_result store_mails(struct store *s, const struct tb_hash *cred, uint64_t after,
                      store_mail_fn *fn, void *user);
tb_result store_mail_ack(struct store *s, const struct tb_hash *cred, uint64_t upto);
tb_result store_mail_newest(struct store *s, const struct tb_hash *cred,
                            uint64_t *ret); /* 0 = none ever */
/* The newest of those that were given before this store was opened, or last read anew. */
tb_result store_mail_found(struct store *s, const struct tb_hash *cred, uint64_t *ret);
/* Behind `above`, at most so many: what was purged between the oldest and the newest is not taken off. */
tb_result store_mail_queued(struct store *s, const struct tb_hash *cred, uint64_t above,
                            uint64_t *ret);
/* Capsules of one sender for one device, queued behind `above`. */
tb_result store_mail_pair(struct store *s, const struct tb_hash *cred, const struct tb_hash *from,
                          uint64_t above, uint32_t *ret);

tb_result store_device_live(struct store *s, const struct tb_hash *cred, bool live);
typedef tb_result store_device_fn(void *user, const struct tb_hash *cred);
tb_result store_devices_live(struct store *s, store_device_fn *fn, void *user);

/* --- pages */
struct store_page {
    uint64_t no; /* given by the store */
    struct tb_id id;
    struct tb_hash header_hash, sender_cred, policy_hash;
    char sender[TB_NAME_MAX + 1]; /* account */
    uint32_t page_class, tiers;   /* no tiers: a test page */
    uint64_t header, body;        /* blobs; set with store_page_blobs */
    int64_t at_ms;
};
/* What changes while a page lives. */
struct store_state {
    struct escalation esc;
    uint16_t ever_released;         /* bit t: in any round */
    char owner[TB_NAME_MAX + 1];    /* empty = nobody */
    char offer_to[TB_NAME_MAX + 1]; /* empty = no offer */
    struct tb_hash offer_hash;
    uint32_t release_no;
    struct tb_hash release_hash; /* newest; zero before the first */
    int64_t ended_ms;            /* 0 = not resolved */
};
/* Stores the page with its header and body; fills p->no, p->header, p->body. */
tb_result store_page_put(struct store *s, struct store_page *p, struct tb_view header_signed,
                         struct tb_view body);
tb_result store_page_find(struct store *s, const struct tb_id *id, struct store_page *ret);
tb_result store_page_get(struct store *s, uint64_t no, struct store_page *ret);
tb_result store_page_receipt_put(struct store *s, uint64_t no, struct tb_view receipt_signed);
tb_result store_page_receipt(struct store *s, uint64_t no, struct tb_buf *ret);
tb_result store_state_put(struct store *s, uint64_t no, const struct store_state *st);
tb_result store_state_get(struct store *s, uint64_t no, struct store_state *ret);
/* A page whose rows are damaged is put aside, so that it is not due for ever. */
tb_result store_page_aside(struct store *s, uint64_t no);

/* Numbers of pages; owned. */
struct store_list {
    uint64_t *no;
    size_t n, cap;
};
void store_list_done(struct store_list *l);
tb_result store_pages_due(struct store *s, int64_t now_ms, struct store_list *ret);
tb_result store_pages_open(struct store *s, struct store_list *ret); /* new, ringing, exhausted */
tb_result store_pages_unresolved(struct store *s, struct store_list *ret); /* those and accepted */
tb_result store_pages_open_of(struct store *s, const struct tb_hash *cred, struct store_list *ret);
tb_result store_due_ms(struct store *s, int64_t *ret); /* INT64_MAX: none */
/* Removes pages stored before `before_ms` with all that belongs to them, and resets as old; not those whose
 * next step is still to come. */
tb_result store_pages_purge(struct store *s, int64_t before_ms, uint32_t *ret_n);

tb_result store_blob_put(struct store *s, uint64_t page, struct tb_view data, uint64_t *ret_id);
tb_result store_blob_get(struct store *s, uint64_t id, struct tb_buf *ret);

enum store_capsule {
    STORE_CAPSULE_SENT = 0,
    STORE_CAPSULE_OK = 1,
    STORE_CAPSULE_BAD = 2,
    STORE_CAPSULE_NONE = 3
};
struct store_recipient {
    uint32_t t; /* 0: not of a tier */
    struct tb_hash cred;
    char account[TB_NAME_MAX + 1];
    enum store_capsule capsule;
};
struct store_recipients {
    struct store_recipient *at; /* by t, then as they came */
    size_t n, cap;
};
void store_recipients_done(struct store_recipients *r);
tb_result store_recipient_put(struct store *s, uint64_t page,
                              const struct store_recipient *r); /* or replaces */
tb_result store_recipients(struct store *s, uint64_t page, struct store_recipients *ret);

tb_result store_share_put(struct store *s, uint64_t page, uint32_t t, const struct tb_key *share);
tb_result store_share_get(struct store *s, uint64_t page, uint32_t t, struct tb_key *ret);
tb_result store_shares_destroy(struct store *s, uint64_t page,
                               uint16_t keep); /* bit t of keep: stays */

/* --- releases, acts, receipts, resets */
struct store_release {
    uint32_t no, round, t, step;
    struct tb_hash hash;
    uint64_t statement; /* blob */
};
tb_result store_release_put(struct store *s, uint64_t page, const struct store_release *r);
/* The newest that called this tier. */
tb_result store_release_of_tier(struct store *s, uint64_t page, uint32_t t,
                                struct store_release *ret);
/* The newest of all. */
tb_result store_release_last(struct store *s, uint64_t page, struct store_release *ret);
tb_result store_release_find(struct store *s, uint64_t page, const struct tb_hash *hash,
                             struct store_release *ret);

struct store_act {
    struct tb_hash actor;
    struct tb_id act_id;
    struct tb_hash hash;
    uint64_t page;
    int32_t result; /* answer that was given */
};
tb_result store_act_put(struct store *s, const struct store_act *a);
tb_result store_act_find(struct store *s, const struct tb_hash *actor, const struct tb_id *act_id,
                         struct store_act *ret);

struct store_receipt {
    uint64_t page;
    struct tb_hash cred, release_hash;
    uint32_t kind;
};
tb_result store_receipt_put(struct store *s,
                            const struct store_receipt *r); /* TB_E_CONFLICT: there */
/* Forgets what a device said about its capsule. */
/* Is there one of that kind, whatever release it cites? */
tb_result store_receipt_any(struct store *s, uint64_t page, const struct tb_hash *cred,
                            uint32_t kind, bool *ret);
tb_result store_receipt_forget(struct store *s, uint64_t page, const struct tb_hash *cred);

tb_result store_decline_put(struct store *s, uint64_t page, uint32_t round, const char *account);
tb_result store_declined(struct store *s, uint64_t page, uint32_t round, const char *account,
                         bool *ret);

struct store_reset {
    struct tb_hash from, to, hash;
    uint64_t number;
    int64_t at_ms;
};
tb_result store_reset_get(struct store *s, const struct tb_hash *from, const struct tb_hash *to,
                          struct store_reset *ret);
tb_result store_reset_put(struct store *s, const struct store_reset *r);

/* --- the whole file */
struct store_counts {
    uint64_t pages, pages_open, queued, entries;
};
tb_result store_count(struct store *s, struct store_counts *ret);
/* Structure, foreign keys and the hash of every row; `bad` is called for each thing wrong. */
typedef void store_bad_fn(void *user, const char *what);
tb_result store_check(struct store *s, store_bad_fn *bad, void *user);
/* Writes a consistent copy to a new file, while others write.  `from` need not be open here. */
tb_result store_copy(const char *from, const char *to);
