/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ws.c - libwebsockets 4.1.6 with a guard on every path that a stranger can take.
 *
 * TLS below 1.3                no such protocol in the SSL_CTX
 * HTTP/2                       ALPN http/1.1 only, and any Upgrade but "websocket" is refused (h2c)
 * CONNECT, raw, plain HTTP     refused in their callbacks; there are no mounts
 * compression                  no extensions
 * another subprotocol or path  refused before the handshake is answered
 * slow or silent               5.5 s for TLS and the request, 5 s to log in; ping after 10 s, dead after 15 s;
 *                              a long message on a thin line is heard piece by piece, and answered with a murmur
 * giant, or in tiny pieces     closed at the first piece that says so
 * floods                       the gate (gate.h), an own accept (listen.h) and max_fds; fd_limit_per_thread would
 *                              make libwebsockets search its table for every event
 * sends without reading        not read from above QUEUE_HIGH; closed above QUEUE_MOST
 *
 * Connections end without a close frame, whose answer libwebsockets would wait for; what has to be said was
 * said in an answer before.
 *
 * A connection is a `struct conn` from accept to LWS_CALLBACK_WSI_DESTROY, as libwebsockets' opaque user
 * data.  It stands in one of two lists: anonymous until the relay lets it send more than strangers may
 * (relay_message_max), then known.  Its deadline is in engine time; 0 is none. */
#include "server/ws.h"

#include <libwebsockets.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/log.h"
#include "server/tls.h"

enum {
    STAGE_S = 5,    /* for the request, by libwebsockets */
    DOOR_MS = 5500, /* for TLS and the request; libwebsockets allows twice that */
    LOGIN_MS = 5000,
    GOODBYE_MS = 5000, /* to take what was still sent */
    PING_S = 10,
    DEAD_S = 15,
    MURMUR_MS = 4000,
    HEADER_BYTES = 2048,
    READ_BYTES = 65536, /* one buffer for all connections */
    PIECE_BYTES =
        4096, /* for each, and read at once: idle it costs 22 KiB; 8 KiB make it 25, 16 KiB 32 */
    IN_FLIGHT_MOST = 48,         /* requests that one connection puts into one turn */
    WRITE_PER_TURN = 256 * 1024, /* to one connection, before the others are looked at */
    QUEUE_HIGH = 64 * 1024,
    QUEUE_LOW = 16 * 1024,
    QUEUE_MOST = 32 * 1024 * 1024, /* above one turn of the largest answers */
};

static const char subprotocol[] = "trucban-1";
static const char murmur[4] = { 'm', 'o', 'r', 'e' };

struct ws {
    struct relay *relay; /* NULL: said goodbye */
    const struct engine_clock *clock;
    const char *state_dir;
    struct lws_context *context;
    struct lws_vhost *vhost;
    SSL_CTX *tls; /* the vhost's */
    bool stopping;
    struct conns conns;
};

static int64_t now_of(const struct ws *ws)
{
    return clock_engine_ms(ws->clock, clock_boot_ms());
}

/* --- a connection's life */

/* The relay hears of it once, whatever ended first. */
static void conn_part(struct conn *c)
{
    struct peer *p = c->peer;

    c->peer = NULL;
    if (p && c->ws->relay)
        relay_disconnect(c->ws->relay, p, now_of(c->ws));
}

static void conn_end(struct conn *c)
{
    conn_part(c);
    conn_free(c);
}

/* Closes after what is queued; the peer has GOODBYE_MS to take it. */
static void conn_close(struct conn *c, const char *why)
{
    if (c->closing)
        return;
    c->closing = why;
    c->deadline_ms = now_of(c->ws) + GOODBYE_MS;
    (void)lws_callback_on_writable(c->wsi); /* if not: the deadline */
}

/* Closes at once; never from within a callback of this connection. */
static void conn_kill(struct conn *c)
{
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}

/* Stops reading from who asks for more than he takes. */
static void conn_pace(struct conn *c)
{
    bool much = c->queue.bytes > QUEUE_HIGH || c->in_flight >= IN_FLIGHT_MOST || c->ws->stopping;
    bool little = c->queue.bytes < QUEUE_LOW && c->in_flight == 0 && !c->ws->stopping;

    if (!c->is_paused && much) {
        c->is_paused = true;
        c->all->stats.pauses++;
        (void)lws_rx_flow_control(c->wsi, 0);
    } else if (c->is_paused && little) {
        c->is_paused = false;
        (void)lws_rx_flow_control(c->wsi, 1);
    }
}

/* --- what the relay calls */

static void wire_close(void *conn, const char *why)
{
    conn_close(conn, why);
}

/* What the socket takes at once, up to a measure: a turn may be long, and the next write waits for it. */
static int say_queue(struct conn *c)
{
    size_t left = WRITE_PER_TURN, n = 0;
    uint8_t *message = NULL;

    while (sendq_first(&c->queue, &message, &n)) {
        int wrote = lws_write(c->wsi, message, n, LWS_WRITE_BINARY);

        sendq_drop(&c->queue);
        if (wrote < 0)
            return -1;
        c->all->stats.messages_out++;
        c->all->stats.bytes_out += n;
        if (n >= left || !c->queue.first || lws_send_pipe_choked(c->wsi))
            break;
        left -= n;
    }
    conn_pace(c);
    return 0;
}

/* Straight away where nothing waits before it: to be called back costs four calls of the kernel and a round of the
 * loop for each answer. */
static void wire_send(void *conn, struct tb_view batch)
{
    struct conn *c = conn;
    bool waits = c->queue.first || c->murmur || lws_partial_buffered(c->wsi);

    if (c->closing)
        return;
    if (sendq_put(&c->queue, LWS_PRE, batch) != TB_OK) {
        conn_close(c, "no memory for an answer"); /* one lost in the middle would be worse */
        return;
    }
    if (c->queue.bytes > QUEUE_MOST) {
        c->all->stats.slow++;
        conn_close(c, "does not read");
        return;
    }
    conn_pace(c);
    if (!waits && say_queue(c) != 0)
        conn_close(c, "cannot be written to");
    else if (c->queue.first)
        (void)lws_callback_on_writable(c->wsi); /* fails only for one that is closing */
}

const struct relay_wire ws_wire = { .send = wire_send, .close = wire_close };

/* --- what libwebsockets calls: the door */

/* h2c would open the HTTP/2 parser, and the callback's own pointer may dangle: copy the header. */
static int on_upgrade(struct lws *wsi)
{
    char what[16];

    if (lws_hdr_copy(wsi, what, sizeof what, WSI_TOKEN_UPGRADE) <= 0)
        return -1;
    return strcasecmp(what, "websocket") == 0 ? 0 : -1;
}

/* libwebsockets would fall back on a default when the client asks for none. */
static int on_handshake(struct lws *wsi)
{
    char what[32];

    if (lws_hdr_copy(wsi, what, sizeof what, WSI_TOKEN_PROTOCOL) <= 0 ||
        strcmp(what, subprotocol) != 0)
        return -1;
    if (lws_hdr_copy(wsi, what, sizeof what, WSI_TOKEN_GET_URI) <= 0 || strcmp(what, "/") != 0)
        return -1;
    return 0;
}

static int on_established(struct conn *c, struct lws *wsi)
{
    struct tb_hash exporter = { 0 };
    SSL *tls = lws_get_ssl(wsi);

    if (!tls || tls_exporter(tls, &exporter) != TB_OK)
        return -1;
    c->deadline_ms = now_of(c->ws) + LOGIN_MS;
    c->peer = c->ws->relay && !c->ws->stopping
                  ? relay_connect(c->ws->relay, c, &exporter, now_of(c->ws))
                  : NULL;
    if (c->peer)
        return 0;
    c->all->stats.refused_full++;
    return -1;
}

/* --- what libwebsockets calls: messages */

static int refuse(struct conn *c, const char *why, uint64_t *counter)
{
    (*counter)++;
    log_line(LOG_TRACE, "close", "why=\"%s\"", why);
    pieces_reset(&c->pieces);
    return -1;
}

static void take_message(struct conn *c, struct tb_view whole)
{
    struct pieces held = c->pieces; /* the relay may do anything to the connection but free it */

    c->pieces = (struct pieces){ 0 };
    c->all->stats.messages_in++;
    c->in_flight++;
    conn_touch(c);
    relay_message(c->ws->relay, c->peer, whole, now_of(c->ws));
    pieces_reset(&held);
    conn_pace(c);
}

/* Who sends is alive, though the answers to our pings wait behind what it sends; and it hears that we take it, as
 * we shall not answer its own before the end. */
static void attend(struct conn *c, int64_t now_ms)
{
    if (!c->heard || now_ms < c->murmur_ms)
        return;
    c->heard = false;
    c->murmur_ms = now_ms + MURMUR_MS;
    lws_validity_confirmed(c->wsi);
    if (c->pieces.count == 0 || c->closing)
        return;
    c->murmur = true;
    (void)lws_callback_on_writable(c->wsi);
}

static int on_piece(struct conn *c, const void *in, size_t n)
{
    struct ws_stats *s = &c->all->stats;
    struct tb_view whole = { 0 };
    const struct piece piece = {
        .bytes = tb_view_of(in, n),
        .rest = lws_remaining_packet_payload(c->wsi),
        .first = lws_is_first_fragment(c->wsi) != 0,
        .last = lws_is_final_fragment(c->wsi) != 0,
    };

    if (!c->peer || c->closing)
        return 0; /* on its way out */
    s->bytes_in += n;
    c->heard = true;
    if (!lws_frame_is_binary(c->wsi))
        return refuse(c, "not binary", &s->violations);
    switch (pieces_add(&c->pieces, &piece, relay_message_max(c->peer), &whole)) {
    case PIECES_MORE:
        attend(c, now_of(c->ws));
        break;
    case PIECES_WHOLE:
        take_message(c, whole);
        break;
    case PIECES_TOO_LARGE:
        return refuse(c, "too large", &s->oversize);
    case PIECES_TOO_MANY:
    case PIECES_NOMEM:
        return refuse(c, "too many pieces", &s->violations);
    }
    return 0;
}

/* A pong that nobody asked for (PROTOCOL.md section 1). */
static int say_murmur(struct conn *c)
{
    uint8_t room[LWS_PRE + sizeof murmur] = { 0 };

    c->murmur = false;
    memcpy(room + LWS_PRE, murmur, sizeof murmur);
    return lws_write(c->wsi, room + LWS_PRE, sizeof murmur, LWS_WRITE_PONG) < 0 ? -1 : 0;
}

static int on_writable(struct conn *c)
{
    if (c->murmur && !c->closing) {
        if (say_murmur(c) != 0)
            return -1;
    } else if (c->queue.first) {
        if (say_queue(c) != 0)
            return -1;
    } else if (c->closing) {
        log_line(LOG_TRACE, "close", "why=\"%s\"", c->closing);
        return -1;
    }
    if (c->queue.first || c->closing)
        (void)lws_callback_on_writable(c->wsi);
    return 0;
}

static int on_tls(struct ws *ws, SSL_CTX *tls)
{
    ws->tls = tls;
    return tls_harden(tls) == TB_OK ? 0 : -1;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
    struct conn *c = wsi ? lws_get_opaque_user_data(wsi) : NULL;

    if (c)
        c->wsi = wsi;
    switch ((int)reason) { /* int: the enum has a hundred values more */
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return on_tls(lws_context_user(lws_get_context(wsi)), user);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(wsi);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return c ? on_handshake(wsi) : -1;
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
        return -1;
    case LWS_CALLBACK_ESTABLISHED:
        return c ? on_established(c, wsi) : -1;
    case LWS_CALLBACK_RECEIVE:
        return c ? on_piece(c, in, n) : -1;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return c ? on_writable(c) : -1;
    case LWS_CALLBACK_CLOSED:
        if (c)
            conn_part(c);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (c) {
            lws_set_opaque_user_data(wsi, NULL);
            conn_end(c);
        }
        return 0;
    default:
        return 0;
    }
}

/* --- the face */

/* What the library says: rarely useful, and a stranger can make it say it again and again. */
static void on_noise(int level, const char *line)
{
    static struct log_rate rate;

    log_rated(&rate, level == LLL_ERR ? LOG_WARN : LOG_TRACE, "websockets", "text=\"%.*s\"",
              (int)strcspn(line, "\n"), line);
}

static const struct lws_protocols protocols[] = {
    /* The first takes whatever is no websocket, and refuses it; nobody can ask for it by name. */
    { "", on_lws, 0, PIECE_BYTES, 0, NULL, 0 },
    { subprotocol, on_lws, 0, PIECE_BYTES, 0, NULL, 0 },
    { NULL, NULL, 0, 0, 0, NULL, 0 },
};
static const lws_retry_bo_t idle_policy = {
    .secs_since_valid_ping = PING_S,
    .secs_since_valid_hangup = DEAD_S,
};

static tb_result make_context(struct ws *ws, struct uv_loop_s *loop)
{
    void *loops[] = { loop };
    char key_path[PATH_MAX], crt_path[PATH_MAX];

    /* tls_check has measured both */
    (void)snprintf(key_path, sizeof key_path, "%s/%s", ws->state_dir, TLS_KEY_FILE);
    (void)snprintf(crt_path, sizeof crt_path, "%s/%s", ws->state_dir, TLS_CRT_FILE);
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
                   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN,
        .port = CONTEXT_PORT_NO_LISTEN_SERVER, /* listen.c does */
        .foreign_loops = loops,
        .protocols = protocols,
        .user = ws,
        .timeout_secs = STAGE_S,
        .keepalive_timeout = STAGE_S,
        .max_http_header_data = HEADER_BYTES,
        .max_http_header_pool =
            (unsigned short)(ws->conns.max_anonymous < 1000 ? ws->conns.max_anonymous + 8 : 1008),
        .pt_serv_buf_size = READ_BYTES,
        .retry_and_idle_policy = &idle_policy,
        .alpn = "http/1.1",
        .ssl_options_set = (long)(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 |
                                  SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION),
        .ssl_cert_filepath = crt_path,
        .ssl_private_key_filepath = key_path,
        .vhost_name = "relay",
    };

    lws_set_log_level(LLL_ERR | LLL_WARN, on_noise);
    ws->context = lws_create_context(&info);
    if (!ws->context)
        return TB_E_IO;
    ws->vhost = lws_create_vhost(ws->context, &info);
    return ws->vhost && ws->tls ? TB_OK : TB_E_IO;
}

tb_result ws_open(const struct ws_options *o, struct relay *relay, struct uv_loop_s *loop,
                  struct ws **ret)
{
    tb_result r = tls_check(o->state_dir);

    if (r != TB_OK)
        return r;
    struct ws *ws = calloc(1, sizeof *ws);
    if (!ws)
        return TB_E_NOMEM;
    ws->relay = relay;
    ws->clock = o->clock;
    ws->state_dir = o->state_dir;
    ws->conns.max_anonymous = o->max_anonymous;
    ws->conns.max_fds = o->max_fds;
    r = conns_open(&ws->conns, &o->gate);
    if (r == TB_OK)
        r = make_context(ws, loop);
    if (r != TB_OK) {
        ws_close(ws);
        ws_free(ws); /* without connections nothing comes back to it */
        return r;
    }
    *ret = ws;
    return TB_OK;
}

void ws_accept(struct ws *ws, int fd, const struct sockaddr *from)
{
    struct conn *surplus = conns_surplus(&ws->conns);

    if (surplus) {
        ws->conns.stats.evicted++;
        conn_kill(surplus);
    }
    struct conn *c = ws->stopping ? NULL : conns_admit(&ws->conns, from, now_of(ws));
    if (!c) {
        (void)close(fd);
        return;
    }
    c->ws = ws;
    c->deadline_ms = now_of(ws) + DOOR_MS;
    const lws_adopt_desc_t adopt = {
        .vh = ws->vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
        .fd = { .sockfd = fd },
    };
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&adopt);
    if (wsi) {
        c->wsi = wsi;
        lws_set_opaque_user_data(wsi,
                                 c); /* not before: after a failure it would come back, later */
        ws->conns.stats.accepted++;
    } else {
        conn_end(c); /* the library closed the descriptor */
    }
    /* Timers armed outside its callbacks do not start by themselves. */
    lws_cancel_service(ws->context);
}

void ws_turn_end(struct ws *ws)
{
    struct conn *c = NULL;
    bool resumed = false;

    while ((c = conns_pop_touched(&ws->conns)) != NULL) {
        bool was_paused = c->is_paused;

        c->in_flight = 0;
        if (c->is_anonymous && c->peer && relay_message_max(c->peer) > TB_FRAME_ANON_MAX)
            conn_logged_in(c);
        conn_pace(c);
        resumed = resumed || (was_paused && !c->is_paused);
    }
    if (resumed)
        lws_cancel_service(ws->context); /* what it had read already wakes no poll */
}

static void drop_overdue(struct conn *c, int64_t now_ms)
{
    if (c->deadline_ms == 0 || c->deadline_ms > now_ms)
        return;
    c->all->stats.timeouts += !c->closing;
    conn_kill(c);
}

void ws_sweep(struct ws *ws)
{
    conns_each(&ws->conns, attend, now_of(ws));
    conns_each(&ws->conns, drop_overdue, now_of(ws));
}

tb_result ws_reload_tls(struct ws *ws)
{
    return tls_reload(ws->tls, ws->state_dir);
}

/* --- stopping */

/* Nobody at the door waits for an answer that he could not ask for again. */
static void stop_reading(struct conn *c, int64_t now_ms)
{
    (void)now_ms;
    if (c->is_anonymous)
        conn_kill(c);
    else
        conn_pace(c);
}

void ws_stop_reading(struct ws *ws)
{
    ws->stopping = true;
    conns_each(&ws->conns, stop_reading, 0);
}

bool ws_flushed(const struct ws *ws)
{
    const struct conn *c = TAILQ_FIRST(&ws->conns.known);

    while (c && !c->queue.first)
        c = TAILQ_NEXT(c, place);
    return c == NULL;
}

static void say_goodbye(struct conn *c, int64_t now_ms)
{
    (void)now_ms;
    c->peer = NULL;
    conn_close(c, "the relay stops");
}

void ws_goodbye(struct ws *ws)
{
    ws->stopping = true;
    ws->relay = NULL;
    conns_each(&ws->conns, say_goodbye, 0);
}

bool ws_empty(const struct ws *ws)
{
    return ws->conns.stats.connections == 0;
}

/* Closing handles happens in the loop, so the context goes first and `ws` stays for its last callbacks. */
void ws_close(struct ws *ws)
{
    if (!ws)
        return;
    ws->relay = NULL;
    if (ws->context)
        lws_context_destroy(ws->context);
    ws->context = NULL;
}

void ws_free(struct ws *ws)
{
    if (!ws)
        return;
    conns_done(&ws->conns);
    free(ws);
}

void ws_stats(const struct ws *ws, struct ws_stats *ret)
{
    *ret = ws->conns.stats;
}
