/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_proto_random.c - see support_proto_random.h. */
#include "support_proto_random.h"

#include <sodium.h>
#include <stdlib.h>

static uint64_t state;

static const char *fixed_name(void)
{
    return "fixed";
}

static uint32_t fixed_random(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 32);
}

static void fixed_buf(void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)(fixed_random() >> 24);
}

void sample_fix_randomness(void)
{
    static randombytes_implementation fixed = {
        .implementation_name = fixed_name,
        .random = fixed_random,
        .buf = fixed_buf,
    };

    if (randombytes_set_implementation(&fixed) != 0 || sodium_init() < 0)
        abort();
}

void sample_restart_randomness(void)
{
    state = 0;
}
