/* SPDX-License-Identifier: GPL-3.0-or-later */
/* acts.h - an act while it is verified and carried out; shared by ACT and CAPSULES_ADD. */
#pragma once

#include "proto/wire.pb-c.h"
#include "server/page.h"

struct act {
    Tb__Act *m;
    struct tb_view signed_bytes;
    struct tb_hash hash;
    struct store_release cited; /* if `knows_cited` */
    bool knows_cited, names_actor;
};

/* Opens a signed act of this device: signature, form, actor, account, standing. */
tb_result act_open(struct request *q, const ProtobufCBinaryData *act_signed, struct act *ret);
/* Was this very act taken before?  TB_E_CONFLICT: another one under its id. */
tb_result act_seen(struct request *q, const struct act *a, bool *ret_seen, tb_result *ret_answer);
/* Looks up the release that it cites and asks tb_act_applies(). */
tb_result act_applies(struct request *q, const struct page *p, struct act *a);
/* Stores the statement and that it was taken; *ret_blob is the statement's number. */
tb_result act_keep(struct request *q, const struct page *p, const struct act *a, tb_result answer,
                   uint64_t *ret_blob);

/* Sizes and type of a capsule that comes after SUBMIT. */
tb_result capsule_check(struct request *q, const Tb__WireCapsule *c, size_t i,
                        const struct tb_cred **ret_to);
/* Delivers a further capsule: REWRAP to a recipient, or the whole page to somebody new. */
tb_result capsule_deliver(struct request *q, struct page *p, const Tb__WireCapsule *c,
                          uint64_t statement);
/* Did this request's device get a further capsule of the page? */
tb_result capsule_was_added(struct request *q, const struct page *p, bool *ret);
