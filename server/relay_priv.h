/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay_priv.h - what the parts behind relay.h share.
 *
 *   relay.c      opening, peers, the face          turn.c       one transaction per turn of the loop
 *   dispatch.c   which request, who may, how large handle_*.c   one operation group each
 *   device.c     who is there                      page.c       escalation steps, releases
 *   mailbox.c    pushing envelopes                 audience.c   who gets an envelope
 *   signer.c     the relay's own signature         spool.c      files handed in while running
 *   roster_log.c the log, kept and told            latecomer.c  devices that join while a page is open
 *
 * The store is the only truth about pages and mailboxes: nothing of them is kept in memory between
 * requests.  In memory are the roster (rebuilt from the store when a transaction is lost), who is
 * connected, and what was pushed to whom. */
#pragma once

#include "proto/roster.h"
#include "proto/unpack.h"
#include "server/relay.h"
#include "server/signer.h"
#include "server/store.h"

enum {
    RELAY_VERSION =
        1, /* protocol versions served: the current and, when there is one, the previous */
    RELAY_VERSION_OLDEST = 1,
    PUSH_WINDOW = 256,       /* envelopes not yet acknowledged */
    PUSH_BYTES = 1 << 20,    /* the same in bytes; one envelope always fits */
    REPLY_BYTES = 16384,     /* answers packed into one websocket message */
    CAPSULE_DATA_MAX = 4096, /* a ratchet message around a 72-byte payload, with room */
    ENTRIES_MAX = 256,       /* roster entries in one answer */
    ANSWER_MAX = 524288,     /* bytes of one answer with a list in it */
};
#define BALLAST_BYTES (16 << 20)
#define BALLAST_FOR_ANSWERS (BALLAST_BYTES / 4) /* the last of it, which no page gets */
#define BALLAST_START (1 << 20) /* less than this free, and a start needs the ballast */
#define FULL_RETRY_MS 1000 /* steps that found no space, or no memory, are tried again so often */
#define SPOOL_EVERY_MS 300
#define ACK_LINGER_MS 2000 /* acknowledgements alone wait this long for another commit */
#define HOUSEKEEPING_MS 60000
#define HOUR_MS 3600000LL
#define PURGE_AFTER_MS HOUR_MS /* after the start: a clock that jumped a year can be put right */

/* A device that logged in, or that was live when the relay stopped. */
struct device {
    struct device *next; /* of its bucket */
    struct tb_hash cred;
    struct peer *peer; /* NULL: not connected */
    int64_t heard_ms;  /* 0 = not since the start */
    int64_t in_ms;     /* when it logged in last */
    bool grace;        /* live when the relay stopped, and not back yet */
    bool stored_live;  /* as the store has it */
    uint64_t pushed;   /* newest number that was sent to it since the start */
    uint64_t ack;      /* acknowledged, not yet removed from the store; 0: nothing */
    struct device *next_acked;
    bool push; /* has new envelopes in this transaction */
    struct device *next_push;
    int64_t fetch_hour_ms; /* prekey budget: when the hour began, what was fetched */
    uint32_t fetched;
    int64_t given_hour_ms; /* the other side of it: who was given one-time keys of this device */
    uint32_t n_given;      /* in all this hour; the ring holds the newest */
    struct prekeys_given {
        const struct device *to;
        uint32_t n;
    } given[TB_PREKEY_BATCH];
};

/* What log-in gives a connection; put back when the transaction is lost. */
struct session {
    enum tb_role role;
    struct tb_hash cred;
    struct device *dev;
    bool has_nonce;
    uint8_t nonce[TB_KEY_BYTES];
    /* role INVITE */
    struct tb_id invite;
    uint8_t admit_pk[TB_KEY_BYTES];
    struct tb_hash ticket_hash;
    enum tb_role grants; /* the ticket's role */
    const char *close;   /* not NULL: close after what was answered */
};

struct outgoing {
    struct outgoing *next;
    struct tb_buf batch;
};

/* An envelope that was pushed and not acknowledged. */
struct pushed {
    uint32_t size;
    uint32_t pair;   /* the slot of its pair, if it is still that of `sender` */
    uint64_t sender; /* the first bytes of its credential; 0: it counts for no pair */
};

struct peer {
    struct peer *next, *prev;
    void *conn;
    struct tb_hash exporter;
    struct session s, before; /* before: when the transaction began */
    struct tb_buf ticket;     /* role INVITE; not part of the session: never needed after a loss */
    bool touched;
    struct peer *next_touched;
    struct outgoing *out, *out_last;
    bool closed; /* wire.close was called */
    /* pushing */
    uint64_t pushed, acked; /* sequences */
    size_t push_bytes;      /* of those not acknowledged */
    struct pushed *sent;    /* PUSH_WINDOW of them, by sequence; NULL: nothing is under way */
};

/* A message of this turn, kept until it is on disk. */
struct incoming {
    struct incoming *next;
    struct peer *peer; /* NULL: gone */
    int64_t at_ms;
    struct tb_buf batch;
};

enum { DEVICE_BUCKETS = 1024, PAIR_SLOTS = 8192 /* a power of two */ };

/* At most so many capsules of one device wait for another (mailbox.c). */
struct pair {
    struct tb_hash from, to;
    uint32_t most;   /* that can wait */
    int64_t full_ms; /* when so many were counted as the limit allows; 0: not, or not counted yet */
};

struct relay {
    struct relay_wire wire;
    char dir[256];
    int lock;
    struct store *store;
    struct signer *signer;
    struct tb_roster *roster;
    struct tb_id relay_id;
    int64_t start_ms;
    uint32_t max_peers;
    struct peer *peers;
    struct device *bucket[DEVICE_BUCKETS];
    struct device *acked; /* those with an `ack` */
    struct pair pair[PAIR_SLOTS];

    struct { /* this turn */
        bool open, ticked, roster_changed;
        struct incoming *in, *in_last;
        struct peer *touched;
        struct device *push;
        tb_result how;
    } turn;

    struct {            /* a file from the spool, taken in this transaction */
        char name[128]; /* empty: none */
        tb_result how;
        struct tb_buf text;
    } spool;

    int64_t due_ms; /* of the pages, as of the last commit */
    int64_t spool_ms, housekeeping_ms,
        ack_ms; /* when to look next; ack_ms INT64_MAX: nothing lingers */
    bool ballast;
    int64_t
        short_ms; /* when the ballast went, or was last tried to be made again; 0: there is space */
    int64_t rest_ms; /* after a turn or a step that was lost: nothing by itself before then */
    struct relay_stats stats;
};

/* One request while it is handled. */
struct request {
    struct relay *r;
    struct peer *p;
    const struct tb_op_info *op;
    uint64_t id;
    struct tb_view body;
    int64_t now_ms;
    struct tb_arena *arena;
    const struct tb_cred
        *cred; /* the device's; NULL for strangers and invites; borrowed from the roster */
    struct tb_buf reply;
    struct tb_why why;
    bool keep;         /* what was written stays although the answer is an error */
    const char *close; /* hang up after the answer */
};

/* Sets the answer's detail: what was wrong, with the value, and what to do; returns `code`. */
__attribute__((format(printf, 3, 4))) tb_result refuse(struct request *q, tb_result code,
                                                       const char *fmt, ...);

/* Unpacks q->body; on failure the detail names the operation. */
tb_result request_body(struct request *q, const ProtobufCMessageDescriptor *type, void *ret_msg);
/* Opens a statement of this device and gives its payload; `what` names it in the detail. */
tb_result request_statement(struct request *q, enum tb_type type, const ProtobufCBinaryData *field,
                            const char *what, struct tb_view *ret_payload);

/* --- turn.c */
tb_result turn_begin(struct relay *r);
struct incoming *turn_add(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms);
void turn_touch(struct relay *r, struct peer *p); /* before anything of the peer changes */
void turn_answer(struct relay *r, struct peer *p,
                 struct tb_view batch); /* packed; held back until COMMIT */
void turn_push(struct relay *r, struct device *d);
void turn_close(struct relay *r, struct peer *p, const char *why); /* after COMMIT */
void turn_end(struct relay *r, int64_t now_ms);
void turn_forget_peer(struct relay *r, struct peer *p);

/* --- dispatch.c */
enum dispatch_pass { PASS_ALL, PASS_LOGIN, PASS_URGENT, PASS_REST };
/* Handles the frames of one message that belong to the pass. */
void dispatch_batch(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms,
                    enum dispatch_pass pass);
/* Answers those frames with TB_E_FULL instead. */
void dispatch_refuse(struct relay *r, struct peer *p, struct tb_view batch,
                     enum dispatch_pass pass);
/* Holds back a push of the relay's: op with id 0. */
void push_message(struct relay *r, struct peer *p, enum tb_op op, const ProtobufCMessage *msg);

/* --- relay.c */
tb_result relay_load_roster(struct relay *r);
/* Appends an entry, stores it with its inclusion receipt, tells everyone.  *ret_receipt gets the
 * receipt; the same entry again gives the same receipt. */
tb_result relay_take_entry(struct relay *r, struct tb_view entry_signed, int64_t now_ms,
                           struct tb_buf *ret_receipt, struct tb_why *ret_why);
/* ROSTER_HEAD to every device with this turn: an entry, a statement, a card or a duty is new. */
void relay_tell_everyone(struct relay *r, int64_t now_ms);
tb_result relay_take_freshness(struct relay *r, struct tb_view freshness_signed);
tb_result relay_take_approval(struct relay *r, struct tb_view approval_signed, int64_t now_ms,
                              struct tb_why *ret_why);
_Noreturn void relay_fail_stop(const char *why);

/* --- ballast.c */
/* Before the store is opened, which without a byte left it could not be. */
void ballast_rescue(struct relay *r, int64_t now_ms);
void ballast_begin(struct relay *r, int64_t now_ms);
void ballast_make(struct relay *r);
bool ballast_drop(struct relay *r, int64_t now_ms); /* false: there was none */
/* May a new page still be taken?  What the ballast left is for answers and steps, and for severe pages while
 * there is enough of it. */
bool ballast_admits(struct relay *r, bool severe, int64_t now_ms);
