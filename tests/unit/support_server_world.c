/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_server_world.c - see support_server_world.h. */
#define _GNU_SOURCE /* nftw */
#include "support_server_world.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "server/log.h"

enum { CLIENT_ARENA = 256 << 20 };

/* ---- what the relay sends */

static void take_frame(struct client *c, Tb__Frame *f)
{
    if (f->id) {
        if (f->id == c->id)
            c->reply = f;
        return;
    }
    if (f->op == TB_OP_ROSTER_HEAD)
        c->heads++;
    if (f->op == TB_OP_NOTICE) {
        c->notices++;
        assert_int_equal(
            tb_unpack(&c->arena, &tb__notice__descriptor, tb_field_view(&f->body), &c->notice),
            TB_OK);
    }
    if (f->op != TB_OP_ENVELOPES)
        return;
    Tb__Envelopes *m;
    assert_int_equal(tb_unpack(&c->arena, &tb__envelopes__descriptor, tb_field_view(&f->body), &m),
                     TB_OK);
    c->era = m->era;
    for (size_t i = 0; i < m->n_envelope; i++) {
        assert_true(c->n_env < WORLD_ENVELOPES);
        c->env[c->n_env++] = m->envelope[i];
    }
}

static void on_send(void *conn, struct tb_view batch)
{
    struct client *c = conn;
    Tb__Batch *b;

    if (c->w->deaf && c->w->deaf())
        return;
    assert_int_equal(tb_unpack(&c->arena, &tb__batch__descriptor, batch, &b), TB_OK);
    for (size_t i = 0; i < b->n_frame; i++)
        take_frame(c, b->frame[i]);
}

static void on_close(void *conn, const char *why)
{
    struct client *c = conn;

    (void)snprintf(c->why, sizeof c->why, "%s", why);
}

static const struct relay_wire wire = { on_send, on_close };

/* Connections that the relay closed are gone after the turn. */
static void reap(struct world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct client *c = w->client[i];
        if (c->peer && c->why[0]) {
            relay_disconnect(w->relay, c->peer, w->now);
            c->peer = NULL;
        }
    }
}

/* ---- the world */

static void make_state(struct world *w)
{
    char path[128];
    static const char magic[] = "trucban-relay-key-1\n";

    (void)snprintf(w->dir, sizeof w->dir, "/tmp/tb-relay-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(path, sizeof path, "%s/relay.db", w->dir);
    assert_int_equal(store_create(path, &w->p.relay_id, 1), TB_OK);
    (void)snprintf(path, sizeof path, "%s/spool", w->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/relay.key", w->dir);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_int_equal(write(fd, magic, sizeof magic - 1), sizeof magic - 1);
    assert_int_equal(write(fd, w->p.relay.sk, 32), 32); /* the seed stands in front */
    assert_int_equal(close(fd), 0);
}

void world_start(struct world *w)
{
    struct relay_options o = { .state_dir = w->dir, .max_peers = WORLD_CLIENTS };

    assert_int_equal(relay_open(&o, &wire, w->now, &w->relay), TB_OK);
}

void world_sync(struct world *w)
{
    while (tb_roster_size(w->relay->roster) < tb_roster_size(w->p.roster)) {
        TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
        struct tb_why why = { 0 };
        assert_int_equal(turn_begin(w->relay), TB_OK);
        assert_int_equal(
            relay_take_entry(w->relay,
                             tb_roster_entry(w->p.roster, tb_roster_size(w->relay->roster)), w->now,
                             &receipt, &why),
            TB_OK);
    }
    world_turn(w);
}

void world_open(struct world *w)
{
    memset(w, 0, sizeof *w);
    log_set_level(LOG_ERROR);
    w->text_bytes = 40;
    province_demo(&w->p);
    w->now = w->p.now_ms + 1000;
    make_state(w);
    world_start(w);
    world_sync(w);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void forget_peers(struct world *w)
{
    for (size_t i = 0; i < w->n; i++)
        w->client[i]->peer = NULL;
}

void world_forget_clients(struct world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        tb_arena_done(&w->client[i]->arena);
        free(w->client[i]);
    }
    w->n = 0;
}

void world_close(struct world *w)
{
    relay_close(w->relay);
    world_forget_clients(w);
    province_done(&w->p);
    assert_int_equal(nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void world_restart(struct world *w)
{
    relay_close(w->relay);
    forget_peers(w);
    world_start(w);
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[32 << 20];
    int in = open(from, O_RDONLY), out = -1;

    if (in < 0)
        return;
    ssize_t n = read(in, bytes, sizeof bytes);
    out = open(to, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(n >= 0 && n < (ssize_t)sizeof bytes && out >= 0);
    assert_int_equal(write(out, bytes, (size_t)n), n);
    assert_int_equal(close(in) + close(out), 0);
}

/* The files as they are this moment are what a killed relay leaves behind. */
void world_crash(struct world *w)
{
    static const char *const files[] = { "relay.db", "relay.db-wal", "relay.key" };
    char dir[64], from[160], to[160];

    (void)snprintf(dir, sizeof dir, "/tmp/tb-relay-XXXXXX");
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(from, sizeof from, "%s/%s", w->dir, files[i]);
        (void)snprintf(to, sizeof to, "%s/%s", dir, files[i]);
        copy_file(from, to);
    }
    (void)snprintf(to, sizeof to, "%s/spool", dir);
    assert_int_equal(mkdir(to, 0700), 0);
    relay_close(w->relay); /* what it still writes goes into the old folder */
    forget_peers(w);
    assert_int_equal(nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    memcpy(w->dir, dir, sizeof w->dir);
    world_start(w);
}

void world_turn(struct world *w)
{
    relay_turn_end(w->relay, w->now);
    reap(w);
}

void world_pass(struct world *w, int64_t ms)
{
    int64_t until = w->now + ms;

    for (;;) {
        int64_t due = relay_due_ms(w->relay);
        w->now = due > w->now ? due : w->now;
        if (w->now > until)
            break;
        relay_tick(w->relay, w->now);
        world_turn(w);
        assert_true(relay_due_ms(w->relay) > w->now || due < w->now); /* no step is due for ever */
    }
    w->now = until;
}

/* ---- connections */

struct client *world_connect(struct world *w)
{
    struct client *c = calloc(1, sizeof *c);

    assert_non_null(c);
    assert_true(w->n < WORLD_CLIENTS);
    w->client[w->n++] = c;
    c->w = w;
    randombytes_buf(c->exporter.b, sizeof c->exporter.b);
    tb_arena_init(&c->arena, CLIENT_ARENA);
    c->peer = relay_connect(w->relay, c, &c->exporter, w->now);
    assert_non_null(c->peer);
    return c;
}

void world_hang_up(struct client *c)
{
    relay_disconnect(c->w->relay, c->peer, c->w->now);
    c->peer = NULL;
}

void world_send(struct client *c, enum tb_op op, const ProtobufCMessage *m)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf batch = { 0 };
    Tb__Frame f;
    Tb__Frame *list[] = { &f };
    Tb__Batch b;

    assert_int_equal(tb_pack(m, &body), TB_OK);
    tb__frame__init(&f);
    f.op = (uint32_t)op;
    f.id = ++c->id;
    f.body = tb_field(body.p, body.n);
    tb__batch__init(&b);
    b.n_frame = 1;
    b.frame = list;
    assert_int_equal(tb_pack(&b.base, &batch), TB_OK);
    c->reply = NULL;
    relay_message(c->w->relay, c->peer, tb_buf_view(&batch), c->w->now);
}

tb_result world_ask(struct client *c, enum tb_op op, const ProtobufCMessage *m)
{
    world_send(c, op, m);
    assert_null(c->reply); /* nothing is said before it is on disk */
    world_turn(c->w);
    return c->reply ? tb_result_of(c->reply->result) : TB_E_OFFLINE;
}

tb_result world_hello(struct client *c)
{
    Tb__Hello m;
    Tb__HelloReply *reply;

    tb__hello__init(&m);
    m.version_min = m.version_max = 1;
    tb_result r = world_ask(c, TB_OP_HELLO, &m.base);
    if (r != TB_OK)
        return r;
    assert_int_equal(
        tb_unpack(&c->arena, &tb__hello_reply__descriptor, tb_field_view(&c->reply->body), &reply),
        TB_OK);
    assert_int_equal(reply->nonce.len, sizeof c->nonce);
    memcpy(c->nonce, reply->nonce.data, sizeof c->nonce);
    c->era = reply->era;
    return TB_OK;
}

struct tb_buf world_sign(struct client *c, enum tb_type type, const ProtobufCMessage *m)
{
    struct tb_buf out = { 0 };

    assert_int_equal(tb_signed_make(type, &c->w->p.id, m, &c->d->sign, &out), TB_OK);
    return out;
}

void world_auth_send(struct client *c, struct province_device *d, uint64_t era, uint64_t cursor,
                     void (*edit)(Tb__AuthClaim *m))
{
    struct tb_hash hash = tb_roster_head(c->w->p.roster);
    Tb__AuthClaim claim;
    Tb__Head head;
    Tb__Auth m;

    c->d = d;
    tb__head__init(&head);
    head.size = tb_roster_size(c->w->p.roster);
    head.hash = tb_field(hash.b, sizeof hash.b);
    tb__auth_claim__init(&claim);
    claim.nonce = tb_field(c->nonce, sizeof c->nonce);
    claim.exporter = tb_field(c->exporter.b, sizeof c->exporter.b);
    claim.relay_id = tb_field(c->w->p.relay_id.b, sizeof c->w->p.relay_id.b);
    claim.cred = tb_field(d->cred.b, sizeof d->cred.b);
    claim.roster = &head;
    claim.time_ms = c->w->now;
    if (edit)
        edit(&claim);
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_AUTH, &claim.base);
    tb__auth__init(&m);
    m.claim_signed = tb_field(packed.p, packed.n);
    m.era = era;
    m.cursor = cursor;
    world_send(c, TB_OP_AUTH, &m.base);
}

tb_result world_auth(struct client *c, struct province_device *d, uint64_t era, uint64_t cursor,
                     void (*edit)(Tb__AuthClaim *m))
{
    world_auth_send(c, d, era, cursor, edit);
    assert_null(c->reply);
    world_turn(c->w);
    return c->reply ? tb_result_of(c->reply->result) : TB_E_OFFLINE;
}

struct client *world_login_device(struct world *w, struct province_device *d)
{
    struct client *c = world_connect(w);

    assert_int_equal(world_hello(c), TB_OK);
    assert_int_equal(world_auth(c, d, 0, 0, NULL), TB_OK);
    return c;
}

struct client *world_login(struct world *w, const char *account)
{
    return world_login_device(w, province_find(&w->p, account));
}

tb_result world_ping(struct client *c)
{
    Tb__Ping m;

    tb__ping__init(&m);
    return world_ask(c, TB_OP_PING, &m.base);
}

tb_result world_ack(struct client *c, uint64_t seq)
{
    Tb__Ack m;

    tb__ack__init(&m);
    m.era = c->era;
    m.seq = seq;
    return world_ask(c, TB_OP_ACK, &m.base);
}

/* ---- what came */

size_t world_count(struct client *c, enum tb_envelope_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_env; i++)
        n += c->env[i]->kind == (uint32_t)kind;
    return n;
}

Tb__Envelope *world_env(struct client *c, enum tb_envelope_kind kind, size_t i)
{
    for (size_t j = 0; j < c->n_env; j++)
        if (c->env[j]->kind == (uint32_t)kind && i-- == 0)
            return c->env[j];
    return NULL;
}

Tb__Release *world_release(struct client *c, size_t i)
{
    const Tb__Envelope *e = world_env(c, TB_ENV_RELEASE, i);
    struct tb_view payload;
    Tb__Release *m;

    assert_non_null(e);
    assert_int_equal(tb_signed_open(&c->arena, TB_TYPE_RELEASE, &c->w->p.id,
                                    tb_field_view(&e->statement), c->w->p.relay.pk, &payload),
                     TB_OK);
    assert_int_equal(tb_release_unpack(&c->arena, payload, &m), TB_OK);
    return m;
}

struct tb_hash world_release_hash(struct client *c, size_t i)
{
    const Tb__Envelope *e = world_env(c, TB_ENV_RELEASE, i);
    struct tb_signed s;

    assert_non_null(e);
    assert_int_equal(tb_signed_parse(&c->arena, tb_field_view(&e->statement), &s), TB_OK);
    return tb_release_hash(s.payload);
}

size_t world_find_release(struct client *c, enum tb_release_step step, uint32_t t)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < world_count(c, TB_ENV_RELEASE); i++) {
        const Tb__Release *m = world_release(c, i);
        if (m->step == (uint32_t)step && m->t == t)
            found = i;
    }
    return found;
}

const char *world_detail(const struct client *c)
{
    return c->reply && c->reply->detail ? c->reply->detail : "";
}
