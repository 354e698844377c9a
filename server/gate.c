/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate.c - counts of strangers in two tables, and a token bucket for each address. */
#include "server/gate.h"

#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096, NETWORK_SHARE = 2, MILLI = 1000 };

struct slot {
    uint32_t open;
    int64_t tokens_milli; /* thousandths of a connection */
    int64_t at_ms;
};

struct gate {
    struct gate_limits limits;
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct slot sources[SLOTS];
    uint32_t networks[SLOTS];
};

tb_result gate_new(const struct gate_limits *limits, struct gate **ret)
{
    struct gate *g = calloc(1, sizeof *g);

    if (!g)
        return TB_E_NOMEM;
    g->limits = *limits;
    crypto_shorthash_keygen(g->key);
    for (size_t i = 0; i < SLOTS; i++)
        g->sources[i].tokens_milli = (int64_t)limits->per_source_s * MILLI;
    *ret = g;
    return TB_OK;
}

void gate_free(struct gate *g)
{
    free(g);
}

static uint16_t slot_of(const struct gate *g, const uint8_t *prefix, size_t n)
{
    uint8_t text[1 + 16] = { (uint8_t)n };
    uint8_t hash[crypto_shorthash_BYTES];

    memcpy(text + 1, prefix, n);
    (void)crypto_shorthash(hash, text, n + 1, g->key); /* cannot fail */
    return (uint16_t)((hash[0] | hash[1] << 8) % SLOTS);
}

static void find_slots(const struct gate *g, const struct sockaddr *from, struct gate_pass *pass)
{
    uint8_t ip[16] = { 0 };
    size_t source_n = 0, network_n = 0;

    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        memcpy(ip, &in.sin_addr, 4);
        source_n = 4;
        network_n = 3;
    } else if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, from, sizeof in);
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in.sin6_addr);
        memcpy(ip, in.sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
        source_n = mapped ? 4 : 8;
        network_n = mapped ? 3 : 6;
    }
    pass->source = slot_of(g, ip, source_n);
    pass->network = slot_of(g, ip, network_n);
}

/* Takes a token if there is one. */
static bool take(struct slot *s, unsigned per_second, int64_t now_ms)
{
    int64_t most = (int64_t)per_second * MILLI;
    int64_t passed_ms = now_ms - s->at_ms;

    if (passed_ms > 1000 || passed_ms < 0)
        passed_ms = 1000; /* more than a full bucket does not fit */
    s->at_ms = now_ms;
    s->tokens_milli += passed_ms * (int64_t)per_second;
    if (s->tokens_milli > most)
        s->tokens_milli = most;
    if (s->tokens_milli < MILLI)
        return false;
    s->tokens_milli -= MILLI;
    return true;
}

enum gate_verdict gate_enter(struct gate *g, const struct sockaddr *from, int64_t now_ms,
                             struct gate_pass *ret)
{
    struct gate_pass pass = { .held = true };

    find_slots(g, from, &pass);
    struct slot *s = &g->sources[pass.source];
    if (s->open >= g->limits.per_source ||
        g->networks[pass.network] >= g->limits.per_source * NETWORK_SHARE)
        return GATE_SOURCE;
    if (!take(s, g->limits.per_source_s, now_ms))
        return GATE_RATE;
    s->open++;
    g->networks[pass.network]++;
    *ret = pass;
    return GATE_OPEN;
}

void gate_leave(struct gate *g, struct gate_pass *pass)
{
    if (!pass->held)
        return;
    g->sources[pass->source].open--;
    g->networks[pass->network]--;
    pass->held = false;
}
