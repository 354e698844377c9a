/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_conn_tricks.c - peers that break the rules, each for one connection, in a thread. */
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core_conn_peers.h"
#include "core_conn_tls.h"

struct trickster {
    enum trick trick;
    int listener, wake[2];
    SSL_CTX *tls;
    GThread *thread;
};

/* Waits until the test is over. */
static void linger(const struct trickster *t)
{
    struct pollfd p = { .fd = t->wake[0], .events = POLLIN };

    (void)poll(&p, 1, 60000);
}

/* What the websocket protocol answers to the key of the request. */
static void accept_of(const char *request, char ret[static 32])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const char *at = strstr(request, "Sec-WebSocket-Key: ");
    uint8_t digest[20];
    char text[128];

    if (!at)
        return;
    int n = snprintf(text, sizeof text, "%.24s%s", at + strlen("Sec-WebSocket-Key: "), guid);
    (void)EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha1(), NULL);
    (void)EVP_EncodeBlock((uint8_t *)ret, digest, sizeof digest);
}

/* A megabyte of one header, or as much as is taken. */
static void send_header(SSL *ssl)
{
    char piece[4096];

    memset(piece, 'x', sizeof piece);
    if (SSL_write(ssl, "HTTP/1.1 101 x\r\nSet-Cookie: a=", 31) <= 0)
        return;
    for (int i = 0; i < 256; i++)
        if (SSL_write(ssl, piece, sizeof piece) <= 0)
            return;
}

static const char *more_headers(enum trick t)
{
    if (t == TRICK_NO_SUBPROTOCOL)
        return "";
    return t == TRICK_EXTENSION ? "Set-Cookie: ;;=;\r\nSet-Cookie: a=b; Max-Age=-1; Path\r\n"
                                  "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                                  "Sec-WebSocket-Protocol: trucban-1\r\n"
                                : "Sec-WebSocket-Protocol: trucban-1\r\n";
}

static void upgrade(const struct trickster *t, SSL *ssl)
{
    char request[4096], accept[32] = "", reply[512];

    int n = SSL_read(ssl, request, sizeof request - 1);
    request[n > 0 ? n : 0] = '\0';
    if (t->trick == TRICK_MUTE_HTTP)
        return;
    accept_of(request, accept);
    if (t->trick == TRICK_LONG_HEADER) {
        send_header(ssl);
        return;
    }
    if (t->trick == TRICK_REDIRECT)
        n = snprintf(reply, sizeof reply,
                     "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n"
                     "Content-Length: 0\r\n\r\n");
    else if (t->trick == TRICK_PAGE)
        n = snprintf(reply, sizeof reply, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    else
        n = snprintf(reply, sizeof reply,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                     accept, more_headers(t->trick));
    (void)SSL_write(ssl, reply, n);
}

/* Pieces of 60,000 bytes that never say "final", until the peer closes. */
static void send_pieces(SSL *ssl)
{
    uint8_t *piece = calloc(1, 60004);

    for (int i = 0; piece && i < 200; i++) {
        const uint8_t head[] = { i == 0 ? 0x02 : 0x00, 126, 60000 >> 8, 60000 & 255 };
        memcpy(piece, head, sizeof head);
        if (SSL_write(ssl, piece, 60004) <= 0)
            break;
    }
    free(piece);
}

static void after_upgrade(const struct trickster *t, SSL *ssl)
{
    static const uint8_t giant[20000] = { 0x82, 127, 0, 0, 1 }; /* 2^40 bytes, it says */
    static const uint8_t text[] = { 0x81, 2, 'h', 'i' };

    if (t->trick == TRICK_GIANT)
        (void)SSL_write(ssl, giant, sizeof giant);
    else if (t->trick == TRICK_TEXT)
        (void)SSL_write(ssl, text, sizeof text);
    else if (t->trick == TRICK_PIECES)
        send_pieces(ssl);
}

static void play(const struct trickster *t, int fd)
{
    SSL *ssl = SSL_new(t->tls);

    if (!ssl || SSL_set_fd(ssl, fd) != 1)
        abort();
    if (SSL_accept(ssl) == 1) {
        upgrade(t, ssl);
        after_upgrade(t, ssl);
        if (t->trick != TRICK_HANG_UP)
            linger(t);
    }
    SSL_free(ssl);
}

static gpointer run(gpointer user)
{
    const struct trickster *t = user;
    struct pollfd p[] = { { .fd = t->wake[0], .events = POLLIN },
                          { .fd = t->listener, .events = POLLIN } };

    if (poll(p, 2, 60000) <= 0 || !(p[1].revents & POLLIN))
        return NULL;
    int fd = accept(t->listener, NULL, NULL);
    if (t->trick == TRICK_MUTE)
        linger(t);
    else if (t->trick == TRICK_NOT_TLS)
        (void)!write(fd, "220 mail.example ESMTP\r\n", 24);
    else
        play(t, fd);
    (void)close(fd);
    return NULL;
}

struct trickster *trickster_new(enum trick trick, struct tls_identity *i, int *ret_port)
{
    struct trickster *t = calloc(1, sizeof *t);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;

    assert_non_null(t);
    t->trick = trick;
    t->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(t->listener >= 0);
    assert_int_equal(bind(t->listener, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(t->listener, 5), 0);
    assert_int_equal(getsockname(t->listener, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(pipe(t->wake), 0);
    t->tls = SSL_CTX_new(TLS_server_method());
    assert_non_null(t->tls);
    assert_int_equal(SSL_CTX_use_certificate(t->tls, i->cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(t->tls, i->key), 1);
    *ret_port = ntohs(at.sin_port);
    t->thread = g_thread_new("trickster", run, t);
    return t;
}

void trickster_free(struct trickster *t)
{
    (void)!write(t->wake[1], "x", 1);
    (void)g_thread_join(t->thread);
    (void)close(t->listener);
    (void)close(t->wake[0]);
    (void)close(t->wake[1]);
    SSL_CTX_free(t->tls);
    free(t);
}
