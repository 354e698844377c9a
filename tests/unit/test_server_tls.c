/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_tls.c - the relay's key is made once, for itself alone, and its pin is what devices compute. */
/* link: PkgConfig::OPENSSL */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/tls.h"
#include "tb_cmocka.h"

struct place {
    char dir[64], key[96], crt[96];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    assert_non_null(p);
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/trucban-tls-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->key, sizeof p->key, "%s/tls.key", p->dir);
    (void)snprintf(p->crt, sizeof p->crt, "%s/tls.crt", p->dir);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    (void)unlink(p->key);
    (void)unlink(p->crt);
    (void)rmdir(p->dir);
    free(p);
    return 0;
}

static X509 *read_crt(const struct place *p)
{
    FILE *f = fopen(p->crt, "re");

    assert_non_null(f);
    X509 *crt = PEM_read_X509(f, NULL, NULL, NULL);
    (void)fclose(f);
    assert_non_null(crt);
    return crt;
}

static void only_the_owner_can_read_the_files(void **state)
{
    struct place *p = *state;
    struct tb_hash pin;
    struct stat st;

    assert_int_equal(tls_make(p->dir, "relay.example", &pin), TB_OK);
    assert_int_equal(stat(p->key, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(p->crt, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(tls_check(p->dir), TB_OK);
}

static void the_pin_is_the_hash_of_the_public_key_info(void **state)
{
    struct place *p = *state;
    struct tb_hash pin, again, expected;
    unsigned char *der = NULL;

    assert_int_equal(tls_make(p->dir, "relay.example", &pin), TB_OK);
    assert_int_equal(tls_pin_of(p->crt, &again), TB_OK);
    assert_true(tb_hash_equal(&pin, &again));
    X509 *crt = read_crt(p);
    EVP_PKEY *key = X509_get_pubkey(crt);
    int n = i2d_PUBKEY(key, &der);
    assert_true(n > 0);
    assert_int_equal(crypto_hash_sha256(expected.b, der, (unsigned long long)n), 0);
    assert_true(tb_hash_equal(&pin, &expected));
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    X509_free(crt);
}

static void the_certificate_names_its_host(void **state)
{
    struct place *p = *state;
    struct tb_hash pin;

    assert_int_equal(tls_make(p->dir, "192.0.2.7", &pin), TB_OK);
    X509 *crt = read_crt(p);
    assert_int_equal(X509_check_ip_asc(crt, "192.0.2.7", 0), 1);
    assert_int_equal(X509_check_ip_asc(crt, "192.0.2.8", 0), 0);
    X509_free(crt);
}

static void strange_hosts_are_refused(void **state)
{
    struct place *p = *state;
    struct tb_hash pin;
    char longer[TB_ADDRESS_MAX + 2];

    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(tls_make(p->dir, "", &pin), TB_E_RANGE);
    assert_int_equal(tls_make(p->dir, longer, &pin), TB_E_RANGE);
    assert_int_equal(tls_make(p->dir, "a,DNS:other.example", &pin), TB_E_RANGE);
    assert_int_equal(access(p->key, F_OK), -1); /* nothing was made */
}

static void files_that_are_there_are_never_overwritten(void **state)
{
    struct place *p = *state;
    struct tb_hash first, second, now;

    assert_int_equal(tls_make(p->dir, "relay.example", &first), TB_OK);
    assert_int_equal(tls_make(p->dir, "relay.example", &second), TB_E_CONFLICT);
    assert_int_equal(unlink(p->crt), 0);
    assert_int_equal(tls_make(p->dir, "relay.example", &second), TB_E_CONFLICT);
    assert_int_equal(access(p->crt, F_OK), -1);
    assert_int_equal(tls_check(p->dir), TB_E_NOTFOUND);
    assert_int_equal(unlink(p->key), 0);
    assert_int_equal(tls_make(p->dir, "relay.example", &now), TB_OK);
    assert_false(tb_hash_equal(&first, &now));
}

static void a_key_of_another_certificate_is_noticed(void **state)
{
    struct place *p = *state;
    struct tb_hash pin;
    char kept[112];

    assert_int_equal(tls_make(p->dir, "relay.example", &pin), TB_OK);
    (void)snprintf(kept, sizeof kept, "%s.kept", p->crt);
    assert_int_equal(rename(p->crt, kept), 0);
    assert_int_equal(unlink(p->key), 0);
    assert_int_equal(tls_make(p->dir, "relay.example", &pin), TB_OK);
    assert_int_equal(rename(kept, p->crt), 0);
    assert_int_equal(tls_check(p->dir), TB_E_BADSIG);
}

static void a_damaged_file_is_noticed_and_changes_nothing(void **state)
{
    struct place *p = *state;
    struct tb_hash pin;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    assert_non_null(ctx);
    assert_int_equal(tls_make(p->dir, "relay.example", &pin), TB_OK);
    assert_int_equal(tls_reload(ctx, p->dir), TB_OK);
    const X509 *before = SSL_CTX_get0_certificate(ctx);
    assert_non_null(before);
    assert_int_equal(truncate(p->crt, 100), 0);
    assert_int_equal(tls_check(p->dir), TB_E_TRUNCATED);
    assert_int_equal(tls_pin_of(p->crt, &pin), TB_E_TRUNCATED);
    assert_int_equal(tls_reload(ctx, p->dir), TB_E_TRUNCATED);
    assert_ptr_equal(SSL_CTX_get0_certificate(ctx), before);
    SSL_CTX_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_owner_can_read_the_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_pin_is_the_hash_of_the_public_key_info, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_certificate_names_its_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strange_hosts_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_there_are_never_overwritten, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_key_of_another_certificate_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_noticed_and_changes_nothing, set_up,
                                        tear_down),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
