/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_world.h - a province in one process: one real relay, and real cores joined to it by queues.
 *
 *     struct town t;
 *     town_open(&t);                        // so-y-te, an, binh, chi (coordinator), each one device, enrolled
 *     struct node *an = town_node(&t, "an");
 *     ... tbc_report(so->core, ...); town_run(&t);      // until nobody has anything to say
 *     town_pass(&t, 61000);                 // time passes for everybody
 *     town_close(&t);
 *
 * Enrolling takes real invites, requests and approvals; it is done once and the
 * directories are copied for each test.  Clocks are the town's: a test says
 * `wrap: clock_gettime`.  A filter stands between relay and device, for the
 * relay that lies. */
#pragma once

#define _GNU_SOURCE /* nftw */
#include "tb_cmocka.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <time.h>

#include "client/core/tbc.h"
#include "proto/enrol.h"
#include "province.h"
#include "server/log.h"
#include "server/relay_priv.h"

enum { TOWN_NODES = 10, TOWN_RINGS = 256 };

struct town_message {
    struct town_message *next;
    struct tb_buf batch;
};
struct town_queue {
    struct town_message *first, **end;
};

struct town_ring {
    enum tbc_ring_why why;
    struct tb_id page;
    char sender[TB_NAME_MAX + 1], title[TB_TITLE_MAX + 1];
    uint32_t page_class;
};

struct node {
    struct town *t;
    char account[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1], dir[160];
    struct tbc *core;
    /* the wire */
    const struct transport_events *ev;
    struct transport_events ev_copy;
    void *link;
    struct peer *peer;
    bool dialled, cut; /* cut: the network is down */
    bool closed;       /* by the relay */
    bool faulty;       /* tests of failing stores: count this one's steps */
    int64_t wall_off;  /* so much later this device's own clock shows */
    struct town_queue to_relay, to_device;
    int64_t wake_ms;
    /* what was heard */
    struct town_ring ring[TOWN_RINGS];
    size_t n_rings, n_quiet;
    unsigned changed, logged;
    bool log;
    /* May change or drop (false) what the relay sends to this device. */
    bool (*filter)(struct node *n, struct tb_buf *batch);
    void *filter_user;
};

struct town {
    struct province p;
    struct tb_hash id;
    char dir[64];
    struct relay *relay;
    struct node node[TOWN_NODES];
    size_t n;
    bool relay_down;
    void (*between)(struct town *t); /* called between any two steps */
    /* Sees what leaves a device; false: its power is cut, nothing leaves. */
    bool (*leaves)(struct node *n, struct tb_view batch);
};

/* Set while a faulty node's own code runs. */
static bool town_inside;

/* Set before the first town: two custodians of three, two registrars and two coordinators for every grant. */
static bool town_real;

/* How long the next credentials last. */
static int64_t town_valid_ms = 365 * PROVINCE_DAY;

/* ---- one clock for all */

static int64_t town_now = PROVINCE_T0 + 3600 * 1000;
/* So much later the devices' clocks show; the relay's does not. */
static int64_t town_wall_off;

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
    int64_t ms = id == CLOCK_BOOTTIME ? town_now - PROVINCE_T0 : town_now + town_wall_off;

    t->tv_sec = (time_t)(ms / 1000);
    t->tv_nsec = (long)(ms % 1000) * 1000000;
    return 0;
}

/* ---- queues */

static inline void town_put(struct town_queue *q, struct tb_view batch)
{
    bool was = town_inside;

    town_inside = false; /* the wire is nobody's own code */
    struct town_message *m = calloc(1, sizeof *m);
    assert_non_null(m);
    tb_put(&m->batch, batch.p, batch.n);
    if (!q->first)
        q->end = &q->first;
    *q->end = m;
    q->end = &m->next;
    town_inside = was;
}

static inline bool town_take(struct town_queue *q, struct tb_buf *ret)
{
    struct town_message *m = q->first;

    if (!m)
        return false;
    q->first = m->next;
    *ret = m->batch;
    free(m);
    return true;
}

static inline void town_drain(struct town_queue *q)
{
    struct tb_buf b;

    while (town_take(q, &b))
        tb_buf_done(&b);
}

/* ---- the transport of a core */

static inline tb_result town_dial(void *self, const char *address, const struct tb_hash *pin,
                                  const struct tb_hash *pin_next)
{
    struct node *n = self;

    (void)address, (void)pin, (void)pin_next;
    n->dialled = true;
    return TB_OK;
}

static inline tb_result town_send(void *self, struct tb_view batch)
{
    struct node *n = self;

    if (!n->t->leaves || n->t->leaves(n, batch))
        town_put(&n->to_relay, batch);
    return TB_OK;
}

static inline void town_resolved(void *self, const char *ip)
{
    (void)self, (void)ip;
}

static inline void town_hang_up(void *self)
{
    struct node *n = self;

    if (n->peer && n->t->relay)
        relay_disconnect(n->t->relay, n->peer, town_now);
    n->peer = NULL;
    n->dialled = n->closed = false;
    town_drain(&n->to_relay);
    town_drain(&n->to_device);
}

static inline tb_result town_make(void *user, const struct transport_events *ev, void *link,
                                  struct transport *ret)
{
    struct node *n = user;

    n->ev_copy = *ev;
    n->ev = &n->ev_copy;
    n->link = link;
    *ret = (struct transport){ n, town_dial, town_send, town_resolved, town_hang_up, town_hang_up };
    return TB_OK;
}

/* ---- the relay's side */

static inline void town_relay_send(void *conn, struct tb_view batch)
{
    struct node *n = conn;

    town_put(&n->to_device, batch);
}

static inline void town_relay_close(void *conn, const char *why)
{
    struct node *n = conn;

    if (n->log)
        fprintf(stderr, "relay closes %s: %s\n", n->account, why);
    n->closed = true;
}

/* ---- what the agent lends */

static inline void town_ring_on(void *user, const struct tbc_ring *r)
{
    struct node *n = user;
    struct town_ring *at = &n->ring[n->n_rings++];

    assert_true(n->n_rings < TOWN_RINGS);
    *at = (struct town_ring){ .why = r->why, .page = r->page_id, .page_class = r->page_class };
    (void)snprintf(at->sender, sizeof at->sender, "%s", r->sender);
    (void)snprintf(at->title, sizeof at->title, "%s", r->title ? r->title : "");
}

static inline void town_quiet_on(void *user, const struct tb_id *page)
{
    struct node *n = user;

    (void)page;
    n->n_quiet++;
}

static inline void town_changed_on(void *user, unsigned topics)
{
    struct node *n = user;

    (void)topics;
    n->changed++;
}

static inline void town_wake_on(void *user, int64_t boot_ms)
{
    struct node *n = user;

    n->wake_ms = boot_ms;
}

static inline void town_log_on(void *user, int level, const char *line)
{
    struct node *n = user;

    n->logged++;
    if (n->log || getenv("TOWN_LOG"))
        fprintf(stderr, "%s/%s <%d> %s\n", n->account, n->device, level, line);
}

static inline void town_start(struct node *n)
{
    const struct tbc_env env = { .user = n,
                                 .changed = town_changed_on,
                                 .ring = town_ring_on,
                                 .quiet = town_quiet_on,
                                 .wake_at = town_wake_on,
                                 .log = town_log_on };
    const struct transport_maker maker = { town_make, n };

    n->wake_ms = INT64_MAX;
    assert_int_equal(tbc_open_over(n->dir, &env, &maker, &n->core), TB_OK);
}

static inline void town_unlock(struct node *n)
{
    assert_int_equal(tbc_unlock(n->core, tb_view_of("mat-khau", 8)), TB_OK);
}

/* The process is gone: nothing is said, nothing is written; then it starts again. */
static inline void town_kill(struct node *n)
{
    tbc_close(n->core);
    n->core = NULL;
}

static inline void town_revive(struct node *n)
{
    town_start(n);
    town_unlock(n);
}

/* ---- running */

static inline bool town_pump_up(struct node *n)
{
    struct town *t = n->t;
    bool did = false;
    struct tb_buf b;

    town_wall_off += n->wall_off;
    if (n->dialled && !n->peer && !n->cut && t->relay && !t->relay_down) {
        struct tb_hash exporter;
        randombytes_buf(exporter.b, sizeof exporter.b);
        n->peer = relay_connect(t->relay, n, &exporter, town_now);
        assert_non_null(n->peer);
        n->dialled = false;
        n->ev->up(n->link, &exporter);
        did = true;
    }
    while (!n->cut && n->peer && town_take(&n->to_relay, &b)) {
        relay_message(t->relay, n->peer, tb_buf_view(&b), town_now);
        tb_buf_done(&b);
        did = true;
    }
    town_wall_off -= n->wall_off;
    return did;
}

static inline bool town_pump_down(struct node *n)
{
    bool did = false;
    struct tb_buf b;

    town_inside = n->faulty;
    town_wall_off += n->wall_off;
    while (!n->cut && n->core && n->peer && town_take(&n->to_device, &b)) {
        if (!n->filter || n->filter(n, &b))
            n->ev->message(n->link, tb_buf_view(&b));
        tb_buf_done(&b);
        did = true;
    }
    if (n->closed && n->core && n->peer) {
        relay_disconnect(n->t->relay, n->peer, town_now);
        n->peer = NULL;
        n->closed = false;
        n->ev->down(n->link, "closed by the relay");
        did = true;
    }
    if (n->core && n->wake_ms <= town_now - PROVINCE_T0) {
        n->wake_ms = INT64_MAX;
        tbc_tick(n->core);
        did = true;
    }
    town_inside = false;
    town_wall_off -= n->wall_off;
    return did;
}

/* One round of everybody; false: nobody had anything to do. */
static inline bool town_step(struct town *t)
{
    bool did = false;

    for (size_t i = 0; i < t->n; i++)
        if (t->node[i].core)
            did |= town_pump_up(&t->node[i]);
    if (t->relay && !t->relay_down)
        relay_turn_end(t->relay, town_now);
    if (t->between && did)
        t->between(t);
    for (size_t i = 0; i < t->n; i++) {
        bool acted = town_pump_down(&t->node[i]);
        if (t->between && acted)
            t->between(t);
        did |= acted;
    }
    return did;
}

static inline void town_run(struct town *t)
{
    for (int i = 0; town_step(t); i++)
        assert_true(i < 20000); /* somebody talks without end */
}

static inline void town_pass(struct town *t, int64_t ms)
{
    int64_t until = town_now + ms;

    for (;;) {
        town_run(t);
        int64_t due = t->relay && !t->relay_down ? relay_due_ms(t->relay) : INT64_MAX;
        for (size_t i = 0; i < t->n; i++)
            if (t->node[i].core && t->node[i].wake_ms < INT64_MAX &&
                t->node[i].wake_ms + PROVINCE_T0 < due)
                due = t->node[i].wake_ms + PROVINCE_T0;
        if (due > until)
            break;
        town_now = due > town_now ? due : town_now;
        if (t->relay && !t->relay_down && relay_due_ms(t->relay) <= town_now)
            relay_tick(t->relay, town_now);
        town_run(t);
    }
    town_now = until;
}

/* ---- enrolment, for real */

static inline struct tb_invite town_invite(struct town *t, const char *account, const char *agency,
                                           enum tb_role role)
{
    struct tb_invite inv = { .tls_pin = t->p.tls_pin,
                             .roster_id = t->p.id,
                             .roster_size = tb_roster_size(t->p.roster),
                             .roster_head = tb_roster_head(t->p.roster),
                             .invite_id = tb_id_random(),
                             .role = role,
                             .expires_ms = town_now + PROVINCE_DAY,
                             .n_addresses = 1 };
    struct tb_invite_keys keys = { 0 };
    Tb__Ticket m;

    (void)snprintf(inv.address[0], sizeof inv.address[0], "localhost:8443");
    (void)snprintf(inv.account, sizeof inv.account, "%s", account);
    (void)snprintf(inv.agency, sizeof inv.agency, "%s", agency);
    randombytes_buf(inv.secret, sizeof inv.secret);
    tb_invite_keys_of(&inv, &keys);
    tb__ticket__init(&m);
    m.invite_id = tb_field(inv.invite_id.b, TB_ID_BYTES);
    m.admit_pk = tb_field(keys.admit.pk, TB_KEY_BYTES);
    m.account = inv.account;
    m.agency = inv.agency;
    m.role = (uint32_t)role;
    m.expires_ms = inv.expires_ms;
    assert_int_equal(
        tb_signed_make(TB_TYPE_ADMIT, &t->p.id, &m.base, &t->p.registrar[0], &inv.ticket_signed),
        TB_OK);
    return inv;
}

/* Brings what the province knows more than the relay. */
static inline void town_sync(struct town *t)
{
    while (tb_roster_size(t->relay->roster) < tb_roster_size(t->p.roster)) {
        TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
        struct tb_why why = { 0 };
        struct tb_view e = tb_roster_entry(t->p.roster, tb_roster_size(t->relay->roster));
        assert_int_equal(turn_begin(t->relay), TB_OK);
        assert_int_equal(relay_take_entry(t->relay, e, town_now, &receipt, &why), TB_OK);
        relay_turn_end(t->relay, town_now);
    }
    t->p.now_ms = town_now;
}

static inline void town_add_credential(struct town *t, const struct tb_invite *inv,
                                       const struct tb_request *q, struct tb_approval *ret)
{
    Tb__Credential m;
    char subject[66];
    struct tb_hash card_hash = tb_card_hash(&q->card_salt, tb_view_of(q->card.p, q->card.n));

    tb__credential__init(&m);
    m.suite = 1;
    m.account = (char *)(uintptr_t)q->account;
    m.agency = (char *)(uintptr_t)inv->agency;
    m.role = (uint32_t)inv->role;
    m.device = (char *)(uintptr_t)q->device;
    m.sign_pk = tb_field(q->sign_pk, TB_KEY_BYTES);
    m.ident_pk = tb_field(q->ident_pk, TB_IDENT_PK_BYTES);
    m.box_pk = tb_field(q->box_pk, TB_KEY_BYTES);
    m.vetted = TB_VETTED_IN_PERSON;
    m.card_hash = tb_field(card_hash.b, TB_HASH_BYTES);
    m.from_ms = PROVINCE_T0;
    m.until_ms = PROVINCE_T0 + town_valid_ms;
    (void)snprintf(subject, sizeof subject, "%.32s/%.32s", q->account, q->device);
    struct province_entry e = province_entry(TB_ENTRY_CREDENTIAL, subject, &m.base);
    province_by_registrars(&t->p, &e);
    province_put(&t->p, &e);
    struct tb_view entry = tb_roster_entry(t->p.roster, tb_roster_size(t->p.roster) - 1);
    tb_put(&ret->credential, entry.p, entry.n);
    ret->epoch = 1;
    ret->province_secret = t->p.secret;
    ret->roster_size = tb_roster_size(t->p.roster);
    ret->roster_head = tb_roster_head(t->p.roster);
}

static inline void town_approve(struct town *t, const struct tb_invite *inv)
{
    struct tb_invite_keys keys;
    struct store_invite row = { 0 };
    struct tb_request q = { 0 };
    struct tb_approval p = { 0 };
    struct tb_buf out = { 0 };
    struct tb_hash hash;
    struct tb_why why = { 0 };

    assert_int_equal(tb_invite_derive(inv, &keys), TB_OK);
    assert_int_equal(store_invite_get(t->relay->store, &inv->invite_id, &row), TB_OK);
    assert_int_equal(tb_request_open(inv, &keys, tb_buf_view(&row.request_signed), &q, &hash),
                     TB_OK);
    town_add_credential(t, inv, &q, &p);
    town_sync(t);
    const struct tb_approval_to to = { &t->p.id, &inv->invite_id, &keys, q.box_pk, &hash };
    assert_int_equal(tb_approval_seal(&to, &p, &t->p.registrar[0], &out), TB_OK);
    assert_int_equal(turn_begin(t->relay), TB_OK);
    assert_int_equal(relay_take_approval(t->relay, tb_buf_view(&out), town_now, &why), TB_OK);
    relay_turn_end(t->relay, town_now);
    tb_buf_done(&out);
    tb_approval_done(&p);
    tb_request_done(&q);
    store_invite_done(&row);
    tb_invite_keys_wipe(&keys);
}

static inline struct node *town_add(struct town *t, const char *account, const char *device)
{
    struct node *n = &t->node[t->n++];

    assert_true(t->n <= TOWN_NODES);
    *n = (struct node){ .t = t, .wake_ms = INT64_MAX };
    (void)snprintf(n->account, sizeof n->account, "%s", account);
    (void)snprintf(n->device, sizeof n->device, "%s", device);
    (void)snprintf(n->dir, sizeof n->dir, "%.60s/%.32s-%.32s", t->dir, account, device);
    return n;
}

/* A device from its invite to its first log-in. */
static inline struct node *town_enrol(struct town *t, const char *account, const char *device,
                                      const char *agency, enum tb_role role)
{
    struct node *n = town_add(t, account, device);
    struct tb_invite inv = town_invite(t, account, agency, role), parsed = { 0 };
    struct tb_buf text = { 0 };
    char words[160], name[80];

    assert_int_equal(tb_invite_encode(&inv, &text), TB_OK);
    assert_int_equal(tb_invite_parse((const char *)text.p, &parsed), TB_OK);
    town_start(n);
    (void)snprintf(name, sizeof name, "Người %s", account);
    const struct tbc_enrol e = { .invite = (const char *)text.p,
                                 .device = device,
                                 .card = { .name = name, .phone = "0000 000 000" },
                                 .passphrase = tb_view_of("mat-khau", 8),
                                 .cost = VAULT_COST_MINIMAL };
    assert_int_equal(tbc_enrol(n->core, &e), TB_OK);
    assert_int_equal(tbc_enrol_words(n->core, words), TB_OK);
    town_run(t);
    town_approve(t, &parsed);
    town_pass(t, 5000);
    struct tbc_status s;
    tbc_status(n->core, &s);
    assert_int_equal(s.stage, TBC_READY);
    assert_int_equal(s.online, TBC_ONLINE);
    tb_invite_done(&inv);
    tb_invite_done(&parsed);
    tb_buf_done(&text);
    return n;
}

static inline struct node *town_device(struct town *t, const char *account, const char *device)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->node[i].account, account) == 0 &&
            (!device || strcmp(t->node[i].device, device) == 0))
            return &t->node[i];
    fail_msg("nobody is called %s", account);
    return NULL;
}

static inline struct node *town_node(struct town *t, const char *account)
{
    return town_device(t, account, NULL);
}

/* ---- the town itself */

/* In memory where there is such a place: a hundred towns sync to the disk a hundred thousand times. */
static inline void town_make_dir(struct town *t)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    (void)snprintf(t->dir, sizeof t->dir, "%s/tb-town-XXXXXX", base);
    assert_non_null(mkdtemp(t->dir));
}

static inline void town_make_relay(struct town *t)
{
    static const char magic[] = "trucban-relay-key-1\n";
    char path[160];

    (void)snprintf(path, sizeof path, "%s/relay", t->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/relay/relay.db", t->dir);
    assert_int_equal(store_create(path, &t->p.relay_id, 1), TB_OK);
    (void)snprintf(path, sizeof path, "%s/relay/spool", t->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/relay/relay.key", t->dir);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_int_equal(write(fd, magic, sizeof magic - 1), sizeof magic - 1);
    assert_int_equal(write(fd, t->p.relay.sk, 32), 32);
    assert_int_equal(close(fd), 0);
}

static inline void town_start_relay(struct town *t)
{
    static const struct relay_wire wire = { town_relay_send, town_relay_close };
    char path[160];

    (void)snprintf(path, sizeof path, "%s/relay", t->dir);
    const struct relay_options o = { .state_dir = path, .max_peers = 64 };
    assert_int_equal(relay_open(&o, &wire, town_now, &t->relay), TB_OK);
}

/* The relay is gone; connections break. */
static inline void town_stop_relay(struct town *t)
{
    relay_close(t->relay);
    t->relay = NULL;
    for (size_t i = 0; i < t->n; i++) {
        struct node *n = &t->node[i];
        bool was = n->peer != NULL;
        n->peer = NULL;
        town_drain(&n->to_relay);
        town_drain(&n->to_device);
        if (was && n->core)
            n->ev->down(n->link, "the relay is gone");
    }
}

static inline void town_policy(struct town *t, const char *id, const char *tiers)
{
    struct province_policy b;
    struct node *chi = town_node(t, "chi");

    province_policy_body(&b, id, tiers);
    struct province_entry e = province_entry(TB_ENTRY_POLICY, id, &b.m.base);
    province_by(&e, &chi->core->me->sign);
    if (town_real)
        province_by(&e, &town_node(t, "dung")->core->me->sign);
    province_put(&t->p, &e);
    town_sync(t);
}

static inline void town_remove(const char *dir);

static inline int town_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline void town_remove(const char *dir)
{
    (void)nftw(dir, town_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void town_copy(const char *from, const char *to)
{
    char command[640];

    (void)snprintf(command, sizeof command, "cp -a '%s/.' '%s/'", from, to);
    assert_int_equal(system(command), 0);
}

static inline void town_fill(struct province *p)
{
    province_bare(p, !town_real);
    province_set_registrar(p, 0);
    province_set_registrar(p, 1);
    province_set_relay(p);
    province_set_epoch(p);
}

static inline void town_stop(struct town *t)
{
    for (size_t i = 0; i < t->n; i++) {
        tbc_close(t->node[i].core);
        t->node[i].core = NULL;
        town_drain(&t->node[i].to_relay);
        town_drain(&t->node[i].to_device);
    }
    if (t->relay)
        relay_close(t->relay);
    t->relay = NULL;
}

/* Made once per program: everybody enrolled, everybody with everybody in session. */
static struct town town_first;
static int64_t town_first_now;

static inline void town_build(struct town *t)
{
    memset(t, 0, sizeof *t);
    log_set_level(getenv("TOWN_LOG") ? LOG_TRACE : LOG_ERROR);
    town_fill(&t->p);
    town_now = t->p.now_ms + 1000;
    town_make_dir(t);
    town_make_relay(t);
    town_start_relay(t);
    town_sync(t);
    (void)town_enrol(t, "chi", "may-truc", "pa05", TB_ROLE_COORDINATOR);
    (void)town_enrol(t, "so-y-te", "may-truc", "so-y-te", TB_ROLE_AGENCY);
    (void)town_enrol(t, "an", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    (void)town_enrol(t, "binh", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    if (town_real)
        (void)town_enrol(t, "dung", "may-truc", "pa05", TB_ROLE_COORDINATOR);
    town_policy(t, "truc-dem", "an;binh;chi");
    town_pass(t, 30000);
    town_stop(t);
    town_first_now = town_now;
}

static inline void town_open(struct town *t)
{
    if (town_first.n == 0)
        town_build(&town_first);
    *t = town_first;
    town_now = town_first_now;
    town_make_dir(t);
    town_copy(town_first.dir, t->dir);
    assert_int_equal(tb_roster_new(&t->p.roster), TB_OK);
    for (uint64_t i = 0; i < tb_roster_size(town_first.p.roster); i++)
        assert_int_equal(tb_roster_append(t->p.roster, tb_roster_entry(town_first.p.roster, i),
                                          TB_SEEN_VOUCHED, NULL),
                         TB_OK);
    town_start_relay(t);
    for (size_t i = 0; i < t->n; i++) {
        struct node *n = &t->node[i];
        n->t = t;
        char home[160];
        (void)snprintf(home, sizeof home, "%.60s/%.32s-%.32s", t->dir, n->account, n->device);
        memcpy(n->dir, home, sizeof n->dir);
        n->n_rings = n->n_quiet = 0;
        town_revive(n);
    }
    town_pass(t, 2000);
}

static inline void town_close(struct town *t)
{
    town_stop(t);
    tb_roster_free(t->p.roster);
    town_remove(t->dir);
}

/* At the end of the program. */
static inline int town_done(void **state)
{
    (void)state;
    if (town_first.n) {
        tb_roster_free(town_first.p.roster);
        town_remove(town_first.dir);
    }
    return 0;
}

/* ---- what tests ask */

static inline struct tb_id town_report(struct node *n, const char *title, uint32_t page_class)
{
    const struct tbc_report r = { .kind = "ATT-06",
                                  .title = title,
                                  .text = "Máy chủ bị mã hoá.",
                                  .page_class = page_class,
                                  .no_state_secret = true };
    struct tbc_why why = { "" };
    struct tb_id page = { 0 };
    tb_result r1 = tbc_report(n->core, &r, &page, &why);

    if (r1 != TB_OK)
        fail_msg("report: %s %s", tb_result_name(r1), why.text);
    return page;
}

static inline struct tbc_page town_page(struct node *n, const struct tb_id *id)
{
    struct tbc_page_full full;
    tb_result r = tbc_page_get(n->core, id, &full);

    if (r != TB_OK)
        fail_msg("%s has no such page: %s", n->account, tb_result_name(r));
    struct tbc_page page = full.page;
    tbc_page_full_done(&full);
    return page;
}

static inline bool town_has(struct node *n, const struct tb_id *id)
{
    struct tbc_page_full full;

    if (tbc_page_get(n->core, id, &full) != TB_OK)
        return false;
    tbc_page_full_done(&full);
    return true;
}

static inline tb_result town_answer(struct node *n, const struct tb_id *page, enum tb_act_kind kind,
                                    const char *more)
{
    const struct tbc_answer a = { .page = *page,
                                  .kind = kind,
                                  .eta_min = kind == TB_ACT_ACCEPT ? 10 : 0,
                                  .reason = kind == TB_ACT_DECLINE || kind == TB_ACT_RESOLVE ? more
                                                                                             : NULL,
                                  .to_account = kind == TB_ACT_OFFER ? more : NULL };
    struct tbc_why why = { "" };
    tb_result r = tbc_answer(n->core, &a, &why);

    if (n->log)
        fprintf(stderr, "%s: %s: %s\n", n->account, tb_result_name(r), why.text);
    return r;
}

static inline size_t town_rings(const struct node *n, const struct tb_id *page,
                                enum tbc_ring_why why)
{
    size_t hits = 0;

    for (size_t i = 0; i < n->n_rings; i++)
        hits += n->ring[i].why == why && (!page || tb_id_equal(&n->ring[i].page, page));
    return hits;
}
