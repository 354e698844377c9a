/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls.h - a client's TLS that trusts two keys and nobody else.
 *
 * No certificate authority, no name, no date: the peer's public key must hash
 * (SHA-256 of its SubjectPublicKeyInfo) to one of two pins, or the handshake
 * fails before a byte of ours is sent.  TLS 1.3 only, no resumption. */
#pragma once

#include "proto/bytes.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ssl_st;     /* OpenSSL's SSL */

/* What one handshake is measured by, and what became of it. */
struct tls_watch {
    const struct ssl_st *(*current)(
        void *user); /* the connection that counts; others are refused */
    void *user;
    struct tb_hash pin, pin_next;
    bool begun;     /* TCP is through, TLS has started */
    bool pin_wrong; /* the peer showed another key */
};

/* `watch` must outlive *ret; free with tls_client_free.  TB_E_NOMEM. */
tb_result tls_client_new(struct tls_watch *watch, struct ssl_ctx_st **ret);
void tls_client_free(struct ssl_ctx_st *tls);

/* After the handshake: is the peer's key pinned?  What is this connection's exporter value?
 * TB_E_BADSIG: not pinned.  TB_E_VERSION: not TLS 1.3. */
tb_result tls_client_established(const struct tls_watch *watch, struct ssl_st *ssl,
                                 struct tb_hash *ret_exporter);
