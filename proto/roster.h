/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster.h - the signed log of who may do what, replayed and verified.
 *
 * Entry 0 is the root; everything chains to it.  The relay orders the log and
 * cannot forge it; every device replays all of it.  Model:
 *
 *   entry_hash = tb_hash(ENTRY, payload)            signatures are not hashed
 *   head_n     = tb_hash(ROSTER_HEAD, head_{n-1} || entry_hash), head_0 = 32 zero bytes
 *   roster_id  = tb_hash(ROSTER_ID, payload of entry 0)
 *
 * kind           subject                signed by
 * ROOT           "root"                 k custodians of it; a later one: k old and k new
 * AUTHORITY      "authority"            k custodians
 * REGISTRAR      registrar key          k custodians
 * RELAY          relay id               k custodians
 * FRESHNESS_KEY  freshness key          k custodians
 * SECRET_EPOCH   "epoch"                1 registrar
 * CREDENTIAL     account/device         registrars, by the quorum of its role
 * ATTESTATION    "attestation"          1 registrar; a set, no prev
 * SUSPENSION     account or cred hash   1 registrar, coordinator, or a device of the account; a set
 * REVOCATION     account or cred hash   registrars, by revocation_quorum; fewer act as a suspension; a set
 * POLICY         policy id              policy_quorum coordinators; before any coordinator exists, k custodians
 * SCHEDULE       -                      reserved: refused
 *
 * Quorums count persons: distinct Custodian.person, Registrar.person or account.
 * Two grants on one predecessor: the first wins (TB_E_CONFLICT tells the other).
 * Removals are a set: never lose, apply on sight, are lifted only by a credential
 * that names the removal's hash, for that device and its later credentials.  A
 * removal of a device holds under its later credentials, one of an account for its
 * later devices.  Registrars, relays and freshness keys are ended by an entry of the
 * same key with an earlier end.  Grants carry append_by (<= 72 h after signing)
 * and count only if seen in time (see tb_roster_append).  A registrar's or
 * coordinator's signature is judged at the entry's position. */
#pragma once

#include "proto/op.h"
#include "proto/sign.h"

enum tb_entry_kind {
    TB_ENTRY_ROOT = 1,
    TB_ENTRY_AUTHORITY = 2,
    TB_ENTRY_REGISTRAR = 3,
    TB_ENTRY_RELAY = 4,
    TB_ENTRY_FRESHNESS_KEY = 5,
    TB_ENTRY_CREDENTIAL = 6,
    TB_ENTRY_SUSPENSION = 7,
    TB_ENTRY_REVOCATION = 8,
    TB_ENTRY_ATTESTATION = 9,
    TB_ENTRY_POLICY = 10,
    TB_ENTRY_SCHEDULE = 11, /* reserved */
    TB_ENTRY_SECRET_EPOCH = 12,
};

enum tb_vetted { TB_VETTED_NONE = 0, TB_VETTED_REMOTE = 1, TB_VETTED_IN_PERSON = 2 };
enum tb_removal_reason {
    TB_REMOVAL_LOST = 1,
    TB_REMOVAL_LEFT = 2,
    TB_REMOVAL_COMPROMISED = 3,
    TB_REMOVAL_OTHER = 4
};
enum tb_target_kind { TB_TARGET_ACCOUNT = 1, TB_TARGET_SCHEDULE = 2 /* reserved */ };

/* How a device stands now; a removal of its account counts for each device. */
enum tb_standing {
    TB_STANDING_GOOD,
    TB_STANDING_SUSPENDED,
    TB_STANDING_REVOKED,
    TB_STANDING_REPLACED
};

struct tb_cred {
    struct tb_hash hash; /* entry hash: the "cred" of every statement */
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1];
    enum tb_role role;
    uint8_t sign_pk[TB_KEY_BYTES], ident_pk[TB_IDENT_PK_BYTES], box_pk[TB_KEY_BYTES];
    enum tb_vetted vetted;
    struct tb_hash card_hash;
    int64_t from_ms, until_ms;
    int64_t attested_until_ms; /* 0 = never attested */
    enum tb_standing standing;
    uint64_t position; /* in the log */
};

struct tb_policy_tier {
    uint8_t n_targets;
    char account[TB_TARGETS_MAX][TB_NAME_MAX + 1];
    uint32_t wait_s, repeat_s;
};
struct tb_policy {
    struct tb_hash hash; /* entry hash */
    char id[TB_NAME_MAX + 1];
    char name[TB_PERSON_MAX + 1];
    uint8_t n_tiers; /* tier t is tier[t - 1] */
    struct tb_policy_tier tier[TB_TIERS_MAX];
    bool current;    /* not replaced */
    uint8_t classes; /* bit c: serves pages of class c; 0 = all */
};

struct tb_relay_info {
    struct tb_id relay_id;
    uint8_t key[TB_KEY_BYTES];
    struct tb_hash tls_pin,
        tls_pin_next; /* SHA-256 of the SubjectPublicKeyInfo; next may be zero */
    char address[4][TB_ADDRESS_MAX + 8];
    size_t n_addresses;
};

struct tb_authority {
    uint32_t policy_quorum, revocation_quorum;
    int64_t freshness_limit_ms, attestation_ms;
    struct {
        uint32_t role, quorum;
    } grant[16];
    size_t n_grants;
    struct {
        uint32_t step, level;
    } gate[64];
    size_t n_gates;
};

struct tb_roster;

tb_result tb_roster_new(struct tb_roster **ret);
void tb_roster_free(struct tb_roster *r);

/* What was wrong with a refused entry, with the value, in English; for people. */
struct tb_why {
    char text[200];
};

enum {
    TB_SEEN_VOUCHED = 0
}; /* covered by a head that a trusted signature or an earlier run vouches for */

/* Verifies `entry_signed` (a packed Signed) as the next entry and appends it.
 * `seen_ms`: when it was first seen here, or TB_SEEN_VOUCHED.  A grant seen after its append_by
 * and not covered by an earlier freshness statement stands in the log but does not count.
 * TB_E_CONFLICT: prev or based_on does not fit.  TB_E_QUORUM, TB_E_BADSIG, TB_E_RANGE,
 * TB_E_RESERVED, TB_E_EXPIRED.  ret_why may be NULL. */
tb_result tb_roster_append(struct tb_roster *r, struct tb_view entry_signed, int64_t seen_ms,
                           struct tb_why *ret_why);

/* Verifies without appending: what would tb_roster_append say? */
tb_result tb_roster_try(const struct tb_roster *r, struct tb_view entry_signed, int64_t seen_ms,
                        struct tb_why *ret_why);

/* Applies a removal that came by another way than the log, on sight; idempotent. */
tb_result tb_roster_remove_on_sight(struct tb_roster *r, struct tb_view entry_signed,
                                    struct tb_why *ret_why);

/* Takes a freshness statement; keeps the newest of each signer.  TB_E_STALE: not newer.
 * TB_E_CONFLICT: its head is not in this log: the relay shows two logs.  TB_E_NOTFOUND: about more
 * entries than are here; fetch them and ask again.  TB_E_DENIED: by no freshness key.  TB_E_EXPIRED.
 * Grants that it proves to have been in time count from now on (borrowed pointers end). */
tb_result tb_roster_freshness(struct tb_roster *r, struct tb_view freshness_signed);

uint64_t tb_roster_size(const struct tb_roster *r);
struct tb_hash tb_roster_head(const struct tb_roster *r);
/* Head after `size` entries. TB_E_NOTFOUND: longer than the log. */
tb_result tb_roster_head_at(const struct tb_roster *r, uint64_t size, struct tb_hash *ret);
const struct tb_hash *tb_roster_id(const struct tb_roster *r); /* NULL while empty */
const char *tb_roster_province(const struct tb_roster *r);
bool tb_roster_is_demo(const struct tb_roster *r);

/* The packed Signed of entry `i`, as received; borrowed. */
struct tb_view tb_roster_entry(const struct tb_roster *r, uint64_t i);
/* Does the entry at `i` count (grants too late do not)? */
bool tb_roster_entry_counts(const struct tb_roster *r, uint64_t i);

/* Borrowed until the next append. NULL = none. */
const struct tb_cred *tb_roster_cred(const struct tb_roster *r, const struct tb_hash *cred);
/* Iterates over the newest credential of every device, in log order: start with i = 0. */
const struct tb_cred *tb_roster_next_cred(const struct tb_roster *r, size_t *i);
/* The first device of the account in good standing, or NULL; for its role and agency. */
const struct tb_cred *tb_roster_account(const struct tb_roster *r, const char *account);
const struct tb_policy *tb_roster_policy(const struct tb_roster *r,
                                         const struct tb_hash *entry_hash);
const struct tb_policy *tb_roster_policy_by_id(const struct tb_roster *r,
                                               const char *id); /* the current one */
const struct tb_policy *tb_roster_next_policy(const struct tb_roster *r,
                                              size_t *i); /* current ones */
const struct tb_relay_info *tb_roster_relay(const struct tb_roster *r,
                                            const struct tb_id *relay_id);
const struct tb_relay_info *tb_roster_first_relay(const struct tb_roster *r);
const struct tb_authority *
tb_roster_authority(const struct tb_roster *r); /* defaults before the first entry */
/* Person of a registrar key valid at `now_ms`, or NULL; may it grant `role`? */
const char *tb_roster_registrar(const struct tb_roster *r, const uint8_t key[static TB_KEY_BYTES],
                                enum tb_role role, int64_t now_ms);
/* Newest epoch number (0 = none) and its commitment tb_commit(P, PSK_COMMIT, roster_id || u32 e). */
uint32_t tb_roster_epoch(const struct tb_roster *r, struct tb_hash *ret_commit);
/* Newest freshness time of any signer; 0 = none yet. */
int64_t tb_roster_fresh_ms(const struct tb_roster *r);
/* A freshness key, and the newest statement that was made with it. */
struct tb_witness {
    const uint8_t *key; /* borrowed until the next append, as is the holder */
    const char *holder;
    int64_t from_ms, until_ms;
    int64_t time_ms; /* 0 = nothing said yet */
    uint64_t size;   /* how long the log was that it is about */
};
/* Iterates over freshness keys in log order, ended ones included: start with i = 0; false = no more. */
bool tb_roster_next_witness(const struct tb_roster *r, size_t *i, struct tb_witness *ret);

/* Is this device, in good standing, the holder ("account/device") of a freshness key that is valid now? */
bool tb_roster_confirms(const struct tb_roster *r, const struct tb_cred *cred, int64_t now_ms);
/* Where does the log hold the entry with this hash?  Looks at every one.  TB_E_NOTFOUND. */
tb_result tb_roster_find(const struct tb_roster *r, const struct tb_hash *entry_hash,
                         uint64_t *ret_position);

/* Finds what the next entry about this subject must name as prev; zero hash if it is the first. */
struct tb_hash tb_roster_prev(const struct tb_roster *r, enum tb_entry_kind kind,
                              struct tb_view subject);

/* --- making entries (tools and devices) */

struct tb_entry_draft {
    enum tb_entry_kind kind;
    struct tb_view subject;
    const ProtobufCMessage *body;
    int64_t signed_ms, append_by_ms, expires_ms;
};
/* Appends a packed Signed with no signature yet to *ret, based on and replacing what `r` (NULL for
 * entry 0) says now. */
tb_result tb_entry_make(const struct tb_roster *r, const struct tb_entry_draft *d,
                        struct tb_buf *ret);

/* Adds a signature to a packed Signed entry; *ret gets the new packed Signed.  TB_E_CONFLICT: that
 * key has signed already.  `roster_id` NULL: entry 0, the id comes from the payload. */
tb_result tb_entry_sign(struct tb_view entry_signed, const struct tb_hash *roster_id,
                        const struct tb_sign_pair *by, struct tb_buf *ret);

/* Unpacks the RosterEntry of a packed Signed without verifying; for printing. */
tb_result tb_entry_peek(struct tb_arena *a, struct tb_view entry_signed, void *ret_entry,
                        struct tb_hash *ret_hash);

const char *tb_entry_kind_name(enum tb_entry_kind k); /* "credential"; NULL if unknown */
