/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keyfile.h - one Ed25519 key of the root of trust, sealed under a passphrase.
 *
 *   "trucban-key-1\n" kind u8, ops u64, memory u64, salt 16, public key 32,
 *   person (u32 length), AEAD(Argon2id(passphrase, salt), seed, ad = all before),
 *   8 bytes of the hash of all before
 *
 * The checksum tells a damaged file from a wrong passphrase; it protects
 * nothing.  A key file never changes after it was made: what a registrar
 * collects stands in the book beside it (book.h). */
#pragma once

#include "proto/sign.h"

enum key_kind { KEY_CUSTODIAN = 1, KEY_REGISTRAR = 2, KEY_FRESHNESS = 3 };

/* What Argon2id asks of the machine: MODERATE (0.7 s, 256 MiB) unless told otherwise; MINIMAL
 * protects nothing and is for tests and demos. */
enum key_cost { KEY_COST_MINIMAL = 1, KEY_COST_INTERACTIVE = 2, KEY_COST_MODERATE = 3 };

enum { KEY_FILE_MAX = 4096, KEY_PASSPHRASE_MIN = 8, KEY_PASSPHRASE_MAX = 1024 };

/* What a new key asks of its passphrase, outside of a demonstration. */
enum { KEY_PASSPHRASE_GOOD = 14, KEY_BYTES_GOOD = 6 };

/* What anybody may know of a key. */
struct key_public {
    enum key_kind kind;
    uint8_t pk[TB_KEY_BYTES];
    char person[TB_PERSON_MAX + 1];
};

/* Appends the bytes of a key file; `seed` gives the key pair and must match pub->pk. */
tb_result key_file_encode(const struct key_public *pub, const struct tb_key *seed,
                          enum key_cost cost, struct tb_view passphrase, struct tb_buf *ret);

/* TB_E_TRUNCATED: not a key file.  TB_E_BADSIG: damaged.  TB_E_RANGE: a field that no key file of
 * this version has. */
tb_result key_file_peek(struct tb_view file, struct key_public *ret);

/* The same, and TB_E_UNREADABLE: wrong passphrase, or altered by someone. */
tb_result key_file_open(struct tb_view file, struct tb_view passphrase, struct key_public *ret,
                        struct tb_key *ret_seed);

const char *key_kind_name(enum key_kind kind); /* "custodian", ... */
/* minimal, interactive, moderate.  TB_E_RANGE: none of them. */
tb_result key_cost_of(const char *name, enum key_cost *ret);
