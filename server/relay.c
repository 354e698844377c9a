/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay.c - opening, closing, peers: the face of relay.h. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#include "server/device.h"
#include "server/log.h"
#include "server/mailbox.h"
#include "server/page.h"
#include "server/spool.h"

_Noreturn void relay_fail_stop(const char *why)
{
    log_line(LOG_ERROR, "fail-stop", "reason=\"%s\" remedy=check-the-disk-then-start-again", why);
    _exit(74); /* EX_IOERR; no atexit handler may touch the store again */
}

/* ---- opening */

static tb_result lock_dir(const char *dir, int *ret)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/lock", dir);
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return access(dir, F_OK) == 0 ? TB_E_IO : TB_E_NOTFOUND;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return TB_E_CONFLICT;
    *ret = fd;
    fd = -1;
    return TB_OK;
}

static tb_result open_parts(struct relay *r)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/relay.db", r->dir);
    tb_result res = store_open(path, &r->store);
    if (res != TB_OK)
        return res;
    (void)snprintf(path, sizeof path, "%s/relay.key", r->dir);
    res = signer_open(path, &r->signer);
    if (res == TB_OK)
        store_relay_id(r->store, &r->relay_id);
    return res;
}

static tb_result load(struct relay *r, int64_t now_ms)
{
    tb_result res = relay_load_roster(r);

    if (res == TB_OK)
        res = devices_load(r);
    if (res == TB_OK)
        res = store_begin(r->store);
    if (res == TB_OK)
        res = pages_rearm(r, now_ms);
    if (res != TB_OK)
        return res;
    r->turn.open = true;
    turn_end(r, now_ms); /* finds the first due time, too */
    return TB_OK;
}

static void release_all(struct relay *r)
{
    if (!r)
        return;
    while (r->peers)
        relay_disconnect(r, r->peers, 0);
    devices_free(r);
    spool_forget(r);
    signer_close(r->signer);
    store_close(r->store);
    tb_roster_free(r->roster);
    if (r->lock >= 0)
        (void)close(r->lock);
    free(r);
}
TB_DEFINE_CLEANUP(struct relay, release_all)

tb_result relay_open(const struct relay_options *o, const struct relay_wire *wire, int64_t now_ms,
                     struct relay **ret)
{
    TB_CLEANUP(release_allp) struct relay *r = calloc(1, sizeof *r);

    if (!r)
        return TB_E_NOMEM;
    r->lock = -1;
    r->wire = *wire;
    r->start_ms = now_ms;
    r->max_peers = o->max_peers;
    r->due_ms = r->ack_ms = INT64_MAX;
    r->spool_ms = r->housekeeping_ms = now_ms;
    if ((size_t)snprintf(r->dir, sizeof r->dir, "%s", o->state_dir) >= sizeof r->dir)
        return TB_E_RANGE;
    tb_result res = lock_dir(r->dir, &r->lock);
    if (res == TB_OK) {
        ballast_rescue(r, now_ms);
        res = open_parts(r);
    }
    if (res == TB_OK)
        res = load(r, now_ms);
    if (res != TB_OK)
        return res;
    ballast_begin(r, now_ms);
    *ret = TB_TAKE(r);
    return TB_OK;
}

void relay_close(struct relay *r)
{
    if (!r)
        return;
    int64_t now_ms = r->start_ms;
    for (const struct peer *p = r->peers; p; p = p->next)
        if (p->s.dev && p->s.dev->heard_ms > now_ms)
            now_ms = p->s.dev->heard_ms;
    if (turn_begin(r) == TB_OK) {
        (void)devices_store(r, now_ms);
        (void)devices_flush_acks(r);
    }
    turn_end(r, now_ms);
    release_all(r);
}

/* ---- peers */

struct peer *relay_connect(struct relay *r, void *conn, const struct tb_hash *exporter,
                           int64_t now_ms)
{
    (void)now_ms;
    if (r->max_peers && r->stats.peers >= r->max_peers)
        return NULL;
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->conn = conn;
    p->exporter = *exporter;
    p->next = r->peers;
    if (r->peers)
        r->peers->prev = p;
    r->peers = p;
    r->stats.peers++;
    return p;
}

void relay_disconnect(struct relay *r, struct peer *p, int64_t now_ms)
{
    (void)now_ms;
    turn_forget_peer(r, p);
    if (p->s.dev && p->s.dev->peer == p)
        p->s.dev->peer = NULL;
    if (p->prev)
        p->prev->next = p->next;
    else
        r->peers = p->next;
    if (p->next)
        p->next->prev = p->prev;
    mailbox_end(p);
    tb_buf_done(&p->ticket);
    sodium_memzero(&p->s, sizeof p->s);
    free(p);
    r->stats.peers--;
}

size_t relay_message_max(const struct peer *p)
{
    if (p->s.role == TB_ROLE_NONE)
        return TB_FRAME_ANON_MAX;
    return p->s.role == TB_ROLE_INVITE ? TB_FRAME_SMALL_MAX : TB_FRAME_MAX;
}

/* A device that is heard again after a silence may be what an open page was waiting for. */
static void heard(struct relay *r, struct peer *p, int64_t now_ms)
{
    struct device *d = p->s.dev;

    if (!d)
        return;
    bool was = device_is_live(r, &d->cred, now_ms);
    d->heard_ms = now_ms;
    if (!was && store_mark(r->store) == TB_OK) {
        tb_result res = pages_run_for(r, &d->cred, now_ms);
        if (store_health(r->store) == STORE_FINE)
            res = res == TB_OK ? store_keep(r->store) : store_undo(r->store);
        if (res != TB_OK)
            log_line(LOG_WARN, "awake", "result=%s", tb_result_name(res));
    }
}

void relay_message(struct relay *r, struct peer *p, struct tb_view batch, int64_t now_ms)
{
    if (p->s.close)
        return;
    if (turn_begin(r) != TB_OK)
        relay_fail_stop("the store cannot begin");
    if (!turn_add(r, p, batch, now_ms)) {
        turn_close(r, p, "out of memory");
        return;
    }
    if (store_health(r->store) != STORE_FINE)
        return; /* handled again when the turn ends */
    heard(r, p, now_ms);
    if (store_health(r->store) == STORE_FINE)
        dispatch_batch(r, p, batch, now_ms, PASS_ALL);
}

/* ---- time */

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t relay_due_ms(const struct relay *r)
{
    int64_t due_ms = sooner(sooner(r->due_ms, r->ack_ms), sooner(r->spool_ms, r->housekeeping_ms));

    return due_ms > r->rest_ms ? due_ms : r->rest_ms;
}

static void housekeeping(struct relay *r, int64_t now_ms)
{
    uint32_t n = 0;

    if (now_ms < r->housekeeping_ms)
        return;
    r->housekeeping_ms = now_ms + HOUSEKEEPING_MS;
    if (!r->ballast)
        ballast_make(r);
    if (devices_store(r, now_ms) == TB_OK && now_ms - r->start_ms >= PURGE_AFTER_MS &&
        store_pages_purge(r->store, now_ms - 2 * TB_PAGE_TTL_MS, &n) == TB_OK && n)
        log_line(LOG_NOTE, "purge", "pages=%u", n);
}

void relay_tick(struct relay *r, int64_t now_ms)
{
    if (!r->turn.open && store_checkpoint(r->store) != TB_OK &&
        store_health(r->store) == STORE_FAILED)
        relay_fail_stop("the log cannot be copied back");
    if (turn_begin(r) != TB_OK)
        relay_fail_stop("the store cannot begin");
    r->turn.ticked = true;
    if (store_health(r->store) == STORE_FINE)
        pages_run_due(r, now_ms);
    if (store_health(r->store) == STORE_FINE && now_ms >= r->ack_ms)
        (void)devices_flush_acks(r); /* the turn's COMMIT tells */
    if (store_health(r->store) == STORE_FINE)
        housekeeping(r, now_ms);
    if (now_ms >= r->spool_ms) {
        r->spool_ms = now_ms + SPOOL_EVERY_MS;
        if (store_health(r->store) == STORE_FINE)
            spool_poll(r, now_ms);
    }
}

void relay_turn_end(struct relay *r, int64_t now_ms)
{
    turn_end(r, now_ms);
}

bool relay_turn_is_open(const struct relay *r)
{
    return r->turn.open;
}

void relay_name(const struct relay *r, struct tb_id *ret_id, uint64_t *ret_era)
{
    *ret_id = r->relay_id;
    *ret_era = store_era(r->store);
}

void relay_stats(const struct relay *r, struct relay_stats *ret)
{
    struct store_counts c = { 0 };

    *ret = r->stats;
    ret->roster_size = tb_roster_size(r->roster);
    for (const struct peer *p = r->peers; p; p = p->next)
        ret->devices_live += p->s.dev != NULL;
    if (store_count(r->store, &c) == TB_OK) {
        ret->pages_open = c.pages_open;
        ret->pages_total = c.pages;
        ret->envelopes_queued = c.queued;
    }
}
