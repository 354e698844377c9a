/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ws.c - libwebsockets 4.1.6 with a guard on every path that a stranger can take.
 *
 * TLS below 1.3                no such protocol in the SSL_CTX
 * HTTP/2                       ALPN http/1.1 only, and any Upgrade but "websocket" is refused (h2c)
 * CONNECT, raw, plain HTTP     refused in their callbacks; there are no mounts
 * compression                  no extensions
 * another subprotocol or path  refused before the handshake is answered
 * slow or silent               5 s for TLS, 5 s for the request, 5 s to log in; ping after 10 s, dead after 15 s
 * giant, or in tiny pieces     closed at the first piece that says so
 * sends without reading        not read from above QUEUE_HIGH; closed above QUEUE_MOST
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
#include <sys/queue.h>

#include "server/log.h"
#include "server/pieces.h"
#include "server/tls.h"

enum {
    STAGE_S = 5,     /* for TLS, for the request, for the log-in */
    DOOR_MS = 11000, /* for the first two of them, should libwebsockets' own timer fail */
    LOGIN_MS = 5000,
    GOODBYE_MS = 5000, /* to take what was still sent */
    PING_S = 10,
    DEAD_S = 15,
    HEADER_BYTES = 2048,
    READ_BYTES = 65536,  /* one buffer for all: 4 KiB costs a quarter of the throughput */
    PIECE_BYTES = 16384, /* per connection */
    IN_FLIGHT_MOST = 48, /* requests that one connection puts into one turn */
    QUEUE_HIGH = 64 * 1024,
    QUEUE_LOW = 16 * 1024,
    QUEUE_MOST = 64 * 1024 * 1024, /* above a full window of the largest envelopes */
    EXPORTER_BYTES = TB_HASH_BYTES,
};

static const char subprotocol[] = "trucban-1";
static const char exporter_label[] = "EXPORTER-trucban-1";

struct out {
    STAILQ_ENTRY(out) next;
    size_t n;
    uint8_t room[]; /* LWS_PRE bytes for libwebsockets, then n */
};

struct conn {
    TAILQ_ENTRY(conn) place; /* in anonymous or known */
    TAILQ_ENTRY(conn) touch; /* in touched, if is_touched */
    struct ws *ws;
    struct lws *wsi;
    struct peer *peer; /* NULL before the handshake and after the end */
    struct gate_pass pass;
    int64_t deadline_ms;
    struct pieces pieces;
    unsigned in_flight;
    bool is_anonymous, is_touched, is_paused;
    STAILQ_HEAD(, out) queue;
    size_t queued_bytes;
    const char *closing; /* why; set: nothing is read any more */
};
TAILQ_HEAD(conns, conn);

struct ws {
    struct relay *relay; /* NULL: said goodbye */
    const struct engine_clock *clock;
    const char *state_dir;
    struct gate *gate;
    struct lws_context *context;
    struct lws_vhost *vhost;
    SSL_CTX *tls; /* the vhost's */
    struct conns anonymous, known, touched;
    struct conn *adopting; /* set while libwebsockets takes its descriptor */
    unsigned max_anonymous, max_fds;
    bool stopping;
    struct ws_stats stats;
};

static int64_t now_of(const struct ws *ws)
{
    return clock_engine_ms(ws->clock, clock_boot_ms());
}

/* --- a connection's life */

static void list_remove(struct conn *c)
{
    if (c->is_anonymous) {
        TAILQ_REMOVE(&c->ws->anonymous, c, place);
        c->ws->stats.anonymous--;
        gate_leave(c->ws->gate, &c->pass);
    } else {
        TAILQ_REMOVE(&c->ws->known, c, place);
    }
}

static void conn_logged_in(struct conn *c)
{
    list_remove(c);
    c->is_anonymous = false;
    if (!c->closing)
        c->deadline_ms = 0;
    TAILQ_INSERT_TAIL(&c->ws->known, c, place);
}

static struct conn *conn_new(struct ws *ws, const struct gate_pass *pass)
{
    struct conn *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->ws = ws;
    c->pass = *pass;
    c->deadline_ms = now_of(ws) + DOOR_MS;
    c->is_anonymous = true;
    STAILQ_INIT(&c->queue);
    TAILQ_INSERT_TAIL(&ws->anonymous, c, place);
    ws->stats.anonymous++;
    ws->stats.connections++;
    return c;
}

static void out_drop(struct conn *c)
{
    struct out *o = STAILQ_FIRST(&c->queue);

    STAILQ_REMOVE_HEAD(&c->queue, next);
    c->queued_bytes -= o->n;
    free(o);
}

/* The relay hears of it once, whatever ended first. */
static void conn_part(struct conn *c)
{
    struct peer *p = c->peer;

    c->peer = NULL;
    if (p && c->ws->relay)
        relay_disconnect(c->ws->relay, p, now_of(c->ws));
}

static void conn_free(struct conn *c)
{
    conn_part(c);
    list_remove(c);
    if (c->is_touched)
        TAILQ_REMOVE(&c->ws->touched, c, touch);
    while (!STAILQ_EMPTY(&c->queue))
        out_drop(c);
    pieces_reset(&c->pieces);
    if (c->ws->adopting == c)
        c->ws->adopting = NULL;
    c->ws->stats.connections--;
    free(c);
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

static void conn_touch(struct conn *c)
{
    if (c->is_touched)
        return;
    c->is_touched = true;
    TAILQ_INSERT_TAIL(&c->ws->touched, c, touch);
}

/* Stops reading from who asks for more than he takes. */
static void conn_pace(struct conn *c)
{
    bool much = c->queued_bytes > QUEUE_HIGH || c->in_flight >= IN_FLIGHT_MOST || c->ws->stopping;
    bool little = c->queued_bytes < QUEUE_LOW && c->in_flight == 0 && !c->ws->stopping;

    if (!c->is_paused && much) {
        c->is_paused = true;
        c->ws->stats.pauses++;
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

static void wire_send(void *conn, struct tb_view batch)
{
    struct conn *c = conn;

    if (c->closing)
        return;
    struct out *o = batch.n <= QUEUE_MOST ? malloc(sizeof *o + LWS_PRE + batch.n) : NULL;
    if (!o) {
        conn_close(c, "no memory for an answer"); /* one lost in the middle would be worse */
        return;
    }
    o->n = batch.n;
    memcpy(o->room + LWS_PRE, batch.p, batch.n);
    STAILQ_INSERT_TAIL(&c->queue, o, next);
    c->queued_bytes += o->n;
    if (c->queued_bytes > QUEUE_MOST) {
        c->ws->stats.slow++;
        conn_close(c, "does not read");
        return;
    }
    conn_pace(c);
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

    if (!tls || SSL_export_keying_material(tls, exporter.b, EXPORTER_BYTES, exporter_label,
                                           sizeof exporter_label - 1, NULL, 0, 0) != 1)
        return -1;
    c->deadline_ms = now_of(c->ws) + LOGIN_MS;
    c->peer = c->ws->relay && !c->ws->stopping
                  ? relay_connect(c->ws->relay, c, &exporter, now_of(c->ws))
                  : NULL;
    if (c->peer)
        return 0;
    c->ws->stats.refused_full++;
    lws_close_reason(wsi, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, NULL, 0);
    return -1;
}

/* --- what libwebsockets calls: messages */

static int refuse(struct conn *c, enum lws_close_status status, uint64_t *counter)
{
    (*counter)++;
    pieces_reset(&c->pieces);
    lws_close_reason(c->wsi, status, NULL, 0);
    return -1;
}

static void take_message(struct conn *c, struct tb_view whole)
{
    struct pieces held = c->pieces; /* the relay may do anything to the connection but free it */

    c->pieces = (struct pieces){ 0 };
    c->ws->stats.messages_in++;
    c->in_flight++;
    conn_touch(c);
    relay_message(c->ws->relay, c->peer, whole, now_of(c->ws));
    pieces_reset(&held);
    conn_pace(c);
}

static int on_piece(struct conn *c, const void *in, size_t n)
{
    struct ws_stats *s = &c->ws->stats;
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
    if (!lws_frame_is_binary(c->wsi))
        return refuse(c, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, &s->violations);
    switch (pieces_add(&c->pieces, &piece, relay_message_max(c->peer), &whole)) {
    case PIECES_MORE:
        break;
    case PIECES_WHOLE:
        take_message(c, whole);
        break;
    case PIECES_TOO_LARGE:
        return refuse(c, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, &s->oversize);
    case PIECES_TOO_MANY:
    case PIECES_NOMEM:
        return refuse(c, LWS_CLOSE_STATUS_POLICY_VIOLATION, &s->violations);
    }
    return 0;
}

/* One write for each turn of the loop. */
static int on_writable(struct conn *c)
{
    struct out *o = STAILQ_FIRST(&c->queue);

    if (!o && c->closing) {
        log_line(LOG_TRACE, "close", "why=\"%s\"", c->closing);
        lws_close_reason(c->wsi, LWS_CLOSE_STATUS_GOINGAWAY, NULL, 0);
        return -1;
    }
    if (!o)
        return 0;
    size_t n = o->n;
    int wrote = lws_write(c->wsi, o->room + LWS_PRE, n, LWS_WRITE_BINARY);
    out_drop(c);
    if (wrote < 0)
        return -1;
    c->ws->stats.messages_out++;
    c->ws->stats.bytes_out += n;
    conn_pace(c);
    if (!STAILQ_EMPTY(&c->queue) || c->closing)
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
            conn_free(c);
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
    unsigned dropped = 0;

    if (!log_rate_admit(&rate, clock_boot_ms(), &dropped))
        return;
    log_line(level == LLL_ERR ? LOG_WARN : LOG_TRACE, "websockets", "dropped=%u text=\"%.*s\"",
             dropped, (int)strcspn(line, "\n"), line);
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
            (unsigned short)(ws->max_anonymous < 1000 ? ws->max_anonymous + 8 : 1008),
        .pt_serv_buf_size = READ_BYTES,
        .fd_limit_per_thread = ws->max_fds,
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
    ws->max_anonymous = o->max_anonymous;
    ws->max_fds = o->max_fds;
    TAILQ_INIT(&ws->anonymous);
    TAILQ_INIT(&ws->known);
    TAILQ_INIT(&ws->touched);
    r = gate_new(&o->gate, &ws->gate);
    if (r == TB_OK)
        r = make_context(ws, loop);
    if (r != TB_OK) {
        ws_close(ws);
        return r;
    }
    *ret = ws;
    return TB_OK;
}

/* NULL: one too many, or of a source that has too many. */
static struct conn *admit(struct ws *ws, const struct sockaddr *from)
{
    struct gate_pass pass = { 0 };

    if (ws->stopping || ws->stats.connections + 1 >= ws->max_fds) {
        ws->stats.refused_full++;
        return NULL;
    }
    switch (gate_enter(ws->gate, from, now_of(ws), &pass)) {
    case GATE_SOURCE:
        ws->stats.refused_source++;
        return NULL;
    case GATE_RATE:
        ws->stats.refused_rate++;
        return NULL;
    case GATE_OPEN:
        break;
    }
    /* A log-in takes a tenth of a second, a silent stranger five: the oldest is hardly ever a device. */
    if (ws->stats.anonymous >= ws->max_anonymous) {
        ws->stats.evicted++;
        conn_kill(TAILQ_FIRST(&ws->anonymous));
    }
    struct conn *c = conn_new(ws, &pass);
    if (!c)
        gate_leave(ws->gate, &pass);
    return c;
}

void ws_accept(struct ws *ws, int fd, const struct sockaddr *from)
{
    struct conn *c = admit(ws, from);

    if (!c) {
        (void)close(fd);
        return;
    }
    const lws_adopt_desc_t adopt = {
        .vh = ws->vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
        .fd = { .sockfd = fd },
        .opaque = c,
    };
    ws->adopting = c;
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&adopt);
    if (wsi) {
        c->wsi = wsi;
        ws->stats.accepted++;
    } else if (ws->adopting) {
        conn_free(c); /* the library closed the descriptor without a word */
    }
    ws->adopting = NULL;
    lws_cancel_service(
        ws->context); /* timers armed outside its callbacks do not start by themselves */
}

void ws_turn_end(struct ws *ws)
{
    struct conn *c = NULL;
    bool resumed = false;

    while ((c = TAILQ_FIRST(&ws->touched)) != NULL) {
        TAILQ_REMOVE(&ws->touched, c, touch);
        c->is_touched = false;
        c->in_flight = 0;
        if (c->is_anonymous && c->peer && relay_message_max(c->peer) > TB_FRAME_ANON_MAX)
            conn_logged_in(c);
        bool was_paused = c->is_paused;
        conn_pace(c);
        resumed = resumed || (was_paused && !c->is_paused);
    }
    if (resumed)
        lws_cancel_service(ws->context); /* what it had read already wakes no poll */
}

static void sweep(struct ws *ws, struct conns *conns, int64_t now_ms)
{
    struct conn *c = TAILQ_FIRST(conns);

    while (c) {
        struct conn *next = TAILQ_NEXT(c, place);

        if (c->deadline_ms != 0 && c->deadline_ms <= now_ms) {
            ws->stats.timeouts += !c->closing;
            conn_kill(c);
        }
        c = next;
    }
}

void ws_sweep(struct ws *ws)
{
    sweep(ws, &ws->anonymous, now_of(ws));
    sweep(ws, &ws->known, now_of(ws));
}

tb_result ws_reload_tls(struct ws *ws)
{
    return tls_reload(ws->tls, ws->state_dir);
}

/* --- stopping */

void ws_stop_reading(struct ws *ws)
{
    struct conn *c = NULL;

    ws->stopping = true;
    while ((c = TAILQ_FIRST(&ws->anonymous)) != NULL)
        conn_kill(c); /* nobody waits for an answer there that he could not ask for again */
    for (c = TAILQ_FIRST(&ws->known); c; c = TAILQ_NEXT(c, place))
        conn_pace(c);
}

bool ws_flushed(const struct ws *ws)
{
    const struct conn *c = TAILQ_FIRST(&ws->known);

    while (c && STAILQ_EMPTY(&c->queue))
        c = TAILQ_NEXT(c, place);
    return c == NULL;
}

void ws_goodbye(struct ws *ws)
{
    ws->stopping = true;
    ws->relay = NULL;
    for (struct conn *c = TAILQ_FIRST(&ws->known); c; c = TAILQ_NEXT(c, place)) {
        c->peer = NULL;
        conn_close(c, "the relay stops");
    }
}

bool ws_empty(const struct ws *ws)
{
    return TAILQ_EMPTY(&ws->anonymous) && TAILQ_EMPTY(&ws->known);
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
    gate_free(ws->gate);
    free(ws);
}

void ws_stats(const struct ws *ws, struct ws_stats *ret)
{
    *ret = ws->stats;
}
