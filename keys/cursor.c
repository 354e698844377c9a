/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cursor.c - see cursor.h. */
#include "keys/cursor.h"

#include <string.h>

struct tb_view cursor_take(struct cursor *c, size_t n)
{
    if (c->failed || n > c->left.n) {
        c->failed = true;
        return (struct tb_view){ NULL, 0 };
    }
    struct tb_view taken = { c->left.p, n };
    c->left.p += n;
    c->left.n -= n;
    return taken;
}

void cursor_copy(struct cursor *c, void *ret, size_t n)
{
    struct tb_view taken = cursor_take(c, n);

    if (taken.n == n && n > 0)
        memcpy(ret, taken.p, n);
    else
        memset(ret, 0, n);
}

static uint64_t number(struct cursor *c, size_t bytes)
{
    struct tb_view taken = cursor_take(c, bytes);
    uint64_t value = 0;

    for (size_t i = taken.n; i > 0; i--)
        value = value << 8 | taken.p[i - 1];
    return value;
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)number(c, 1);
}

uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)number(c, 4);
}

uint64_t cursor_u64(struct cursor *c)
{
    return number(c, 8);
}

struct tb_view cursor_var(struct cursor *c, size_t max)
{
    size_t n = cursor_u32(c);

    if (n > max)
        c->failed = true;
    return cursor_take(c, n);
}

bool cursor_ended(const struct cursor *c)
{
    return !c->failed && c->left.n == 0;
}
