/* SPDX-License-Identifier: GPL-3.0-or-later */
/* local.c - messages of local.proto in and out of rows (tbc.h). */
#include <stdio.h>
#include <string.h>

#include "client/core/tbc.h"

struct cs_key key_of(enum cs_table table, const void *p, size_t n, int64_t number)
{
    return (struct cs_key){ table, tb_view_of(p, n), number };
}

struct cs_key key_meta(const char *name)
{
    return key_of(CS_META, name, strlen(name), 0);
}

tb_result local_get(struct tbc *c, const struct cs_key *k, struct tb_arena *a,
                    const ProtobufCMessageDescriptor *type, void *ret_msg)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    tb_result r = cs_get(c->store, k, &plain);

    if (r != TB_OK)
        return r;
    r = tb_unpack(a, type, tb_buf_view(&plain), ret_msg);
    if (r == TB_E_NOMEM || r == TB_OK)
        return r;
    return k->table == CS_META || k->table == CS_ENTRY ? TB_E_STORE : TB_E_DAMAGED;
}

tb_result local_put(struct tbc *c, const struct cs_key *k, const struct cs_sort *sort,
                    const ProtobufCMessage *m)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    tb_result r = tb_pack(m, &plain);

    return r == TB_OK ? cs_put(c->store, k, sort, tb_buf_view(&plain)) : r;
}

/* Gives an empty message where there is no row yet. */
static tb_result get_or_new(struct tbc *c, const struct cs_key *k, struct tb_arena *a,
                            const ProtobufCMessageDescriptor *type, void *ret_msg)
{
    tb_result r = local_get(c, k, a, type, ret_msg);

    return r == TB_E_NOTFOUND ? tb_unpack(a, type, tb_view_of(NULL, 0), ret_msg) : r;
}

tb_result counters_get(struct tbc *c, struct tb_arena *a, Tbl__Counters **ret)
{
    const struct cs_key k = key_meta("counters");

    return get_or_new(c, &k, a, &tbl__counters__descriptor, ret);
}

tb_result counters_put(struct tbc *c, const Tbl__Counters *m)
{
    const struct cs_key k = key_meta("counters");

    return local_put(c, &k, NULL, &m->base);
}

/* A damaged row is one that is not there: what was known is learned again. */
tb_result peer_get(struct tbc *c, const struct tb_hash *cred, struct tb_arena *a, Tbl__Peer **ret)
{
    const struct cs_key k = key_of(CS_PEER, cred->b, sizeof cred->b, 0);
    TB_CLEANUP(tb_buf_done) struct tb_buf row = { 0 };

    if (cs_get(c->store, &k, &row) == TB_E_DAMAGED)
        return tb_unpack(a, &tbl__peer__descriptor, tb_view_of(NULL, 0), ret);
    return get_or_new(c, &k, a, &tbl__peer__descriptor, ret);
}

tb_result peer_put(struct tbc *c, const struct tb_hash *cred, const Tbl__Peer *m)
{
    const struct cs_key k = key_of(CS_PEER, cred->b, sizeof cred->b, 0);

    return local_put(c, &k, NULL, &m->base);
}

char *arena_text(struct tb_arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = tb_arena_take(a, n);

    if (p)
        memcpy(p, s, n);
    return p;
}

ProtobufCBinaryData arena_bytes(struct tb_arena *a, const void *p, size_t n)
{
    uint8_t *copy = tb_arena_take(a, n ? n : 1);

    if (copy && n)
        memcpy(copy, p, n);
    return (ProtobufCBinaryData){ copy ? n : 0, copy };
}

void copy_text(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from ? from : "");
}
