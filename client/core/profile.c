/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile.c - a profile directory: opened, unlocked, locked, closed (core.h).
 *
 * There is no orderly shutdown: whatever is not committed when the process ends
 * was never said to anybody. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "client/core/parts.h"

/* ---- records of sessions and prekeys */

static tb_result record_load(void *user, enum e2e_record kind, struct tb_view name,
                             struct tb_buf *ret)
{
    struct tbc *c = user;
    const struct cs_key k = { CS_RECORD, name, kind };

    tb_result r = cs_get(c->store, &k, ret);
    /* A session or prekey that is damaged is one that is not there: a new one is made. */
    return r == TB_E_DAMAGED ? TB_E_NOTFOUND : r;
}

static tb_result record_save(void *user, enum e2e_record kind, struct tb_view name,
                             struct tb_view data)
{
    struct tbc *c = user;
    const struct cs_key k = { CS_RECORD, name, kind };

    return cs_put(c->store, &k, NULL, data);
}

static tb_result record_drop(void *user, enum e2e_record kind, struct tb_view name)
{
    struct tbc *c = user;
    const struct cs_key k = { CS_RECORD, name, kind };

    return cs_drop(c->store, &k);
}

/* "There is no session" and "nobody knows" are not the same: a page would go out without a capsule. */
static void record_failed(void *user, tb_result r)
{
    struct tbc *c = user;

    if (is_our_failure(r) && cs_in_transaction(c->store))
        core_fail(c, r);
}

/* ---- identity */

static bool identity_ok(const Tbl__Identity *m)
{
    return tb_is(&m->sign_pk, TB_KEY_BYTES) && tb_is(&m->sign_sk, TB_SIGN_SK_BYTES) &&
           tb_is(&m->ident_pk, TB_IDENT_PK_BYTES) && tb_is(&m->ident_sk, TB_KEY_BYTES) &&
           tb_is(&m->box_pk, TB_KEY_BYTES) && tb_is(&m->box_sk, TB_KEY_BYTES) &&
           tb_is(&m->roster_id, TB_HASH_BYTES);
}

static void identity_fill(const Tbl__Identity *m, struct me *me)
{
    memcpy(me->sign.pk, m->sign_pk.data, TB_KEY_BYTES);
    memcpy(me->sign.sk, m->sign_sk.data, TB_SIGN_SK_BYTES);
    memcpy(me->ident.public_key, m->ident_pk.data, TB_IDENT_PK_BYTES);
    memcpy(me->ident.private_key.b, m->ident_sk.data, TB_KEY_BYTES);
    me->ident.registration_id = m->registration_id;
    memcpy(me->box_pk, m->box_pk.data, TB_KEY_BYTES);
    memcpy(me->box_sk, m->box_sk.data, TB_KEY_BYTES);
    copy_text(me->account, sizeof me->account, m->account);
    copy_text(me->device, sizeof me->device, m->device);
    me->roster_id = tb_hash_from(m->roster_id.data);
}

static tb_result load_member(struct tbc *c, struct me *me)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("member");
    Tbl__Member *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__member__descriptor, &m);
    if (r == TB_OK && !tb_is(&m->cred, TB_HASH_BYTES))
        r = TB_E_STORE;
    me->member = r == TB_OK;
    if (r == TB_OK)
        me->cred = tb_hash_from(m->cred.data);
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

static tb_result load_me(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("identity");
    Tbl__Identity *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__identity__descriptor, &m);
    if (r == TB_OK && !identity_ok(m))
        r = TB_E_STORE;
    if (r != TB_OK)
        return r;
    struct me *me = c->me ? c->me : sodium_malloc(sizeof *me);
    if (!me)
        return TB_E_NOMEM;
    sodium_memzero(me, sizeof *me);
    identity_fill(m, me);
    c->me = me;
    return load_member(c, me);
}

tb_result profile_reload(struct tbc *c)
{
    tb_result r = load_me(c);

    c->held_roster = 0; /* what waits is looked at again soon */
    c->held_due_ms = now_boot_ms() + HELD_SOON_MS;
    if (r == TB_OK)
        r = cursor_load(c);
    return r == TB_OK ? rosync_load(c) : r;
}

tb_result profile_become(struct tbc *c)
{
    tb_result r = profile_reload(c);

    if (r == TB_OK)
        r = e2e_new(&c->me->ident, &c->e2e_store, &c->e2e);
    if (r != TB_OK)
        return r;
    c->start = true;
    c->topics |= TBC_TOPIC_STATUS | TBC_TOPIC_PAGES | TBC_TOPIC_ROSTER | TBC_TOPIC_OUTBOX;
    return TB_OK;
}

static void forget(struct tbc *c)
{
    link_stop(c);
    alarm_forget(c);
    find_forget(c);
    c->damaged_due_ms = 0;
    doubt_forget(c);
    unkept_forget(c);
    inbox_clear(c);
    publish_free(c);
    e2e_free(c->e2e);
    c->e2e = NULL;
    tb_roster_free(c->roster);
    c->roster = NULL;
    sodium_free(c->me);
    c->me = NULL;
    cs_use(c->store, NULL);
    vault_free(c->vault);
    c->vault = NULL;
    free(c->touched);
    c->touched = NULL;
    c->n_touched = 0;
    c->fetch_ms = c->poll_ms = c->outbox_ms = c->watch_ms = INT64_MAX;
    c->rescue_ms = 0; /* looks once what is left of before */
    c->fresh_ms = 0;
    c->outbox_sent = c->outbox_flying = 0;
    c->sessions_missing = c->prekeys_left = 0;
    c->peer_ahead_ms = 0;
    c->held_due_ms = INT64_MAX;
    c->held_ran_boot_ms = 0;
    c->syncing = c->synced = c->fetching = c->asking = c->start = false;
    c->roster_seen = c->roster_rings = c->memory_lost = false;
}

/* ---- life */

static tb_result take_lock(const char *dir, int *ret)
{
    char path[PATH_MAX];
    TB_CLEANUP(tb_closep) int fd = -1;
    int n = snprintf(path, sizeof path, "%s/profile.lock", dir);

    if (n < 0 || (size_t)n >= sizeof path)
        return TB_E_RANGE;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return TB_E_IO;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? TB_E_CONFLICT : TB_E_IO;
    *ret = fd;
    fd = -1;
    return TB_OK;
}

static tb_result open_store(struct tbc *c, const char *dir)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/core.db", dir);

    if (n < 0 || (size_t)n >= sizeof path)
        return TB_E_RANGE;
    mode_t old = umask(077);
    tb_result r = cs_open(path, &c->store);
    (void)umask(old);
    return r;
}

static bool has_wrap(struct tbc *c)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf wrap = { 0 };

    return cs_open_value(c->store, "wrap", &wrap) == TB_OK;
}

static struct tbc *tbc_new(const struct tbc_env *env, const struct transport_maker *maker)
{
    struct tbc *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->env = *env;
    if (maker)
        c->maker = *maker;
    c->lock_fd = -1;
    c->e2e_store = (struct e2e_store){ c, record_load, record_save, record_drop, record_failed };
    c->link.due_ms = INT64_MAX;
    c->fetch_ms = c->poll_ms = c->outbox_ms = c->watch_ms = c->held_due_ms = INT64_MAX;
    c->rescue_ms = 0; /* looks once what is left of before */
    return c;
}

static tb_result unlock(struct tbc *c, struct tb_view pass)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf wrap = { 0 };
    tb_result r = cs_open_value(c->store, "wrap", &wrap);

    if (r == TB_OK && wrap.n != VAULT_WRAP_BYTES)
        r = TB_E_STORE;
    if (r == TB_OK)
        r = vault_open(pass, wrap.p, &c->vault);
    if (r != TB_OK)
        return r;
    cs_use(c->store, c->vault);
    r = profile_become(c);
    if (r != TB_OK)
        forget(c);
    return r;
}

bool tbc_is_protected(const struct tbc *c)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf v = { 0 };

    return cs_open_value(c->store, "protected", &v) == TB_OK;
}

/* Without a passphrase there is nothing to wait for.  It begins to talk with the first tick. */
static void open_unprotected(struct tbc *c)
{
    if (!has_wrap(c) || tbc_is_protected(c))
        return;
    tb_result r = unlock(c, tb_view_of(NULL, 0));
    if (r != TB_OK) {
        core_log(c, LOG_ERROR_, "profile: does not open without a passphrase: %s", tb_strresult(r));
        return;
    }
    link_start(c);
    if (c->env.wake_at)
        c->env.wake_at(c->env.user, now_boot_ms());
}

tb_result tbc_open_over(const char *dir, const struct tbc_env *env,
                        const struct transport_maker *maker, struct tbc **ret)
{
    if (sodium_init() < 0)
        return TB_E_IO;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return TB_E_IO;
    struct tbc *c = tbc_new(env, maker);
    if (!c)
        return TB_E_NOMEM;
    tb_result r = take_lock(dir, &c->lock_fd);
    if (r == TB_OK)
        r = open_store(c, dir);
    if (r != TB_OK) {
        tbc_close(c);
        return r;
    }
    open_unprotected(c);
    *ret = c;
    return TB_OK;
}

tb_result tbc_open(const char *dir, const struct tbc_env *env, struct tbc **ret)
{
    return tbc_open_over(dir, env, NULL, ret);
}

void tbc_close(struct tbc *c)
{
    if (!c)
        return;
    if (c->store)
        forget(c);
    cs_close(c->store);
    tb_closep(&c->lock_fd);
    free(c);
}

tb_result tbc_unlock(struct tbc *c, struct tb_view pass)
{
    if (c->me)
        return TB_OK;
    tb_result r = unlock(c, pass);
    if (r != TB_OK)
        return r;
    link_start(c);
    return core_end(c, TB_OK);
}

tb_result tbc_lock(struct tbc *c)
{
    if (!has_wrap(c))
        return TB_E_NOTFOUND;
    forget(c);
    c->topics |= TBC_TOPIC_STATUS | TBC_TOPIC_PAGES;
    return core_end(c, TB_OK);
}

tb_result need_unlocked(const struct tbc *c)
{
    return c->me ? TB_OK : TB_E_LOCKED;
}

tb_result need_member(const struct tbc *c)
{
    if (!c->me)
        return TB_E_LOCKED;
    return c->me->member ? TB_OK : TB_E_NOTFOUND;
}

/* ---- time and names */

void tbc_tick(struct tbc *c)
{
    if (!c->me)
        return;
    tb_result r = core_begin(c);
    if (r == TB_OK) {
        if (c->start) {
            c->start = false;
            alarm_all(c);
            held_start(c);
            unkept_start(c);
        }
        unkept_tick(c);
        link_tick(c);
        enrol_tick(c);
        sessions_tick(c);
        rescue_tick(c);
        rosync_tick(c);
        inbox_tick(c);
        outbox_tick(c);
        alarm_tick(c);
        held_tick(c);
        doubt_tick(c);
    }
    (void)core_end(c, r); /* logged there; the timers are armed again */
}

void tbc_resolved(struct tbc *c, uint64_t ticket, const char *ip)
{
    if (c->link.has_transport && ticket == c->link.resolve_ticket)
        c->link.t.resolved(c->link.t.self, ip);
}

void tbc_reconnect(struct tbc *c)
{
    if (!c->me)
        return;
    tb_result r = core_begin(c);
    if (r == TB_OK) {
        link_redial(c);
        link_tick(c);
    }
    (void)core_end(c, r); /* as above */
}
