/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent_sent.h - what left a device, read from outside: no message key of a ratchet is ever used for two texts.
 *
 * A ratchet message names its sender's ratchet key and a counter; together they
 * name its message key.  The same pair with another ciphertext, sent at any time
 * by the same device, means that a ratchet went back behind what was sent. */
#pragma once

#include "proto/bytes.h"

enum { SENT_MAX = 60000 };

struct sent {
    struct tb_hash name[SENT_MAX]; /* of (sender, receiver, ratchet key, counter) */
    struct tb_hash text[SENT_MAX];
    size_t n;
    uint64_t again;  /* the same message sent again */
    uint64_t resets; /* of sessions */
};

/* One websocket message of a device.  Ends the program if a key was used twice. */
void sent_see(struct sent *s, const char *account, struct tb_view batch);
