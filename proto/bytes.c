/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bytes.c - growing buffers, hex, ids.  Growth wipes what it leaves behind,
 * since any buffer may hold a secret. */
#include "proto/bytes.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t failures;

void tb_memory_failed(void)
{
    failures++;
}

uint64_t tb_memory_failures(void)
{
    return failures;
}

void tb_key_wipe(struct tb_key *k)
{
    sodium_memzero(k, sizeof *k);
}

void tb_buf_done(struct tb_buf *b)
{
    free(b->p);
    *b = (struct tb_buf){ 0 };
}

void tb_buf_wipe(struct tb_buf *b)
{
    if (b->p)
        sodium_memzero(b->p, b->cap);
    tb_buf_done(b);
}

struct tb_view tb_buf_view(const struct tb_buf *b)
{
    return tb_view_of(b->p, b->n);
}

/* Moves to a larger block; false if there is none. */
static bool grow(struct tb_buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 64;

    while (cap < need && cap <= SIZE_MAX / 2)
        cap *= 2;
    uint8_t *p = cap >= need ? malloc(cap) : NULL;
    if (!p) {
        tb_memory_failed();
        return false;
    }
    if (b->p) {
        memcpy(p, b->p, b->n);
        sodium_memzero(b->p, b->n);
        free(b->p);
    }
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *tb_put_room(struct tb_buf *b, size_t n)
{
    if (!b->failed && (n > SIZE_MAX - b->n || (b->cap - b->n < n && !grow(b, b->n + n))))
        b->failed = true;
    if (b->failed)
        return NULL;
    if (!b->p && !grow(b, 1)) { /* n = 0 on an empty buffer: still a pointer */
        b->failed = true;
        return NULL;
    }
    uint8_t *at = b->p + b->n;
    b->n += n;
    return at;
}

void tb_put(struct tb_buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    uint8_t *at = tb_put_room(b, n);
    if (at)
        memcpy(at, p, n);
}

static void put_le(struct tb_buf *b, uint64_t v, size_t n)
{
    uint8_t le[8];

    for (size_t i = 0; i < n; i++)
        le[i] = (uint8_t)(v >> (8 * i));
    tb_put(b, le, n);
}

void tb_put_u8(struct tb_buf *b, uint8_t v)
{
    put_le(b, v, 1);
}
void tb_put_u32(struct tb_buf *b, uint32_t v)
{
    put_le(b, v, 4);
}
void tb_put_u64(struct tb_buf *b, uint64_t v)
{
    put_le(b, v, 8);
}

void tb_put_var(struct tb_buf *b, const void *p, size_t n)
{
    if (n > UINT32_MAX)
        b->failed = true; /* a length that does not fit must never be cut */
    tb_put_u32(b, (uint32_t)n);
    tb_put(b, p, n);
}

tb_result tb_buf_check(const struct tb_buf *b)
{
    return b->failed ? TB_E_NOMEM : TB_OK;
}

bool tb_id_equal(const struct tb_id *a, const struct tb_id *b)
{
    return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* In one time, wherever they differ; sodium_memcmp() takes a byte at a time, and tables of hashes ask often. */
bool tb_hash_equal(const struct tb_hash *a, const struct tb_hash *b)
{
    uint64_t x[TB_HASH_BYTES / sizeof(uint64_t)], y[TB_HASH_BYTES / sizeof(uint64_t)];

    memcpy(x, a->b, sizeof x);
    memcpy(y, b->b, sizeof y);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])) == 0;
}

bool tb_hash_is_zero(const struct tb_hash *h)
{
    return sodium_is_zero(h->b, sizeof h->b) == 1;
}

struct tb_id tb_id_random(void)
{
    struct tb_id id;

    randombytes_buf(id.b, sizeof id.b);
    return id;
}

struct tb_id tb_id_from(const uint8_t *p)
{
    struct tb_id id;

    memcpy(id.b, p, sizeof id.b);
    return id;
}

struct tb_hash tb_hash_from(const uint8_t *p)
{
    struct tb_hash h;

    memcpy(h.b, p, sizeof h.b);
    return h;
}

void tb_hex(const uint8_t *p, size_t n, char *ret)
{
    (void)sodium_bin2hex(ret, 2 * n + 1, p, n);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

tb_result tb_hex_parse(const char *hex, uint8_t *ret, size_t n)
{
    if (n > SIZE_MAX / 4 || strnlen(hex, 2 * n + 1) != 2 * n)
        return TB_E_RANGE;
    for (size_t i = 0; i < 2 * n; i++)
        if (digit(hex[i]) < 0)
            return TB_E_RANGE;
    for (size_t i = 0; i < n; i++)
        ret[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return TB_OK;
}

void tb_id_print(const struct tb_id *id, char ret[static 17])
{
    tb_hex(id->b, 8, ret);
}
