/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_front.h - one relay of its own, without people, for tests of its door and its process. */
#pragma once

#include "world_proc.h"
#include "world_raw.h"

struct front {
    char dir[64], config[96], log[96], state[96], program[512];
    struct proc relay;
    int port, metrics;
};

#define FRONT_UPGRADE(path, protocol, upgrade)                                   \
    "GET " path " HTTP/1.1\r\nHost: relay\r\nUpgrade: " upgrade                  \
    "\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
    "Sec-WebSocket-Version: 13\r\n" protocol "\r\n"
#define FRONT_TRUCBAN_1 "Sec-WebSocket-Protocol: trucban-1\r\n"

/* Makes a relay in a new folder under /tmp and starts it; the port stays the same over restarts. */
void front_open(struct front *f);
void front_close(struct front *f);

/* `more` is appended to the configuration. */
void front_write_config(struct front *f, const char *more);
void front_start(struct front *f);
void front_restart_with(struct front *f, const char *more);

/* Runs the program with these arguments (NULL-terminated) to its end. */
struct run front_run(struct front *f, const char *const args[]);

/* A connection past the handshake. */
struct raw front_websocket(struct front *f);
/* Says HELLO and asserts that it is answered. */
void front_assert_served(struct raw *r);
/* A value of /metrics. */
long long front_metric(struct front *f, const char *name);
