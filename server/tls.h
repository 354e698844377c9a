/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls.h - the relay's TLS key and certificate, and the pin that devices hold.
 *
 * Devices trust no authority: they compare SHA-256 of the certificate's
 * SubjectPublicKeyInfo with the pin in the invite and the roster.  A renewed
 * certificate over the same key keeps the pin. */
#pragma once

#include "proto/bytes.h"

struct ssl_st; /* OpenSSL's SSL and SSL_CTX */
struct ssl_ctx_st;

#define TLS_KEY_FILE "tls.key" /* PEM, P-256, 0600 */
#define TLS_CRT_FILE "tls.crt" /* PEM, self-signed */

/* Makes both files in `dir` and gives the pin.  `host` is a DNS name or an IP address without port.
 * Never overwrites: TB_E_CONFLICT if either file is there.  TB_E_RANGE: host; TB_E_IO. */
tb_result tls_make(const char *dir, const char *host, struct tb_hash *ret_pin);

/* The pin of a certificate file.  TB_E_NOTFOUND: no file; TB_E_TRUNCATED: not a certificate. */
tb_result tls_pin_of(const char *crt_path, struct tb_hash *ret);

/* TB_OK if key and certificate in `dir` can be read and belong together.
 * TB_E_NOTFOUND: one is missing; TB_E_TRUNCATED: unreadable; TB_E_BADSIG: they do not match. */
tb_result tls_check(const char *dir);

/* Before anything else of OpenSSL: private keys stand in locked memory that a core dump leaves out, and whatever it
 * frees is wiped.  False: not all of that, for lack of rights; it works all the same. */
bool tls_guard_memory(void);

/* TLS 1.3 alone, no tickets, no buffers for idle connections. */
tb_result tls_harden(struct ssl_ctx_st *ctx);

/* New connections get what is in `dir` now.  Errors as tls_check; then nothing changed. */
tb_result tls_reload(struct ssl_ctx_st *ctx, const char *dir);

/* What binds a log-in to its connection: the TLS exporter that PROTOCOL.md section 1 names. */
tb_result tls_exporter(struct ssl_st *tls, struct tb_hash *ret);
