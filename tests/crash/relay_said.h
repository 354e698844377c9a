/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay_said.h - what a relay answered and pushed, written down outside of it, and the judgement over it.
 *
 * Whatever was answered must be in the store after the power came back, and
 * nothing may be there by half; an envelope's number is never given twice for two
 * things; releases of a page follow each other by number and hash. */
#pragma once

#include "support_server_world.h"

enum { SAID_MAX = 6000, DEVICES_MAX = 5, SEQ_MAX = 6000, PAGES_SEEN = 1500, KEYS_SEEN = 6000 };

/* One request, and the answer once it came. */
struct said {
    enum tb_op op;
    uint32_t kind; /* of act or receipt */
    struct tb_hash cred, target, hash;
    struct tb_id page, act;
    uint64_t number;
    struct tb_buf body, reply;
    bool answered;
    tb_result how;
};

struct seen_device {
    struct province_device *d;
    uint64_t acked, newest; /* sequence numbers */
    struct tb_hash env[SEQ_MAX];
};

struct history {
    struct said said[SAID_MAX];
    size_t n;
    struct seen_device device[DEVICES_MAX];
    /* The newest release of each page, as its sender saw them. */
    struct {
        struct tb_id page;
        uint32_t no;
        struct tb_hash hash;
    } page[PAGES_SEEN];
    size_t n_pages;
    /* One-time keys that were given out. */
    struct {
        struct tb_hash of;
        uint32_t id;
    } key[KEYS_SEEN];
    size_t n_keys;
    uint64_t judged;
};

void history_begin(struct history *h, struct world *w);
void history_done(struct history *h);
/* A request that is about to be sent; its other fields are the caller's to fill. */
struct said *history_ask(struct history *h, struct client *c, enum tb_op op,
                         const ProtobufCMessage *m);
/* Its answer, if one came. */
void history_hear(struct history *h, struct said *s, struct client *c);
/* What was pushed to a connection: the same as before under each number, releases in their order. */
void history_see(struct history *h, struct client *c);
struct seen_device *history_device(struct history *h, const struct client *c);
/* After the power came back: everything that was answered is in the store, and nothing by half. */
void history_judge(struct history *h, struct world *w);
/* After a log-in from h's cursor: everything that was pushed and not acknowledged came again. */
void history_judge_stream(struct history *h, struct client *c);
/* Long after: no page that was answered waits for ever. */
void history_judge_end(struct history *h, struct world *w);
