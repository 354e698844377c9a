/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_start.c - a relay that starts with a million envelopes in its store.
 *
 * They are put in by the store's own code, once; each start is a process. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "bench.h"
#include "bench_world.h"
#include "server/store.h"

enum { STORED = 1000000, STORED_QUICK = 2000, IN_COMMIT = 20000, BODY = 600 };

static void must(tb_result r)
{
    if (r != TB_OK)
        die("the store: %s", tb_result_name(r));
}

static void on_commit(void *user, tb_result how)
{
    (void)user;
    must(how);
}

static void fill(struct world *w, size_t n)
{
    struct store *s = NULL;
    uint8_t body[BODY];
    char path[200];

    (void)snprintf(path, sizeof path, "%s/relay.db", w->state);
    must(store_open(path, &s));
    if (getrandom(body, sizeof body, 0) != (ssize_t)sizeof body)
        die("no random bytes");
    for (size_t i = 0; i < n; i++) {
        const struct store_mail m = { .kind = TB_ENV_NOTE,
                                      .from = &world_sender(w, i % WORLD_SENDERS)->cred,
                                      .capsule_type = 2,
                                      .capsule = tb_view_of(body, sizeof body),
                                      .at_ms = INT64_MAX / 2 };
        must(store_begin(s));
        memcpy(body, &i, sizeof i);
        must(store_mail_put(s, &world_taker(w, i % WORLD_TAKERS)->cred, &m));
        if (i % IN_COMMIT != IN_COMMIT - 1 && i + 1 < n)
            continue;
        store_commit(s, on_commit, NULL);
        must(store_checkpoint(s));
        progress("start: %zu of %zu stored", i + 1, n);
    }
    store_close(s);
}

void figure_start(struct bench *b, struct sample *ret)
{
    static struct world full;
    size_t n = b->quick ? STORED_QUICK : STORED;

    if (!full.device) {
        world_open(&full, 20);
        world_stop(&full);
        fill(&full, n);
    }
    int64_t start = now_ns();
    world_start(&full);
    ret->value = (double)(now_ns() - start) / 1e9;
    (void)snprintf(ret->note, sizeof ret->note, "%zu envelopes; resident %.1f MiB", n,
                   (double)world_resident(full.relay) / 1048576);
    world_stop(&full);
    if (b->last)
        world_close(&full);
}
