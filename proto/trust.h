/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.h - one pure function that says whom to believe for what.
 *
 * Levels: 0 unknown, removed, or expired for over 30 days; 1 rostered; 2 rostered
 * and vetted in person by a registrar (global) or compared by me (local); 3 level 2
 * and attested within the period.  Expired within 30 days: level 1, flagged, is
 * still paged and may accept only.  The same holds for who was not attested in time,
 * where `authority` sets an attestation period (the grant counts as the first
 * check), and for a credential renewed with the same keys.
 * Receiving and alarming fail open: SHOW and RING are always permitted, at the
 * level found.  Authorising fails closed: a stale roster refuses it. */
#pragma once

#include "proto/roster.h"

enum tb_step {
    TB_STEP_SHOW,     /* display what came from this person */
    TB_STEP_RING,     /* alarm for it */
    TB_STEP_SEAL,     /* seal something to this device */
    TB_STEP_REPORT,   /* file a first report, page */
    TB_STEP_ACCEPT,   /* accept, decline */
    TB_STEP_HANDOVER, /* offer or take over a page */
    TB_STEP_RESOLVE,
    TB_STEP_REWRAP,
    TB_STEP_POLICY, /* sign a policy */
    TB_STEP_SUSPEND,
    /* gates of later record and advisory steps; numbers are signed in `authority` */
    TB_STEP_CLASSIFY,
    TB_STEP_DISCLOSE,
    TB_STEP_ADVISE,
    TB_STEP_CLOSE,
    TB_STEP_COUNT
};

enum tb_trust_flag {
    TB_TRUST_UNKNOWN = 1 << 0, /* no such credential */
    TB_TRUST_REMOVED = 1 << 1, /* suspended or revoked */
    TB_TRUST_EXPIRED = 1 << 2,
    TB_TRUST_UNATTESTED = 1 << 3,
    TB_TRUST_STALE = 1 << 4, /* roster not confirmed fresh within the limit */
    TB_TRUST_REPLACED = 1 << 5,
    TB_TRUST_COMPARED = 1 << 6,     /* by me: QR or typed digits */
    TB_TRUST_ONE_WITNESS = 1 << 7,  /* freshness from a single signer in 7 days */
    TB_TRUST_ROLE = 1 << 8,         /* the role may not do this step */
    TB_TRUST_NO_FRESHNESS = 1 << 9, /* no freshness key exists yet: staleness is not judged */
};

struct tb_trust {
    uint8_t level;     /* 0..3 */
    uint8_t need;      /* the gate of this step */
    uint32_t flags;    /* enum tb_trust_flag */
    tb_result verdict; /* TB_OK; TB_E_UNVERIFIED: level < need; TB_E_REVOKED; TB_E_EXPIRED;
                         * TB_E_STALE; TB_E_DENIED: role; TB_E_NOTFOUND */
};

struct tb_trust_query {
    const struct tb_roster *roster;
    const struct tb_hash *cred;
    enum tb_step step;
    int64_t now_ms;
    bool compared_by_me;
};

struct tb_trust tb_trust_check(const struct tb_trust_query *q);

/* Level that a step needs by default, before `authority` says otherwise. */
uint8_t tb_step_default_gate(enum tb_step step);
const char *tb_step_name(enum tb_step step);

/* Twelve groups of five digits over the account's devices in good standing (sorted), the same on
 * both sides: for comparing by voice or QR.  ret holds 12*6 bytes ("01234 56789 ...\0"). */
tb_result tb_fingerprint(const struct tb_roster *r, const char *account, char ret[static 72]);
