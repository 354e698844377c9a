/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_raw.h - a websocket client that does what no honest one would: any TLS version, any request, any frame.
 *
 * OpenSSL and bytes; nothing here knows the protocol above the frames. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw {
    int fd;    /* -1: not connected */
    void *tls; /* SSL *, NULL before raw_tls */
};

struct raw_tls {
    int version;      /* 0: TLS 1.3 */
    const char *alpn; /* one name, NULL: none */
    char chosen[16];  /* what the server chose, empty: nothing */
};

struct raw raw_connect(int port); /* to 127.0.0.1; fails the test if refused */
bool raw_tls(struct raw *r, struct raw_tls *options);
void raw_close(struct raw *r);

/* False: the other side has closed. */
bool raw_send(struct raw *r, const void *p, size_t n);
/* At most n bytes within wait_ms; 0: closed; -1: nothing came. */
int raw_receive(struct raw *r, void *p, size_t n, int wait_ms);

/* Sends the request, gives the status of the answer; 0: closed without one. */
int raw_request(struct raw *r, const char *request);

/* A masked frame that announces `announced` bytes and carries n. */
struct raw_frame {
    uint8_t first; /* FIN and opcode: 0x82 is a whole binary message */
    uint64_t announced;
    const void *p;
    size_t n;
};
bool raw_send_frame(struct raw *r, const struct raw_frame *f);
/* One whole unmasked frame: payload length, or -1 if none came (or the connection ended). */
int raw_receive_frame(struct raw *r, uint8_t *ret_first, void *p, size_t max, int wait_ms);

/* Milliseconds until the other side closes; -1 if it has not after wait_ms. */
long long raw_wait_closed(struct raw *r, int wait_ms);
