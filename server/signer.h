/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer.h - the relay's own signature, and nothing else that is secret.
 *
 * The seam between what parses bytes of strangers and what holds the key: callers hand over a
 * statement and get it signed, and never see the key, so that it can move into a process of its own. */
#pragma once

#include "proto/kdf.h"
#include "proto/sign.h"

struct signer;

/* Makes a key file (0600).  TB_E_CONFLICT: there is one. */
tb_result signer_create(const char *path, uint8_t ret_pk[static TB_KEY_BYTES]);
/* TB_E_NOTFOUND, TB_E_TRUNCATED: not a key file; TB_E_DENIED: others may read it. */
tb_result signer_open(const char *path, struct signer **ret);
void signer_close(struct signer *s);
TB_DEFINE_CLEANUP(struct signer, signer_close)

/* Only what a relay may say: TB_TYPE_RELEASE and TB_TYPE_RELAY_RECEIPT; else TB_E_DENIED.
 * Appends the packed Signed to *ret. */
tb_result signer_sign(struct signer *s, enum tb_type type, const struct tb_hash *roster_id,
                      const ProtobufCMessage *msg, struct tb_buf *ret);
void signer_pk(const struct signer *s, uint8_t ret_pk[static TB_KEY_BYTES]);
