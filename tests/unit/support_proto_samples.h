/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_proto_samples.h - one valid example of every statement, for tests to bend.
 *
 * Each call resets its example.  Every field is set, the reserved ones too where
 * version 1 allows a value; ids and hashes are runs of one byte. */
#pragma once

#include "proto/act.h"
#include "proto/enrol.h"

extern const struct tb_hash sample_province; /* the roster id that everything is signed under */

/* n <= 96 bytes of `tag`; borrowed for ever. */
ProtobufCBinaryData sample_bytes(uint8_t tag, size_t n);
/* Key pair number `n`, always the same. */
struct tb_sign_pair sample_pair(uint8_t n);

Tb__Header *sample_header(void); /* a report of class 1, two tiers, drill */
Tb__Act *sample_act(void);       /* an accept with ETA and sealed detail */
Tb__Release *sample_release(void);
Tb__RelayReceipt *sample_relay_receipt(void);
Tb__RelayReceipt *sample_inclusion(void);
Tb__Receipt *sample_receipt(void); /* capsule_bad */
Tb__Prekeys *sample_prekeys(void);
Tb__Reset *sample_reset(void);
Tb__Duty *sample_duty(void);
Tb__Content *sample_content(void); /* a report with a file */
Tb__Card *sample_card(void);

/* An invite with its ticket signed by pair 9, the keys that it gives, a request for it by pair 5. */
void sample_invite(struct tb_invite *ret, struct tb_invite_keys *ret_keys);
void sample_request(struct tb_request *ret);
struct tb_key sample_box_sk(void); /* of the request's box_pk */

/* The packed message, in a buffer that the caller frees. */
struct tb_buf sample_pack(const ProtobufCMessage *m);
