/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_wire.c - see bench_wire.h. */
#define _GNU_SOURCE
#include "bench_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "proto/wire.pb-c.h"

enum { LINE_CONNECT, LINE_TLS, LINE_UPGRADE, LINE_HELLO, LINE_AUTH, LINE_IN, LINE_GONE };
enum {
    TRIES = 20,
    READ_BYTES = 65536,
    EVENTS = 256,
    OP_BINARY = 2,
    OP_CLOSE = 8,
    OP_PING = 9,
    OP_PONG = 10
};

struct wire {
    struct world *world;
    struct wire_events ev;
    void *user;
    int epoll;
    SSL_CTX *ctx;
    struct line **line;
    size_t n, cap, in, redialled;
};

struct wire *wire_open(struct world *w, const struct wire_events *ev, void *user)
{
    struct wire *wire = calloc(1, sizeof *wire);

    if (!wire)
        die("no memory");
    *wire = (struct wire){ .world = w, .ev = *ev, .user = user };
    wire->epoll = epoll_create1(EPOLL_CLOEXEC);
    wire->ctx = SSL_CTX_new(TLS_client_method());
    if (wire->epoll < 0 || !wire->ctx ||
        SSL_CTX_set_min_proto_version(wire->ctx, TLS1_3_VERSION) != 1)
        die("no epoll or TLS");
    SSL_CTX_set_verify(wire->ctx, SSL_VERIFY_NONE, NULL); /* the pin is tested elsewhere */
    (void)SSL_CTX_set_mode(wire->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                          SSL_MODE_RELEASE_BUFFERS);
    return wire;
}

/* Frees what a line holds; the line itself stays until wire_close. */
void wire_hang_up(struct line *l)
{
    if (l->state == LINE_GONE)
        return;
    l->wire->in -= l->in;
    l->in = false;
    l->state = LINE_GONE;
    SSL_free(l->tls);
    l->tls = NULL;
    (void)close(l->fd);
    tb_buf_done(&l->out);
    tb_buf_done(&l->got);
}

void wire_close(struct wire *w)
{
    for (size_t i = 0; i < w->n; i++) {
        wire_hang_up(w->line[i]);
        free(w->line[i]);
    }
    free(w->line);
    (void)close(w->epoll);
    SSL_CTX_free(w->ctx);
    free(w);
}

size_t wire_redialled(const struct wire *w)
{
    return w->redialled;
}

static void connect_to(struct line *l);

/* A stranger who took too long is dropped; he comes again, as a device would, with the same line. */
static bool again(struct line *l)
{
    if (l->state >= LINE_IN || l->tries++ >= TRIES)
        return false;
    wire_hang_up(l);
    l->out_sent = 0;
    l->wire->redialled++;
    connect_to(l);
    return true;
}

static void lost(struct line *l, const char *why)
{
    if (again(l))
        return;
    if (!l->wire->ev.gone)
        die("%s: connection lost: %s", l->device->account, why);
    wire_hang_up(l);
    l->wire->ev.gone(l->wire->user, l);
}

static void want(struct line *l, bool write)
{
    struct epoll_event e = { .events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = l };

    if (l->wants_write == write)
        return;
    l->wants_write = write;
    (void)epoll_ctl(l->wire->epoll, EPOLL_CTL_MOD, l->fd, &e);
}

static void connect_to(struct line *l)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)l->wire->world->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = l };
    int one = 1;

    l->state = LINE_CONNECT;
    l->wants_write = true;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
        die("socket: %s", strerror(errno));
    if (connect(l->fd, (struct sockaddr *)&at, sizeof at) != 0 && errno != EINPROGRESS)
        die("connect: %s", strerror(errno));
    if (epoll_ctl(l->wire->epoll, EPOLL_CTL_ADD, l->fd, &e) != 0)
        die("epoll: %s", strerror(errno));
}

struct line *wire_dial(struct wire *w, const struct device *d, uint64_t era, uint64_t cursor)
{
    struct line *l = calloc(1, sizeof *l);

    if (w->n == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 64;
        w->line = reallocarray(w->line, w->cap, sizeof(struct line *));
    }
    if (!l || !w->line)
        die("no memory");
    *l = (struct line){ .wire = w, .device = d, .no = w->n, .era = era, .cursor = cursor };
    l->next_id = 1 << 28; /* always five bytes as a varint */
    w->line[w->n++] = l;
    connect_to(l);
    return l;
}

/* ---- writing */

void wire_flush(struct line *l)
{
    while (l->out_sent < l->out.n) {
        int n = SSL_write(l->tls, l->out.p + l->out_sent, (int)(l->out.n - l->out_sent));
        if (n <= 0) {
            ERR_clear_error();
            want(l, true);
            return;
        }
        l->out_sent += (size_t)n;
    }
    l->out.n = l->out_sent = 0;
    want(l, false);
}

/* A mask of zeros is a mask. */
static void put_ws(struct tb_buf *b, uint8_t opcode, size_t n)
{
    static const uint8_t mask[4];

    tb_put_u8(b, (uint8_t)(0x80 | opcode));
    if (n < 126) {
        tb_put_u8(b, (uint8_t)(0x80 | n));
    } else if (n < 65536) {
        const uint8_t head[] = { 0x80 | 126, (uint8_t)(n >> 8), (uint8_t)n };
        tb_put(b, head, sizeof head);
    } else {
        tb_put_u8(b, 0x80 | 127);
        for (int i = 56; i >= 0; i -= 8)
            tb_put_u8(b, (uint8_t)((uint64_t)n >> i));
    }
    tb_put(b, mask, sizeof mask);
}

static size_t varint(uint8_t *at, uint64_t v)
{
    size_t n = 0;

    while (v >= 128) {
        at[n++] = (uint8_t)(v | 128);
        v >>= 7;
    }
    at[n++] = (uint8_t)v;
    return n;
}

uint64_t wire_put(struct line *l, enum tb_op op, struct tb_view body)
{
    uint8_t head[32], outer[12];
    size_t n = 0, m = 0;
    uint64_t id = l->next_id++;

    head[n++] = 1 << 3; /* Frame.op */
    n += varint(head + n, (uint64_t)op);
    head[n++] = 2 << 3; /* id */
    n += varint(head + n, id);
    head[n++] = 4 << 3 | 2; /* body */
    n += varint(head + n, body.n);
    outer[m++] = 1 << 3 | 2; /* Batch.frame */
    m += varint(outer + m, n + body.n);
    put_ws(&l->out, OP_BINARY, m + n + body.n);
    tb_put(&l->out, outer, m);
    tb_put(&l->out, head, n);
    tb_put(&l->out, body.p, body.n);
    return id;
}

static void put_message(struct line *l, enum tb_op op, const ProtobufCMessage *m)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };

    if (tb_pack(m, &body) != TB_OK)
        die("no memory");
    (void)wire_put(l, op, tb_buf_view(&body));
    wire_flush(l);
}

void wire_ack(struct line *l, uint64_t seq)
{
    uint8_t body[24];
    size_t n = 0;

    body[n++] = 1 << 3;
    n += varint(body + n, l->era);
    body[n++] = 2 << 3;
    n += varint(body + n, seq);
    (void)wire_put(l, TB_OP_ACK, tb_view_of(body, n));
}

/* ---- reading */

static bool number(struct tb_view *v, uint64_t *ret)
{
    *ret = 0;
    for (int shift = 0; v->n > 0 && shift < 64; shift += 7) {
        uint8_t b = *v->p++;
        v->n--;
        *ret |= (uint64_t)(b & 127) << shift;
        if (b < 128)
            return true;
    }
    return false;
}

bool wire_next(struct tb_view *rest, struct wire_field *ret)
{
    uint64_t key, v;

    if (rest->n == 0 || !number(rest, &key) || !number(rest, &v))
        return false;
    *ret = (struct wire_field){ .no = (uint32_t)(key >> 3), .number = v };
    if ((key & 7) == 0)
        return true;
    if ((key & 7) != 2 || v > rest->n)
        die("the relay sent a field of another kind");
    ret->bytes = tb_view_of(rest->p, (size_t)v);
    rest->p += v;
    rest->n -= (size_t)v;
    return true;
}

uint64_t wire_newest(const struct wire_frame *f, size_t *ret_n)
{
    struct tb_view body = f->body, envelope;
    struct wire_field field, seq;
    uint64_t newest = 0;

    while (wire_next(&body, &field)) {
        if (field.no != 2)
            continue;
        envelope = field.bytes;
        if (wire_next(&envelope, &seq) && seq.no == 1)
            newest = seq.number;
        ++*ret_n;
    }
    return newest;
}

static void on_hello(struct line *l, struct tb_view body)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf claim_signed = { 0 };
    struct tb_hash head = tb_roster_head(l->wire->world->roster);
    struct world *w = l->wire->world;
    uint8_t exporter[TB_HASH_BYTES];
    static const char label[] = "EXPORTER-trucban-1";
    struct wire_field f;
    Tb__AuthClaim claim;
    Tb__Head h;
    Tb__Auth m;

    while (wire_next(&body, &f))
        if (f.no == 3 && f.bytes.n == sizeof l->nonce)
            memcpy(l->nonce, f.bytes.p, sizeof l->nonce);
    if (SSL_export_keying_material(l->tls, exporter, sizeof exporter, label, sizeof label - 1, NULL,
                                   0, 0) != 1)
        die("no exporter");
    tb__head__init(&h);
    h.size = tb_roster_size(w->roster);
    h.hash = tb_field(head.b, sizeof head.b);
    tb__auth_claim__init(&claim);
    claim.nonce = tb_field(l->nonce, sizeof l->nonce);
    claim.exporter = tb_field(exporter, sizeof exporter);
    claim.relay_id = tb_field(w->relay_id.b, sizeof w->relay_id.b);
    claim.cred = tb_field(l->device->cred.b, sizeof l->device->cred.b);
    claim.roster = &h;
    claim.time_ms = (int64_t)time(NULL) * 1000;
    if (tb_signed_make(TB_TYPE_AUTH, &w->id, &claim.base, &l->device->sign, &claim_signed) != TB_OK)
        die("no signature");
    tb__auth__init(&m);
    m.claim_signed = tb_field(claim_signed.p, claim_signed.n);
    m.era = l->era;
    m.cursor = l->cursor;
    l->state = LINE_AUTH;
    put_message(l, TB_OP_AUTH, &m.base);
}

static void on_auth(struct line *l, struct tb_view body)
{
    struct wire_field f;

    l->queued = l->newest = 0;
    while (wire_next(&body, &f)) {
        if (f.no == 2)
            l->queued = f.number;
        else if (f.no == 3)
            l->era = f.number;
        else if (f.no == 4)
            l->newest = f.number;
    }
    l->state = LINE_IN;
    l->in = true;
    l->wire->in++;
    l->wire->ev.in(l->wire->user, l);
}

static void on_frame(struct line *l, struct tb_view frame)
{
    struct wire_frame f = { 0 };
    struct wire_field field;

    while (wire_next(&frame, &field)) {
        if (field.no == 1)
            f.op = (uint32_t)field.number;
        else if (field.no == 2)
            f.id = field.number;
        else if (field.no == 3)
            f.result = (int64_t)(field.number >> 1) ^ -(int64_t)(field.number & 1);
        else if (field.no == 4)
            f.body = field.bytes;
        else if (field.no == 5)
            die("%s: op 0x%x refused: %.*s", l->device->account, f.op, (int)field.bytes.n,
                (const char *)field.bytes.p);
    }
    if (l->state == LINE_IN)
        l->wire->ev.frame(l->wire->user, l, &f);
    else if (l->state == LINE_HELLO)
        on_hello(l, f.body);
    else if (l->state == LINE_AUTH && f.op == TB_OP_AUTH)
        on_auth(l, f.body);
}

static void on_message(struct line *l, uint8_t opcode, struct tb_view v)
{
    struct wire_field f;

    if (opcode == OP_PING) {
        put_ws(&l->out, OP_PONG, v.n);
        tb_put(&l->out, v.p, v.n);
        wire_flush(l);
    } else if (opcode == OP_CLOSE) {
        lost(l, "closed by the relay");
    } else if (opcode == OP_BINARY) {
        while (l->state != LINE_GONE && wire_next(&v, &f))
            on_frame(l, f.bytes);
    }
}

/* Takes whole websocket frames from what came; gives how many bytes. */
static size_t take_frames(struct line *l, struct tb_view v)
{
    size_t used = 0;

    while (l->state != LINE_GONE && v.n - used >= 2) {
        const uint8_t *p = v.p + used;
        size_t head = 2, n = p[1] & 127, longer = n == 126 ? 2 : n == 127 ? 8 : 0;

        if (v.n - used < head + longer)
            break;
        if (longer)
            n = 0;
        for (size_t i = 0; i < longer; i++)
            n = n << 8 | p[head + i];
        head += longer;
        if (v.n - used - head < n)
            break;
        used += head + n;
        on_message(l, p[0] & 15, tb_view_of(p + head, n));
    }
    return used;
}

static size_t take_upgrade(struct line *l, struct tb_view v)
{
    const uint8_t *end = memmem(v.p, v.n, "\r\n\r\n", 4);
    Tb__Hello m;

    if (!end)
        return 0;
    if (v.n < 12 || memcmp(v.p, "HTTP/1.1 101", 12) != 0)
        die("the relay refused the websocket");
    tb__hello__init(&m);
    m.version_min = m.version_max = 1;
    l->state = LINE_HELLO;
    put_message(l, TB_OP_HELLO, &m.base);
    return (size_t)(end + 4 - v.p);
}

/* What is not used stays in l->got. */
static void take(struct line *l, struct tb_view v)
{
    size_t used = 0;
    bool held = l->got.n > 0;

    if (held) {
        tb_put(&l->got, v.p, v.n);
        v = tb_buf_view(&l->got);
    }
    if (l->state == LINE_UPGRADE)
        used = take_upgrade(l, v);
    if (l->state != LINE_UPGRADE)
        used += take_frames(l, tb_view_of(v.p + used, v.n - used));
    if (l->state == LINE_GONE)
        return;
    if (held) {
        memmove(l->got.p, l->got.p + used, l->got.n - used);
        l->got.n -= used;
    } else {
        tb_put(&l->got, v.p + used, v.n - used);
    }
}

static void on_readable(struct line *l)
{
    static uint8_t bytes[READ_BYTES];

    while (l->state != LINE_GONE) {
        int n = SSL_read(l->tls, bytes, sizeof bytes);
        if (n > 0) {
            take(l, tb_view_of(bytes, (size_t)n));
            continue;
        }
        int why = SSL_get_error(l->tls, n);
        ERR_clear_error();
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            lost(l, "end of stream");
        return;
    }
}

static void on_tls(struct line *l)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                  "Sec-WebSocket-Protocol: trucban-1\r\n\r\n";
    int n = SSL_connect(l->tls);

    if (n != 1) {
        int why = SSL_get_error(l->tls, n);
        ERR_clear_error();
        want(l, why == SSL_ERROR_WANT_WRITE);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            lost(l, "no TLS");
        return;
    }
    l->state = LINE_UPGRADE;
    tb_put(&l->out, request, sizeof request - 1);
    wire_flush(l);
}

static void on_event(struct line *l, uint32_t events)
{
    if (l->state == LINE_GONE)
        return;
    if (l->state == LINE_CONNECT) {
        l->tls = SSL_new(l->wire->ctx);
        if (!l->tls || SSL_set_fd(l->tls, l->fd) != 1)
            die("no memory");
        l->state = LINE_TLS;
    }
    if (l->state == LINE_TLS)
        on_tls(l);
    else if (events & EPOLLOUT)
        wire_flush(l);
    if (l->state >= LINE_UPGRADE && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        on_readable(l);
    if (l->state == LINE_IN && l->out.n > l->out_sent)
        wire_flush(l); /* all that the answers of this read brought about, in one write */
}

bool wire_run(struct wire *w, const bool *done, int64_t until_ns)
{
    struct epoll_event events[EVENTS];

    while (!*done) {
        int64_t left_ns = until_ns - now_ns();
        if (left_ns <= 0)
            return false;
        int n = epoll_wait(w->epoll, events, EVENTS, (int)((left_ns + 999999) / 1000000));
        for (int i = 0; i < n && !*done; i++)
            on_event(events[i].data.ptr, events[i].events);
    }
    return true;
}
