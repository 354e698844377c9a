/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits.h - every limit that a peer, a file or a user can meet, with its reason.
 *
 * All sizes in bytes, all times in the unit of the name. */
#pragma once

enum {
    /* --- identifiers */
    TB_ID_BYTES =
        16, /* message, page, act, incident, invite, relay ids: random, no birthday below 2^64 */
    TB_HASH_BYTES = 32,     /* BLAKE2b-256 */
    TB_KEY_BYTES = 32,      /* X25519, Ed25519 public, symmetric keys */
    TB_SIGN_SK_BYTES = 64,  /* libsodium's Ed25519 secret key */
    TB_SIG_BYTES = 64,      /* Ed25519 */
    TB_IDENT_PK_BYTES = 33, /* Signal identity key: type byte 0x05 + X25519 */
    TB_NAME_MAX = 32, /* account, agency, policy id: [a-z0-9-], fits a column and a filename */

    /* --- text, in bytes of UTF-8 unless the name says otherwise */
    TB_TITLE_MAX = 400,      /* one line in any list; 200 letters of Vietnamese at two bytes each */
    TB_TEXT_MAX = 32768,     /* a report's prose; more belongs into an attachment */
    TB_REASON_MAX = 1000,    /* decline, override: a paragraph */
    TB_PERSON_MAX = 160,     /* a person's name */
    TB_CARD_FIELD_MAX = 240, /* rank, position, unit, phone, email */
    TB_ADDRESS_MAX = 255,    /* host name (RFC 1035) */
    TB_FILE_NAME_MAX = 200,  /* shown name of an attachment */
    TB_INLINE_FILE_MAX =
        24576, /* an attached log excerpt inside the report body, until chunked files exist */
    TB_INLINE_FILES = 4,

    /* --- pages */
    TB_TIERS_MAX = 8,      /* product.md's longest chain is 4; a page of more is a wrong policy */
    TB_TARGETS_MAX = 64,   /* accounts in one tier: a whole team */
    TB_CAPSULES_MAX = 600, /* devices of all tiers of one page */
    TB_BODY_MAX = 131072,  /* padded, sealed body: text + inline files */
    TB_WAIT_S_MAX = 86400, /* a tier that waits longer than a day is a mistake */
    TB_WAIT_S_MIN = 1,     /* a demo needs seconds */
    TB_REPEAT_S_MIN = 5,   /* an alarm that repeats faster is unusable */
    TB_ETA_MIN_MAX = 1440, /* minutes */
    TB_ROUNDS_MAX = 100000,

    /* --- roster */
    TB_ENTRY_MAX = 16384, /* one signed entry: a policy with 8 full tiers */
    TB_ROSTER_MAX =
        65536, /* entries: a province has some hundred people and a few changes a week */
    TB_SIGNATURES_MAX = 16, /* custodians or registrars on one entry */
    TB_CUSTODIANS_MAX = 9,
    TB_DEVICES_PER_ACCOUNT = 8,

    /* --- frames of the relay (one websocket message = one Batch) */
    TB_FRAME_ANON_MAX = 4096,   /* before authentication: HELLO, AUTH, AUTH_INVITE */
    TB_NOTE_STEP = 1024,        /* sealed notes are padded to a multiple of it */
    TB_NOTE_MAX = 3072,         /* plaintext: a removal that sixteen people signed */
    TB_FRAME_SMALL_MAX = 16384, /* acts, receipts, cursors */
    TB_FRAME_MAX = 1048576,     /* a SUBMIT for 600 devices */
    TB_BATCH_FRAMES_MAX = 256,
    TB_ARENA_ANON =
        65536, /* what unpacking a frame may allocate: protobuf-c multiplies input up to 50 x */
    TB_ARENA_MAX = 8388608,

    /* --- prekeys */
    TB_PREKEY_BATCH = 50, /* one-time prekeys in one signed batch: 1.9 KB to each requester */
    TB_PREKEY_LOW = 10,   /* the relay tells the device below this */
    TB_PREKEY_FETCH_PER_HOUR = 600, /* per requester: a drain attack gets no more (A05) */
    TB_PREKEY_SAME_PER_HOUR =
        10, /* of them from one device: a fifth of its batch; one is what a session needs */

    /* --- mailbox */
    TB_MAILBOX_PAIR_MAX =
        500,            /* queued capsules per sender and device; libsignal dies at 2,001 (A29) */
    TB_PUSH_BATCH = 64, /* envelopes in one pushed frame */

    /* --- what a device cannot judge yet (held.c, doubt.c) */
    TB_HELD_MAX = 256, /* envelopes kept: what a relay may push before an ACK; 34 MB at the worst */
    TB_DOUBT_RINGS =
        3, /* alarms of which nothing is verified, within TB_DOUBT_WINDOW_MS: the person
                         * is told to telephone, and a relay that makes pages up gets no more */
};

/* --- times */
#define TB_CLOCK_SKEW_MS (5LL * 60 * 1000)          /* authorising acts: +-5 min */
#define TB_APPEND_BY_MAX_MS (72LL * 3600 * 1000)    /* a grant must reach the log within */
#define TB_CREDENTIAL_MAX_MS (2LL * 366 * 86400000) /* validity of a credential */
#define TB_EXPIRED_GRACE_MS (30 * 86400000LL)       /* expired: level 1, may accept only */
#define TB_INVITE_MAX_MS (7 * 86400000LL)
#define TB_PAGE_TTL_MS (30 * 86400000LL)
#define TB_HELD_MS \
    (7 * 86400000LL) /* of running time; a roster withheld so long has rung by itself */
#define TB_DOUBT_MS \
    5000LL /* until a page that cannot be verified rings: a roster takes under 1 s */
#define TB_DOUBT_WINDOW_MS (30LL * 60 * 1000)
#define TB_LIVE_MS (45 * 1000LL) /* no heartbeat for this long: not reachable (A32) */
#define TB_FRESH_DEFAULT_MS (72LL * 3600 * 1000)
