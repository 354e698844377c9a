/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_conn_tls.h - the inside of a test's TLS identity. */
#pragma once

#include <openssl/ssl.h>

struct tls_identity {
    EVP_PKEY *key;
    X509 *cert;
};
