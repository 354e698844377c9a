/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liar.h - a relay that lies: the real one, whole, with a liar at each of its doors.
 *
 * Nothing in server/ knows of it: the linker puts these functions between the
 * loop and relay.h (`--wrap`).  So the liar has everything that the owner of a
 * relay has: its TLS key, its signing key, its database, its clock, and every
 * message before it goes out and after it came in.  What it lacks is what no
 * relay has: keys of custodians, registrars and devices.
 *
 * A test orders lies by lines on a socket, LIAR_SOCKET; the words are in
 * liar_words.c.  Numbers of envelopes always fit together for the one who is
 * lied to (dropping leaves no gap, adding takes none), unless `gaps` asks otherwise. */
#pragma once

#include "proto/wire.pb-c.h"
#include "server/relay_priv.h"

enum { LIAR_TAPE = 96, LIAR_DEVICES = 24, LIAR_RULES = 24, LIAR_ANY = -1 };

enum lie {
    LIE_DROP,        /* the envelope never comes */
    LIE_DOUBLE,      /* it comes `times` times more, each under a number of its own */
    LIE_SWAP,        /* it comes after the next one */
    LIE_NO_SHARE,    /* a release without the key that it should bring */
    LIE_NO_BODY_KEY, /* a page without a capsule */
    LIE_LOW_KEY,     /* the capsule's X25519 key is a point of low order */
    LIE_NAMES,       /* a release, signed by the relay, that calls `name` and nobody else */
    LIE_NOBODY,      /* a release, signed by the relay, that says that nobody is left */
    LIE_LATER,       /* a release, signed by the relay, of the next tier */
};

struct lie_rule {
    bool on;
    enum lie lie;
    uint32_t kind;              /* enum tb_envelope_kind; 0: any */
    char whom[TB_NAME_MAX + 1]; /* account; "*": everybody */
    char name[TB_NAME_MAX + 1];
    bool next;  /* waits for the next page that comes in */
    bool paged; /* only of this page */
    struct tb_id page;
    int left; /* LIAR_ANY: without end */
    int times;
};

/* One device that ever logged in. */
struct victim {
    struct tb_hash cred;
    char account[TB_NAME_MAX + 1];
    void *conn;                    /* NULL: away */
    int64_t skew;                  /* the relay's own number less the one that was shown */
    uint64_t shown;                /* newest number shown */
    struct tb_buf tape[LIAR_TAPE]; /* packed envelopes, the newest at (n - 1) % LIAR_TAPE */
    uint64_t n;
    struct tb_buf swapped; /* comes after the next */
    /* the roster as it is shown */
    enum { VIEW_TRUE, VIEW_HELD, VIEW_GHOST, VIEW_FORK, VIEW_MUTE } view;
    uint64_t view_size;  /* so many true entries */
    struct tb_buf entry; /* and then this one */
};

enum bundle_lie {
    BUNDLE_TRUE,
    BUNDLE_OWN,
    BUNDLE_PATCHED,
    BUNDLE_UNKNOWN,
    BUNDLE_NONE_LEFT,
    BUNDLE_LOW
};

struct liar {
    struct relay *r;
    const struct relay_wire *real;
    int listener, client;
    struct victim victim[LIAR_DEVICES];
    size_t n_victims;
    struct lie_rule rule[LIAR_RULES];
    bool gaps;
    struct { /* the relay's clock runs fast or slow */
        int64_t from_real, from_shown;
        int num, den;
    } clock;
    struct {
        char whom[TB_NAME_MAX + 1];
        enum bundle_lie lie;
    } bundle;
    struct { /* what comes in and is answered, but never stored: "" nobody's */
        char submits_of[TB_NAME_MAX + 1];
        char acts_of[TB_NAME_MAX + 1];
        struct tb_buf act; /* the newest of those: a packed ActPut */
    } swallow;
    struct tb_sign_pair own; /* keys that the liar made */
    struct tb_id last_page;  /* the newest that came in */
    struct {                 /* what a test asks for */
        uint64_t submits, swallowed, dropped, prekey_gets, resets, capsules_for_named;
        uint64_t
            ghosts; /* keys asked for, or capsules made, for somebody whom the log does not know */
    } count;
    char counted[TB_NAME_MAX + 1]; /* capsules to whom */
};
extern struct liar liar;

void liar_must(bool ok, const char *what);
struct victim *liar_victim(const char *account); /* its first device */
struct victim *liar_victim_of(const struct peer *p);
bool liar_is(const char *whom, const char *account);
const struct tb_cred *liar_cred(const char *account);
int64_t liar_now(void); /* as the relay believes */
/* Sends one frame with id 0 to a connection. */
void liar_push(void *conn, enum tb_op op, const ProtobufCMessage *body);

/* --- liar_stream.c: envelopes */
/* Applies the rules to an ENVELOPES push; appends what is shown to *ret. */
void liar_stream(struct victim *v, const Tb__Envelopes *in, struct tb_buf *ret);
void liar_show(struct victim *v, const Tb__Envelope *e, int times);
void liar_stream_page(
    const struct tb_id *page); /* a page came in: rules for the next one are its */
bool liar_replay(struct victim *v, uint32_t kind, int times);
struct lie_rule *liar_rule_new(void);

/* --- liar_forge.c */
bool liar_accept(const struct tb_id *page, const char *account, struct tb_buf *ret_act);
bool liar_release(const Tb__Envelope *e, const struct lie_rule *rule, struct tb_buf *ret);
bool liar_ghost(const char *account, const char *device, struct tb_buf *ret_entry);
void liar_bundles(Tb__PrekeysReply *m, struct tb_arena *a);
void liar_low_key(ProtobufCBinaryData *data, struct tb_arena *a);

/* --- liar_roster.c */
void liar_roster_reply(const struct victim *v, Tb__RosterReply *m, struct tb_arena *a);
void liar_head(const struct victim *v, uint64_t *size, struct tb_hash *head);
void liar_tell_head(struct victim *v);
bool liar_read_entry(const char *parcel, struct tb_buf *ret_entry);

/* --- liar_words.c: one line, one order; false: not understood or not possible */
bool liar_order(char *line, char *ret, size_t size);
