/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover.h - the province secret from one registrar to another, as a file.
 *
 *   "trucban-secret-1\n" roster id 32, recipient's public key 32, sealed box of (epoch u32, secret 32)
 *
 * The box is for the X25519 form of the registrar key that the roster names, so
 * nobody has to compare a second key.  It needs no signature: the roster's
 * commitment says whether it is the right secret. */
#pragma once

#include "proto/sign.h"

enum { HANDOVER_MAX = 512 };

struct handover {
    uint32_t epoch;
    struct tb_key secret;
};

tb_result handover_seal(const struct tb_hash *roster_id, const uint8_t to[static TB_KEY_BYTES],
                        const struct handover *h, struct tb_buf *ret);

/* TB_E_TRUNCATED: not such a file.  TB_E_CONFLICT: of another province.  TB_E_DENIED: for another
 * key.  TB_E_UNREADABLE: damaged. */
tb_result handover_open(const struct tb_hash *roster_id, const struct tb_sign_pair *to,
                        struct tb_view file, struct handover *ret);
void handover_wipe(struct handover *h);
