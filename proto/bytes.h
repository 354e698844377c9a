/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bytes.h - byte views, growing buffers, hex, and the small value types.
 *
 * KDF info and AEAD data are fixed-order byte strings built with the put
 * functions below: fixed widths, little-endian, u32 length before variable
 * parts; never packed protobuf.  A buffer remembers its first failure
 * (out of memory) and later puts are no-ops; check `failed` once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/cleanup.h"
#include "proto/limits.h"
#include "proto/result.h"

struct tb_id {
    uint8_t b[TB_ID_BYTES];
};
struct tb_hash {
    uint8_t b[TB_HASH_BYTES];
};

/* A secret; wipe with tb_key_wipe (cleanup: tb_key_wipe). */
struct tb_key {
    uint8_t b[TB_KEY_BYTES];
};

/* Borrowed bytes. */
struct tb_view {
    const uint8_t *p;
    size_t n;
};

struct tb_buf {
    uint8_t *p; /* owned, NULL while empty */
    size_t n, cap;
    bool failed;
};

void tb_key_wipe(struct tb_key *k);

/* Frees; tb_buf_wipe overwrites first. Both leave an empty buffer. */
void tb_buf_done(struct tb_buf *b);
void tb_buf_wipe(struct tb_buf *b);
struct tb_view tb_buf_view(const struct tb_buf *b);

/* Appends n bytes for the caller to fill; NULL if that failed. Borrowed until the next put. */
uint8_t *tb_put_room(struct tb_buf *b, size_t n);
void tb_put(struct tb_buf *b, const void *p, size_t n);
void tb_put_u8(struct tb_buf *b, uint8_t v);
void tb_put_u32(struct tb_buf *b, uint32_t v);
void tb_put_u64(struct tb_buf *b, uint64_t v);
void tb_put_var(struct tb_buf *b, const void *p, size_t n); /* u32 length, then bytes */

/* TB_E_NOMEM if any put failed. */
tb_result tb_buf_check(const struct tb_buf *b);

/* How often this process had no memory for a buffer or an arena.  Whoever decides something in many steps compares
 * it before and after: a "no" among them may only have meant this. */
uint64_t tb_memory_failures(void);
void tb_memory_failed(void);

static inline struct tb_view tb_view_of(const void *p, size_t n)
{
    return (struct tb_view){ p, n };
}

bool tb_id_equal(const struct tb_id *a, const struct tb_id *b);
bool tb_hash_equal(const struct tb_hash *a, const struct tb_hash *b);
bool tb_hash_is_zero(const struct tb_hash *h);
struct tb_id tb_id_random(void);

/* Copies from a protobuf bytes field whose length the caller validated. */
struct tb_id tb_id_from(const uint8_t *p);
struct tb_hash tb_hash_from(const uint8_t *p);

/* Lower-case hex; `ret` holds 2n+1 bytes.  tb_hex_parse takes exactly 2n digits. */
void tb_hex(const uint8_t *p, size_t n, char *ret);
tb_result tb_hex_parse(const char *hex, uint8_t *ret, size_t n);

/* Ids as printed everywhere: the first 8 bytes of the id in lower-case hex,
 * 16 digits; ret holds 17 bytes. */
void tb_id_print(const struct tb_id *id, char ret[static 17]);
