/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cursor.h - reads fixed-order bytes of a file of ours; what tb_put_* wrote.
 *
 * Files come from sticks and strangers: a read past the end marks the cursor
 * as failed, gives zeros, and later reads do the same.  Check `failed` once. */
#pragma once

#include "proto/bytes.h"

struct cursor {
    struct tb_view left;
    bool failed;
};

uint8_t cursor_u8(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* Copies n bytes to `ret`; zeros on failure. */
void cursor_copy(struct cursor *c, void *ret, size_t n);
/* Borrows n bytes, or a u32 length and that many of at most `max`; empty on failure. */
struct tb_view cursor_take(struct cursor *c, size_t n);
struct tb_view cursor_var(struct cursor *c, size_t max);
/* Nothing failed and nothing is left? */
bool cursor_ended(const struct cursor *c);
