/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unpack.h - protobuf input with a bounded appetite.
 *
 * protobuf-c multiplies hostile input up to 50 times in memory, keeps unknown
 * fields, and accepts strings with NUL and bad UTF-8.  Everything foreign is
 * unpacked into a capped bump arena, and refused if it has unknown fields at
 * any level.  What an arena gave lives until tb_arena_done(). */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "proto/bytes.h"

struct tb_arena {
    ProtobufCAllocator alloc; /* first, so that the allocator finds the arena */
    struct tb_arena_block *blocks;
    size_t used, cap; /* bytes given; never above cap */
    bool starved;     /* there was no memory, below the cap */
};

/* An empty arena that gives at most `cap` bytes; no allocation yet. */
void tb_arena_init(struct tb_arena *a, size_t cap);
void tb_arena_done(struct tb_arena *a);

/* Memory that lives as long as the arena; NULL when the cap or memory is exhausted. */
void *tb_arena_take(struct tb_arena *a, size_t n);

/* Unpacks; gives a message owned by the arena.  TB_E_TRUNCATED: not a message of this type, or
 * it would need more than the cap.  TB_E_TRAILING: unknown fields.  TB_E_NOMEM: there is no memory now. */
tb_result tb_unpack(struct tb_arena *a, const ProtobufCMessageDescriptor *type, struct tb_view data,
                    void *ret_msg);

/* Appends the packed message to *ret. */
tb_result tb_pack(const ProtobufCMessage *msg, struct tb_buf *ret);

/* Is this field exactly n bytes / n or 0 bytes? */
bool tb_is(const ProtobufCBinaryData *d, size_t n);
bool tb_is_or_empty(const ProtobufCBinaryData *d, size_t n);

/* Points a field at bytes without copying; the message is only read while they live. */
ProtobufCBinaryData tb_field(const void *p, size_t n);
struct tb_view tb_field_view(const ProtobufCBinaryData *d);
