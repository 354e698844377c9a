/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls.c - makes the relay's TLS key and self-signed certificate, and computes pins.
 *
 * P-256: constant-time in OpenSSL, the cheapest handshake, and known to every
 * proxy and appliance.  Validity is long on purpose: nobody checks it, the pin
 * of the roster rules, and a relay must not die of a forgotten date. */
#include "server/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    VALID_DAYS = 20 * 366,
    GUARDED_BYTES = 64 * 1024, /* a key takes less than one */
    GUARDED_LEAST = 32,
};

TB_DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
TB_DEFINE_CLEANUP(X509, X509_free)
TB_DEFINE_CLEANUP(X509_EXTENSION, X509_EXTENSION_free)

static inline void close_file(FILE **f)
{
    if (*f)
        (void)fclose(*f);
}

static tb_result path_of(const char *dir, const char *name, char ret[static PATH_MAX])
{
    int n = snprintf(ret, PATH_MAX, "%s/%s", dir, name);

    return n < 0 || n >= PATH_MAX ? TB_E_RANGE : TB_OK;
}

static bool host_is_sane(const char *host)
{
    size_t n = strnlen(host, TB_ADDRESS_MAX + 1);

    if (n == 0 || n > TB_ADDRESS_MAX)
        return false;
    /* Nothing that the extension's own little language would read as more than one name. */
    return strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") == n;
}

/* subjectAltName, for proxies and people; devices look at the key only. */
static tb_result name_host(X509 *crt, const char *host)
{
    uint8_t ip[16];
    char text[TB_ADDRESS_MAX + 8];
    bool is_ip = inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1;

    (void)snprintf(text, sizeof text, "%s:%s", is_ip ? "IP" : "DNS", host); /* host was measured */
    TB_CLEANUP(X509_EXTENSION_freep)
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
    if (!names)
        return TB_E_RANGE;
    return X509_add_ext(crt, names, -1) == 1 ? TB_OK : TB_E_NOMEM;
}

static tb_result make_certificate(EVP_PKEY *key, const char *host, X509 **ret)
{
    TB_CLEANUP(X509_freep) X509 *crt = X509_new();
    static const unsigned char cn[] = "trucban-relay";
    uint8_t serial[8];

    if (!crt)
        return TB_E_NOMEM;
    randombytes_buf(serial, sizeof serial);
    serial[0] &= 0x7f; /* positive */
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof serial; i++)
        number = number << 8 | serial[i];
    X509_NAME *name = X509_get_subject_name(crt);
    bool ok = X509_set_version(crt, X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(crt), number) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(crt), -86400L) != NULL &&
              X509_time_adj_ex(X509_getm_notAfter(crt), VALID_DAYS, 0, NULL) != NULL &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, cn, -1, -1, 0) == 1 &&
              X509_set_issuer_name(crt, name) == 1 && X509_set_pubkey(crt, key) == 1;
    if (!ok)
        return TB_E_NOMEM;
    tb_result r = name_host(crt, host);
    if (r != TB_OK)
        return r;
    if (X509_sign(crt, key, EVP_sha256()) == 0)
        return TB_E_NOMEM;
    *ret = TB_TAKE(crt);
    return TB_OK;
}

static tb_result pin_of(X509 *crt, struct tb_hash *ret)
{
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(crt), &der);

    if (n <= 0)
        return TB_E_NOMEM;
    (void)crypto_hash_sha256(ret->b, der, (unsigned long long)n); /* cannot fail */
    OPENSSL_free(der);
    return TB_OK;
}

/* Opens a new file that only the owner may read.  TB_E_CONFLICT: it is there already. */
static tb_result create(const char *path, FILE **ret)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return errno == EEXIST ? TB_E_CONFLICT : TB_E_IO;
    FILE *f = fdopen(fd, "w");
    if (!f) {
        (void)close(fd);
        return TB_E_NOMEM;
    }
    *ret = f;
    return TB_OK;
}

static tb_result finish(FILE *f, bool written)
{
    return written && fflush(f) == 0 && fsync(fileno(f)) == 0 ? TB_OK : TB_E_IO;
}

static tb_result write_both(const char *dir, EVP_PKEY *key, X509 *crt)
{
    TB_CLEANUP(close_file) FILE *key_file = NULL;
    TB_CLEANUP(close_file) FILE *crt_file = NULL;
    char key_path[PATH_MAX], crt_path[PATH_MAX];
    tb_result r = path_of(dir, TLS_KEY_FILE, key_path);

    if (r == TB_OK)
        r = path_of(dir, TLS_CRT_FILE, crt_path);
    if (r == TB_OK && access(crt_path, F_OK) == 0)
        r = TB_E_CONFLICT; /* before the key file is made: leave nothing half */
    if (r == TB_OK)
        r = create(key_path, &key_file);
    if (r != TB_OK)
        return r;
    r = create(crt_path, &crt_file);
    if (r == TB_OK)
        r = finish(key_file, PEM_write_PKCS8PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL));
    if (r == TB_OK)
        r = finish(crt_file, PEM_write_X509(crt_file, crt));
    if (r != TB_OK) {
        (void)unlink(key_path); /* ours: create() made them, empty or cut */
        if (crt_file)
            (void)unlink(crt_path);
    }
    return r;
}

/* --- memory */

static void *get(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return malloc(n);
}

static void wipe_and_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    if (p)
        sodium_memzero(p, malloc_usable_size(p));
    free(p);
}

static void *get_again(void *p, size_t n, const char *file, int line)
{
    size_t had = p ? malloc_usable_size(p) : 0;
    void *q = get(n, file, line);

    if (!q)
        return NULL;
    if (p)
        memcpy(q, p, had < n ? had : n);
    wipe_and_free(p, file, line);
    return q;
}

bool tls_guard_memory(void)
{
    return CRYPTO_set_mem_functions(get, get_again, wipe_and_free) == 1 &&
           CRYPTO_secure_malloc_init(GUARDED_BYTES, GUARDED_LEAST) == 1;
}

tb_result tls_make(const char *dir, const char *host, struct tb_hash *ret_pin)
{
    TB_CLEANUP(X509_freep) X509 *crt = NULL;
    struct tb_hash pin = { 0 };

    if (!host_is_sane(host))
        return TB_E_RANGE;
    TB_CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!key)
        return TB_E_NOMEM;
    tb_result r = make_certificate(key, host, &crt);
    if (r == TB_OK)
        r = pin_of(crt, &pin);
    if (r == TB_OK)
        r = write_both(dir, key, crt);
    if (r == TB_OK)
        *ret_pin = pin;
    return r;
}

static tb_result open_file(const char *path, FILE **ret)
{
    *ret = fopen(path, "re");
    if (*ret)
        return TB_OK;
    return errno == ENOENT ? TB_E_NOTFOUND : TB_E_IO;
}

static tb_result read_certificate(const char *path, X509 **ret)
{
    TB_CLEANUP(close_file) FILE *f = NULL;
    tb_result r = open_file(path, &f);

    if (r != TB_OK)
        return r;
    *ret = PEM_read_X509(f, NULL, NULL, NULL);
    return *ret ? TB_OK : TB_E_TRUNCATED;
}

/* A key under a passphrase cannot be used by a daemon: no prompt, no answer. */
static int no_passphrase(char *buf, int size, int rwflag, void *user)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)user;
    return -1;
}

static tb_result read_key(const char *path, EVP_PKEY **ret)
{
    TB_CLEANUP(close_file) FILE *f = NULL;
    tb_result r = open_file(path, &f);

    if (r != TB_OK)
        return r;
    *ret = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
    return *ret ? TB_OK : TB_E_TRUNCATED;
}

tb_result tls_pin_of(const char *crt_path, struct tb_hash *ret)
{
    TB_CLEANUP(X509_freep) X509 *crt = NULL;
    tb_result r = read_certificate(crt_path, &crt);

    return r == TB_OK ? pin_of(crt, ret) : r;
}

static tb_result read_both(const char *dir, X509 **ret_crt, EVP_PKEY **ret_key)
{
    TB_CLEANUP(X509_freep) X509 *crt = NULL;
    TB_CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = NULL;
    char path[PATH_MAX];
    tb_result r = path_of(dir, TLS_CRT_FILE, path);

    if (r == TB_OK)
        r = read_certificate(path, &crt);
    if (r == TB_OK)
        r = path_of(dir, TLS_KEY_FILE, path);
    if (r == TB_OK)
        r = read_key(path, &key);
    if (r == TB_OK && X509_check_private_key(crt, key) != 1)
        r = TB_E_BADSIG;
    if (r != TB_OK)
        return r;
    *ret_crt = TB_TAKE(crt);
    *ret_key = TB_TAKE(key);
    return TB_OK;
}

tb_result tls_check(const char *dir)
{
    TB_CLEANUP(X509_freep) X509 *crt = NULL;
    TB_CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = NULL;

    return read_both(dir, &crt, &key);
}

tb_result tls_harden(struct ssl_ctx_st *ctx)
{
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(ctx, 0) != 1)
        return TB_E_IO;
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return TB_OK;
}

tb_result tls_reload(struct ssl_ctx_st *ctx, const char *dir)
{
    TB_CLEANUP(X509_freep) X509 *crt = NULL;
    TB_CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = NULL;
    tb_result r = read_both(dir, &crt, &key);

    if (r != TB_OK)
        return r;
    return SSL_CTX_use_cert_and_key(ctx, crt, key, NULL, 1) == 1 ? TB_OK : TB_E_NOMEM;
}

tb_result tls_exporter(struct ssl_st *tls, struct tb_hash *ret)
{
    static const char label[] = "EXPORTER-trucban-1";

    return SSL_export_keying_material(tls, ret->b, sizeof ret->b, label, sizeof label - 1, NULL, 0,
                                      0) == 1
               ? TB_OK
               : TB_E_IO;
}
