/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth.h - the challenge that both kinds of log-in answer. */
#pragma once

#include "server/relay_priv.h"

/* Checks that the claim was made for this challenge, this TLS session and this relay.  The challenge is
 * used up whatever comes out. */
tb_result auth_challenge(struct request *q, const ProtobufCBinaryData *nonce,
                         const ProtobufCBinaryData *exporter, const ProtobufCBinaryData *relay_id);
