/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay.h - the relay without sockets: frames in, frames out, one commit per turn.
 *
 * The socket side (ws.c, loop in main.c) and tests drive it through this face:
 *
 *   relay_message(...)  any number of times in one turn of the loop: handles requests inside the
 *                       open transaction, each behind a savepoint, and holds back every answer;
 *   relay_tick(...)     when relay_due_ms() has come: escalation steps join the same transaction;
 *   relay_turn_end(...) once per turn: store_commit(turn, on_done); only in on_done do memory state,
 *                       answers and pushes take effect (wire.send).
 *
 * Times are ms of engine time: wall clock at start plus CLOCK_BOOTTIME since (clock.h), so it never
 * jumps.  Nothing here knows libwebsockets or libuv. */
#pragma once

#include "proto/bytes.h"
#include "proto/roster.h"

struct relay;
struct peer; /* one connection */

struct relay_options {
    const char *state_dir; /* holds relay.db, relay.key, tls.key, tls.crt, ballast, spool/ */
    uint32_t max_peers;
};

/* How the relay reaches connections; `conn` is what relay_connect was given. */
struct relay_wire {
    void (*send)(void *conn, struct tb_view batch); /* copied */
    void (*close)(void *conn, const char *why);     /* after what was sent; `why` is for the log */
};

/* Opens the state directory (locking it) and loads roster, open pages and due times, nothing else.
 * TB_E_NOTFOUND: not initialised; TB_E_CONFLICT: another relay runs here; TB_E_STORE, TB_E_VERSION. */
tb_result relay_open(const struct relay_options *o, const struct relay_wire *wire, int64_t now_ms,
                     struct relay **ret);
/* Commits what is open, marks who is live, and closes. */
void relay_close(struct relay *r);

/* A connection is up.  NULL: too many. */
struct peer *relay_connect(struct relay *r, void *conn, const struct tb_hash *exporter,
                           int64_t now_ms);
void relay_disconnect(struct relay *r, struct peer *p, int64_t now_ms);

/* One whole websocket message.  Never fails: errors are answered or close the peer. */
void relay_message(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms);
/* Largest message that this peer may send now (smaller before authentication). */
size_t relay_message_max(const struct peer *p);

int64_t relay_due_ms(const struct relay *r); /* INT64_MAX: nothing */
void relay_tick(struct relay *r, int64_t now_ms);
void relay_turn_end(struct relay *r, int64_t now_ms);
bool relay_turn_is_open(const struct relay *r); /* something waits for the commit */

/* Which relay this is, and since which restore. */
void relay_name(const struct relay *r, struct tb_id *ret_id, uint64_t *ret_era);

/* Counters for the metrics text; names in metrics.c. */
struct relay_stats {
    uint64_t peers, devices_live, pages_open, pages_total, envelopes_queued, commits, requests,
        refused;
    uint64_t releases, acts, roster_size, prekey_fetches, disk_full;
};
void relay_stats(const struct relay *r, struct relay_stats *ret);

/* --- offline work on the state directory, for the commands init, entry, import, requests, check,
 * backup, restore.
 * Each says what happened, for people, through `say`. */
typedef void relay_say_fn(void *user, const char *line);
struct relay_say {
    relay_say_fn *fn;
    void *user;
};
/* Makes keys, certificate request material and an empty store; writes a Parcel with the RelayEntry to
 * the new file `out`. */
tb_result relay_init(const char *state_dir, const char *address, const char *out,
                     const struct relay_say *say);
/* Writes that Parcel again from the keys that are there, with this address. */
tb_result relay_entry(const char *state_dir, const char *address, const char *out,
                      const struct relay_say *say);
/* Says it if no device can connect: no roster, or one that does not name this relay.  The second reads
 * the state directory for that, also while a relay runs. */
bool relay_say_admitted(const struct relay *r, const char *state_dir, const struct relay_say *say);
tb_result relay_warn(const char *state_dir, const struct relay_say *say);
/* Takes entries and approvals of a Parcel file.  A running relay takes it through its spool and answers there. */
tb_result relay_import(const char *state_dir, const char *file, const struct relay_say *say);
/* Writes pending enrolment requests as a new Parcel file; nothing if none is pending. */
tb_result relay_requests(const char *state_dir, const char *out, const struct relay_say *say);
/* Row hashes, foreign keys, roster replay, schema: TB_OK only if all is well. */
tb_result relay_check(const char *state_dir, const struct relay_say *say);
/* Consistent copy while running, encrypted under a passphrase; restore starts a new era. */
tb_result relay_backup(const char *state_dir, const char *out, struct tb_view pass,
                       const struct relay_say *say);
tb_result relay_restore(const char *state_dir, const char *in, struct tb_view pass,
                        const struct relay_say *say);
