/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device.c - see device.h. */
#include "server/device.h"

#include <stdlib.h>
#include <string.h>

static size_t bucket_of(const struct tb_hash *cred)
{
    /* A credential's name is a hash that its owner cannot choose freely. */
    return (size_t)(cred->b[0] | cred->b[1] << 8) % DEVICE_BUCKETS;
}

struct device *device_find(const struct relay *r, const struct tb_hash *cred)
{
    struct device *d = r->bucket[bucket_of(cred)];

    while (d && !tb_hash_equal(&d->cred, cred))
        d = d->next;
    return d;
}

struct device *device_of(struct relay *r, const struct tb_hash *cred)
{
    struct device *d = device_find(r, cred);

    if (d)
        return d;
    d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    size_t i = bucket_of(cred);
    d->cred = *cred;
    d->next = r->bucket[i];
    r->bucket[i] = d;
    return d;
}

void devices_free(struct relay *r)
{
    for (size_t i = 0; i < DEVICE_BUCKETS; i++) {
        while (r->bucket[i]) {
            struct device *d = r->bucket[i];
            r->bucket[i] = d->next;
            free(d);
        }
    }
}

static bool live(const struct relay *r, const struct device *d, int64_t now_ms)
{
    if (d->peer && now_ms - d->heard_ms <= TB_LIVE_MS)
        return true;
    return d->grace && now_ms - r->start_ms <= TB_LIVE_MS;
}

bool device_is_live(const struct relay *r, const struct tb_hash *cred, int64_t now_ms)
{
    const struct device *d = device_find(r, cred);

    return d && live(r, d, now_ms);
}

static tb_result load_one(void *user, const struct tb_hash *cred)
{
    struct relay *r = user;
    struct device *d = device_of(r, cred);

    if (!d)
        return TB_E_NOMEM;
    d->grace = d->stored_live = true;
    return TB_OK;
}

tb_result devices_load(struct relay *r)
{
    return store_devices_live(r->store, load_one, r);
}

/* A device that just hung up still counts as live at the stop that made it hang up. */
static bool lately(const struct relay *r, const struct device *d, int64_t now_ms)
{
    return live(r, d, now_ms) || (d->heard_ms && now_ms - d->heard_ms <= TB_LIVE_MS);
}

tb_result devices_store(struct relay *r, int64_t now_ms)
{
    for (size_t i = 0; i < DEVICE_BUCKETS; i++) {
        for (struct device *d = r->bucket[i]; d; d = d->next) {
            bool is = lately(r, d, now_ms);
            if (is == d->stored_live)
                continue;
            tb_result res = store_device_live(r->store, &d->cred, is);
            if (res != TB_OK)
                return res;
            d->stored_live = is;
        }
    }
    return TB_OK;
}

void device_ack(struct relay *r, struct device *d, uint64_t seq)
{
    if (seq <= d->ack)
        return;
    if (!d->ack) {
        d->next_acked = r->acked;
        r->acked = d;
    }
    d->ack = seq;
}

tb_result devices_flush_acks(struct relay *r)
{
    while (r->acked) {
        struct device *d = r->acked;
        tb_result res = store_mail_ack(r->store, &d->cred, d->ack);
        if (res != TB_OK)
            return res;
        d->ack = 0; /* lost with the transaction: the envelopes come again, no harm */
        r->acked = d->next_acked;
    }
    r->ack_ms = INT64_MAX;
    return TB_OK;
}
