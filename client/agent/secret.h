/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.h - the passphrase in the desktop's Secret Service, if its owner wished so.
 *
 * Nothing waits: without a session bus or a service there is just no answer. */
#pragma once

#include "proto/bytes.h"

struct secret;

struct secret *secret_new(const char *home, void (*found)(void *user, struct tb_view passphrase),
                          void *user);
void secret_look_up(struct secret *s);
void secret_remember(struct secret *s, struct tb_view passphrase);
void secret_free(struct secret *s); /* NULL allowed */
