/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bus.h - the private socket on which frontends reach this agent.
 *
 * Peer to peer, EXTERNAL authentication by the same user only, in a folder that
 * nobody else can enter.  The interface is exported on each connection.  Signals
 * are only nudges: a frontend that does not read them costs a few bytes a second. */
#pragma once

#include <stdint.h>

struct agent;
struct bus;

enum { BUS_PEERS_MAX = 64 }; /* frontends at once; more is a program gone wild */

/* Listens; an error is one line in English.  Gives. */
struct bus *bus_new(struct agent *agent, char **ret_error);
void bus_free(struct bus *b); /* NULL allowed; removes the socket */

void bus_nudge(struct bus *b, uint64_t change, unsigned topics);
