/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_conn_front.c - a key with a certificate, and an echoing websocket server in the test's loop. */
#include "core_conn_peers.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "core_conn_tls.h"

/* --- identity */

struct tls_identity *identity_new(struct tb_hash *ret_pin)
{
    struct tls_identity *i = calloc(1, sizeof *i);
    uint8_t *der = NULL;

    assert_non_null(i);
    i->key = EVP_EC_gen("P-256");
    i->cert = X509_new();
    assert_true(i->key && i->cert);
    assert_int_equal(X509_set_version(i->cert, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(i->cert), 1), 1);
    /* Expired long ago: pins do not expire. */
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(i->cert), -200000));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(i->cert), -100000));
    assert_int_equal(X509_set_pubkey(i->cert, i->key), 1);
    assert_true(X509_sign(i->cert, i->key, EVP_sha256()) > 0);
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(i->cert), &der);
    assert_true(n > 0);
    assert_int_equal(EVP_Digest(der, (size_t)n, ret_pin->b, NULL, EVP_sha256(), NULL), 1);
    OPENSSL_free(der);
    return i;
}

void identity_free(struct tls_identity *i)
{
    X509_free(i->cert);
    EVP_PKEY_free(i->key);
    free(i);
}

/* --- the front */

struct echo {
    struct echo *next;
    size_t n;
    uint8_t room[];
};
struct session {
    struct tb_buf in;
    struct echo *first;
};

static void on_established(struct front *f, struct lws *wsi)
{
    f->connections++;
    (void)SSL_export_keying_material(lws_get_ssl(wsi), f->exporter.b, sizeof f->exporter.b,
                                     "EXPORTER-trucban-1", 18, NULL, 0, 0);
}

static int on_received(struct lws *wsi, struct session *s, const void *p, size_t n)
{
    tb_put(&s->in, p, n);
    if (lws_remaining_packet_payload(wsi) > 0 || !lws_is_final_fragment(wsi))
        return 0;
    if (s->in.n == 3 && memcmp(s->in.p, "bye", 3) == 0)
        return -1;
    struct echo *e = malloc(sizeof *e + LWS_PRE + s->in.n), **at = &s->first;
    assert_non_null(e);
    e->next = NULL;
    e->n = s->in.n;
    memcpy(e->room + LWS_PRE, s->in.p, s->in.n);
    tb_buf_done(&s->in);
    while (*at)
        at = &(*at)->next;
    *at = e;
    (void)lws_callback_on_writable(wsi);
    return 0;
}

static int on_can_write(struct lws *wsi, struct session *s)
{
    struct echo *e = s->first;

    if (!e)
        return 0;
    s->first = e->next;
    int n = lws_write(wsi, e->room + LWS_PRE, e->n, LWS_WRITE_BINARY);
    int ok = n >= (int)e->n ? 0 : -1;
    free(e);
    if (s->first)
        (void)lws_callback_on_writable(wsi);
    return ok;
}

static void session_done(struct session *s)
{
    tb_buf_done(&s->in);
    while (s->first) {
        struct echo *e = s->first;
        s->first = e->next;
        free(e);
    }
}

static void load_identity(struct front *f, SSL_CTX *tls)
{
    assert_int_equal(SSL_CTX_use_certificate(tls, f->identity->cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, f->identity->key), 1);
    if (f->options.tls_max)
        assert_int_equal(SSL_CTX_set_max_proto_version(tls, f->options.tls_max), 1);
}

static int on_front(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t n)
{
    struct front *f = wsi ? lws_context_user(lws_get_context(wsi)) : NULL;

    switch ((int)why) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        load_identity(f, user);
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
        on_established(f, wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return on_received(wsi, user, in, n);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_can_write(wsi, user);
    case LWS_CALLBACK_CLOSED:
        session_done(user);
        return 0;
    default:
        return 0;
    }
}

void front_open(struct front *f, GMainLoop *loop, struct tls_identity *i,
                const struct front_options *o)
{
    static struct lws_protocols protocols[2];
    void *loops[] = { loop };

    *f = (struct front){ .options = *o, .identity = i };
    protocols[0] = (struct lws_protocols){ .name = o->subprotocol ? o->subprotocol : "trucban-1",
                                           .callback = on_front,
                                           .per_session_data_size = sizeof(struct session),
                                           .rx_buffer_size = 16384 };
    struct lws_context_creation_info info = {
        .port = 0,
        .iface = "lo",
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_GLIB | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .foreign_loops = loops,
        .alpn = "http/1.1",
        .user = f,
    };
    lws_set_log_level(0, NULL);
    f->lws = lws_create_context(&info);
    assert_non_null(f->lws);
    struct lws_vhost *vhost = lws_create_vhost(f->lws, &info);
    assert_non_null(vhost);
    f->port = lws_get_vhost_listen_port(vhost);
    assert_true(f->port > 0);
}

void front_close(struct front *f)
{
    if (f->lws)
        lws_context_destroy(f->lws);
    f->lws = NULL;
}
