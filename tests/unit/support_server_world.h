/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_server_world.h - a relay in process, a real store in a temporary folder, devices with real keys.
 *
 *     struct world w;
 *     world_open(&w);                              // province_demo() behind a relay; w.now is engine time
 *     struct client *a = world_login(&w, "so-y-te");
 *     struct wpage p = world_page(a, "truc-dem", 1);
 *     assert_int_equal(world_submit(a, &p), TB_OK);
 *     world_pass(&w, 61000);                       // time passes, due steps run
 *     world_close(&w);
 *
 * One client is one connection.  What the relay sends is kept: the answer in c->reply, envelopes in
 * c->env.  Nothing is acknowledged unless a test does it. */
#pragma once

#include "tb_cmocka.h"

#include "proto/act.h"
#include "proto/wire.pb-c.h"
#include "province.h"
#include "server/relay.h"
#include "server/relay_priv.h"

enum { WORLD_CLIENTS = 64, WORLD_ENVELOPES = 2048, WORLD_TIERS = 8 };

struct world {
    struct province p;
    char dir[64];
    struct relay *relay;
    int64_t now;
    size_t text_bytes;  /* of the pages that are made */
    bool (*deaf)(void); /* if it says so: nothing that the relay sends arrives */
    struct client *client[WORLD_CLIENTS];
    size_t n;
};

struct client {
    struct world *w;
    struct province_device *d; /* NULL: a stranger */
    struct peer *peer;         /* NULL once it was closed */
    char why[80];              /* why the relay closed */
    struct tb_hash exporter;
    uint8_t nonce[32];
    struct tb_arena arena;
    uint64_t id;      /* of the newest request */
    Tb__Frame *reply; /* to it; NULL: none came */
    uint64_t act_no;
    Tb__Envelope *env[WORLD_ENVELOPES];
    size_t n_env;
    uint64_t era;
    unsigned heads, notices; /* pushes */
    Tb__Notice *notice;
};

void world_open(struct world *w);
void world_close(struct world *w);
/* The relay stops cleanly / is gone as if killed; then it starts again on what is on disk. */
void world_restart(struct world *w);
void world_crash(struct world *w);
void world_start(struct world *w);          /* on what is in w->dir */
void world_forget_clients(struct world *w); /* of a relay that is gone */
/* Lets time pass: every step that falls due runs at its time. */
void world_pass(struct world *w, int64_t ms);
/* Appends the newest entry of the province (province_enrol(), ...) to the relay. */
void world_sync(struct world *w);

/* A connection that has said nothing yet. */
struct client *world_connect(struct world *w);
void world_hang_up(struct client *c);
/* Sends one request and ends the turn; gives the result, or TB_E_OFFLINE if no answer came. */
tb_result world_ask(struct client *c, enum tb_op op, const ProtobufCMessage *m);
/* Only puts it into the turn. */
void world_send(struct client *c, enum tb_op op, const ProtobufCMessage *m);
void world_turn(struct world *w);
tb_result world_hello(struct client *c);
/* Logs the device in on this connection; `edit` may change the claim before it is signed. */
void world_auth_send(struct client *c, struct province_device *d, uint64_t era, uint64_t cursor,
                     void (*edit)(Tb__AuthClaim *m)); /* only puts it into the turn */
tb_result world_auth(struct client *c, struct province_device *d, uint64_t era, uint64_t cursor,
                     void (*edit)(Tb__AuthClaim *m));
struct client *world_login(struct world *w, const char *account);
struct client *world_login_device(struct world *w, struct province_device *d);
tb_result world_ping(struct client *c);
tb_result world_ack(struct client *c, uint64_t seq);

/* A signed statement of the client's device. */
struct tb_buf world_sign(struct client *c, enum tb_type type, const ProtobufCMessage *m);

/* Borrows from the client that made it. */
struct wpage {
    struct tb_id id;
    struct tb_hash header_hash;
    struct tb_key k, share[WORLD_TIERS];
    Tb__Header h;
    Tb__Submit m; /* as it will be sent */
    struct tb_view body;
};
/* Seals a page by the policy for all devices in good standing of its tiers, and for the sender's others. */
struct wpage world_page(struct client *c, const char *policy, uint32_t page_class);
/* Signs the header as it stands now; after a test changed it. */
void world_page_sign(struct client *c, struct wpage *p);
/* Makes the header fit the capsules as they are now. */
void world_page_recipients(struct client *c, struct wpage *p);
tb_result world_submit(struct client *c, struct wpage *p);

/* The i-th envelope of a kind, NULL if there are not so many; and how many. */
Tb__Envelope *world_env(struct client *c, enum tb_envelope_kind kind, size_t i);
size_t world_count(struct client *c, enum tb_envelope_kind kind);
/* The i-th release that the client got, its signature verified and unpacked; fails the test if there
 * is none. */
Tb__Release *world_release(struct client *c, size_t i);
struct tb_hash world_release_hash(struct client *c, size_t i);
/* The last release that says `step` for tier t; SIZE_MAX: none. */
size_t world_find_release(struct client *c, enum tb_release_step step, uint32_t t);

/* Acts of the client's device; `release` is the index of the release cited, SIZE_MAX = none. */
Tb__Act *world_act(struct client *c, const struct wpage *p, enum tb_act_kind kind, size_t release);
tb_result world_put_act(struct client *c, const Tb__Act *m);
tb_result world_accept(struct client *c,
                       const struct wpage *p); /* citing the newest release that names it */
tb_result world_decline(struct client *c, const struct wpage *p);
tb_result world_receipt(struct client *c, const struct wpage *p, enum tb_receipt_kind kind,
                        size_t release);

const char *world_detail(const struct client *c);
