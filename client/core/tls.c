/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls.c - the pin check takes the place of OpenSSL's chain verification. */
#include "client/core/tls.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

enum { RECORD_BYTES = 4096 };

#define EXPORTER_LABEL "EXPORTER-trucban-1"

TB_DEFINE_CLEANUP(X509, X509_free)

static bool pinned(const struct tls_watch *w, const X509 *cert)
{
    uint8_t *der = NULL;
    struct tb_hash got;

    if (!cert)
        return false;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    if (n <= 0)
        return false;
    int ok = EVP_Digest(der, (size_t)n, got.b, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    return ok == 1 && (tb_hash_equal(&got, &w->pin) || tb_hash_equal(&got, &w->pin_next));
}

/* Instead of X509_verify_cert: 1 = trusted. */
static int verify(X509_STORE_CTX *store, void *user)
{
    struct tls_watch *w = user;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

    if (!ssl || ssl != w->current(w->user))
        return 0; /* given up already: its outcome must not count for the next one */
    if (!pinned(w, X509_STORE_CTX_get0_cert(store))) {
        w->pin_wrong = true;
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
        return 0;
    }
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static void on_info(const SSL *ssl, int where, int value)
{
    struct tls_watch *w = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)value;
    if ((where & SSL_CB_HANDSHAKE_START) && ssl == w->current(w->user))
        w->begun = true;
}

tb_result tls_client_new(struct tls_watch *watch, struct ssl_ctx_st **ret)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (!tls)
        return TB_E_NOMEM;
    if (SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(tls, TLS1_3_VERSION) != 1) {
        SSL_CTX_free(tls);
        return TB_E_NOMEM;
    }
    (void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* resumption shows no key */
    (void)SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
    /* A record is read whole: on a thin line small ones are the sooner a sign of life. */
    (void)SSL_CTX_set_max_send_fragment(tls, RECORD_BYTES);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(tls, verify, watch);
    SSL_CTX_set_info_callback(tls, on_info);
    (void)SSL_CTX_set_app_data(tls, watch);
    *ret = tls;
    return TB_OK;
}

void tls_client_free(struct ssl_ctx_st *tls)
{
    SSL_CTX_free(tls);
}

tb_result tls_client_established(const struct tls_watch *watch, struct ssl_st *ssl,
                                 struct tb_hash *ret_exporter)
{
    TB_CLEANUP(X509_freep) X509 *cert = ssl ? SSL_get1_peer_certificate(ssl) : NULL;
    struct tb_hash exporter;

    if (!pinned(watch, cert))
        return TB_E_BADSIG;
    if (SSL_version(ssl) != TLS1_3_VERSION)
        return TB_E_VERSION;
    if (SSL_export_keying_material(ssl, exporter.b, sizeof exporter.b, EXPORTER_LABEL,
                                   strlen(EXPORTER_LABEL), NULL, 0, 0) != 1)
        return TB_E_VERSION;
    *ret_exporter = exporter;
    return TB_OK;
}
