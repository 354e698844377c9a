/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vault.h - the profile's key, and fields encrypted under it.
 *
 * A random data key is wrapped under Argon2id(passphrase) with the cost stored
 * beside it, per profile, so that tests are quick.  A field is XChaCha20-Poly1305
 * with a random nonce and ad = table|row|column|schema, so that a row's field
 * cannot be moved to another place.  It does not stop a rollback of the whole file. */
#pragma once

#include "proto/bytes.h"

enum vault_cost { VAULT_COST_MINIMAL, VAULT_COST_INTERACTIVE, VAULT_COST_MODERATE };

struct vault; /* key in guarded memory */

enum {
    VAULT_WRAP_BYTES = 1 + 1 + 8 + 8 + 16 + 24 + 32 + 16
}; /* version, alg, ops, mem, salt, nonce, key, tag */

/* Makes a new data key and its wrapping.  An empty passphrase is allowed and is shown as unprotected. */
tb_result vault_new(struct tb_view pass, enum vault_cost cost, struct vault **ret,
                    uint8_t ret_wrap[static VAULT_WRAP_BYTES]);
/* TB_E_BADSIG: wrong passphrase.  TB_E_RANGE: not a wrapping, or a cost above 1 GiB. */
tb_result vault_open(struct tb_view pass, const uint8_t wrap[static VAULT_WRAP_BYTES],
                     struct vault **ret);
void vault_free(struct vault *v);

struct vault_place {
    const char *table, *column;
    int64_t row;
};
/* Appends the encrypted field. */
tb_result vault_seal(const struct vault *v, const struct vault_place *at, struct tb_view plain,
                     struct tb_buf *ret);
tb_result vault_unseal(const struct vault *v, const struct vault_place *at, struct tb_view sealed,
                       struct tb_buf *ret);
/* Keyed hash of a name, for looking up without showing it. */
struct tb_hash vault_index(const struct vault *v, const char *table, struct tb_view name);
