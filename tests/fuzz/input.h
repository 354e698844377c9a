/* SPDX-License-Identifier: GPL-3.0-or-later */
/* input.h - a fuzzer's bytes, taken as the steps of a script; where they end, zeros and nothing follow. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"

struct in {
    const uint8_t *p;
    size_t n;
};

static inline uint8_t take(struct in *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

static inline struct tb_view take_bytes(struct in *in)
{
    size_t n = take(in);

    n |= (size_t)(take(in) & 0x0f) << 8;
    n = n < in->n ? n : in->n;
    struct tb_view v = tb_view_of(in->p, n);
    in->p += n;
    in->n -= n;
    return v;
}
