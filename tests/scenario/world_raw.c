/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_raw.c - see world_raw.h. */
#include "world_raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world_proc.h"

struct raw raw_connect(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct raw r = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

    assert_true(r.fd >= 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(r.fd, (struct sockaddr *)&at, sizeof at), 0);
    return r;
}

bool raw_tls(struct raw *r, struct raw_tls *options)
{
    int version = options->version ? options->version : TLS1_3_VERSION;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    const unsigned char *chosen = NULL;
    unsigned n = 0;

    assert_non_null(ctx);
    assert_int_equal(SSL_CTX_set_min_proto_version(ctx, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, version), 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL); /* the pin is tested elsewhere */
    SSL *tls = SSL_new(ctx);
    SSL_CTX_free(ctx);
    assert_non_null(tls);
    assert_int_equal(SSL_set_fd(tls, r->fd), 1);
    if (options->alpn) {
        unsigned char list[17];

        n = (unsigned)strlen(options->alpn);
        assert_true(n < sizeof list);
        list[0] = (unsigned char)n;
        memcpy(list + 1, options->alpn, n);
        assert_int_equal(SSL_set_alpn_protos(tls, list, n + 1), 0);
    }
    r->tls = tls;
    if (SSL_connect(tls) != 1)
        return false;
    SSL_get0_alpn_selected(tls, &chosen, &n);
    (void)snprintf(options->chosen, sizeof options->chosen, "%.*s", (int)n,
                   chosen ? (const char *)chosen : "");
    return true;
}

void raw_close(struct raw *r)
{
    SSL_free(r->tls);
    r->tls = NULL;
    if (r->fd >= 0)
        (void)close(r->fd);
    r->fd = -1;
}

bool raw_send(struct raw *r, const void *p, size_t n)
{
    if (!r->tls)
        return send(r->fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
    return SSL_write(r->tls, p, (int)n) == (int)n;
}

int raw_receive(struct raw *r, void *p, size_t n, int wait_ms)
{
    struct pollfd ready = { .fd = r->fd, .events = POLLIN };
    bool held = r->tls && SSL_pending(r->tls) > 0;

    if (!held && poll(&ready, 1, wait_ms) <= 0)
        return -1;
    int got = r->tls ? SSL_read(r->tls, p, (int)n) : (int)recv(r->fd, p, n, 0);
    return got > 0 ? got : 0;
}

int raw_request(struct raw *r, const char *request)
{
    char answer[2048];
    size_t n = 0;
    int status = 0;

    if (!raw_send(r, request, strlen(request)))
        return 0;
    do { /* byte by byte: frames may follow at once */
        int got = raw_receive(r, answer + n, 1, 7000);
        if (got <= 0)
            break;
        answer[++n] = '\0';
    } while (n < sizeof answer - 1 && !strstr(answer, "\r\n\r\n"));
    answer[n] = '\0';
    return sscanf(answer, "HTTP/1.%*d %d", &status) == 1 ? status : 0;
}

bool raw_send_frame(struct raw *r, const struct raw_frame *f)
{
    uint8_t head[14] = { f->first };
    size_t n = 2;

    if (f->announced < 126) {
        head[1] = (uint8_t)(0x80 | f->announced);
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            head[n++] = (uint8_t)(f->announced >> (56 - 8 * i));
    }
    n += 4; /* a mask of zeros changes nothing */
    return raw_send(r, head, n) && (f->n == 0 || raw_send(r, f->p, f->n));
}

static bool receive_all(struct raw *r, uint8_t *p, size_t n, int wait_ms)
{
    for (size_t have = 0; have < n;) {
        int got = raw_receive(r, p + have, n - have, wait_ms);

        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

int raw_receive_frame(struct raw *r, uint8_t *ret_first, void *p, size_t max, int wait_ms)
{
    uint8_t head[2], more[8];

    if (!receive_all(r, head, sizeof head, wait_ms))
        return -1;
    size_t n = head[1] & 127;
    size_t longer = n == 126 ? 2 : n == 127 ? 8 : 0;
    if (!receive_all(r, more, longer, wait_ms))
        return -1;
    n = longer ? 0 : n;
    for (size_t i = 0; i < longer; i++)
        n = n << 8 | more[i];
    assert_true(n <= max);
    *ret_first = head[0];
    return receive_all(r, p, n, wait_ms) ? (int)n : -1;
}

long long raw_wait_closed(struct raw *r, int wait_ms)
{
    long long start = now_ms(), until = start + wait_ms;
    uint8_t junk[4096];

    while (now_ms() < until)
        if (raw_receive(r, junk, sizeof junk, (int)(until - now_ms())) == 0)
            return now_ms() - start;
    return -1;
}
