/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sendq.h - messages that wait for one connection to become writable, in order. */
#pragma once

#include "proto/bytes.h"

struct sendq_item;

struct sendq {
    struct sendq_item *first, *last;
    size_t bytes; /* of all messages */
};

/* Copies, leaving `head` bytes before each message for who frames it. */
tb_result sendq_put(struct sendq *q, size_t head, struct tb_view message);
/* The oldest message, borrowed until sendq_drop; false: empty. */
bool sendq_first(const struct sendq *q, uint8_t **ret, size_t *ret_n);
void sendq_drop(struct sendq *q);
void sendq_clear(struct sendq *q);
