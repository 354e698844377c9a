/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve.h - names to addresses without stopping the loop.
 *
 * libwebsockets would look names up in the loop and freeze it for seconds. */
#pragma once

#include <stdint.h>

struct resolver;

/* `ip` NULL: no such name, or no name server answers. */
typedef void resolved_fn(void *user, uint64_t ticket, const char *ip);

struct resolver *resolver_new(resolved_fn *done, void *user);
void resolver_ask(struct resolver *r, const char *host, uint64_t ticket);
void resolver_free(struct resolver *r); /* NULL allowed; what is under way is not answered */
