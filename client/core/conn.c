/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn.c - one websocket at a time, and whose callbacks still count.
 *
 * A connection that was given up lives on inside libwebsockets for a moment.
 * Only the callbacks of c->wsi count; every other socket's are answered with
 * "close".  Each dial ends in exactly one `up` or `down`: `report` is the one
 * place that says `down`.  What fails while the caller still stands in
 * conn_dial() is said from the loop, never from inside his call. */
#include "client/core/conn.h"

#include <arpa/inet.h>
#include <assert.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/tls.h"

#define SUBPROTOCOL "trucban-1"
#define MURMUR "more" /* in a pong that nobody asked for: your message is long, I am taking it */

enum {
    CONNECT_S = 10, /* TCP, TLS and upgrade, each */
    SEND_MAX = 8 * 1024 * 1024,
    RECEIVE_MAX = TB_FRAME_MAX + 65536, /* the relay's pushes carry a header more than a SUBMIT */
    READ_BYTES = 16384,
    KEEP_BYTES = 65536, /* a larger receive buffer is given back after its message */
    MURMUR_US = 4000000,
    FDS = 16, /* else tables are sized by the ulimit */
};

enum conn_state { IDLE, RESOLVING, DIALLING, UP };

/* One message that waits, with the room in front that libwebsockets writes into. */
struct waiting {
    struct waiting *next;
    size_t n;
    uint8_t room[]; /* LWS_PRE, then n bytes */
};

struct conn {
    struct lws_context *lws;
    struct ssl_ctx_st *tls;
    struct tls_watch watch;
    struct conn_events ev;
    void *user;

    enum conn_state state;
    struct lws *wsi; /* the one that counts; NULL = none */
    bool inside_dial;
    char host[TB_ADDRESS_MAX + 1];
    int port;

    lws_sorted_usec_list_t later; /* a `down` that waits for the loop */
    enum conn_down why;
    char text[160];

    struct tb_buf in; /* the message under way */
    bool murmur;      /* the relay is to hear that we take it */
    lws_usec_t murmured_us;
    struct waiting *first, *last;
    size_t waiting_bytes;
    unsigned depth; /* inside how many events are we? */
};

/* --- leaving a state */

static void drop_waiting(struct conn *c)
{
    while (c->first) {
        struct waiting *w = c->first;
        c->first = w->next;
        free(w);
    }
    c->last = NULL;
    c->waiting_bytes = 0;
}

/* From here on nothing that still happens to the socket counts. */
static void detach(struct conn *c)
{
    c->state = IDLE;
    c->wsi = NULL;
    c->murmur = false;
    tb_buf_done(&c->in);
    drop_waiting(c);
}

static void report(struct conn *c, enum conn_down why, const char *text)
{
    detach(c);
    c->depth++;
    c->ev.down(c->user, why, text);
    c->depth--;
}

static void on_later(lws_sorted_usec_list_t *sul)
{
    struct conn *c = lws_container_of(sul, struct conn, later);

    report(c, c->why, c->text);
}

/* Says `down` from the loop. */
static void report_later(struct conn *c, enum conn_down why, const char *text)
{
    detach(c);
    c->state = DIALLING; /* until it is said */
    c->why = why;
    (void)snprintf(c->text, sizeof c->text, "%s", text);
    lws_sul_schedule(c->lws, 0, &c->later, on_later, 1);
    lws_cancel_service(c->lws); /* a timer armed outside the loop starts with the next turn only */
}

/* --- what libwebsockets tells */

/* Which of the reasons is it?  libwebsockets has only a text. */
static enum conn_down why_failed(const struct conn *c, const char *text)
{
    if (c->watch.pin_wrong)
        return CONN_DOWN_PIN;
    if (!c->watch.begun)
        return CONN_DOWN_REFUSED;
    if (strstr(text, "imed out") || strstr(text, "imeout") || strstr(text, "closed"))
        return CONN_DOWN_CLOSED;
    return CONN_DOWN_PROTOCOL;
}

static void on_failed(struct conn *c, const char *in, size_t n)
{
    char text[sizeof c->text] = "connection failed";

    if (in && n > 0)
        (void)snprintf(text, sizeof text, "%.*s", (int)(n < sizeof text ? n : sizeof text - 1), in);
    enum conn_down why = why_failed(c, text);
    if (why == CONN_DOWN_PIN)
        (void)snprintf(text, sizeof text, "the key of %.100s is not the pinned one", c->host);
    else if (why == CONN_DOWN_REFUSED)
        (void)snprintf(text, sizeof text, "nothing answers at %.100s port %d", c->host, c->port);
    else if (strstr(text, "SSL err"))
        (void)snprintf(text, sizeof text, "%.100s does not speak TLS 1.3", c->host);
    if (c->inside_dial)
        report_later(c, why, text);
    else
        report(c, why, text);
}

/* The peer must have taken our subprotocol: anything else is some other web server. */
static int on_upgrade(struct conn *c, struct lws *wsi)
{
    char name[32];

    int n = lws_hdr_copy(wsi, name, sizeof name, WSI_TOKEN_PROTOCOL);
    if (n == (int)strlen(SUBPROTOCOL) && strcmp(name, SUBPROTOCOL) == 0)
        return 0;
    report(c, CONN_DOWN_PROTOCOL, "it does not speak " SUBPROTOCOL);
    return -1;
}

static int on_up(struct conn *c, struct lws *wsi)
{
    struct tb_hash exporter;

    tb_result r = tls_client_established(&c->watch, lws_get_ssl(wsi), &exporter);
    if (r != TB_OK) {
        report(c, r == TB_E_BADSIG ? CONN_DOWN_PIN : CONN_DOWN_PROTOCOL, tb_strresult(r));
        return -1;
    }
    c->state = UP;
    c->depth++;
    c->ev.up(c->user, &exporter);
    c->depth--;
    return c->wsi == wsi ? 0 : -1;
}

/* Hands the whole message over.  The caller may hang up meanwhile, so the bytes are no longer c's. */
static void deliver(struct conn *c)
{
    struct tb_buf message = c->in;

    c->in = (struct tb_buf){ 0 };
    c->depth++;
    c->ev.message(c->user, tb_buf_view(&message));
    c->depth--;
    message.n = 0;
    if (c->state == UP && !c->in.p && message.cap <= KEEP_BYTES)
        c->in = message;
    else
        tb_buf_done(&message);
}

/* The answers to pings wait behind a long message: on a thin line both ends would take each other for dead. */
static void move(struct conn *c)
{
    if (!c->ev.moving)
        return;
    c->depth++;
    c->ev.moving(c->user);
    c->depth--;
}

static void take_piece(struct conn *c, struct lws *wsi)
{
    lws_usec_t now = lws_now_usecs();

    lws_validity_confirmed(wsi);
    move(c);
    if (c->wsi != wsi || now - c->murmured_us < MURMUR_US)
        return;
    c->murmured_us = now;
    c->murmur = true;
    (void)lws_callback_on_writable(wsi);
}

/* One piece; pieces of a message come in order. */
static int on_receive(struct conn *c, struct lws *wsi, const void *p, size_t n)
{
    size_t left = lws_remaining_packet_payload(wsi);

    if (!lws_frame_is_binary(wsi)) {
        report(c, CONN_DOWN_PROTOCOL, "a text message");
        return -1;
    }
    if (n > RECEIVE_MAX - c->in.n || left > RECEIVE_MAX - c->in.n - n) {
        report(c, CONN_DOWN_PROTOCOL, "a message above the limit");
        return -1;
    }
    tb_put(&c->in, p, n);
    if (c->in.failed) {
        report(c, CONN_DOWN_CLOSED, tb_strresult(TB_E_NOMEM));
        return -1;
    }
    if (left == 0 && lws_is_final_fragment(wsi))
        deliver(c);
    else
        take_piece(c, wsi);
    return c->wsi == wsi ? 0 : -1;
}

static int say_murmur(struct conn *c, struct lws *wsi)
{
    uint8_t room[LWS_PRE + sizeof MURMUR] = { 0 };

    c->murmur = false;
    memcpy(room + LWS_PRE, MURMUR, sizeof MURMUR - 1);
    if (lws_write(wsi, room + LWS_PRE, sizeof MURMUR - 1, LWS_WRITE_PONG) < 0) {
        report(c, CONN_DOWN_CLOSED, "writing failed");
        return -1;
    }
    if (c->first)
        (void)lws_callback_on_writable(wsi);
    return 0;
}

/* libwebsockets takes one write each time that it asks. */
static int on_writable(struct conn *c, struct lws *wsi)
{
    struct waiting *w = c->first;

    if (c->murmur)
        return say_murmur(c, wsi);
    if (!w)
        return 0;
    if (lws_write(wsi, w->room + LWS_PRE, w->n, LWS_WRITE_BINARY) < (int)w->n) {
        report(c, CONN_DOWN_CLOSED, "writing failed");
        return -1;
    }
    c->first = w->next;
    if (!c->first)
        c->last = NULL;
    c->waiting_bytes -= w->n;
    free(w);
    if (c->first)
        (void)lws_callback_on_writable(wsi);
    return 0;
}

static int on_gone(struct conn *c)
{
    if (c->state == UP)
        report(c, CONN_DOWN_CLOSED, "closed by the relay, or silent too long");
    else if (c->inside_dial || c->watch.pin_wrong || !c->watch.begun)
        on_failed(c, NULL, 0);
    else
        report(c, CONN_DOWN_CLOSED, "closed or silent before the upgrade");
    return 0;
}

/* Events of the socket that counts. */
static int on_current(struct conn *c, struct lws *wsi, enum lws_callback_reasons why, void *in,
                      size_t n)
{
    switch ((int)why) { /* a few of a hundred */
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_failed(c, in, n);
        return 0;
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
        return on_upgrade(c, wsi);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return on_up(c, wsi);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return on_receive(c, wsi, in, n);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        if (n == sizeof MURMUR - 1 && memcmp(in, MURMUR, n) == 0)
            move(c);
        return c->wsi == wsi ? 0 : -1;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(c, wsi);
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
        return on_gone(c);
    default:
        return 0;
    }
}

/* Events of a socket that was given up: it shall close. */
static int on_stale(enum lws_callback_reasons why)
{
    switch ((int)why) {
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return -1;
    default:
        return 0;
    }
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons why, void *unused, void *in, size_t n)
{
    struct conn *c = wsi ? lws_context_user(lws_get_context(wsi)) : NULL;

    (void)unused;
    if (!c)
        return 0;
    return c->wsi == wsi ? on_current(c, wsi, why, in, n) : on_stale(why);
}

/* --- making and freeing */

static const struct ssl_st *current_ssl(void *user)
{
    struct conn *c = user;

    return c->wsi ? lws_get_ssl(c->wsi) : NULL;
}

static struct lws_context *context_new(struct conn *c, void *glib_loop)
{
    static const struct lws_protocols protocols[] = {
        { .name = SUBPROTOCOL, .callback = on_lws, .rx_buffer_size = READ_BYTES }, { 0 }
    };
    static const lws_retry_bo_t silence = { .secs_since_valid_ping = 10,
                                            .secs_since_valid_hangup = 15 };
    void *loops[] = { glib_loop };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_GLIB | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
        .foreign_loops = loops,
        .provided_client_ssl_ctx = c->tls,
        .alpn = "http/1.1",
        .retry_and_idle_policy = &silence,
        .timeout_secs = CONNECT_S,
        .connect_timeout_secs = CONNECT_S,
        .fd_limit_per_thread = FDS,
        .pt_serv_buf_size = READ_BYTES,
        .http_proxy_address = "", /* else $http_proxy, whose name would block the loop */
        .user = c,
    };

    lws_set_log_level(0, NULL); /* a library does not write to stderr */
    return lws_create_context(&info);
}

tb_result conn_new(void *glib_loop, const struct conn_events *ev, void *user, struct conn **ret)
{
    struct conn *c = calloc(1, sizeof *c);

    if (!c)
        return TB_E_NOMEM;
    c->ev = *ev;
    c->user = user;
    c->watch = (struct tls_watch){ .current = current_ssl, .user = c };
    tb_result r = tls_client_new(&c->watch, &c->tls);
    if (r == TB_OK) {
        c->lws = context_new(c, glib_loop);
        r = c->lws ? TB_OK : TB_E_IO;
    }
    if (r != TB_OK) {
        conn_free(c);
        return r;
    }
    *ret = c;
    return TB_OK;
}

void conn_free(struct conn *c)
{
    if (!c)
        return;
    assert(c->depth == 0); /* libwebsockets cannot go away under its own callback */
    if (c->lws) {
        conn_hang_up(c);
        lws_context_destroy(c->lws);
    }
    tls_client_free(c->tls);
    free(c);
}

/* --- dialling */

/* "host:port" or "[v6]:port". */
static tb_result address_parse(const char *address, struct conn *c)
{
    const char *colon = strrchr(address, ':');
    const char *host = address;
    size_t n = colon ? (size_t)(colon - address) : 0;

    if (!colon || strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(colon + 1) > 5)
        return TB_E_RANGE;
    long port = strtol(colon + 1, NULL, 10);
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
        host++;
        n -= 2;
    }
    if (n == 0 || n > TB_ADDRESS_MAX || port < 1 || port > 65535)
        return TB_E_RANGE;
    memcpy(c->host, host, n);
    c->host[n] = '\0';
    c->port = (int)port;
    return TB_OK;
}

static bool is_numeric(const char *host)
{
    uint8_t any[16];

    return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

static void connect_to(struct conn *c, const char *ip)
{
    struct lws_client_connect_info info = {
        .context = c->lws,
        .address = ip,
        .port = c->port,
        /* The flags silence libwebsockets' own opinion; tls.c has the word. */
        .ssl_connection = LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED |
                          LCCSCF_ALLOW_INSECURE | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
                          LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .path = "/",
        .host = c->host,
        .protocol = SUBPROTOCOL,
        .alpn = "http/1.1",
        .pwsi = &c->wsi,
    };

    c->state = DIALLING;
    c->watch.begun = c->watch.pin_wrong = false;
    c->inside_dial = true;
    const struct lws *wsi = lws_client_connect_via_info(&info);
    c->inside_dial = false;
    /* NULL comes with an error callback or without one. */
    if (!wsi && !lws_dll2_is_detached(&c->later.list))
        return;
    if (!wsi)
        report_later(c, CONN_DOWN_REFUSED, "cannot connect");
    else
        lws_cancel_service(c->lws);
}

tb_result conn_dial(struct conn *c, const char *address, const struct tb_hash *pin,
                    const struct tb_hash *pin_next)
{
    conn_hang_up(c);
    tb_result r = address_parse(address, c);
    if (r != TB_OK)
        return r;
    c->watch.pin = *pin;
    c->watch.pin_next = pin_next ? *pin_next : *pin;
    c->state = RESOLVING;
    if (is_numeric(c->host))
        connect_to(c, c->host);
    else if (c->ev.resolve)
        c->ev.resolve(c->user, c, c->host);
    else
        report_later(c, CONN_DOWN_RESOLVE, "not a numeric address");
    return TB_OK;
}

void conn_resolved(struct conn *c, const char *ip)
{
    if (c->state != RESOLVING)
        return; /* hung up meanwhile */
    if (ip && is_numeric(ip))
        connect_to(c, ip);
    else
        report_later(c, CONN_DOWN_RESOLVE, "name not found");
}

/* --- while it is up */

tb_result conn_send(struct conn *c, struct tb_view batch)
{
    if (c->state != UP)
        return TB_E_OFFLINE;
    if (batch.n == 0 || batch.n > TB_FRAME_MAX)
        return TB_E_RANGE;
    if (batch.n > SEND_MAX - c->waiting_bytes)
        return TB_E_LIMIT;
    struct waiting *w = malloc(sizeof *w + LWS_PRE + batch.n);
    if (!w)
        return TB_E_NOMEM;
    w->next = NULL;
    w->n = batch.n;
    memcpy(w->room + LWS_PRE, batch.p, batch.n);
    if (c->last)
        c->last->next = w;
    else
        c->first = w;
    c->last = w;
    c->waiting_bytes += w->n;
    (void)lws_callback_on_writable(c->wsi);
    return TB_OK;
}

void conn_hang_up(struct conn *c)
{
    struct lws *wsi = c->wsi;

    lws_sul_schedule(c->lws, 0, &c->later, NULL, LWS_SET_TIMER_USEC_CANCEL);
    detach(c);
    if (!wsi)
        return;
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    lws_cancel_service(c->lws);
}
