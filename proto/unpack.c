/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unpack.c - scans foreign bytes against the schema, then lets protobuf-c copy them.
 *
 * The scan is stricter than protobuf-c, so that two readers never see two
 * messages in the same bytes: every field known, of its own wire type, in its
 * range and, unless repeated, at most once; no NUL in a string.  It allocates
 * nothing and goes only as deep as the schema does. */
#include "proto/unpack.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGN = 16,
    BLOCK = 4096, /* a usual message fits in one */
    DEPTH = 6,    /* of any message type of ours, with room */
    FIELDS = 64,  /* of any message type of ours: one bit each */
    WIRE_VARINT = 0,
    WIRE_LEN = 2,
};

struct tb_arena_block {
    struct tb_arena_block *next;
    size_t used, cap; /* of what follows the block's head */
    _Alignas(ALIGN) uint8_t mem[];
};

static void *arena_alloc(void *a, size_t n)
{
    return tb_arena_take(a, n);
}

/* Memory goes back with the whole arena. */
static void arena_free(void *a, void *p)
{
    (void)a;
    (void)p;
}

void tb_arena_init(struct tb_arena *a, size_t cap)
{
    *a = (struct tb_arena){ .alloc = { arena_alloc, arena_free, a }, .cap = cap };
}

void tb_arena_done(struct tb_arena *a)
{
    while (a->blocks) {
        struct tb_arena_block *b = a->blocks;
        a->blocks = b->next;
        sodium_memzero(b->mem, b->used); /* opened requests and approvals pass through here */
        free(b);
    }
    a->used = 0;
}

static struct tb_arena_block *block_new(struct tb_arena *a, size_t need)
{
    size_t cap = need > BLOCK ? need : BLOCK;
    struct tb_arena_block *b = malloc(sizeof *b + cap);

    if (!b)
        return NULL;
    b->next = a->blocks;
    b->used = 0;
    b->cap = cap;
    a->blocks = b;
    return b;
}

void *tb_arena_take(struct tb_arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    n = n ? (n + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (n > a->cap - a->used)
        return NULL;
    struct tb_arena_block *b = a->blocks;
    if (!b || b->cap - b->used < n)
        b = block_new(a, n);
    if (!b) {
        a->starved = true;
        tb_memory_failed();
        return NULL;
    }
    void *p = b->mem + b->used;
    b->used += n;
    a->used += n;
    return p;
}

/* ---- the scan */

static bool take_varint(struct tb_view *in, uint64_t *ret)
{
    uint64_t v = 0;

    for (size_t i = 0; i < 10 && i < in->n; i++) {
        uint8_t byte = in->p[i];
        if (i == 9 && byte > 1)
            return false; /* more than 64 bits */
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        in->p += i + 1;
        in->n -= i + 1;
        *ret = v;
        return true;
    }
    return false;
}

static bool take_len(struct tb_view *in, struct tb_view *ret)
{
    uint64_t n;

    if (!take_varint(in, &n) || n > in->n)
        return false;
    *ret = tb_view_of(in->p, (size_t)n);
    in->p += n;
    in->n -= (size_t)n;
    return true;
}

/* Checks a varint against its field's type; types that no schema of ours has are refused. */
static tb_result check_number(ProtobufCType type, uint64_t v)
{
    if (type == PROTOBUF_C_TYPE_BOOL)
        return v <= 1 ? TB_OK : TB_E_RANGE;
    if (type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_SINT32)
        return v <= UINT32_MAX ? TB_OK : TB_E_RANGE;
    if (type == PROTOBUF_C_TYPE_UINT64 || type == PROTOBUF_C_TYPE_INT64)
        return TB_OK;
    return TB_E_TRUNCATED;
}

static tb_result scan_packed(ProtobufCType type, struct tb_view in)
{
    tb_result r = TB_OK;

    while (in.n && r == TB_OK) {
        uint64_t v;
        if (!take_varint(&in, &v))
            return TB_E_TRUNCATED;
        r = check_number(type, v);
    }
    return r;
}

static tb_result scan(const ProtobufCMessageDescriptor *type, struct tb_view in, unsigned depth);

static tb_result scan_len(const ProtobufCFieldDescriptor *f, struct tb_view in, unsigned depth)
{
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        return scan(f->descriptor, in, depth + 1);
    if (f->type == PROTOBUF_C_TYPE_STRING)
        return in.n && memchr(in.p, 0, in.n) ? TB_E_RANGE : TB_OK;
    if (f->type == PROTOBUF_C_TYPE_BYTES)
        return TB_OK;
    return f->label == PROTOBUF_C_LABEL_REPEATED ? scan_packed(f->type, in) : TB_E_TRUNCATED;
}

static tb_result scan_field(const ProtobufCFieldDescriptor *f, unsigned wire, struct tb_view *in,
                            unsigned depth)
{
    struct tb_view part;
    uint64_t v;

    if (wire == WIRE_VARINT)
        return take_varint(in, &v) ? check_number(f->type, v) : TB_E_TRUNCATED;
    if (wire == WIRE_LEN && take_len(in, &part))
        return scan_len(f, part, depth);
    return TB_E_TRUNCATED;
}

static tb_result scan(const ProtobufCMessageDescriptor *type, struct tb_view in, unsigned depth)
{
    uint64_t seen = 0;
    tb_result r = TB_OK;

    if (depth >= DEPTH || type->n_fields > FIELDS)
        return TB_E_TRUNCATED;
    while (in.n && r == TB_OK) {
        uint64_t key;
        if (!take_varint(&in, &key) || key > UINT32_MAX)
            return TB_E_TRUNCATED;
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field(type, (unsigned)(key >> 3));
        if (!f)
            return TB_E_TRAILING;
        uint64_t bit = UINT64_C(1) << (f - type->fields);
        if ((seen & bit) && f->label != PROTOBUF_C_LABEL_REPEATED)
            return TB_E_TRAILING;
        seen |= bit;
        r = scan_field(f, (unsigned)(key & 7), &in, depth);
    }
    return r;
}

/* ---- */

tb_result tb_unpack(struct tb_arena *a, const ProtobufCMessageDescriptor *type, struct tb_view data,
                    void *ret_msg)
{
    tb_result r = scan(type, data, 0);

    if (r != TB_OK)
        return r;
    ProtobufCMessage *msg = protobuf_c_message_unpack(type, &a->alloc, data.n, data.p);
    if (!msg) /* nobody's fault, and whoever takes it for one loses what it was about */
        return a->starved ? TB_E_NOMEM : TB_E_TRUNCATED;
    memcpy(ret_msg, &msg, sizeof msg); /* any pointer to a message; all have the same shape */
    return TB_OK;
}

tb_result tb_pack(const ProtobufCMessage *msg, struct tb_buf *ret)
{
    uint8_t *at = tb_put_room(ret, protobuf_c_message_get_packed_size(msg));

    if (!at)
        return TB_E_NOMEM;
    (void)protobuf_c_message_pack(msg, at);
    return TB_OK;
}

bool tb_is(const ProtobufCBinaryData *d, size_t n)
{
    return d->len == n;
}

bool tb_is_or_empty(const ProtobufCBinaryData *d, size_t n)
{
    return d->len == n || d->len == 0;
}

ProtobufCBinaryData tb_field(const void *p, size_t n)
{
    ProtobufCBinaryData d = { .len = n };

    memcpy(&d.data, &p, sizeof p); /* protobuf-c has no const; packing only reads */
    return d;
}

struct tb_view tb_field_view(const ProtobufCBinaryData *d)
{
    return tb_view_of(d->data, d->len);
}
