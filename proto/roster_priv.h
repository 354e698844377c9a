/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_priv.h - what the parts of the roster share; nobody else includes it.
 *
 *   roster_body.c, roster_people.c   form of one entry's body, alone
 *   roster_check.c                   an entry taken apart
 *   roster_place.c                   an entry against the log: place, names, keys
 *   roster_quorum.c                  who signed it, and is that enough
 *   roster_apply.c                   what an entry that counts changes
 *   roster_standing.c                how each credential stands after the removals
 *   roster.c                         the log itself: append, freshness
 *   roster_read.c                    what others ask of it
 *   roster_make.c                    drafting and signing
 *   why.c                            the text of a refusal
 *
 * The log decides alone whether an entry is valid: nothing that only this
 * device knows (removals on sight, its clock) may enter the checks, or two
 * honest devices would end up with two logs.  Only `counts` depends on when an
 * entry was seen. */
#pragma once

#include "proto/kdf.h"
#include "proto/roster.h"
#include "proto/signed.pb-c.h"
#include "proto/why.h"

enum {
    RO_SUBJECT_MAX = 2 * TB_NAME_MAX + 1, /* account/device */
    RO_LIFTS_MAX = 16,                    /* in one credential */
    RO_LIFTED_MAX = 32,                   /* with those of the device's credentials before */
    RO_ON_SIGHT_MAX = 256,  /* removals that the log does not have: an insider may send many */
    RO_ARENA_MAX = 1 << 20, /* of one entry: protobuf-c multiplies TB_ENTRY_MAX up to 50 times */
    RO_SUITE = 1,
};
#define RO_TIME_MAX_MS (253402300799999LL)  /* year 9999: later is a wrong unit */
#define RO_REPORT_SPAN_MS (7 * 86400000LL)  /* one witness in so long is flagged */
#define RO_PERIOD_MAX_MS (366 * 86400000LL) /* freshness limit, attestation period */

struct ro_entry {
    struct tb_buf raw; /* owned: the packed Signed as received */
    struct tb_hash hash, head;
    enum tb_entry_kind kind;
    bool counts;
    int64_t seen_ms, append_by_ms;
};
/* Newest entry of a subject in the log, counting or not: what the next one names as prev. */
struct ro_subject {
    enum tb_entry_kind kind;
    uint8_t n;
    uint8_t name[RO_SUBJECT_MAX];
    struct tb_hash newest;
};
struct ro_custodian {
    uint8_t key[TB_KEY_BYTES];
    char person[TB_PERSON_MAX + 1];
};
struct ro_registrar {
    uint8_t key[TB_KEY_BYTES];
    char person[TB_PERSON_MAX + 1];
    unsigned roles; /* mask of enum tb_role */
    int64_t from_ms, until_ms;
};
struct ro_witness { /* a freshness key and what it said last */
    uint8_t key[TB_KEY_BYTES];
    char holder[TB_PERSON_MAX + 1];
    int64_t from_ms, until_ms;
    int64_t time_ms; /* 0 = nothing yet */
    uint64_t size;
};
struct ro_removal {
    struct tb_hash hash;
    bool by_cred;
    struct tb_hash cred;           /* by_cred */
    char account[TB_NAME_MAX + 1]; /* else */
    bool revokes;                  /* has its quorum; else it suspends */
    bool in_log;                   /* else known on sight only: shown, but no part of any check */
};
struct ro_cred {
    struct tb_cred c; /* c.standing counts what came on sight too */
    enum tb_standing log_standing;
    bool newest; /* of its device */
    uint8_t n_lifts;
    struct tb_hash lifts[RO_LIFTED_MAX];
};

struct tb_roster {
    struct ro_entry *entry;
    struct ro_subject *subject;
    struct ro_registrar *registrar;
    struct ro_witness *witness;
    struct ro_removal *removal;
    struct ro_cred *cred;
    uint32_t *cred_slot; /* by its hash: position + 1; 0 = free */
    struct tb_policy *policy;
    struct tb_relay_info *relay;
    size_t n_entries, n_subjects, n_registrars, n_witnesses, n_removals, n_creds, n_policies,
        n_relays;
    size_t cap_entries, cap_subjects, cap_registrars, cap_witnesses, cap_removals, cap_creds,
        cap_policies, cap_relays;
    size_t n_cred_slots; /* a power of two, at least twice as many as credentials */

    struct tb_hash id;
    char province[TB_PERSON_MAX + 1];
    bool demo;
    struct ro_custodian custodian[TB_CUSTODIANS_MAX];
    size_t n_custodians;
    uint32_t quorum; /* of custodians */
    struct tb_authority authority;
    uint32_t epoch;
    struct tb_hash epoch_commit;
    bool had_coordinator; /* from then on policies are theirs */
};

/* An entry taken apart; lives in an arena. */
struct ro_parsed {
    struct tb_signed by;
    struct tb_hash hash;
    enum tb_entry_kind kind;
    const Tb__RosterEntry *e;
    union {
        const ProtobufCMessage *any;
        const Tb__Root *root;
        const Tb__Authority *authority;
        const Tb__Registrar *registrar;
        const Tb__RelayEntry *relay;
        const Tb__FreshnessKey *freshness_key;
        const Tb__Credential *credential;
        const Tb__Removal *removal;
        const Tb__Attestation *attestation;
        const Tb__Policy *policy;
        const Tb__SecretEpoch *epoch;
    } body;
    bool revokes; /* removals, after ro_check_signatures */
};

/* --- roster_body.c, roster_people.c: the body alone, and that its subject says the same */
tb_result ro_check_root(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_authority(const struct ro_parsed *p, bool demo, struct tb_why *why);
tb_result ro_check_registrar(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_relay(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_freshness_key(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_epoch(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_credential(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_removal(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_attestation(const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_policy(const struct ro_parsed *p, struct tb_why *why);

bool ro_subject_is(const struct ro_parsed *p, const void *bytes, size_t n);
bool ro_time_ok(int64_t t);
bool ro_role_ok(uint32_t role); /* exactly one role of credentials */
tb_result ro_check_person(const char *what, const char *person, struct tb_why *why);
tb_result ro_check_span(int64_t from_ms, int64_t until_ms, int64_t max_ms, struct tb_why *why);

/* --- roster_check.c */
/* Takes the packed Signed apart and checks the form of everything in it. */
tb_result ro_parse(struct tb_arena *a, struct tb_view entry_signed, struct ro_parsed *ret,
                   struct tb_why *why);
bool ro_is_removal(enum tb_entry_kind kind);
bool ro_is_set(enum tb_entry_kind kind); /* never replaced: no prev */

/* --- roster_place.c: may `p` come next? Everything but the signatures. */
tb_result ro_check_place(const struct tb_roster *r, const struct ro_parsed *p, struct tb_why *why);
tb_result ro_check_named(const struct tb_roster *r, const Tb__Removal *m, struct tb_why *why);

/* --- roster_quorum.c */
/* Verifies every signature and counts the persons; sets p->revokes. */
tb_result ro_check_signatures(const struct tb_roster *r, struct ro_parsed *p, struct tb_why *why);
uint32_t ro_grant_quorum(const struct tb_roster *r, enum tb_role role);

/* --- roster_apply.c */
struct tb_authority ro_default_authority(bool demo);
/* Makes room for whatever one entry can add, so that applying cannot fail. */
tb_result ro_reserve(struct tb_roster *r);
void ro_note_subject(struct tb_roster *r, const struct ro_parsed *p);
/* `in_log` false: a removal on sight. */
void ro_apply(struct tb_roster *r, const struct ro_parsed *p, uint64_t position, bool in_log);

/* --- roster_standing.c: computes the standing of each device of the account anew */
void ro_restand(struct tb_roster *r, const char *account);

/* --- roster_read.c */
const struct ro_subject *ro_subject_find(const struct tb_roster *r, enum tb_entry_kind kind,
                                         struct tb_view name);
struct ro_cred *ro_cred_find(const struct tb_roster *r, const struct tb_hash *hash);
/* The slot of r->cred_slot that names this credential, or the free one where it would stand. */
size_t ro_cred_slot(const struct tb_roster *r, const struct tb_hash *hash);
struct ro_removal *ro_removal_find(const struct tb_roster *r, const struct tb_hash *hash);
const struct ro_registrar *ro_registrar_find(const struct tb_roster *r, const uint8_t *key);
/* The account that a removal is about; NULL if it names a credential that is not known. */
const char *ro_removal_account(const struct tb_roster *r, const Tb__Removal *m);
