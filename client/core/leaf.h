/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leaf.h - one page as it stands in the book: its row, its header, its ladder.
 *
 * Load, change, save; in the caller's transaction.  Text and bytes in the
 * messages live in the leaf's arena, so a leaf is never copied. */
#pragma once

#include "client/core/tbc.h"

enum event_kind { EVENT_RELEASE = 1, EVENT_ACT = 2 };

struct leaf {
    struct tb_arena arena;
    Tbl__Page *p;
    Tb__Header *h;
    Tbl__Devices *ladder; /* after leaf_ladder() */
    struct tb_id id;
    struct tb_hash header_hash;
};

/* The leaf must have been set to zero.  TB_E_NOTFOUND; TB_E_DAMAGED: its row does not open. */
tb_result leaf_load(struct tbc *c, const struct tb_id *id, struct leaf *ret);
/* A new page from a verified header; not saved yet. */
tb_result leaf_new(struct tbc *c, struct tb_view header_signed, struct tb_view payload,
                   struct leaf *ret);
tb_result leaf_save(struct tbc *c, struct leaf *l); /* with a new change number */
void leaf_done(struct leaf *l);                     /* wipes */

/* Something of the page does not open any more: logged once, kept with the page when it is saved.  An open
 * page that names me counts as given to me then. */
void leaf_damaged(struct tbc *c, const struct leaf *l);

tb_result leaf_ladder(struct tbc *c, struct leaf *l);
tb_result leaf_save_ladder(struct tbc *c, struct leaf *l);
/* The device's step on the ladder in tier t (any tier if t is UINT32_MAX), or NULL. */
Tbl__Device *leaf_device(struct leaf *l, const struct tb_hash *cred, uint32_t t);
/* Adds a step; NULL: no memory. */
Tbl__Device *leaf_add_device(struct leaf *l, const struct tb_cred *cred, uint32_t t);

tb_result leaf_add_event(struct tbc *c, struct leaf *l, Tbl__Event *e);
/* Calls fn with every event in order; a damaged one is left out and noted (leaf_damaged). */
typedef tb_result event_fn(void *user, int64_t n, Tbl__Event *e);
tb_result leaf_events(struct tbc *c, const struct leaf *l, event_fn *fn, void *user);
tb_result leaf_put_event(struct tbc *c, const struct leaf *l, int64_t n, const Tbl__Event *e);

tb_result leaf_body(struct tbc *c, const struct leaf *l, bool plain, struct tb_buf *ret);
tb_result leaf_put_body(struct tbc *c, const struct leaf *l, bool plain, struct tb_view body);

bool leaf_is_open(const struct leaf *l); /* not ended */
bool leaf_is_out(const struct leaf *l);  /* sent by my account */
bool leaf_by_me(const struct tbc *c,
                const struct leaf *l); /* sent by this device: it holds the key from the start */
bool leaf_names(const struct leaf *l, uint32_t t,
                const char *account); /* does the header's tier t target it? */
void leaf_text(struct leaf *l, char **field, const char *text);
void leaf_bytes(struct leaf *l, ProtobufCBinaryData *field, const void *p, size_t n);
